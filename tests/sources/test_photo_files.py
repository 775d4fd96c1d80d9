"""Which photos are found: those named, and those in and below folders, linked ones too."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from framepick.sources.photo_files import ALL_PHOTOS, find_photos


def make(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def found_in(folder: Path, name: str = "trip") -> list[str]:
    return [str(path.relative_to(folder)) for path in find_photos([folder / name])]


def test_folders_are_searched_for_pictures_and_files_are_taken_as_named(tmp_path: Path) -> None:
    names = ("b.JPG", "a.png", "day 2/c.webp", "notes.txt", ".x.jpg", ".hidden/d.jpg")
    make(tmp_path / "trip", names)
    found = find_photos([tmp_path / "odd.dat", tmp_path / "trip"])
    assert [str(path.relative_to(tmp_path)) for path in found] == [
        "odd.dat",
        "trip/a.png",
        "trip/b.JPG",
        "trip/day 2/c.webp",
    ]


def test_jpeg_xl_is_found_where_all_photos_are_asked_for(tmp_path: Path) -> None:
    make(tmp_path, ("a.dng", "b.CR2", "c.nef", "d.ARW", "e.jxl", "f.jpg", "g.HEIC", "h.xmp"))
    read = ["a.dng", "b.CR2", "c.nef", "d.ARW", "f.jpg", "g.HEIC"]
    assert [path.name for path in find_photos([tmp_path])] == read
    everything = [path.name for path in find_photos([tmp_path], ALL_PHOTOS)]
    assert everything == ["a.dng", "b.CR2", "c.nef", "d.ARW", "e.jxl", "f.jpg", "g.HEIC"]


def test_linked_folders_are_followed_once(tmp_path: Path) -> None:
    make(tmp_path, ("trip/a.jpg", "trip/real/b.jpg", "elsewhere/c.jpg", "elsewhere/deep/d.jpg"))
    (tmp_path / "trip/again").symlink_to(tmp_path / "trip/real")
    (tmp_path / "trip/away").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "trip/twice").symlink_to(tmp_path / "elsewhere")
    assert found_in(tmp_path) == [
        "trip/a.jpg",
        "trip/away/c.jpg",
        "trip/away/deep/d.jpg",
        "trip/real/b.jpg",
    ]


def test_links_in_a_loop_end(tmp_path: Path) -> None:
    make(tmp_path, ("trip/a.jpg", "trip/deep/b.jpg", "other/c.jpg", "beside.jpg"))
    (tmp_path / "trip/deep/loop").symlink_to(tmp_path / "trip")
    (tmp_path / "trip/up").symlink_to(tmp_path)
    (tmp_path / "trip/other").symlink_to(tmp_path / "other")
    (tmp_path / "other/back").symlink_to(tmp_path / "trip/deep")
    assert found_in(tmp_path) == ["trip/a.jpg", "trip/deep/b.jpg", "trip/other/c.jpg"]


def test_a_folder_that_is_named_by_a_link_is_searched(tmp_path: Path) -> None:
    make(tmp_path, ("real/a.jpg",))
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "broken").symlink_to(tmp_path / "gone")
    assert found_in(tmp_path, "link") == ["link/a.jpg"]
    assert find_photos([tmp_path / "broken"]) == [tmp_path / "broken"]


def test_a_folder_that_cannot_be_read_is_told_and_the_others_are_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, ("trip/a.jpg", "trip/private/b.jpg"))
    import os

    scan = os.scandir

    def refuse(path: str) -> object:
        # a superuser may read every folder, so say that this one must not be read
        if str(path).endswith("private"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    errors: list[OSError] = []
    found = find_photos([tmp_path / "trip"], on_error=errors.append)
    assert [path.name for path in found] == ["a.jpg"]
    assert [error.filename for error in errors] == [str(tmp_path / "trip/private")]
