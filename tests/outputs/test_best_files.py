"""The best photos copied or linked: nothing is replaced, and nothing comes twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from framepick.outputs.photos.best_files import copy_photo, link_photo, place_photos

WAYS = pytest.mark.parametrize("place", [copy_photo, link_photo])
Place = Callable[[Path, Path], None]


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Two photos of the same name in different folders, and another one."""
    paths = [tmp_path / "one" / "a.jpg", tmp_path / "two" / "a.jpg", tmp_path / "two" / "b.jpg"]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.write_text(str(path.relative_to(tmp_path)))
    return paths


@WAYS
def test_photos_of_one_name_get_numbers(tmp_path: Path, photos: list[Path], place: Place) -> None:
    assert list(place_photos(photos, tmp_path / "best", place)) == []
    expected = {"a.jpg": "one/a.jpg", "a-2.jpg": "two/a.jpg", "b.jpg": "two/b.jpg"}
    assert files(tmp_path / "best") == expected
    assert all(path.is_file() and not path.is_symlink() for path in photos)


@WAYS
def test_a_second_run_adds_nothing(tmp_path: Path, photos: list[Path], place: Place) -> None:
    for _ in range(2):
        assert list(place_photos(photos, tmp_path / "best", place)) == []
    assert len(files(tmp_path / "best")) == 3


@WAYS
def test_what_is_there_stays(tmp_path: Path, photos: list[Path], place: Place) -> None:
    (tmp_path / "best").mkdir()
    (tmp_path / "best" / "b.jpg").write_text("mine")
    (tmp_path / "best" / "b-2.jpg").symlink_to("nowhere")
    assert list(place_photos(photos[2:], tmp_path / "best", place)) == []
    assert (tmp_path / "best" / "b.jpg").read_text() == "mine"
    assert (tmp_path / "best" / "b-2.jpg").is_symlink()
    assert (tmp_path / "best" / "b-3.jpg").read_text() == "two/b.jpg"


@WAYS
def test_a_photo_that_is_there_itself_is_not_placed_again(
    tmp_path: Path, photos: list[Path], place: Place
) -> None:
    assert list(place_photos(photos[1:], tmp_path / "two", place)) == []
    assert sorted(files(tmp_path / "two")) == ["a.jpg", "b.jpg"]


def test_links_survive_a_move_of_all_together(tmp_path: Path, photos: list[Path]) -> None:
    assert list(place_photos(photos, tmp_path / "out" / "best", link_photo)) == []
    (tmp_path / "all").mkdir()
    for name in ("one", "two", "out"):
        (tmp_path / name).rename(tmp_path / "all" / name)
    assert (tmp_path / "all" / "out" / "best" / "a.jpg").read_text() == "one/a.jpg"


def test_a_photo_that_is_gone_is_told_and_the_rest_comes(
    tmp_path: Path, photos: list[Path]
) -> None:
    photos[0].unlink()
    (line,) = place_photos(photos, tmp_path / "best", copy_photo)
    assert line.startswith(str(photos[0]))
    assert sorted(files(tmp_path / "best")) == ["a.jpg", "b.jpg"]
