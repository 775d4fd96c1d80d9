"""The command that picks the best frames of many videos."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING, Any

import typer

from framepick.commands.batch_display import Display, print_plan, summarise, tell_of_best
from framepick.commands.batch_watch import run_until_stopped, watched_places
from framepick.commands.parameters import with_options_of
from framepick.commands.pick import pick
from framepick.commands.pick_settings import video_config
from framepick.commands.places import check_folder
from framepick.commands.shared import (
    EXIT_FAILED_INPUT,
    checked,
    fail,
    for_taste,
    load,
    name_of,
)
from framepick.console import say
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
    Settle,
    ShardOption,
    Stall,
    TimeLimit,
    Verify,
    Watch,
)
from framepick.urls import MediaFile, place_of

if TYPE_CHECKING:
    from framepick.batch.best import BestRules
    from framepick.batch.destination import Destination
    from framepick.batch.engine import Engine
    from framepick.batch.outcomes import Outcome
    from framepick.batch.run import Batch
    from framepick.batch.watchdog import Limits
    from framepick.batch.worker import WorkerSettings
    from framepick.config import VideoConfig

_MACHINE_OPTIONS = ("weights", "device", "runtime", "precision", "threads", "taste")


@with_options_of(pick, without={"inputs", "out"})
def batch(
    inputs: BatchInputs = None,
    out: BatchOut = "picks",
    files_from: FilesFrom = None,
    limit_per_folder: LimitPerFolder = None,
    shard: ShardOption = None,
    watch: Watch = False,
    settle: Settle = 10.0,
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
    from framepick.batch.run import plan_batch, write_results
    from framepick.batch.shards import WHOLE
    from framepick.batch.tasks import Rules
    from framepick.batch.watchdog import Limits
    from framepick.config import config_hash

    if ray_address is not None and engine is not EngineName.RAY:
        fail(UsageError("--ray-address goes with --engine ray"))
    place = checked(lambda: place_of(out))
    destination = checked(lambda: _destination(place))
    if watch:
        found = watched_places(inputs or [], files_from=files_from, dry_run=dry_run)
    else:
        found = _find(inputs or [], files_from, place)
    config = video_config(options, found, pages=pages is Pages.ALL)
    machine = {name: options[name] for name in _MACHINE_OPTIONS}
    model = load(**machine, at_once=False)
    encoder, config = model.encoder.encoder_id, for_taste(config, model)
    planner = partial(
        plan_batch,
        destination=destination,
        config_hash=config_hash(config),
        encoder=encoder,
        rules=Rules(retry_failed, verify),
        limit_per_folder=limit_per_folder,
        shard=shard or WHOLE,
    )
    if dry_run:
        print_plan(checked(lambda: planner(found)), options["as_json"])
        return
    has_index = pages is not Pages.NONE
    settings = _settings(config, encoder, destination, options, has_index=has_index)
    limits = Limits(stall, time_limit, memory_limit << 20 if memory_limit else None)
    worked_by = _engine(engine, ray_address, jobs, settings, limits)
    choice = _best_rules(best, options["variety"], encoder, destination)
    write = partial(write_results, best=choice, has_index=has_index)
    shown = Display(quiet=quiet, as_json=options["as_json"])
    if watch:
        run_until_stopped(found, settle, place, planner, worked_by, write, shown)
    else:
        _run(checked(lambda: planner(found)), worked_by, write, shown, choice)


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
    write: Callable[[Batch], list[Outcome]],
    shown: Display,
    best: BestRules | None,
) -> None:
    from framepick.batch.run import run_batch

    try:
        with shown.status() as show:
            checked(lambda: run_batch(plan, engine, show))
    except KeyboardInterrupt:
        say(
            f"stopped after {plan.finished:,} of {len(plan.ours):,}; "
            "the same command goes on from there"
        )
        raise
    found = checked(lambda: write(plan))
    ours = plan.ours_of(found)
    if not shown.quiet:
        summarise(plan, ours)
        tell_of_best(plan.destination, best)
    if any(one.state == "failed" for one in ours):
        raise typer.Exit(EXIT_FAILED_INPUT)
