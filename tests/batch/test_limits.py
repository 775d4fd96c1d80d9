"""Files that take too much time, memory or pixels: each fails alone, with its reason."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from benchmarks.batch_faults import make_clips
from tests.batch.hostile import jpeg, lying_jpeg, make_endless, mux, png, stalling
from tests.command_line import Done, framepick


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """Give a folder of a clip that nothing is wrong with."""
    make_clips(tmp_path / "made", 1)
    (tmp_path / "card").mkdir()
    shutil.copy(tmp_path / "made" / "clip-00.mp4", tmp_path / "card" / "good.mp4")
    return tmp_path / "card"


def batch(card: Path, tiny: Path, *options: object) -> Done:
    more = ("--weights", tiny, "--pages", "none", "--no-cache", *options)
    return framepick(card.parent, "batch", card, "--out", "out", *more)


def reasons(card: Path) -> dict[str, str]:
    """Give why files failed; '' for those that did not."""
    lines = (card.parent / "out" / "manifest.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    return {
        Path(row["source"]).name: row["reason"] if row["state"] == "failed" else "" for row in rows
    }


def test_a_file_that_cannot_be_read_on_is_given_up(card: Path, tiny: Path) -> None:
    shutil.copy(card / "good.mp4", card / "stalls.mp4")
    with stalling(card / "stalls.mp4"):
        done = batch(card, tiny, "--stall", "8s", "--jobs", 2)
    assert done.returncode == 1
    found = reasons(card)
    assert found["good.mp4"] == ""
    assert found["stalls.mp4"].startswith(f"{card}/stalls.mp4: ")
    assert "has not answered for 8 s" in found["stalls.mp4"]


def test_a_file_that_takes_too_long_is_given_up(card: Path, tiny: Path) -> None:
    make_endless(card / "long.mp4")
    shutil.rmtree(card / "made")
    done = batch(card, tiny, "--time-limit", "12s", "--plan", "exact", "--jobs", 2)
    assert done.returncode == 1
    assert reasons(card) == {
        "good.mp4": "",
        "long.mp4": f"{card}/long.mp4: took longer than 12 s and was ended",
    }
    assert not [name for name in os.listdir(card.parent / "out") if "long" in name]


def test_a_file_that_takes_too_much_memory_is_given_up(card: Path, tiny: Path) -> None:
    mux(card / "large.avi", "mjpeg", [jpeg(12_000, 8_000)] * 12)
    done = batch(card, tiny, "--memory-limit", 500, "--jobs", 1)
    assert done.returncode == 1
    assert reasons(card) == {
        "good.mp4": "",
        "large.avi": f"{card}/large.avi: took more than 500 MiB of memory and was ended",
    }


def test_pictures_that_would_fill_the_memory_are_not_decoded(card: Path, tiny: Path) -> None:
    mux(card / "png.mov", "png", [png(30_000, 30_000)] * 3)
    mux(card / "png.avi", "png", [png(30_000, 30_000)] * 3)
    mux(card / "jpeg.mkv", "mjpeg", [lying_jpeg(30_000, 30_000)] * 3)
    done = batch(card, tiny, "--memory-limit", 500, "--jobs", 1)
    assert done.returncode == 1
    found = reasons(card)
    assert found.pop("good.mp4") == ""
    assert set(found) == {"png.mov", "png.avi", "jpeg.mkv"}
    for name, reason in found.items():
        assert reason.startswith(f"{card}/{name}: has pictures of 30000 x 30000, over 100 million")


def test_a_pipe_among_files_is_not_waited_for(card: Path, tiny: Path) -> None:
    os.mkfifo(card / "endless.mp4")
    os.mkfifo(card / "endless")
    assert batch(card, tiny, "--jobs", 1).returncode == 0
    assert reasons(card) == {"good.mp4": ""}
    done = framepick(card, "batch", "endless.mp4", "good.mp4", "--out", "../out", "--weights", tiny)
    assert done.returncode == 1
    assert "endless.mp4: is not a regular file" in done.stderr
