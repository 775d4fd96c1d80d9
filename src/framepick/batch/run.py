"""The flow of a batch: what is to be done, the workers that do it, and what is written over all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from framepick.batch.best import BestRules, find_best, is_up_to_date, keep_best
from framepick.batch.finding import over_limit
from framepick.batch.ledger import Ledger, LedgerWriter, Record
from framepick.batch.outcomes import Outcome, manifest_of, outcomes
from framepick.batch.pool import Pool
from framepick.batch.results import write_manifest, write_pages, write_picks
from framepick.batch.slot import Running
from framepick.batch.tasks import Planned, Rules, planned, tasks_of
from framepick.batch.watchdog import Limits
from framepick.batch.worker import WorkerSettings
from framepick.files import remove_leftovers
from framepick.locks import release_dead
from framepick.outputs.result_folders import (
    INDEX_NAME,
    INDEX_PICTURES,
    MANIFEST_NAME,
    TABLE_NAME,
    source_identities,
)

Show = Callable[["Batch", Record | None], None]
"""Is told what has come of a file, or None that time goes by."""


@dataclass(slots=True)
class Batch:
    """All files of a batch, and what has come of them so far."""

    out: Path
    plan: Sequence[Planned]
    todo: Sequence[Planned] = field(init=False)
    """Those that are to be worked on."""
    done: dict[str, Record] = field(default_factory=dict)
    """Records of this run by key."""
    running: Sequence[Running] = ()

    def __post_init__(self) -> None:
        self.todo = [one for one in self.plan if one.action == "do"]

    @property
    def before(self) -> int:
        """How many files needed nothing from the start."""
        return len(self.plan) - len(self.todo)

    @property
    def finished(self) -> int:
        """How many files have come to an end, in this run or before."""
        return self.before + len(self.done)

    def outcomes(self) -> list[Outcome]:
        """Give what has come of all files in the folder of results."""
        return outcomes(self.plan, Ledger(self.out).records(), self.done, self.out)


def plan_batch(
    paths: Iterable[Path],
    out: Path,
    config_hash: str,
    encoder: str,
    rules: Rules,
    limit_per_folder: int | None = None,
) -> Batch:
    """Look at all files and the ledger, and decide what is to be done; writes nothing."""
    found = list(paths)
    beyond = over_limit(found, limit_per_folder)
    records = Ledger(out).records()
    plan = []
    keys = source_identities(found, out)
    for task in tasks_of(found, out, config_hash, encoder):
        key = keys[task.path]
        one = planned(task, key, records.get(key), out, rules)
        is_skipped = task.path in beyond and one.action != "keep"
        plan.append(Planned(task, key, "skip") if is_skipped else one)
    return Batch(out, plan)


def run_batch(
    batch: Batch, settings: WorkerSettings, limits: Limits, jobs: int, show: Show
) -> None:
    """Work on all files that need it; `show` is called for each that is done, and in between.

    Raises
    ------
    OutputError
        Nothing can be written any more.
    """
    _clear_up(batch.out)
    writer = LedgerWriter(batch.out)
    for one in batch.plan:
        if one.is_touched and one.record:
            writer.append(one.record)
    with Pool(batch.todo, settings, limits, jobs) as pool:
        for record in pool.results():
            if record:
                batch.done[record.key] = record
            batch.running = pool.running()
            show(batch, record)


def write_results(
    batch: Batch, found: Sequence[Outcome], best: BestRules | None, *, has_index: bool
) -> None:
    """Write what is written over all files; nothing where nothing has changed.

    Raises
    ------
    OutputError
        Something cannot be written.
    """
    manifest, path = manifest_of(found), batch.out / MANIFEST_NAME
    digest = blake2b(manifest, digest_size=16).hexdigest()
    names = [TABLE_NAME, INDEX_NAME] if has_index else [TABLE_NAME]
    is_complete = all(os.path.isfile(batch.out / name) for name in names)
    is_known = is_complete and path.is_file() and path.read_bytes() == manifest
    if is_known and is_up_to_date(best, batch.out, digest):
        return
    chosen = find_best(found, batch.out, best) if best else []
    write_picks(found, chosen, batch.out)
    if has_index:
        write_pages(found, chosen, batch.out)
    # at the end: they tell that the others are complete
    if best:
        keep_best(chosen, batch.out, best, digest)
    write_manifest(manifest, batch.out)


def _clear_up(out: Path) -> None:
    """Remove what runs that were killed have left half written."""
    for folder in (out, out / INDEX_PICTURES):
        remove_leftovers(folder)
    release_dead(out)
