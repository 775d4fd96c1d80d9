"""Which files a batch takes."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from framepick.batch.file_kinds import has_head_of_video
from framepick.batch.finding import find_videos, over_limit, read_list
from framepick.errors import SourceError
from framepick.urls import MediaFile

MP4 = b"\0\0\0\x18ftypisom" + bytes(8)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """Give a folder with videos, a loop of links, and what is no video."""
    folder = tmp_path / "card"
    (folder / "deep" / "er").mkdir(parents=True)
    for name in ("b.MP4", "a.mov", "deep/c.mkv", "deep/er/d.ts", ".hidden.mp4", "notes.txt"):
        (folder / name).write_bytes(b"x")
    (folder / "no-ending").write_bytes(MP4)
    (folder / "clip.bak").write_bytes(b"\x1aE\xdf\xa3 more")
    (folder / "photo.heic").write_bytes(MP4)
    (folder / "copying.mp4.part").write_bytes(MP4)
    (folder / ".trash").mkdir()
    (folder / ".trash" / "e.mp4").write_bytes(b"x")
    (folder / "deep" / "loop").symlink_to(folder)
    (folder / "broken.mp4").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.mp4")
    return folder


def names(found: Sequence[MediaFile], top: Path) -> list[str]:
    return [os.path.relpath(str(path), top) for path in found]


def test_folders_are_walked_once_and_only_videos_taken(card: Path, tmp_path: Path) -> None:
    found = find_videos([card], tmp_path / "out")
    expected = ["a.mov", "b.MP4", "clip.bak", "deep/c.mkv", "deep/er/d.ts", "no-ending"]
    assert names(found, card) == expected


def test_a_file_that_is_named_is_taken_whatever_it_is(card: Path, tmp_path: Path) -> None:
    inputs = [card / "notes.txt", card / "missing.mp4", card / "pipe.mp4", card / "notes.txt"]
    assert find_videos(inputs, tmp_path / "out") == inputs[:3]


def test_patterns_are_taken_where_no_file_has_the_name(card: Path, tmp_path: Path) -> None:
    (card / "[x].mp4").write_bytes(b"x")
    pattern = find_videos([card / "**" / "*.mkv", card / "[x].mp4"], tmp_path / "out")
    assert names(pattern, card) == ["deep/c.mkv", "[x].mp4"]


def test_results_below_the_folder_are_passed_over_unless_they_are_named(card: Path) -> None:
    out = card / "out"
    out.mkdir()
    (out / "result.mp4").write_bytes(b"x")
    assert "out/result.mp4" not in names(find_videos([card], out), card)
    assert names(find_videos([out], out), card) == ["out/result.mp4"]


def test_results_may_go_to_the_folder_itself(card: Path) -> None:
    assert "a.mov" in names(find_videos([card], card), card)


def test_a_folder_that_cannot_be_read_is_reported(card: Path, tmp_path: Path) -> None:
    errors: list[OSError] = []
    closed = card / "closed"
    closed.mkdir(mode=0)
    found = find_videos([card], tmp_path / "out", errors.append)
    assert len(found) == 6
    if os.geteuid():  # root reads everything
        assert [error.filename for error in errors] == [str(closed)]


@pytest.mark.parametrize("content", [b"a.mp4\nb c.mp4\n", b"a.mp4\0b c.mp4\0", b"a.mp4\r\nb c.mp4"])
def test_lists_are_read(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "list").write_bytes(content)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    wanted = ["a.mp4", "b c.mp4"]
    assert read_list(str(tmp_path / "list")) == read_list("-") == wanted


def test_a_list_split_by_nuls_has_any_names() -> None:
    odd = b"new\nline.mp4\0not-utf8-\xff.mp4\0"
    assert [os.fsencode(one) for one in _listed(odd)] == odd.rstrip(b"\0").split(b"\0")


def _listed(content: bytes) -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content)))
        return read_list("-")


def test_a_list_that_is_missing_is_an_error_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"list: cannot be read \(no such file"):
        read_list(str(tmp_path / "list"))


def test_only_some_of_each_folder_are_taken() -> None:
    videos: list[MediaFile] = [Path(name) for name in ("x/1", "x/2", "y/1", "x/3")]
    assert over_limit(videos, 1) == {Path("x/2"), Path("x/3")}
    assert over_limit(videos, None) == set()


@pytest.mark.parametrize(
    ("head", "is_video"),
    [
        (MP4, True),
        (b"RIFF1234AVI LIST", True),
        (b"RIFF1234WAVEfmt ", False),
        (b"G" + bytes(187) + b"G", True),
        (b"G" * 20, False),
        (b"\0\0\0\x18ftypheic", False),
        (b"", False),
        (b"%PDF-1.7", False),
    ],
)
def test_containers_are_known_by_their_first_bytes(head: bytes, is_video: bool) -> None:
    assert has_head_of_video(head) is is_video
