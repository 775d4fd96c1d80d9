"""Features of a frozen network are computed once, and are of the right pictures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from framepick.distortions import KINDS
from framepick.encoding.hardware import choose_runtime
from framepick.metrics import spearman
from framepick.model.tiny import tiny_checkpoint
from framepick.training.feature_cache import COPIES_PER_SET, DistortedCopies, FeatureCache, Features
from framepick.training.openvino_features import openvino_features
from framepick.training.pictures import Item, Pictures

SILENT: Callable[..., None] = lambda *_: None  # noqa: E731
CPU = choose_runtime("cpu")


pytestmark = pytest.mark.usefixtures("one_thread")


def pictures_of(views: NDArray[np.uint8], name: str = "picture") -> Pictures:
    items = [Item(f"{name}{n}", "", partial(np.copy, view)) for n, view in enumerate(views)]
    return Pictures(items, torch.from_numpy(views), CPU.device)


@pytest.fixture
def squares() -> NDArray[np.uint8]:
    blocks = np.random.default_rng(0).integers(60, 255, (20, 6, 6, 3), np.uint8)
    return np.kron(blocks, np.ones((1, 16, 16, 1), np.uint8))


class Counting:
    """A network that counts the views it is shown."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.network = tiny_checkpoint(seed)[0]
        self.count = 0
        extract_features = self.network.extract_features

        def counted(views: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            self.count += len(views)
            return extract_features(views)

        monkeypatch.setattr(self.network, "extract_features", counted)

    def feature_cache(self, cache: Path) -> FeatureCache:
        return FeatureCache(self.network, CPU, cache)


Ask = Callable[[FeatureCache, Pictures], Features]
ASKED: dict[str, Ask] = {
    "plain": lambda feature_cache, pictures: feature_cache.features(pictures),
    "mirrored": lambda feature_cache, pictures: feature_cache.features(pictures, is_mirrored=True),
    "distorted": lambda feature_cache, pictures: (
        feature_cache.distorted(pictures, 0.2, 0, SILENT).features
    ),
}


@pytest.mark.parametrize("way", ASKED)
def test_what_was_described_once_is_not_described_again(
    way: str, squares: NDArray[np.uint8], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = pictures_of(squares)
    first, second = Counting(0, monkeypatch), Counting(0, monkeypatch)
    made = ASKED[way](first.feature_cache(tmp_path), pictures)
    kept = ASKED[way](second.feature_cache(tmp_path), pictures)
    assert first.count == len(made) > 0
    assert second.count == 0
    assert np.array_equal(made.pooled, kept.pooled)
    assert np.array_equal(made.statistics, kept.statistics)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda content: content[: len(content) // 2],
    "empty": lambda _: b"",
    "of something else": lambda _: b"\xff" * 999,
    "a single array": lambda content: content[content.index(b"\x93NUMPY") :],
    "a flipped bit": lambda content: content[:400] + b"\x00\x01" * 8 + content[416:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_made_again(
    damage: str, squares: NDArray[np.uint8], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = pictures_of(squares)
    network = Counting(0, monkeypatch)
    feature_cache = network.feature_cache(tmp_path)
    made = feature_cache.features(pictures)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(DAMAGES[damage](whole))
    again = feature_cache.features(pictures)
    assert network.count == 2 * len(squares)
    assert np.array_equal(made.pooled, again.pooled)
    assert file.read_bytes() == whole


def test_whatever_changes_what_is_said_has_a_file_of_its_own(
    squares: NDArray[np.uint8], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = pictures_of(squares[:4])
    feature_cache = Counting(0, monkeypatch).feature_cache(tmp_path)
    asked: list[Callable[[], object]] = [
        lambda: feature_cache.features(few),
        lambda: feature_cache.features(few, is_mirrored=True),
        lambda: feature_cache.features(pictures_of(squares[:4], "other")),
        lambda: Counting(1, monkeypatch).feature_cache(tmp_path).features(few),
        lambda: feature_cache.distorted(few, 0.5, 0, SILENT),
        lambda: feature_cache.distorted(few, 0.5, 1, SILENT),
        lambda: feature_cache.distorted(few, 0.6, 0, SILENT),
    ]
    for number, ask in enumerate(asked, start=1):
        ask()
        assert len(list(tmp_path.iterdir())) == number


def test_a_network_that_looks_at_other_levels_has_a_file_of_its_own(
    squares: NDArray[np.uint8], tmp_path: Path
) -> None:
    pictures, widths = pictures_of(squares[:2]), []
    for levels in ((0,), (0, 1)):
        network = tiny_checkpoint(0)[0]
        network.levels = levels
        widths.append(FeatureCache(network, CPU, tmp_path).features(pictures).statistics.shape[1])
    assert widths == [16, 48]


def test_a_cache_that_cannot_be_written_costs_time_only(
    squares: NDArray[np.uint8], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    feature_cache = Counting(0, monkeypatch).feature_cache(tmp_path / "file" / "cache")
    assert len(feature_cache.features(pictures_of(squares))) == len(squares)


def test_mirrored_pictures_are_seen_from_the_other_side(
    squares: NDArray[np.uint8], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feature_cache = Counting(0, monkeypatch).feature_cache(tmp_path)
    mirrored = feature_cache.features(pictures_of(squares), is_mirrored=True)
    flipped = feature_cache.features(pictures_of(squares[:, :, ::-1].copy(), "flipped"))
    assert np.array_equal(mirrored.pooled, flipped.pooled)
    assert not np.allclose(mirrored.pooled, feature_cache.features(pictures_of(squares)).pooled)


def test_sets_begin_with_the_undistorted_copy_and_grow_worse(
    squares: NDArray[np.uint8], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = (
        Counting(0, monkeypatch)
        .feature_cache(tmp_path)
        .distorted(pictures_of(squares), 0.5, 0, SILENT)
    )
    assert (
        len(copies.features)
        == COPIES_PER_SET * len(copies.picture)
        == COPIES_PER_SET * len(copies.kind)
    )
    assert set(copies.kind.tolist()) == set(range(len(KINDS)))
    assert len(copies.kind) == pytest.approx(0.5 * len(KINDS) * len(squares), rel=0.2)
    assert set(copies.picture.tolist()) == set(range(len(squares)))
    dark = copies.select(copies.kind == KINDS.index("underexposure"))
    light = dark.features.pooled.sum(axis=1).reshape(
        -1, COPIES_PER_SET
    )  # the tiny network sees brightness
    assert (np.diff(light, axis=1) < 0.0).all()
    lights = squares.mean(axis=(1, 2, 3))
    assert spearman(light[:, 0], lights[dark.picture]) > 0.8, "each set is of its picture"


def test_chosen_sets_keep_their_four_rows_together() -> None:
    rows = np.arange(12, dtype=np.float32)[:, None]
    copies = DistortedCopies(Features(rows, 100 + rows), np.array([7, 8, 9]), np.array([0, 1, 2]))
    for chosen in (copies.select(np.array([True, False, True])), copies.select(np.array([0, 2]))):
        assert chosen.features.pooled[:, 0].tolist() == [0, 1, 2, 3, 8, 9, 10, 11]
        assert chosen.features.statistics[:, 0].tolist() == [100, 101, 102, 103, 108, 109, 110, 111]
        assert chosen.picture.tolist() == [7, 9]
        assert chosen.kind.tolist() == [0, 2]


@pytest.mark.parametrize("count", [1, 4, 19])
def test_openvino_gives_the_features_that_torch_gives(count: int) -> None:
    network = tiny_checkpoint(0)[0]
    generator = torch.Generator().manual_seed(count)
    views = torch.randint(0, 256, (count, 32, 32, 3), generator=generator, dtype=torch.uint8)
    expected = network.extract_features(views)
    found = openvino_features(network, 32)(views)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
