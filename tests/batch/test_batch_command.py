"""`framepick batch` as people use it: real files, real processes, real faults."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet
import pytest

from benchmarks.batch_faults import command, look, make_clips, start, workers_of
from framepick.batch.ledger import FOLDER_NAME
from samples.clipmaker import damage
from tests.command_line import Done, framepick
from tests.conftest import is_over, wait_for

Run = Callable[..., Done]
_SLOW = 120.0


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of three clips."""
    folder = tmp_path_factory.mktemp("clips") / "clips"
    make_clips(folder, 3)
    return folder


@pytest.fixture(scope="module")
def calm(clips: Path, tiny: Path) -> Path:
    """Give the results of a run that nothing disturbed, beside the clips."""
    out = clips.parent / "calm"
    subprocess.run(command(clips, out, tiny), check=True, capture_output=True)
    return out


@pytest.fixture
def run(tmp_path: Path, tiny: Path) -> Run:
    def call(*arguments: object) -> Done:
        return framepick(tmp_path, "batch", *arguments, "--weights", tiny, "--jobs", 1)

    return call


@pytest.fixture
def card(clips: Path, tmp_path: Path) -> Path:
    """Give a folder of one clip, under two names in two folders, and a file that is no video."""
    folder = tmp_path / "card"
    (folder / "b").mkdir(parents=True)
    shutil.copy(clips / "clip-00.mp4", folder / "x.mp4")
    shutil.copy(clips / "clip-00.mp4", folder / "b" / "x.mp4")
    (folder / "bad.mp4").write_bytes(b"no video")
    return folder


def manifest(out: Path) -> dict[str, dict[str, Any]]:
    lines = (out / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return {row["source"]: row for row in rows}


def times(out: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in out.glob("*/picks.json")}


def test_every_file_has_its_row_and_a_rerun_does_nothing(card: Path, run: Run) -> None:
    out = card.parent / "out"
    done = run(card, "--out", out)
    assert done.returncode == 1
    rows = manifest(out)
    states = {name.removeprefix(f"{card}/"): row["state"] for name, row in rows.items()}
    assert states == {"x.mp4": "ok", "b/x.mp4": "ok", "bad.mp4": "failed"}
    assert "bad.mp4: is not a video" in rows[f"{card}/bad.mp4"]["reason"]
    folders = {row["folder"] for row in rows.values() if row["state"] == "ok"}
    assert len(folders) == 2
    for folder in folders:
        picks = json.loads((out / folder / "picks.json").read_text())["picks"]
        assert all((out / folder / pick["still"]).is_file() for pick in picks)
    table = pyarrow.parquet.read_table(out / "picks.parquet")
    assert table.num_rows == sum(row.get("picks", 0) for row in rows.values())
    assert all((out / name).is_file() for name in table["still"].to_pylist())
    page = (out / "index.html").read_text()
    assert all(f'href="./{folder}/' in page for folder in folders)

    before, ledgers = times(out), sorted(os.listdir(out / FOLDER_NAME))
    again = run(card, "--out", out)
    assert again.returncode == 1
    assert "--retry-failed" in again.stderr
    assert times(out) == before
    assert sorted(os.listdir(out / FOLDER_NAME)) == ledgers
    assert manifest(out) == rows

    shutil.copy(card / "x.mp4", card / "bad.mp4")
    assert run(card, "--out", out).returncode == 0
    assert manifest(out)[f"{card}/bad.mp4"]["state"] == "ok"
    assert before.items() <= times(out).items()


def test_what_is_written_over_all_files_is_made_up_for(clips: Path, calm: Path, tiny: Path) -> None:
    out = clips.parent / "late"
    shutil.copytree(calm, out)
    table, page = out / "picks.parquet", out / "index.html"
    wanted = table.read_bytes(), page.read_bytes()
    rows = (out / "manifest.jsonl").read_text().splitlines(keepends=True)
    # as a run leaves it that is killed when its last file is done
    (out / "manifest.jsonl").write_text("".join(rows[:-1]))
    table.write_bytes(b"earlier")
    page.write_bytes(b"earlier")
    subprocess.run(command(clips, out, tiny), check=True, capture_output=True)
    assert (table.read_bytes(), page.read_bytes()) == wanted


def test_pages_bound_what_is_written_of_each_video(card: Path, run: Run) -> None:
    pages = ("report.html", "contact-sheet.jpg")
    for choice, has_index, has_pages in (("none", 0, 0), ("all", 1, 1)):
        out = card.parent / choice
        run(card / "x.mp4", "--out", out, "--pages", choice)
        assert (out / "index.html").is_file() == bool(has_index)
        assert [(out / "x.mp4" / name).is_file() for name in pages] == [bool(has_pages)] * 2
        assert (out / "x.mp4" / "picks.json").is_file()


def test_options_of_pick_hold(card: Path, run: Run) -> None:
    out = card.parent / "out"
    run(card / "x.mp4", "--out", out, "--count", 2, "--format", "png", "--markers", "csv")
    document = json.loads((out / "x.mp4" / "picks.json").read_text())
    assert [Path(pick["still"]).suffix for pick in document["picks"]] == [".png"] * 2
    wrong = run(card, "--out", out, "--plan", "exact", "--budget", "3s")
    assert (wrong.returncode, "exclude each other" in wrong.stderr) == (2, True)


def test_damaged_files_are_partial_with_what_was_got(clips: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "card").mkdir()
    damage(clips / "clip-02.mp4", tmp_path / "card" / "hurt.mp4", seed=1)
    done = run("card", "--out", "out")
    [row] = manifest(tmp_path / "out").values()
    assert done.returncode == 0, done.stderr
    assert row["state"] == "partial"
    assert row["picks"]


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(card: Path, run: Run) -> None:
    done = run(card, "--out", "out", "--dry-run", "--limit-per-folder", 1, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {
        Path(row["source"]).name: row["action"] for row in rows if "/b/" not in row["source"]
    } == {
        "bad.mp4": "do",
        "x.mp4": "skip",
    }
    assert not (card.parent / "out").exists()


def test_pick_names_the_command_for_folders(card: Path, tiny: Path) -> None:
    done = framepick(card.parent, "pick", card, "--weights", tiny)
    assert done.returncode == 1
    assert "framepick batch" in done.stderr


def test_odd_names_and_odd_files_end_with_a_row_each(card: Path, run: Run, tmp_path: Path) -> None:
    odd = ['new\nline "quoted" <b>.mp4', "=1+1.mp4", os.fsdecode(b"not-utf8-\xff.mp4")]
    odd.append("n" * 236 + ".mp4")
    folder = tmp_path / "odd"
    folder.mkdir()
    for name in odd:
        shutil.copy(card / "x.mp4", folder / name)
    (folder / "x.avi").symlink_to(card / "x.mp4")
    shutil.copy(card / "x.mp4", folder / "x.mp4")
    os.mkfifo(folder / "pipe")
    named = [folder / "pipe", folder / "missing.mp4", Path("/dev/zero")]
    done = run(folder, *named, "--out", "out")
    assert done.returncode == 1
    rows = list(manifest(tmp_path / "out").values())
    assert len(rows) == len(odd) + 2 + len(named)
    assert sum(row["state"] == "ok" for row in rows) == len(odd) + 2
    failed = {row["source"]: row["reason"] for row in rows if row["state"] == "failed"}
    assert set(failed) == {str(path) for path in named}
    assert len({row["folder"] for row in rows if row["state"] == "ok"}) == len(odd) + 2


def test_a_killed_run_is_finished_by_the_next_one(clips: Path, tiny: Path, calm: Path) -> None:
    out = clips.parent / "killed"
    call = command(clips, out, tiny)
    batch = start(call)
    assert wait_for(lambda: any(out.glob("*/picks.json")), _SLOW)
    workers = workers_of(batch.pid)
    batch.kill()
    batch.communicate()
    assert wait_for(lambda: all(map(is_over, workers)), 10)
    subprocess.run(call, check=True, capture_output=True)
    found, wanted = look(out), look(calm)
    assert found.states == wanted.states
    assert found.digests == wanted.digests
    assert not found.hidden
    assert found.redone <= len(workers)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_worker_that_dies_costs_nothing(
    number: signal.Signals, clips: Path, tiny: Path, calm: Path
) -> None:
    out = clips.parent / f"died-{number.name}"
    batch = start(command(clips, out, tiny))
    assert wait_for(lambda: bool(list(out.glob(".*.lock"))), _SLOW)
    workers_of(batch.pid)[0].send_signal(number)
    batch.communicate()
    assert batch.returncode == 0
    assert look(out).digests == look(calm).digests
    assert not look(out).hidden


def test_a_worker_that_hangs_each_time_is_that_file_alone(
    clips: Path, tiny: Path, tmp_path: Path
) -> None:
    out = clips.parent / "hung"
    batch = start(command(clips, out, tiny, "--stall", "20s", "--jobs", "1"))
    stopped: set[int] = set()

    def stops_workers_of_the_first_file() -> bool:
        for worker in workers_of(batch.pid):
            is_first = (out / ".clip-00.mp4.lock").exists()
            if worker.pid not in stopped and is_first:
                worker.suspend()
                stopped.add(worker.pid)
        return batch.poll() is not None

    assert wait_for(stops_workers_of_the_first_file, _SLOW)
    batch.communicate()
    assert batch.returncode == 1
    assert len(stopped) == 2
    assert not any(map(psutil.pid_exists, stopped))
    found = look(out)
    assert found.states == {"clip-00.mp4": "failed", "clip-01.mp4": "ok", "clip-02.mp4": "ok"}
    assert not found.hidden


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_that_can_go_on(
    number: signal.Signals, clips: Path, tiny: Path, calm: Path
) -> None:
    out = clips.parent / f"ended-{number.name}"
    call = command(clips, out, tiny)
    batch = start(call)
    assert wait_for(lambda: bool(list(out.glob(".*.lock"))), _SLOW)
    below = psutil.Process(batch.pid).children(recursive=True)
    batch.send_signal(number)
    _, said = batch.communicate(timeout=_SLOW)
    assert batch.returncode == 130
    assert b"Traceback" not in said
    assert b"the same command goes on" in said
    assert wait_for(lambda: all(map(is_over, below)))
    assert not list(out.glob(".*.lock"))
    assert not list(out.rglob("*.partial"))
    subprocess.run(call, check=True, capture_output=True)
    assert look(out).digests == look(calm).digests


def test_two_runs_share_the_work(clips: Path, tiny: Path, calm: Path) -> None:
    out = clips.parent / "shared"
    batches = [start(command(clips, out, tiny, "--jobs", "1")) for _ in range(2)]
    for batch in batches:
        batch.communicate()
    assert [batch.returncode for batch in batches] == [0, 0]
    found = look(out)
    assert found.redone == 0
    assert found.digests == look(calm).digests
    assert not found.hidden
