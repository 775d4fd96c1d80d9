"""What workers are given to do: files in order, and shares of those that are long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from framepick.batch.destination import LocalDestination, destination_of
from framepick.batch.ledger import (
    FOLDER_NAME,
    Ledger,
    LedgerFolder,
    LedgerWriter,
    Record,
    Version,
)
from framepick.batch.picking import failure
from framepick.batch.schedule import LEAST_BYTES, Schedule, most_at_once, splitter_for
from framepick.batch.splits import Splitter, is_split
from framepick.batch.tasks import Planned, Task
from framepick.batch.work import Work
from framepick.batch.worker import WorkerSettings
from framepick.config import PlanName, VideoConfig

LONG, SHORT = 10 * LEAST_BYTES, 1000


def planned(folder: Path, name: str, size: int) -> Planned:
    task = Task(folder / name, Version(size, 1, "config", "encoder"), False)
    return Planned(task, f"../{name}", "do")


def schedule(folder: Path, *sizes: int, jobs: int = 2, may_split: bool = True) -> Schedule:
    todo = [planned(folder, f"{at}.mp4", size) for at, size in enumerate(sizes)]
    splitter = Splitter(folder / "out", Ledger(LedgerFolder(folder / "out")))
    return Schedule(todo, jobs, splitter if may_split else None)


def next_of(found: Schedule) -> Work | None:
    """Give work as soon as there is some; None once there will be none."""
    while found.wait():
        if work := found.take():
            return work
    return None


def taken(work: Work | None) -> tuple[str, int | None]:
    """Give the name of a file, and which share of it."""
    assert work
    return work.task.path.name, work.share


def done(work: Work) -> Record:
    return failure(work.task, work.key, "some reason")


@pytest.fixture
def scored(tmp_path: Path) -> Iterator[tuple[Schedule, Work]]:
    """Give a schedule of one long file whose shares are scored, and the pick that closes it."""
    found = schedule(tmp_path, LONG)
    shares = [next_of(found), next_of(found)]
    assert [taken(one) for one in shares] == [("0.mp4", 0), ("0.mp4", 1)]
    for one in shares:
        assert one
        assert found.finish(one, "scored") is None
    closing = next_of(found)
    assert closing
    yield found, closing
    found.close()


def test_short_files_go_to_one_worker_each_in_order(tmp_path: Path) -> None:
    found = schedule(tmp_path, SHORT, SHORT, SHORT)
    works = [next_of(found) for _ in range(3)]
    assert [taken(one) for one in works] == [(f"{n}.mp4", None) for n in range(3)]
    assert all(work and found.finish(work, done(work)) for work in works)
    assert next_of(found) is None


def test_a_file_is_split_if_it_is_much_more_than_an_even_share_of_what_is_left(
    tmp_path: Path,
) -> None:
    found = schedule(tmp_path, LONG, LONG)
    assert [taken(next_of(found)) for _ in range(2)] == [("0.mp4", None), ("1.mp4", 0)]
    found.close()
    both = schedule(tmp_path, LONG, LONG, LONG, jobs=3)
    assert taken(next_of(both)) == ("0.mp4", None)
    first = schedule(tmp_path, 4 * LONG, LONG, LONG)
    assert [taken(next_of(first)) for _ in range(3)] == [
        ("0.mp4", 0),
        ("0.mp4", 1),
        ("1.mp4", None),
    ]
    first.close()


@pytest.mark.parametrize(("jobs", "may_split"), [(1, True), (2, False)])
def test_nothing_is_split_for_one_worker_or_without_a_splitter(
    jobs: int, may_split: bool, tmp_path: Path
) -> None:
    found = schedule(tmp_path, LONG, jobs=jobs, may_split=may_split)
    assert taken(next_of(found)) == ("0.mp4", None)


def test_one_worker_picks_from_what_all_have_scored(
    scored: tuple[Schedule, Work], tmp_path: Path
) -> None:
    found, closing = scored
    assert closing.share is None
    assert closing.scored
    assert closing.scored.folder.is_dir()
    assert is_split(LocalDestination(tmp_path / "out"), closing.key)
    assert found.finish(closing, done(closing))
    assert not closing.scored.folder.exists()
    assert not (tmp_path / "out" / FOLDER_NAME).exists()
    assert next_of(found) is None


@pytest.mark.parametrize("turn", [0, 1])
def test_a_share_that_cannot_be_scored_leaves_the_file_to_one_worker(
    turn: int, tmp_path: Path
) -> None:
    found = schedule(tmp_path, LONG, jobs=3)
    shares = [next_of(found) for _ in range(2)]
    first, second = shares[turn], shares[1 - turn]
    assert first
    assert second
    found.finish(first, "whole")
    whole = next_of(found)
    assert whole
    assert (whole.share, whole.scored) == (None, None)
    found.finish(second, "scored")
    assert not is_split(LocalDestination(tmp_path / "out"), whole.key)
    assert found.finish(whole, done(whole))
    assert next_of(found) is None


def test_a_share_that_exceeds_a_limit_is_the_end_of_its_file(tmp_path: Path) -> None:
    found = schedule(tmp_path, LONG)
    share = next_of(found)
    assert share
    assert found.finish(share, done(share))
    assert next_of(found) is None


def test_two_runs_do_not_split_the_same_file(scored: tuple[Schedule, Work], tmp_path: Path) -> None:
    found, closing = scored
    other = schedule(tmp_path, LONG, SHORT)
    assert taken(next_of(other)) == ("1.mp4", None)
    record = done(closing)
    LedgerWriter(LedgerFolder(tmp_path / "out")).append(record)
    found.finish(closing, record)
    # it is done: whoever is to pick from it will see the record
    assert taken(next_of(other)) == ("0.mp4", None)


def test_a_file_that_another_run_works_on_comes_again(scored: tuple[Schedule, Work]) -> None:
    found, closing = scored
    assert found.finish(closing, "busy") is None
    assert taken(next_of(found)) == ("0.mp4", 0)


def test_a_file_that_changed_while_it_is_split_waits_for_its_turn(
    scored: tuple[Schedule, Work], tmp_path: Path
) -> None:
    found, closing = scored
    found.add(planned(tmp_path, "0.mp4", LONG + 1))
    assert found.take() is None
    assert closing.scored
    assert closing.scored.folder.is_dir()
    assert found.finish(closing, done(closing))
    assert found.left == 1


def settings(out: Path, plan: PlanName, budget_seconds: float | None = None) -> WorkerSettings:
    config = VideoConfig(plan=plan, budget_seconds=budget_seconds).as_dict()
    return WorkerSettings(str(out), config, "config", "encoder", 0, False)


def test_files_are_split_where_every_frame_is_wanted_and_results_go_to_a_folder(
    tmp_path: Path,
) -> None:
    here = LocalDestination(tmp_path)
    assert splitter_for(here, settings(tmp_path, "exact"))
    assert splitter_for(here, settings(tmp_path, "auto")) is None
    assert splitter_for(here, settings(tmp_path, "auto", 10.0)) is None
    assert splitter_for(destination_of("s3://there/results"), settings(tmp_path, "exact")) is None


def test_a_long_file_has_work_for_many_workers(tmp_path: Path) -> None:
    splitter = splitter_for(LocalDestination(tmp_path), settings(tmp_path, "exact"))
    short, long = (planned(tmp_path, f"{size}.mp4", size) for size in (SHORT, LONG))
    assert most_at_once([short, short], splitter) == 2
    assert most_at_once([short, long], splitter) > 2
    assert most_at_once([short, long], None) == 2
