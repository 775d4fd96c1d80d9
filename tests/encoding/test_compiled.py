"""Networks that are kept as they were compiled."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from framepick.cache import Cache, networks_folder
from framepick.encoding import openvino_encoder
from framepick.encoding.compiled import KeptNetworks
from framepick.encoding.graph import load_graph
from framepick.encoding.openvino_encoder import OpenVinoEncoder
from framepick.encoding.openvino_library import Model
from framepick.errors import WeightsError
from framepick.model.card import default_weights
from framepick.protocols import Encoder
from tests.encoding.test_encoding import batch, noise
from tests.tiny import tiny_weights

BATCH = batch(noise(5, 260))


def vectors(encoder: Encoder) -> bytes:
    found = encoder.encode(BATCH)
    return found.aesthetic.tobytes() + found.content.tobytes()


def encoder(kept: Path | None, threads: int = 2) -> OpenVinoEncoder:
    return OpenVinoEncoder(default_weights(), threads=threads, kept=kept)


@pytest.fixture(scope="module")
def expected() -> bytes:
    return vectors(encoder(None))


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The weights whose graphs were read to be compiled."""
    read: list[Path] = []

    def noted(weights: Path, *rest: object) -> Model:
        read.append(weights)
        return load_graph(weights, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(openvino_encoder, "load_graph", noted)
    return read


def test_the_next_run_compiles_nothing_and_gives_the_same_vectors(
    tmp_path: Path, expected: bytes, loads: list[Path]
) -> None:
    assert vectors(encoder(tmp_path / "kept")) == expected
    assert len(loads) == 1
    assert vectors(encoder(tmp_path / "kept")) == expected
    assert len(loads) == 1
    assert vectors(encoder(None)) == expected
    assert len(loads) == 2


@pytest.mark.parametrize("damage", ["cut off", "changed", "empty", "of another kind"])
def test_a_file_that_is_damaged_is_compiled_again(
    tmp_path: Path, expected: bytes, loads: list[Path], damage: str
) -> None:
    encoder(tmp_path)
    files = sorted(tmp_path.iterdir())
    assert len(files) == 2
    for path in files:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        left = {"cut off": content[:-9], "changed": content, "empty": b"", "of another kind": b"?"}
        path.write_bytes(bytes(left[damage]))
    assert vectors(encoder(tmp_path)) == expected
    assert len(loads) == 2
    assert vectors(encoder(tmp_path)) == expected  # whole again
    assert len(loads) == 2


@pytest.mark.parametrize("end", ["xml", "bin", "safetensors"])
def test_files_that_do_not_belong_together_are_refused_all_the_same(
    tmp_path: Path, end: str
) -> None:
    for path in default_weights().parent.glob("framepick-mobile.*"):
        shutil.copy(path, tmp_path)
    weights = tmp_path / default_weights().name
    OpenVinoEncoder(weights, kept=tmp_path / "kept")
    part = weights.with_suffix(f".{end}")
    content = bytearray(part.read_bytes())
    content[-5] ^= 1
    part.write_bytes(content)
    with pytest.raises(WeightsError):
        OpenVinoEncoder(weights, kept=tmp_path / "kept")
    part.unlink()
    with pytest.raises(WeightsError):
        OpenVinoEncoder(weights, kept=tmp_path / "kept")


def test_weights_of_another_model_are_refused_although_their_network_is_kept(
    tmp_path: Path,
) -> None:
    first, second = (tiny_weights(tmp_path, seed, f"tiny{seed}") for seed in range(2))
    for weights in (first, second):
        OpenVinoEncoder(weights, kept=tmp_path / "kept")
    shutil.copy(second, first)
    with pytest.raises(WeightsError):
        OpenVinoEncoder(first, kept=tmp_path / "kept")


def test_other_threads_and_other_weights_have_networks_of_their_own(tmp_path: Path) -> None:
    encoder(tmp_path, threads=2)
    encoder(tmp_path, threads=1)  # the head is the same
    assert len(list(tmp_path.iterdir())) == 3
    kept = KeptNetworks(tmp_path)
    assert kept._path("a", {}) != kept._path("b", {})
    assert kept._path("a", {}) != kept._path("a", {"NUM_STREAMS": 1})


def test_what_cannot_be_written_is_not_kept(tmp_path: Path, expected: bytes) -> None:
    (tmp_path / "file").touch()
    assert vectors(encoder(tmp_path / "file" / "folder")) == expected


def test_they_are_a_part_of_the_cache(cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert networks_folder() == cache_folder
    encoder(networks_folder())
    store = Cache(cache_folder)
    assert store.size() > 1_000_000
    assert store.clear() > 1_000_000
    assert store.size() == 0
    assert not list(cache_folder.glob("*.network"))
    monkeypatch.setenv("FRAMEPICK_CACHE_LIMIT", "0")
    assert networks_folder() is None
