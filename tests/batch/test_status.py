"""How far a run is, as others see it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from framepick.batch import status
from framepick.batch.engine import Running
from framepick.batch.ledger import FOLDER_NAME, Version
from framepick.batch.status import remove_left, status_of, told
from framepick.batch.tasks import Task
from framepick.batch.work import Work
from framepick.owner import process_of, this_process


@dataclass
class Run:
    """A run that is made up."""

    ours: Sequence[int] = range(7)
    before: int = 2
    finished: int = 3
    running: Sequence[Running] = ()


def running(name: str, share: float | None) -> Running:
    task = Task(Path("card") / name, Version(1, 1, "", ""), False)
    return Running(Work(task, name), 0.0, share)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "_EVERY_SECONDS", 0.0)


def test_a_run_tells_how_far_it_is_until_its_end(tmp_path: Path) -> None:
    run = Run(running=[running("a\udcff.mp4", 0.5), running("b.mp4", None)])
    with told(run, tmp_path) as tell:
        assert status_of(tmp_path, this_process()) is None
        tell()
        first = status_of(tmp_path, this_process())
        assert first
        assert (first.total, first.before, first.finished) == (7, 2, 3)
        assert first.running == (("a\\xff.mp4", 0.5), ("b.mp4", None))
        run.finished, run.running = 4, ()
        tell()
        assert status_of(tmp_path, this_process()) == replace(first, finished=4, running=())
    assert os.listdir(tmp_path / FOLDER_NAME) == []


def test_it_tells_once_a_second_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "_EVERY_SECONDS", 3600.0)
    run = Run()
    with told(run, tmp_path) as tell:
        tell()
        run.finished = 5
        tell()
        found = status_of(tmp_path, this_process())
        assert found
        assert found.finished == 3


def test_a_folder_that_cannot_be_written_to_does_not_stop_a_run(tmp_path: Path) -> None:
    (tmp_path / FOLDER_NAME).write_text("in the way")
    with told(Run(), tmp_path) as tell:
        tell()
    assert status_of(tmp_path, this_process()) is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"started": 1', '{"started": "x"}'])
def test_what_is_no_status_is_none(tmp_path: Path, text: str) -> None:
    with told(Run(), tmp_path) as tell:
        tell()
        [path] = (tmp_path / FOLDER_NAME).iterdir()
        path.write_text(text)
        assert status_of(tmp_path, this_process()) is None


def test_what_a_killed_run_told_is_removed_and_that_of_others_stays(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        gone = process_of(process.pid)
    folder = tmp_path / FOLDER_NAME
    with told(Run(), tmp_path) as tell:
        tell()
        (folder / f"{gone.token}.status").write_text("{}")
        (folder / "other.status").write_text("{}")
        remove_left(tmp_path)
        assert sorted(os.listdir(folder)) == sorted(
            [f"{this_process().token}.status", "other.status"]
        )
