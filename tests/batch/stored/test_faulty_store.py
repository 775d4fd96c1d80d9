"""`framepick batch` with a store that fails for a moment or for good, and one that is watched."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from benchmarks.batch_faults import make_clips, start
from tests.batch.stored.faulty import Front, in_front_of
from tests.batch.stored.server import Bucket, S3Bucket, s3_server, use_server
from tests.conftest import wait_for

_SLOW = 180.0
_numbers = count(1)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture
def front(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    with in_front_of(address) as front:
        use_server(monkeypatch, front.address)
        yield front


@pytest.fixture
def bucket(address: str, front: Front, clips: Path) -> Bucket:
    """Give a bucket with two clips, which is looked at past the server in front."""
    bucket = S3Bucket(f"faulty-{next(_numbers)}", address)
    for path in clips.iterdir():
        bucket.put(f"card/{path.name}", path.read_bytes())
    return bucket


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips") / "clips"
    make_clips(folder, 2, 0.4)
    return folder


def call(bucket: Bucket, weights: Path, *more: str) -> list[str]:
    from benchmarks.batch_faults import command

    names = {"IN": bucket.url("card"), "OUT": bucket.url("out")}
    given = command(Path("IN"), Path("OUT"), weights, "--jobs", "1", "--pages", "none", *more)
    return [names.get(one, one) for one in given]


def run(command: list[str]) -> tuple[int, list[str]]:
    """Give the exit code, and what was said but for how far the run was."""
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    said = done.stderr.splitlines()
    return done.returncode, [line for line in said if " of 2" not in line and " of 3" not in line]


def states(bucket: Bucket) -> dict[str, str]:
    rows: list[dict[str, Any]] = [
        json.loads(line) for line in bucket.read("out/manifest.jsonl").splitlines()
    ]
    return {Path(row["source"]).name: row["state"] for row in rows}


GOOD = {"clip-00.mp4": "ok", "clip-01.mp4": "ok"}


def test_a_store_that_fails_now_and_then_is_asked_again(
    bucket: Bucket, front: Front, tiny: Path
) -> None:
    numbers = count(1)
    failed: list[str] = []

    def fails_each_fifth_time(method: str, path: str) -> int | None:
        if next(numbers) % 5:
            return None
        failed.append(path)
        return 500 if len(failed) % 2 else 503

    front.answer = fails_each_fifth_time
    assert run(call(bucket, tiny)) == (0, [])
    assert len(failed) > 5
    assert states(bucket) == GOOD


def test_a_store_that_fails_for_good_ends_the_run_which_goes_on_later(
    bucket: Bucket, front: Front, tiny: Path
) -> None:
    def fails_after_the_first_result(method: str, path: str) -> int | None:
        is_done = any("PUT" in one and "picks.json" in one for one in front.requests[:-1])
        return 500 if is_done else None

    front.answer = fails_after_the_first_result
    code, said = run(call(bucket, tiny))
    assert code == 1
    assert len(said) == 1, said
    assert bucket.url("out") in said[0]
    assert "run the same command again" in said[0]
    front.answer = lambda method, path: None
    assert run(call(bucket, tiny)) == (0, [])
    assert states(bucket) == GOOD


def test_an_object_that_is_gone_once_it_is_its_turn_fails_alone(
    bucket: Bucket, front: Front, tiny: Path
) -> None:
    bucket.put("card/gone.mp4", bucket.read("card/clip-00.mp4"))

    def removes_it_once_it_was_listed(method: str, path: str) -> int | None:
        if any("list-type" in one for one in front.requests[:-1]) and "out" in path:
            bucket.remove("card/gone.mp4")
        return None

    front.answer = removes_it_once_it_was_listed
    code, said = run(call(bucket, tiny))
    assert code == 1
    assert said == [
        f"framepick: {bucket.url('card/gone.mp4')}: there is no such object; check its name"
    ]
    assert states(bucket) == {**GOOD, "gone.mp4": "failed"}


def test_objects_that_come_into_a_watched_place_are_worked_on(bucket: Bucket, tiny: Path) -> None:
    batch = start(call(bucket, tiny, "--watch", "--settle", "1s"))
    try:
        assert wait_for(lambda: "out/manifest.jsonl" in bucket.tags("out"), _SLOW)
        bucket.put("card/late.mp4", bucket.read("card/clip-01.mp4"))
        wanted = {**GOOD, "late.mp4": "ok"}
        assert wait_for(lambda: states(bucket) == wanted, _SLOW)
        batch.send_signal(signal.SIGINT)
        batch.communicate(timeout=_SLOW)
    finally:
        batch.kill()
        batch.wait()
    assert batch.returncode == 130
    assert states(bucket) == wanted
