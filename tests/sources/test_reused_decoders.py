"""One decoder process for one video after the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
import pytest

from framepick.errors import SourceError
from framepick.sources.decoders import reused_decoders
from framepick.sources.opening import open_source
from framepick.types import ViewSpec
from samples.clipmaker import numbered, read_number, write
from tests.conftest import wait_for

SPEC = ViewSpec(32)


@pytest.fixture
def videos(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{at}.mp4" for at in range(3)]
    for at, path in enumerate(paths):
        write(path, list(numbered(5 + at))[at:])
    return paths


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def processes_and_first_frames(videos: list[Path]) -> tuple[list[set[int]], list[int]]:
    before, seen, numbers = children(), [], []
    for path in videos:
        with open_source(path, SPEC) as source:
            first, *_ = list(source.frames())
            [still] = list(source.stills([first.moment]))
            numbers.append(read_number(np.asarray(still.pixels, np.uint8)))
            seen.append(children() - before)
    return seen, numbers


def test_videos_share_a_process_which_ends_with_the_last(videos: list[Path]) -> None:
    before = children()
    with reused_decoders():
        seen, numbers = processes_and_first_frames(videos)
    assert len(set.union(*seen)) == 1
    assert numbers == [0, 1, 2]
    assert children() == before


def test_otherwise_each_video_has_its_own(videos: list[Path]) -> None:
    seen, numbers = processes_and_first_frames(videos)
    assert len(set.union(*seen)) == 3
    assert numbers == [0, 1, 2]


def test_a_closed_video_is_not_held_open(videos: list[Path]) -> None:
    with reused_decoders():
        [process], _ = processes_and_first_frames(videos[:1])
        decoder = psutil.Process(*process)
        assert wait_for(
            lambda: str(videos[0]) not in {one.path for one in decoder.open_files()}, 10
        )


def test_after_a_file_that_cannot_be_read_comes_a_new_process(
    videos: list[Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    with reused_decoders():
        [first], _ = processes_and_first_frames(videos[:1])
        with pytest.raises(SourceError, match=r"broken\.mp4"):
            open_source(broken, SPEC)
        [second], numbers = processes_and_first_frames(videos[1:2])
    assert first != second
    assert numbers == [1]


def test_a_process_that_died_meanwhile_is_not_used(videos: list[Path]) -> None:
    with reused_decoders():
        [first], _ = processes_and_first_frames(videos[:1])
        process = psutil.Process(*first)
        process.kill()
        process.wait()
        [second], numbers = processes_and_first_frames(videos[1:2])
    assert first != second
    assert numbers == [1]
