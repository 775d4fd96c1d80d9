"""The command that picks the best frames of many videos."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, time_ns
from typing import TYPE_CHECKING, Any

import typer

from framepick.commands.parameters import with_options_of
from framepick.commands.pick import pick
from framepick.commands.pick_settings import video_config
from framepick.commands.places import check_folder
from framepick.commands.shared import (
    EXIT_FAILED_INPUT,
    checked,
    fail,
    for_taste,
    json_line,
    load,
    name_of,
)
from framepick.console import batch_status, one_line, put, say
from framepick.errors import UsageError, reason_of
from framepick.options.batch import (
    BatchInputs,
    BatchOut,
    Best,
    DryRun,
    EngineName,
    EngineOption,
    FilesFrom,
    Jobs,
    LimitPerFolder,
    MemoryLimit,
    Pages,
    PagesOption,
    Quiet,
    RayAddress,
    RetryFailed,
    ShardOption,
    Stall,
    TimeLimit,
    Verify,
)
from framepick.urls import MediaFile, place_of

if TYPE_CHECKING:
    from framepick.batch.best import BestRules
    from framepick.batch.destination import Destination
    from framepick.batch.engine import Engine, Running
    from framepick.batch.ledger import Record
    from framepick.batch.outcomes import Outcome
    from framepick.batch.run import Batch
    from framepick.batch.watchdog import Limits
    from framepick.batch.worker import WorkerSettings
    from framepick.config import VideoConfig

_MACHINE_OPTIONS = ("weights", "device", "runtime", "precision", "threads", "taste")
_MOST_FAILURES = 20
_SHOWN_FILES = 4


@with_options_of(pick, without={"inputs", "out"})
def batch(
    inputs: BatchInputs = None,
    out: BatchOut = "picks",
    files_from: FilesFrom = None,
    limit_per_folder: LimitPerFolder = None,
    shard: ShardOption = None,
    retry_failed: RetryFailed = False,
    verify: Verify = False,
    dry_run: DryRun = False,
    best: Best = None,
    pages: PagesOption = Pages.INDEX,
    quiet: Quiet = False,
    jobs: Jobs = None,
    engine: EngineOption = EngineName.LOCAL,
    ray_address: RayAddress = None,
    stall: Stall = 300.0,
    time_limit: TimeLimit = 12 * 3600.0,
    memory_limit: MemoryLimit = None,
    **options: Any,
) -> None:
    """Pick the best frames of many videos; a run that was stopped goes on where it was."""
    from framepick.batch.run import plan_batch
    from framepick.batch.shards import WHOLE
    from framepick.batch.tasks import Rules
    from framepick.batch.watchdog import Limits
    from framepick.config import config_hash

    if ray_address is not None and engine is not EngineName.RAY:
        fail(UsageError("--ray-address goes with --engine ray"))
    place = checked(lambda: place_of(out))
    destination = checked(lambda: _destination(place))
    found = _find(inputs or [], files_from, place)
    config = video_config(options, found, pages=pages is Pages.ALL)
    machine = {name: options[name] for name in _MACHINE_OPTIONS}
    model = load(**machine, at_once=False)
    encoder, config = model.encoder.encoder_id, for_taste(config, model)
    rules = Rules(retry_failed, verify)
    shard = shard or WHOLE
    plan = checked(
        lambda: plan_batch(
            found, destination, config_hash(config), encoder, rules, limit_per_folder, shard
        )
    )
    if dry_run:
        _print_plan(plan, options["as_json"])
        return
    has_index = pages is not Pages.NONE
    settings = _settings(config, encoder, destination, options, has_index=has_index)
    limits = Limits(stall, time_limit, memory_limit << 20 if memory_limit else None)
    worked_by = _engine(engine, ray_address, jobs, settings, limits)
    choice = _best_rules(best, options["variety"], encoder, destination)
    _run(plan, worked_by, choice, has_index=has_index, quiet=quiet, as_json=options["as_json"])


def _destination(place: MediaFile) -> Destination:
    """Give the destination that a user named, after a check that it can be written to."""
    from framepick.batch.destination import destination_of

    if isinstance(place, Path):
        check_folder(place)
    return destination_of(str(place))


def _find(inputs: Sequence[str], files_from: str | None, out: MediaFile) -> list[MediaFile]:
    from framepick.batch.finding import find_videos, read_list

    if not inputs and files_from is None:
        fail(UsageError("name folders or videos, or a list of them with --files-from"))
    listed = checked(lambda: read_list(files_from)) if files_from is not None else []

    def tell(error: OSError) -> None:
        say(f"{name_of(error.filename)}: cannot be read ({reason_of(error)}) and is passed over")

    found = checked(lambda: find_videos(map(place_of, [*inputs, *listed]), out, tell))
    if not found:
        names = ", ".join(name_of(path) for path in inputs) or str(files_from)
        fail(UsageError(f"{names}: holds no videos; name another folder, or files"))
    return found


def _engine(
    name: EngineName,
    address: str | None,
    jobs: int | None,
    settings: WorkerSettings,
    limits: Limits,
) -> Engine:
    from framepick.batch.local_engine import LocalEngine
    from framepick.batch.ray_engine import RayEngine

    if name is EngineName.RAY:
        return RayEngine(settings, limits, jobs, address)
    return LocalEngine(settings, limits, jobs)


def _settings(
    config: VideoConfig,
    encoder: str,
    destination: Destination,
    options: dict[str, Any],
    *,
    has_index: bool,
) -> WorkerSettings:
    from framepick.batch.worker import WorkerSettings
    from framepick.config import config_hash

    weights = options["weights"]
    return WorkerSettings(
        out=destination.name,
        config=config.as_dict(),
        config_hash=config_hash(config),
        encoder=encoder,
        since_ns=time_ns(),
        has_index=has_index,
        weights=weights and os.fspath(weights),
        device=options["device"],
        runtime=options["runtime"],
        precision=options["precision"],
        threads=options["threads"],
        has_cache=options["cache"],
        taste=_whole_path(options["taste"]),
    )


def _whole_path(taste: str | None) -> str | None:
    """Give the path of a taste, which workers may start elsewhere; None if it is none."""
    from framepick.taste.files import place_of

    return None if taste is None else os.path.abspath(place_of(taste))


def _best_rules(
    count: int | None, variety: float, encoder: str, destination: Destination
) -> BestRules | None:
    """Give the rules for the best picks; those of an earlier run where no count is given."""
    from framepick.batch.best import BestRules

    if count:
        return BestRules(count, variety, encoder)
    return BestRules.earlier(checked(destination.best), encoder)


def _run(
    plan: Batch,
    engine: Engine,
    best: BestRules | None,
    *,
    has_index: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    from framepick.batch.run import run_batch, write_results

    try:
        with batch_status(not quiet) as status:
            shown = _Shown(status, as_json)
            checked(lambda: run_batch(plan, engine, shown))
    except KeyboardInterrupt:
        say(
            f"stopped after {plan.finished:,} of {len(plan.ours):,}; "
            "the same command goes on from there"
        )
        raise
    found = checked(lambda: write_results(plan, best, has_index=has_index))
    ours = plan.ours_of(found)
    if not quiet:
        _summarise(plan, ours)
        _tell_of_best(plan.destination, best)
    if any(one.state == "failed" for one in ours):
        raise typer.Exit(EXIT_FAILED_INPUT)


class _Shown:
    """Shows what comes of each file as it is done."""

    def __init__(self, status: Any, as_json: bool) -> None:
        self._status = status
        self._as_json = as_json
        self._start = monotonic()

    def __call__(self, plan: Batch, record: Record | None) -> None:
        from framepick.batch.pace import status_text

        if record:
            self._tell(record)
        total, seconds = len(plan.ours), monotonic() - self._start
        text = status_text(plan.finished, total, plan.before, seconds)
        self._status(plan.finished, total, text, list(map(_now, plan.running[:_SHOWN_FILES])))

    def _tell(self, record: Record) -> None:
        if record.state == "failed":
            say(record.reason)
        if self._as_json:
            from framepick.batch.outcomes import Outcome

            put(json_line(Outcome(record.key, record.state, record).row()))


def _now(one: Running) -> str:
    share = "" if one.share is None else f" {one.share:.0%}"
    return name_of(one.task.path.name) + share


def _summarise(plan: Batch, ours: Sequence[Outcome]) -> None:
    from framepick.outputs.result_folders import MANIFEST_NAME

    counts = Counter(one.state for one in ours)
    before = sum(one.action == "keep" for one in plan.plan)
    facts = [f"{counts['ok'] + counts['partial']:,} of {len(ours):,} have results"]
    facts += [f"{before:,} of them from before"] if before else []
    facts += [
        f"{counts[state]:,} {state}" for state in ("partial", "failed", "skipped") if counts[state]
    ]
    say(", ".join(facts) + f"; see {name_of(plan.destination.name)}/{MANIFEST_NAME}")
    known = [
        one
        for one in ours
        if one.state == "failed" and one.record and one.record.key not in plan.done
    ]
    for one in known[:_MOST_FAILURES]:
        say(f"failed before: {one.record.reason if one.record else one.source}")
    if known:
        say("add --retry-failed to try those that failed before again")


def _tell_of_best(destination: Destination, rules: BestRules | None) -> None:
    from framepick.outputs.result_folders import BEST_FOLDER

    if rules is None:
        return
    count = len(checked(destination.best).get("picks", ()))
    place = f"{name_of(destination.name)}/{BEST_FOLDER}"
    if count < rules.count:
        say(f"{count:,} of {rules.count:,} best picks are in {place}; all others look like these")
    else:
        say(f"the {count:,} best picks are in {place}")


def _print_plan(plan: Batch, as_json: bool) -> None:
    for one in plan.plan:
        row = {"source": name_of(one.task.path), "action": one.action}
        put(json_line(row) if as_json else one_line(f"{row['action']}  {row['source']}"))
    counts = Counter(one.action for one in plan.plan)
    say(", ".join(f"{action} {count:,}" for action, count in counts.items()))
