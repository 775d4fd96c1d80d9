"""`framepick batch --engine ray` on a real cluster, whose processes are killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.batch_faults import command, look, make_clips, start
from framepick.batch.ray_cluster import Machine
from framepick.batch.ray_sizing import Sizes, sizes_for
from framepick.errors import FramepickError
from tests.command_line import framepick
from tests.conftest import is_over, wait_for

_SLOW = 240.0
_CLUSTER = """
import sys
from framepick.batch.ray_cluster import machines, own_cluster
with own_cluster(3) as ray:
    print(machines(ray)[0].cpus, flush=True)
with own_cluster(2) as ray:
    print(machines(ray)[0].cpus, flush=True)
    print(ray.get_runtime_context().gcs_address, flush=True)
    sys.stdin.read()
"""


_BUSY = """
import sys
from framepick.batch.ray_cluster import connected
class Busy:
    def ready(self):
        return True
with connected(sys.argv[1]) as ray:
    busy = ray.remote(num_cpus=2)(Busy).remote()
    print(ray.get(busy.ready.remote()), flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips") / "clips"
    make_clips(folder, 4)
    return folder


@pytest.fixture(scope="module")
def one_worker(clips: Path, tiny: Path) -> Path:
    """Give the results of one local worker."""
    out = clips.parent / "one"
    subprocess.run([*command(clips, out, tiny), "--jobs", "1"], check=True, capture_output=True)
    return out


@pytest.fixture(scope="module")
def cluster() -> Iterator[tuple[str, psutil.Process]]:
    """Give the address of a cluster that runs already, and the process that is above its own.

    It is the second one that this process starts, so that this can be done is shown, too.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", "a-token-of-these-tests-alone")
        process = subprocess.Popen(
            [sys.executable, "-c", _CLUSTER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        assert [process.stdout.readline() for _ in range(2)] == ["3.0\n", "2.0\n"]
        yield process.stdout.readline().strip(), psutil.Process(process.pid)
        process.communicate()
    assert process.returncode == 0


def picks(out: Path) -> dict[str, Any]:
    return {
        path.parent.name: json.loads(path.read_text())["picks"] for path in out.glob("*/picks.json")
    }


def below(process: psutil.Process, name: str) -> list[psutil.Process]:
    """Give the processes below `process` whose command line holds `name`."""
    found = []
    for one in process.children(recursive=True):
        try:
            found += [one] if any(name in word for word in one.cmdline()) else []
        except psutil.Error:
            continue
    return found


def ray_batch(clips: Path, out: Path, tiny: Path, *more: str) -> list[str]:
    return command(clips, out, tiny, "--engine", "ray", *more)


def is_working(out: Path) -> bool:
    return bool(list(out.glob(".*.lock")))


def test_four_workers_and_ray_pick_what_one_worker_picks(
    clips: Path, tiny: Path, one_worker: Path, cluster: tuple[str, psutil.Process]
) -> None:
    four, ray = clips.parent / "four", clips.parent / "ray"
    subprocess.run([*command(clips, four, tiny), "--jobs", "4"], check=True, capture_output=True)
    call = ray_batch(clips, ray, tiny, "--ray-address", cluster[0])
    subprocess.run(call, check=True, capture_output=True)
    wanted = picks(one_worker)
    assert len(wanted) == 4
    assert all(wanted.values())
    assert picks(four) == wanted
    assert picks(ray) == wanted
    assert look(ray).digests == look(one_worker).digests
    assert not below(cluster[1], "SlotActor")


def test_a_batch_says_that_it_waits_for_room_on_a_busy_cluster(
    clips: Path, tiny: Path, cluster: tuple[str, psutil.Process]
) -> None:
    busy = subprocess.Popen(
        [sys.executable, "-c", _BUSY, cluster[0]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert busy.stdout
    assert busy.stdout.readline() == "True\n"
    batch = start(ray_batch(clips, clips.parent / "waits", tiny, "--ray-address", cluster[0]))
    assert batch.stderr
    said = next((line for line in batch.stderr if b"waiting for room" in line), b"")
    busy.communicate()
    assert b"0 of 4; waiting for room for 1 core on the Ray cluster" in said
    batch.communicate()
    assert batch.returncode == 0


@pytest.mark.parametrize("name", ["SlotActor", "framepick.batch.worker"])
def test_a_process_of_the_cluster_that_is_killed_costs_nothing(
    name: str, clips: Path, tiny: Path, one_worker: Path, cluster: tuple[str, psutil.Process]
) -> None:
    address, above = cluster
    out = clips.parent / f"killed-{name}"
    batch = start(ray_batch(clips, out, tiny, "--ray-address", address))
    assert wait_for(lambda: is_working(out), _SLOW)
    below(above, name)[0].send_signal(signal.SIGKILL)
    batch.communicate()
    assert batch.returncode == 0
    found = look(out)
    assert found.digests == look(one_worker).digests
    assert found.redone == 0
    assert not found.hidden


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_left_of_a_cluster_that_was_started_for_a_batch(
    number: signal.Signals, clips: Path, tiny: Path, one_worker: Path
) -> None:
    out = clips.parent / f"own-{number.name}"
    batch = start(ray_batch(clips, out, tiny))
    assert wait_for(lambda: is_working(out), _SLOW)
    processes = psutil.Process(batch.pid).children(recursive=True)
    assert any("raylet" in one.name() for one in processes)
    batch.send_signal(number)
    _, said = batch.communicate()
    assert wait_for(lambda: all(map(is_over, processes)), 20)
    if number is signal.SIGTERM:
        assert batch.returncode == 130
        assert b"the same command goes on" in said
        assert not is_working(out)
    subprocess.run(command(clips, out, tiny), check=True, capture_output=True)
    assert look(out).digests == look(one_worker).digests


def test_actors_end_with_a_batch_that_is_killed(
    clips: Path, tiny: Path, cluster: tuple[str, psutil.Process]
) -> None:
    address, above = cluster
    out = clips.parent / "parent"
    batch = start(ray_batch(clips, out, tiny, "--ray-address", address))
    assert wait_for(lambda: is_working(out), _SLOW)
    ours = below(above, "SlotActor") + below(above, "framepick.batch.worker")
    batch.kill()
    batch.communicate()
    assert len(ours) == 4
    assert wait_for(lambda: all(map(is_over, ours)), 20)


def test_a_file_whose_actor_dies_twice_fails_alone(
    clips: Path, tiny: Path, cluster: tuple[str, psutil.Process]
) -> None:
    address, above = cluster
    out = clips.parent / "twice"
    batch = start(ray_batch(clips, out, tiny, "--ray-address", address, "--jobs", "1"))
    killed: set[int] = set()

    def kills_the_actors_of_the_first_file() -> bool:
        holders = {int(one.name.split("-")[1]) for one in out.glob(".clip-00.mp4.lock/*")}
        for actor in below(above, "SlotActor"):
            if holders & {one.pid for one in below(actor, "framepick.batch.worker")}:
                actor.kill()
                killed.add(actor.pid)
        return batch.poll() is not None

    assert wait_for(kills_the_actors_of_the_first_file, _SLOW)
    batch.communicate()
    assert batch.returncode == 1
    assert len(killed) == 2
    found = look(out)
    assert [name for name, state in found.states.items() if state != "ok"] == ["clip-00.mp4"]
    assert "was lost twice" in (out / "manifest.jsonl").read_text()
    assert not found.hidden


def test_an_address_without_a_cluster_is_named(clips: Path, tiny: Path, tmp_path: Path) -> None:
    where = ("--engine", "ray", "--ray-address", "127.0.0.1:1")
    done = framepick(tmp_path, "batch", clips, "--out", "out", "--weights", tiny, *where)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "127.0.0.1:1: no Ray cluster answers there" in line


def test_an_address_without_the_engine_is_refused(tmp_path: Path) -> None:
    done = framepick(tmp_path, "batch", tmp_path, "--ray-address", "auto")
    assert (done.returncode, "goes with --engine ray" in done.stderr) == (2, True)


def test_without_ray_the_extra_is_named(
    clips: Path, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    call = ("batch", clips, "--out", "out", "--weights", tiny, "--engine", "ray")
    done = framepick(tmp_path, *call)
    assert done.returncode == 2
    assert "pip install 'framepick[ray]'" in done.stderr


CORES, GPUS = [Machine(8, 0), Machine(4, 0)], [Machine(8, 1), Machine(16, 2), Machine(4, 0)]


@pytest.mark.parametrize(
    ("machines", "jobs", "threads", "has_gpu", "wanted"),
    [
        (CORES, None, None, False, Sizes(12, 1, 1, 0)),
        (CORES, None, 4, False, Sizes(3, 4, 4, 0)),
        (CORES, 3, None, False, Sizes(3, 4, 4, 0)),
        (CORES, 50, None, False, Sizes(50, 1, 0, 0)),
        (GPUS, None, None, True, Sizes(6, 4, 4, 0.5)),
        (GPUS, 4, None, True, Sizes(4, 5, 5, 0.5)),
        (GPUS, 3, 1, True, Sizes(3, 1, 1, 1)),
    ],
)
def test_actors_fill_the_machines(
    machines: list[Machine], jobs: int | None, threads: int | None, has_gpu: bool, wanted: Sizes
) -> None:
    assert sizes_for(machines, jobs, threads, has_gpu, 100) == wanted


def test_there_are_no_more_actors_than_files() -> None:
    assert sizes_for(CORES, None, None, False, 2).jobs == 2


@pytest.mark.parametrize(("threads", "has_gpu"), [(16, False), (1, True)])
def test_a_cluster_without_room_is_named(threads: int, has_gpu: bool) -> None:
    with pytest.raises(FramepickError, match="has no machine with"):
        sizes_for(CORES, None, threads, has_gpu, 5)
