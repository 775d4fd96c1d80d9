"""Signals end a batch at any moment so that it can go on; a second one ends it at once.

While frames are decoded: `test_batch_command.py`, where the next run goes on.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from benchmarks.batch_faults import command, make_clips, start, workers_of
from framepick.batch.ledger import FOLDER_NAME
from tests.conftest import is_over, wait_for
from tests.tiny import tiny_weights

_SLOW = 120.0
Batch = subprocess.Popen[bytes]
Moment = Callable[[Batch, Path], bool]


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Give the command line of a batch, but for its folder of results."""
    folder = tmp_path_factory.mktemp("signals")
    make_clips(folder / "clips", 2)
    return command(folder / "clips", Path("OUT"), tiny_weights(folder), "--jobs", "1")


@contextmanager
def running(call: list[str], out: Path) -> Iterator[Batch]:
    batch = start([str(out) if one == "OUT" else one for one in call])
    try:
        yield batch
    finally:
        batch.kill()
        batch.communicate()


def loads(batch: Batch, _: Path) -> bool:
    return bool(workers_of(batch.pid))


def decodes(_: Batch, out: Path) -> bool:
    return any(out.glob(".clip*.lock"))


def has_written(_: Batch, out: Path) -> bool:
    return any((out / FOLDER_NAME).glob("*.jsonl"))


@pytest.mark.parametrize("moment", [loads, has_written])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(
    moment: Moment, number: signal.Signals, call: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with running(call, out) as batch:
        assert wait_for(lambda: moment(batch, out), _SLOW)
        below = psutil.Process(batch.pid).children(recursive=True)
        batch.send_signal(number)
        _, said = batch.communicate(timeout=_SLOW)
        assert batch.returncode == 130
        assert b"Traceback" not in said
        assert b"the same command goes on" in said
        assert wait_for(lambda: all(map(is_over, below)))
    assert not list(out.glob(".*.lock"))
    assert not list(out.rglob("*.partial"))


def test_a_signal_ends_it_while_files_are_found(call: list[str], tmp_path: Path) -> None:
    """A list that has no end yet is as a tree that takes long to walk."""
    os.mkfifo(tmp_path / "list")
    endless = tmp_path / "list"
    with running([*call, "--files-from", str(endless)], tmp_path / "out") as batch:
        file = endless.open("wb")  # waits for the reader
        batch.send_signal(signal.SIGINT)
        _, said = batch.communicate(timeout=_SLOW)
        file.close()
    assert batch.returncode == 130
    assert b"Traceback" not in said
    assert not (tmp_path / "out").exists()


def test_a_second_signal_ends_it_and_its_workers_at_once(call: list[str], tmp_path: Path) -> None:
    """The first one is waiting for a worker that cannot be reaped."""
    out = tmp_path / "out"
    hanging = [sys.executable, "-c", _HANGS_WHEN_ENDED, *call[3:]]
    with running(hanging, out) as batch:
        assert wait_for(lambda: decodes(batch, out), _SLOW)
        below = psutil.Process(batch.pid).children(recursive=True)
        batch.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            batch.wait(1)
        batch.send_signal(signal.SIGINT)
        _, said = batch.communicate(timeout=_SLOW)
        assert batch.returncode == 130
        assert b"ended at once" in said
        assert below
        assert wait_for(lambda: all(map(is_over, below)))
    subprocess.run(
        [str(out) if one == "OUT" else one for one in call], check=True, capture_output=True
    )
    assert not list(out.rglob("*.partial"))


_HANGS_WHEN_ENDED = """
import sys, threading
from framepick import cli
from framepick.batch.pool import Pool
Pool.__exit__ = lambda *_: threading.Event().wait()
cli.main(sys.argv[1:])
"""


def test_signals_that_are_to_be_ignored_are(call: list[str], tmp_path: Path) -> None:
    """As with nohup, whose process outlives its terminal."""
    out = tmp_path / "out"
    with running(["nohup", *call], out) as batch:
        assert wait_for(lambda: loads(batch, out), _SLOW)
        batch.send_signal(signal.SIGHUP)
        batch.communicate(timeout=_SLOW)
    assert batch.returncode == 0
