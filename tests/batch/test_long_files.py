"""One long file and several workers: all score it, and the result is that of one worker."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import cast

import pytest

from benchmarks.batch_faults import command, look, start, workers_of
from framepick.batch.ledger import FOLDER_NAME, LedgerFolder, LedgerWriter, Record, Version
from framepick.batch.schedule import LEAST_BYTES
from framepick.batch.slot import Slot
from framepick.batch.tasks import Task
from framepick.batch.watchdog import Limits
from framepick.batch.work import Work
from framepick.batch.worker import WorkerSettings
from framepick.config import VideoConfig
from framepick.errors import DecoderError
from framepick.parts import Scored
from framepick.sources.decoder_client import DecoderClient
from framepick.sources.wire import Message
from samples.clipmaker import Scene, View, damage, load, render, repeat, write
from tests.conftest import wait_for
from tests.tiny import tiny_weights

_SLOW = 200.0
PLAN = ("--plan", "exact", "--count", "3")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a film that is just long enough to be shared out."""
    folder = tmp_path_factory.mktemp("film")
    scenes = [
        Scene(load(name), 2.0, camera=((0, View(0.9)), (2, View(0.6))), noise=8.0)
        for name in ("chelsea", "coffee", "rocket")
    ]
    frames = render(scenes, 160, 90, rate=25)
    write(folder / "clip.mp4", frames, rate=25, gop=25, bframes=2, quality=12)
    (folder / "long").mkdir()
    repeat(folder / "clip.mp4", folder / "long" / "film.mp4", 28)
    assert (folder / "long" / "film.mp4").stat().st_size >= LEAST_BYTES
    return folder / "long" / "film.mp4"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def alone(film: Path, weights: Path) -> dict[str, str]:
    """Give the digests of all files of the result of one worker."""
    out = film.parent / "alone"
    call = command(film, out, weights, *PLAN, "--jobs", "1")
    subprocess.run(call, check=True, capture_output=True)
    return look(out).digests


def scored(out: Path) -> list[Path]:
    return list((out / FOLDER_NAME).glob(".*.partial/*.scored"))


def shared(out: Path) -> bool:
    return bool(list((out / FOLDER_NAME).glob(".*.partial")))


WAYS = {"two": ("--jobs", "2"), "four": ("--jobs", "4"), "ray": ("--engine", "ray", "--jobs", "2")}


@pytest.mark.parametrize(("way", "workers"), [("two", 2), ("four", 4), ("ray", 2)])
def test_workers_share_the_frames_and_give_what_one_gives(
    way: str, workers: int, film: Path, weights: Path, alone: dict[str, str]
) -> None:
    out = film.parent / way
    batch = start(command(film, out, weights, *PLAN, *WAYS[way]))
    assert wait_for(lambda: len(scored(out)) == workers, _SLOW)
    batch.communicate(timeout=_SLOW)
    assert batch.returncode == 0
    assert look(out).digests == alone
    assert not look(out).hidden


def test_a_worker_that_is_killed_costs_its_share_alone(
    film: Path, weights: Path, alone: dict[str, str]
) -> None:
    out = film.parent / "killed worker"
    batch = start(command(film, out, weights, *PLAN, "--jobs", "2"))
    assert wait_for(lambda: shared(out) and len(workers_of(batch.pid)) == 2, _SLOW)
    workers_of(batch.pid)[0].send_signal(signal.SIGKILL)
    assert wait_for(lambda: len(scored(out)) == 2, _SLOW)
    batch.communicate(timeout=_SLOW)
    assert batch.returncode == 0
    assert look(out).digests == alone
    assert not look(out).hidden


def test_a_killed_run_leaves_nothing_that_hinders_the_next_one(
    film: Path, weights: Path, alone: dict[str, str]
) -> None:
    out = film.parent / "killed run"
    call = command(film, out, weights, *PLAN, "--jobs", "2")
    batch = start(call)
    assert wait_for(lambda: bool(scored(out)), _SLOW)
    batch.kill()
    batch.communicate()
    subprocess.run(call, check=True, capture_output=True)
    assert look(out).digests == alone
    assert not look(out).hidden


def test_a_damaged_film_is_left_to_one_worker(film: Path, weights: Path) -> None:
    hurt = film.parents[1] / "hurt" / "film.mp4"
    hurt.parent.mkdir()
    damage(film, hurt, seed=1)
    one, two = hurt.parent / "one", hurt.parent / "two"
    for out, jobs in ((one, "1"), (two, "2")):
        call = command(hurt, out, weights, *PLAN, "--jobs", jobs)
        subprocess.run(call, check=True, capture_output=True)
    assert look(one).states == look(two).states == {"film.mp4": "partial"}
    assert look(two).digests == look(one).digests
    assert not look(two).hidden


class DyingWorker:
    """Stands for a worker process that is there until it is given work."""

    def __init__(self, started: list[str]) -> None:
        started.append("worker")

    def send(self, kind: str, **facts: object) -> None:
        pass

    def poll(self, seconds: float) -> Message:
        return Message({"kind": "ready", "pid": 0}, b"")

    def receive(self) -> Message:
        raise DecoderError("the worker died")

    def end(self) -> None:
        pass


def test_a_share_is_tried_twice_and_then_its_file_is_left_to_one_worker(tmp_path: Path) -> None:
    started: list[str] = []
    config = VideoConfig(plan="exact").as_dict()
    settings = WorkerSettings(str(tmp_path), config, "config", "encoder", 0, False)
    writer = LedgerWriter(LedgerFolder(tmp_path))
    slot = Slot(settings, Limits(), writer, lambda _: cast(DecoderClient, DyingWorker(started)))
    task = Task(tmp_path / "film.mp4", Version(LEAST_BYTES, 1, "config", "encoder"), False)
    assert slot.do(Work(task, "film.mp4", Scored(tmp_path, 2), share=1)) == "whole"
    assert len(started) == 2
    record = slot.do(Work(task, "film.mp4"))
    assert isinstance(record, Record)
    assert record.state == "failed"
    assert "the worker died" in record.reason
