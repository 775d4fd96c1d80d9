"""The archive of the face networks is whole, says where it comes from, and is checked."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from framepick.errors import WeightsError
from framepick.faces import networks
from framepick.faces.conversion import SOURCE_SHA256, convert

WEIGHTS = Path(__file__).parents[2] / "weights"


def test_the_card_names_origin_licence_and_limits() -> None:
    card = json.loads((WEIGHTS / networks.CARD_NAME).read_text())
    assert card["license"] == "Apache-2.0"
    assert card["source_sha256"] == SOURCE_SHA256
    assert "identity" in " ".join(card["limits"])


def test_the_archive_is_small() -> None:
    assert (WEIGHTS / networks.ARCHIVE_NAME).stat().st_size < 4_000_000


@pytest.mark.parametrize("harm", ["byte", "card", "missing"])
def test_damaged_networks_are_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    for name in (networks.ARCHIVE_NAME, networks.CARD_NAME):
        shutil.copy(WEIGHTS / name, tmp_path)
    archive = tmp_path / networks.ARCHIVE_NAME
    if harm == "byte":
        content = bytearray(archive.read_bytes())
        content[1000] ^= 1
        archive.write_bytes(content)
    elif harm == "card":
        (tmp_path / networks.CARD_NAME).write_text("[]")
    else:
        archive.unlink()
    monkeypatch.setattr(networks, "_folders", lambda: (tmp_path,))
    with pytest.raises(WeightsError, match=f"{networks.ARCHIVE_NAME}.*install framepick again$"):
        networks.FaceNetworks(1)


def test_only_the_published_model_is_converted(tmp_path: Path) -> None:
    (tmp_path / "other.task").write_bytes(b"PK")
    with pytest.raises(WeightsError, match=r"other\.task: is not the published model"):
        convert(tmp_path / "other.task", tmp_path)
    with pytest.raises(WeightsError, match=r"none\.task: cannot be read"):
        convert(tmp_path / "none.task", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["other.task"]


def test_the_published_model_gives_the_shipped_archive(tmp_path: Path) -> None:
    folder = os.environ.get("FRAMEPICK_PRETRAINED")
    if not folder:
        pytest.skip("FRAMEPICK_PRETRAINED names no folder of published models")
    convert(Path(folder) / "face_landmarker.task", tmp_path)
    for name in (networks.ARCHIVE_NAME, networks.CARD_NAME):
        assert (tmp_path / name).read_bytes() == (WEIGHTS / name).read_bytes()
