"""Shards: parts of a batch for job arrays, which make one whole."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from benchmarks.batch_faults import make_clips
from framepick.batch.destination import LocalDestination, ledger_writer
from framepick.batch.ledger import Record
from framepick.batch.run import Batch, plan_batch, write_results
from framepick.batch.shards import WHOLE, Shard
from framepick.batch.tasks import Rules
from framepick.locks import Lock
from tests.command_line import Done, framepick
from tests.conftest import wait_for
from tests.tiny import tiny_weights

_KEYS = [f"../day-{day}/clip-{clip}.mp4" for day in range(10) for clip in range(100)]


def rows(out: Path) -> list[dict[str, Any]]:
    lines = (out / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [{**json.loads(line), "seconds": 0} for line in lines]


def picks(out: Path) -> dict[str, Any]:
    return {
        path.parent.name: json.loads(path.read_text())["picks"] for path in out.glob("*/picks.json")
    }


def test_every_file_belongs_to_one_shard_and_shards_are_about_as_large() -> None:
    shards = [Shard(number, 8) for number in range(1, 9)]
    held = [[key for key in _KEYS if shard.holds(key)] for shard in shards]
    assert sorted(key for some in held for key in some) == sorted(_KEYS)
    assert max(map(len, held)) < 1.5 * min(map(len, held))


def test_which_shard_a_file_belongs_to_never_changes() -> None:
    held = [key for key in _KEYS[:12] if Shard(2, 3).holds(key)]
    assert held == ["../day-0/clip-9.mp4", "../day-0/clip-11.mp4"]


def test_all_files_are_one_shard() -> None:
    assert all(map(WHOLE.holds, _KEYS))


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "1/0", "-1/3", "1/3/5", "a/b", "½/3", ""])
def test_what_is_no_shard_is_refused(text: str, tmp_path: Path) -> None:
    done = framepick(tmp_path, "batch", tmp_path, "--shard", text)
    assert done.returncode == 2
    assert "is no shard" in done.stderr


def test_shards_put_together_are_the_batch_whichever_ends_last(tmp_path: Path) -> None:
    weights = tiny_weights(tmp_path)
    make_clips(tmp_path / "clips", 4, 0.5)
    (tmp_path / "clips" / "bad.mp4").write_bytes(b"no video")

    def run(out: str, *more: object) -> Done:
        call = ("batch", "clips", "--out", out, "--weights", weights, "--jobs", 1, "--no-cache")
        return framepick(tmp_path, *call, *more)

    run("whole")
    shards = [run("parts", "--shard", f"{number}/3") for number in (3, 1, 2)]
    assert picks(tmp_path / "parts") == picks(tmp_path / "whole")
    assert rows(tmp_path / "parts") == rows(tmp_path / "whole")
    assert (tmp_path / "parts" / "picks.parquet").read_bytes() == (
        tmp_path / "whole" / "picks.parquet"
    ).read_bytes()
    # only the shard that has the bad file fails
    assert sorted(done.returncode for done in shards) == [0, 0, 1]
    [failed] = [done for done in shards if done.returncode]
    assert "bad.mp4" in failed.stderr
    again = [run("parts", "--shard", f"{number}/3").returncode for number in (3, 1, 2)]
    assert again == [done.returncode for done in shards]


def test_files_of_other_shards_are_named_as_such_and_pending_until_done(tmp_path: Path) -> None:
    files = [tmp_path / f"{at}.mp4" for at in range(20)]
    batch = plan_batch(
        files, LocalDestination(tmp_path / "out"), "config", "encoder", Rules(), None, Shard(1, 2)
    )
    assert {one.action for one in batch.plan} == {"do", "other shard"}
    assert 0 < len(batch.todo) == len(batch.ours) < 20
    assert (batch.before, batch.finished) == (0, 0)
    assert {one.state for one in batch.outcomes()} == {"pending"}


@pytest.fixture
def halves(tmp_path: Path) -> tuple[Batch, Batch]:
    """Give two shards of 20 files, of which nothing is done."""
    (tmp_path / "out").mkdir()
    files = [tmp_path / f"{at}.mp4" for at in range(20)]
    out = LocalDestination(tmp_path / "out")
    one, two = (
        plan_batch(files, out, "config", "encoder", Rules(), None, Shard(number, 2))
        for number in (1, 2)
    )
    return one, two


def finish(batch: Batch) -> None:
    """Record that all files of a shard have failed."""
    writer = ledger_writer(batch.destination.name)
    for one in batch.todo:
        writer.append(Record(one.key, "failed", one.task.version, 1, reason="why"))
        batch.done[one.key] = Record(one.key, "failed", one.task.version, 1, reason="why")


def test_the_shard_that_ends_last_waits_and_looks_at_what_others_have_done(
    halves: tuple[Batch, Batch], tmp_path: Path
) -> None:
    ours, other = halves
    manifest = tmp_path / "out" / "manifest.jsonl"
    finish(other)
    finish(ours)
    writes = Lock(manifest, {})
    assert writes.acquire()  # the other shard is writing, with what it knew when it began
    thread = Thread(target=lambda: write_results(ours, None, has_index=False))
    thread.start()
    assert not wait_for(manifest.exists, 0.5)
    manifest.write_text("what the other shard knew\n")
    writes.release()
    thread.join()
    assert [row["state"] for row in rows(tmp_path / "out")] == ["failed"] * 20


def test_a_shard_that_ends_earlier_leaves_the_overview_to_those_that_end_later(
    halves: tuple[Batch, Batch], tmp_path: Path
) -> None:
    ours, _ = halves
    manifest = tmp_path / "out" / "manifest.jsonl"
    finish(ours)
    writes = Lock(manifest, {})
    assert writes.acquire()
    found = write_results(ours, None, has_index=False)
    assert [one.state for one in ours.ours_of(found)] == ["failed"] * len(ours.todo)
    assert not manifest.exists()
    writes.release()
    write_results(ours, None, has_index=False)
    states = [row["state"] for row in rows(tmp_path / "out")]
    assert (states.count("failed"), states.count("pending")) == (
        len(ours.todo),
        20 - len(ours.todo),
    )
