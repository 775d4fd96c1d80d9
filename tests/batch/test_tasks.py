"""What a rerun does for a file, by what the ledger knows of it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from framepick.batch.destination import HasResult, LocalDestination
from framepick.batch.ledger import Record
from framepick.batch.tasks import Rules, Task, planned, tasks_of
from framepick.cache import fingerprint


@pytest.fixture
def task(tmp_path: Path) -> Task:
    (tmp_path / "a.mp4").write_bytes(b"content")
    [one] = tasks_of([tmp_path / "a.mp4"], tmp_path / "out", "config", "encoder")
    return one


@pytest.fixture
def done(task: Task, tmp_path: Path) -> Record:
    """Give the record of a result that is there."""
    (tmp_path / "out" / "a.mp4").mkdir(parents=True)
    (tmp_path / "out" / "a.mp4" / "picks.json").write_text("{}")
    print_ = fingerprint(path_of(task))
    return Record("../a.mp4", "ok", task.version, 1, print_, folder="a.mp4")


def path_of(task: Task) -> Path:
    assert isinstance(task.path, Path)
    return task.path


def results_of(task: Task) -> HasResult:
    return LocalDestination(path_of(task).parent / "out").results(are_looked_for=False)


def action(task: Task, record: Record | None, **rules: Any) -> str:
    return planned(task, "../a.mp4", record, results_of(task), Rules(**rules)).action


def now(task: Task) -> Task:
    """Give the task as a rerun sees it."""
    [one] = tasks_of([task.path], path_of(task).parent / "out", "config", "encoder")
    return one


def test_what_is_not_known_is_done_and_what_is_done_is_kept(task: Task, done: Record) -> None:
    assert action(task, None) == "do"
    assert action(task, done) == "keep"
    assert action(task, replace(done, state="partial")) == "keep"


def test_other_settings_or_weights_are_done_again(task: Task, done: Record) -> None:
    version = task.version
    for other in (replace(version, config="other"), replace(version, encoder="other")):
        assert action(replace(task, version=other), done) == "do"


def test_a_result_that_was_removed_is_made_again(task: Task, done: Record, tmp_path: Path) -> None:
    (tmp_path / "out" / "a.mp4" / "picks.json").unlink()
    assert action(task, done) == "do"


def test_a_file_that_was_written_anew_is_done_again(task: Task, done: Record) -> None:
    path_of(task).write_bytes(b"CONTENT")
    os.utime(path_of(task), ns=(0, 0))
    assert action(now(task), done) == "do"


def test_a_file_that_was_only_touched_is_kept_and_known_by_its_new_time(
    task: Task, done: Record
) -> None:
    os.utime(path_of(task), ns=(0, 0))
    touched = now(task)
    one = planned(touched, "../a.mp4", done, results_of(task), Rules())
    assert (one.action, one.is_touched) == ("keep", True)
    assert one.record is not None
    assert action(touched, one.record) == "keep"


def test_a_change_that_keeps_size_and_time_is_seen_only_when_verified(
    task: Task, done: Record
) -> None:
    path_of(task).write_bytes(b"CONTENT")
    os.utime(path_of(task), ns=(0, task.version.mtime_ns))
    assert action(now(task), done) == "keep"
    assert action(now(task), done, verify=True) == "do"


def test_failures_are_tried_again_on_request_or_when_the_file_changed(
    task: Task, done: Record
) -> None:
    failed = replace(done, state="failed", folder="", fingerprint="", reason="no video")
    assert action(task, failed) == "leave failed"
    assert action(task, failed, retry_failed=True) == "do"
    os.utime(path_of(task), ns=(0, 0))
    assert action(now(task), failed) == "do"


def test_a_file_that_is_missing_is_a_task_too(tmp_path: Path) -> None:
    [one] = tasks_of([tmp_path / "gone.mp4"], tmp_path / "out", "config", "encoder")
    assert one.version.size == -1
    assert action(one, None) == "do"
