"""The flow of a batch: what is to be done, the workers that do it, and what is written over all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from framepick.batch.best import BestRules, find_best, is_up_to_date, keep_best
from framepick.batch.destination import Destination, HasResult
from framepick.batch.engine import Engine, Running
from framepick.batch.finding import over_limit
from framepick.batch.ledger import Ledger, LedgerWriter, Record
from framepick.batch.outcomes import Outcome, manifest_of, outcomes, with_result
from framepick.batch.pool import Pool
from framepick.batch.results import write_manifest, write_pages, write_picks
from framepick.batch.schedule import Schedule, most_at_once, splitter_for
from framepick.batch.shards import WHOLE, Shard
from framepick.batch.status import remove_left, told
from framepick.batch.tasks import Planned, Rules, planned, tasks_of
from framepick.files import printable
from framepick.outputs.result_folders import (
    INDEX_NAME,
    MANIFEST_NAME,
    TABLE_NAME,
    ResultBusy,
)
from framepick.urls import MediaFile

Show = Callable[["Batch", Record | None], None]
"""Is told what has come of a file, or None that time goes by."""


@dataclass(slots=True)
class Batch:
    """All files of a batch, and what has come of them so far."""

    destination: Destination
    plan: Sequence[Planned]
    ours: Sequence[Planned] = field(init=False)
    """Those of this shard."""
    todo: Sequence[Planned] = field(init=False)
    """Those that are to be worked on."""
    done: dict[str, Record] = field(default_factory=dict)
    """Records of this run by key."""
    running: Sequence[Running] = ()
    waits_for: str = ""
    """What has to be there before any file can be worked on."""
    _sources: Mapping[str, str] = field(init=False)
    """Files as the user named them, by key."""

    def __post_init__(self) -> None:
        self._sources = {one.key: printable(one.task.path) for one in self.plan}
        self.ours = [one for one in self.plan if one.action != "other shard"]
        self.todo = [one for one in self.plan if one.action == "do"]

    @property
    def before(self) -> int:
        """How many files needed nothing from the start."""
        return len(self.ours) - len(self.todo)

    @property
    def finished(self) -> int:
        """How many files of this shard have come to an end, in this run or before."""
        return self.before + len(self.done)

    def outcome_of(self, record: Record) -> Outcome:
        """Give what a record of this run says, as the manifest will."""
        return Outcome(self._sources.get(record.key, record.key), record.state, record)

    def outcomes(self) -> list[Outcome]:
        """Give what has come of all files in the folder of results, other shards' included."""
        records = Ledger(self.destination.ledger()).records()
        has_result = self.destination.results(are_looked_for=False)
        now = [self._as_of_now(one, records.get(one.key), has_result) for one in self.plan]
        return outcomes(now, records, self.done, has_result)

    def ours_of(self, found: Sequence[Outcome]) -> list[Outcome]:
        """Give those of `outcomes` that are of this shard."""
        pairs = zip(self.plan, found, strict=False)
        return [outcome for one, outcome in pairs if one.action != "other shard"]

    def _as_of_now(self, one: Planned, record: Record | None, has_result: HasResult) -> Planned:
        """Look again at what other shards have done meanwhile."""
        if one.action != "other shard":
            return one
        return planned(one.task, one.key, record, has_result, Rules())


def plan_batch(
    paths: Iterable[MediaFile],
    destination: Destination,
    config_hash: str,
    encoder: str,
    rules: Rules,
    limit_per_folder: int | None = None,
    shard: Shard = WHOLE,
) -> Batch:
    """Look at all files and the ledger, and decide what is to be done; writes nothing."""
    found = destination.named(paths)
    beyond = over_limit(found, limit_per_folder)
    records = Ledger(destination.ledger()).records()
    has_result = destination.results(are_looked_for=rules.verify)
    plan = []
    keys = destination.keys(found)
    for task in tasks_of(found, destination.folder, config_hash, encoder):
        key = keys[task.path]
        if task.path not in beyond and not shard.holds(key):
            plan.append(Planned(task, key, "other shard"))
            continue
        one = planned(task, key, records.get(key), has_result, rules)
        is_skipped = task.path in beyond and one.action != "keep"
        plan.append(Planned(task, key, "skip") if is_skipped else one)
    return Batch(destination, plan)


def prepare_batch(batch: Batch) -> None:
    """Remove what runs that were killed have left half written, and note what was only touched.

    Raises
    ------
    OutputError
        The ledger cannot be written.
    """
    batch.destination.clear_up()
    remove_left(batch.destination.folder)
    writer = LedgerWriter(batch.destination.ledger())
    for one in batch.plan:
        if one.is_touched and one.record:
            writer.append(one.record)


def run_batch(batch: Batch, engine: Engine, show: Show) -> None:
    """Work on all files that need it; `show` is called for each that is done, and in between.

    Raises
    ------
    FramepickError
        Nothing can be written any more, or no worker can be started.
    """
    prepare_batch(batch)
    if not batch.todo:
        return
    splitter = splitter_for(batch.destination, engine.settings)
    with (
        told(batch, batch.destination.folder) as tell,
        engine.open(most_at_once(batch.todo, splitter)) as workers,
        Pool(Schedule(batch.todo, len(workers), splitter), workers) as pool,
    ):
        for record in pool.results():
            if record:
                batch.done[record.key] = record
            batch.running = pool.running()
            batch.waits_for = pool.waits_for()
            tell()
            show(batch, record)
    batch.destination.clear_up()


def write_results(batch: Batch, best: BestRules | None, *, has_index: bool) -> list[Outcome]:
    """Write what is written over all files, and give what it says; nothing where that is there.

    Of several runs one writes at a time, and looks first at what the others have done: so
    whichever writes last leaves nothing out. While another one writes, a run waits for that only
    if all files have come to an end; else one that ends later writes.

    Raises
    ------
    OutputError
        Something cannot be written.
    """
    with batch.destination.overview() as out:
        found = batch.outcomes()
        if _is_written(out, manifest_of(found), best, has_index):
            return found
        waits = all(one.state != "pending" for one in found)
        with suppress(ResultBusy), batch.destination.changing_overview(waits=waits):
            found = batch.outcomes()
            if not _is_written(out, manifest_of(found), best, has_index):
                _write(batch.destination, found, out, best, has_index)
    return found


def _write(
    destination: Destination,
    found: Sequence[Outcome],
    out: Path,
    best: BestRules | None,
    has_index: bool,
) -> None:
    manifest = manifest_of(found)
    destination.bring_results(record.folder for _, record in with_result(found))
    chosen = find_best(found, out, best) if best else []
    destination.bring(f"{one.folder}/{one.still}" for one in chosen)
    write_picks(found, chosen, out)
    if has_index:
        write_pages(found, chosen, out)
    # at the end: they tell that the others are complete
    if best:
        keep_best(chosen, out, best, _digest_of(manifest))
    write_manifest(manifest, out)


def _is_written(out: Path, manifest: bytes, best: BestRules | None, has_index: bool) -> bool:
    names = [TABLE_NAME, INDEX_NAME] if has_index else [TABLE_NAME]
    path = out / MANIFEST_NAME
    is_complete = all(os.path.isfile(out / name) for name in names)
    is_known = is_complete and path.is_file() and path.read_bytes() == manifest
    return is_known and is_up_to_date(best, out, _digest_of(manifest))


def _digest_of(manifest: bytes) -> str:
    return blake2b(manifest, digest_size=16).hexdigest()
