"""Files that grow are left alone until they stand still."""

from __future__ import annotations

import os
from pathlib import Path

from framepick.batch.settling import Settling, Stamp, stamps_of

A, B = Path("a.mp4"), Path("b.mp4")


def test_a_file_counts_once_it_stood_still() -> None:
    settling = Settling(10)
    grown = Stamp(8, 2)
    assert not settling.settled({A: Stamp(4, 1)}, 0)
    assert not settling.settled({A: grown}, 9)
    assert not settling.settled({A: grown}, 18)
    assert settling.settled({A: grown}, 19) == {A: grown}
    assert settling.settled({A: grown}, 99) == {A: grown}


def test_a_file_that_changes_again_has_to_stand_still_again() -> None:
    settling = Settling(10)
    settling.settled({A: Stamp(4, 1)}, 0)
    assert settling.settled({A: Stamp(4, 1)}, 10)
    assert not settling.settled({A: Stamp(4, 2)}, 11)
    assert settling.settled({A: Stamp(4, 2)}, 21) == {A: Stamp(4, 2)}


def test_a_file_that_went_and_came_starts_anew() -> None:
    settling = Settling(10)
    settling.settled({A: Stamp(4, 1)}, 0)
    assert not settling.settled({}, 5)
    assert not settling.settled({A: Stamp(4, 1)}, 12)


def test_empty_files_are_not_there_yet() -> None:
    settling = Settling(0)
    assert settling.settled({A: Stamp(0, 1), B: Stamp(1, 1)}, 0) == {B: Stamp(1, 1)}


def test_files_that_are_gone_have_no_stamp(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"four")
    os.utime(tmp_path / "a.mp4", ns=(5, 7))
    files = [tmp_path / "a.mp4", tmp_path / "gone.mp4"]
    assert stamps_of(files) == {tmp_path / "a.mp4": Stamp(4, 7)}
