"""`framepick batch --watch`, a real process: files that grow, come by a rename, change and go."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.batch_faults import make_clips, start, workers_of
from framepick.batch.ledger import FOLDER_NAME, Record
from framepick.batch.watching import Paced
from tests.command_line import framepick
from tests.conftest import is_over, wait_for
from tests.tiny import tiny_weights

_SLOW = 120.0
SETTLE_SECONDS = 3


@dataclass
class Watched:
    """A folder that is watched."""

    folder: Path
    out: Path
    process: subprocess.Popen[bytes]

    def states(self) -> dict[str, str]:
        """Give what the manifest says."""
        try:
            lines = (self.out / "manifest.jsonl").read_text().splitlines()
        except FileNotFoundError:
            return {}
        rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
        return {Path(row["source"]).name: row["state"] for row in rows}

    def records(self) -> list[Record]:
        """Give all that the ledger holds, also what is no longer true."""
        lines = (
            line
            for path in (self.out / FOLDER_NAME).glob("*.jsonl")
            for line in path.read_bytes().splitlines()
        )
        return [record for line in lines if (record := Record.parse(line))]

    def waits_for(self, condition: Callable[[], bool]) -> bool:
        """Wait for something that comes while the process runs."""
        wait_for(lambda: condition() or self.process.poll() is not None, _SLOW)
        return condition()

    def end(self, number: int = signal.SIGINT) -> bytes:
        self.process.send_signal(number)
        return self.process.communicate(timeout=_SLOW)[1]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with three clips and weights."""
    folder = tmp_path_factory.mktemp("clips")
    make_clips(folder / "clips", 3)
    tiny_weights(folder)
    return folder


@contextmanager
def watching(clips: Path, folder: Path) -> Iterator[Watched]:
    (folder / "in").mkdir(exist_ok=True)
    options = ["--weights", clips / "tiny.safetensors", "--settle", f"{SETTLE_SECONDS}s"]
    inside = ["--watch", folder / "in", "--out", folder / "out", "--jobs", "1", "--no-cache"]
    python = [sys.executable, "-m", "framepick.cli", "batch"]
    process = start([*python, *map(str, inside), *map(str, options)])
    try:
        yield Watched(folder / "in", folder / "out", process)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def watched(clips: Path, tmp_path: Path) -> Iterator[Watched]:
    with watching(clips, tmp_path) as found:
        yield found


def test_files_that_grow_or_get_their_name_late_are_done_once(
    watched: Watched, clips: Path
) -> None:
    whole = (clips / "clips" / "clip-00.mp4").read_bytes()
    renamed = watched.folder / "late.mp4.part"
    shutil.copy(clips / "clips" / "clip-01.mp4", renamed)
    step = -(-len(whole) // 12)
    with (watched.folder / "grows.mp4").open("wb", buffering=0) as file:
        for at in range(0, len(whole), step):
            file.write(whole[at : at + step])
            time.sleep(SETTLE_SECONDS / 6)
    assert not watched.records()
    assert not workers_of(watched.process.pid)  # nothing is loaded before it is needed
    renamed.rename(watched.folder / "late.mp4")
    both = {"grows.mp4": "ok", "late.mp4": "ok"}
    assert watched.waits_for(lambda: watched.states() == both)
    sizes = {Path(record.key).name: record.version.size for record in watched.records()}
    assert sizes["grows.mp4"] == len(whole)
    assert len(watched.records()) == 2


def test_files_that_change_are_done_again_and_those_that_go_are_forgotten(
    watched: Watched, clips: Path
) -> None:
    (watched.folder / "goes.mp4").write_bytes(b"no video")
    shutil.copy(clips / "clips" / "clip-00.mp4", watched.folder / "a.mp4")
    both = {"a.mp4": "ok", "goes.mp4": "failed"}
    assert watched.waits_for(lambda: watched.states() == both)
    before = json.loads((watched.out / "a.mp4" / "picks.json").read_text())["frame_count"]
    shutil.copy(clips / "clips" / "clip-02.mp4", watched.folder / "a.mp4")
    (watched.folder / "goes.mp4").unlink()
    assert watched.waits_for(lambda: len(watched.records()) == 3)
    assert watched.waits_for(lambda: watched.states() == {"a.mp4": "ok"})
    after = json.loads((watched.out / "a.mp4" / "picks.json").read_text())["frame_count"]
    assert before < after


def test_it_ends_in_order_and_goes_on(watched: Watched, clips: Path, tmp_path: Path) -> None:
    shutil.copy(clips / "clips" / "clip-00.mp4", watched.folder / "a.mp4")
    assert watched.waits_for(lambda: len(watched.records()) == 1)
    workers = workers_of(watched.process.pid)
    said = watched.end(signal.SIGTERM)
    assert watched.process.returncode == 130
    assert b"Traceback" not in said
    assert b"the same command goes on" in said
    assert workers
    assert all(map(is_over, workers))
    assert watched.states() == {"a.mp4": "ok"}
    shutil.copy(clips / "clips" / "clip-01.mp4", watched.folder / "b.mp4")
    with watching(clips, tmp_path) as again:
        assert again.waits_for(lambda: again.states() == {"a.mp4": "ok", "b.mp4": "ok"})
        assert len(again.records()) == 2


def test_a_folder_that_is_gone_for_a_while_is_waited_for(watched: Watched, clips: Path) -> None:
    shutil.copy(clips / "clips" / "clip-00.mp4", watched.folder / "a.mp4")
    assert watched.waits_for(lambda: watched.states() == {"a.mp4": "ok"})
    watched.folder.rename(watched.folder.with_name("away"))
    time.sleep(2)
    assert watched.states() == {"a.mp4": "ok"}
    watched.folder.with_name("away").rename(watched.folder)
    shutil.copy(clips / "clips" / "clip-01.mp4", watched.folder / "b.mp4")
    assert watched.waits_for(lambda: watched.states() == {"a.mp4": "ok", "b.mp4": "ok"})
    assert b"in: is gone" in watched.end()
    assert len(watched.records()) == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--watch"], "needs folders"),
        (["--watch", "a.mp4"], "a.mp4: is not a folder"),
        (["--watch", ".", "--dry-run"], "--dry-run exclude each other"),
        (["--watch", ".", "--files-from", "x"], "--files-from exclude each other"),
    ],
)
def test_what_cannot_be_watched_is_refused(
    arguments: list[str], reason: str, tmp_path: Path
) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    done = framepick(tmp_path, "batch", *arguments, "--out", "out")
    assert done.returncode == 2
    assert reason in done.stderr
    assert os.listdir(tmp_path) == ["a.mp4"]


def test_what_takes_longer_is_done_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("framepick.batch.watching.monotonic", lambda: clock[0])

    def is_due(seconds: float) -> bool:
        clock[0] = seconds
        return paced.is_due()

    paced = Paced(1.0)
    assert is_due(0)
    with paced.turn():
        clock[0] = 0.5  # of the time that follows this is a fiftieth
    assert [is_due(seconds) for seconds in (1.6, 25.4, 25.6)] == [False, False, True]
    with paced.turn():
        clock[0] = 25.601
    assert [is_due(seconds) for seconds in (26, 26.7)] == [False, True]
