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
    json_line,
    load,
    name_of,
)
from framepick.console import batch_status, one_line, put, say
from framepick.errors import UsageError, reason_of
from framepick.options.batch import (
    BatchInputs,
    Best,
    DryRun,
    FilesFrom,
    Jobs,
    LimitPerFolder,
    MemoryLimit,
    Pages,
    PagesOption,
    Quiet,
    RetryFailed,
    Stall,
    TimeLimit,
    Verify,
)

if TYPE_CHECKING:
    from framepick.batch.best import BestRules
    from framepick.batch.ledger import Record
    from framepick.batch.outcomes import Outcome
    from framepick.batch.run import Batch
    from framepick.batch.slot import Running
    from framepick.batch.watchdog import Limits
    from framepick.batch.worker import WorkerSettings
    from framepick.config import VideoConfig

_MACHINE_OPTIONS = ("weights", "device", "runtime", "precision", "threads")
_MOST_FAILURES = 20
_SHOWN_FILES = 4


@with_options_of(pick, without={"inputs"})
def batch(
    inputs: BatchInputs = None,
    files_from: FilesFrom = None,
    limit_per_folder: LimitPerFolder = None,
    retry_failed: RetryFailed = False,
    verify: Verify = False,
    dry_run: DryRun = False,
    best: Best = None,
    pages: PagesOption = Pages.INDEX,
    quiet: Quiet = False,
    jobs: Jobs = None,
    stall: Stall = 300.0,
    time_limit: TimeLimit = 12 * 3600.0,
    memory_limit: MemoryLimit = None,
    **options: Any,
) -> None:
    """Pick the best frames of many videos; a run that was stopped goes on where it was."""
    from framepick.batch.run import plan_batch
    from framepick.batch.tasks import Rules
    from framepick.config import config_hash

    out: Path = options["out"]
    checked(lambda: check_folder(out))
    found = _find(inputs or [], files_from, out)
    config = video_config(options, found, pages=pages is Pages.ALL)
    machine = {name: options[name] for name in _MACHINE_OPTIONS}
    encoder = load(**machine, at_once=False).encoder.encoder_id
    rules = Rules(retry_failed, verify)
    plan = checked(
        lambda: plan_batch(found, out, config_hash(config), encoder, rules, limit_per_folder)
    )
    if dry_run:
        _print_plan(plan, options["as_json"])
        return
    workers = min(jobs or _usual_jobs(options["device"]), max(1, len(plan.todo)))
    settings = _settings(config, encoder, workers, options, has_index=pages is not Pages.NONE)
    limits = _limits(stall, time_limit, memory_limit, workers)
    choice = _best_rules(best, options["variety"], encoder, out)
    _run(plan, settings, limits, workers, choice, quiet=quiet, as_json=options["as_json"])


def _find(inputs: Sequence[Path], files_from: str | None, out: Path) -> list[Path]:
    from framepick.batch.finding import find_videos, read_list

    if not inputs and files_from is None:
        fail(UsageError("name folders or videos, or a list of them with --files-from"))
    listed = checked(lambda: read_list(files_from)) if files_from is not None else []

    def tell(error: OSError) -> None:
        say(f"{name_of(error.filename)}: cannot be read ({reason_of(error)}) and is passed over")

    found = find_videos([*inputs, *listed], out, tell)
    if not found:
        names = ", ".join(name_of(path) for path in inputs) or str(files_from)
        fail(UsageError(f"{names}: holds no videos; name another folder, or files"))
    return found


def _usual_jobs(device: str) -> int:
    from framepick.batch.sizing import usual_jobs
    from framepick.encoding.machine import cores, may_have_gpu

    return usual_jobs(cores(), has_gpu=device != "cpu" and may_have_gpu())


def _settings(
    config: VideoConfig, encoder: str, jobs: int, options: dict[str, Any], *, has_index: bool
) -> WorkerSettings:
    from framepick.batch.sizing import threads_of
    from framepick.batch.worker import WorkerSettings
    from framepick.config import config_hash
    from framepick.encoding.machine import cores

    weights = options["weights"]
    return WorkerSettings(
        out=os.fspath(options["out"]),
        config=config.as_dict(),
        config_hash=config_hash(config),
        encoder=encoder,
        since_ns=time_ns(),
        has_index=has_index,
        weights=weights and os.fspath(weights),
        device=options["device"],
        runtime=options["runtime"],
        precision=options["precision"],
        threads=options["threads"] or threads_of(cores(), jobs),
        has_cache=options["cache"],
    )


def _limits(stall: float, file: float, memory: int | None, jobs: int) -> Limits:
    from framepick.batch.sizing import usual_memory_bytes
    from framepick.batch.watchdog import Limits

    return Limits(stall, file, memory << 20 if memory else usual_memory_bytes(jobs))


def _best_rules(count: int | None, variety: float, encoder: str, out: Path) -> BestRules | None:
    """Give the rules for the best picks; those of an earlier run where no count is given."""
    from framepick.batch.best import BestRules

    return BestRules(count, variety, encoder) if count else BestRules.earlier(out, encoder)


def _run(
    plan: Batch,
    settings: WorkerSettings,
    limits: Limits,
    jobs: int,
    best: BestRules | None,
    *,
    quiet: bool,
    as_json: bool,
) -> None:
    from framepick.batch.run import run_batch, write_results

    has_index = settings.has_index
    try:
        with batch_status(not quiet) as status:
            shown = _Shown(status, as_json)
            checked(lambda: run_batch(plan, settings, limits, jobs, shown))
    except KeyboardInterrupt:
        say(
            f"stopped after {plan.finished:,} of {len(plan.plan):,}; "
            "the same command goes on from there"
        )
        raise
    found = plan.outcomes()
    checked(lambda: write_results(plan, found, best, has_index=has_index))
    if not quiet:
        _summarise(plan, found)
        _tell_of_best(plan.out, best)
    if any(one.state == "failed" for one in found[: len(plan.plan)]):
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
        total, seconds = len(plan.plan), monotonic() - self._start
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


def _summarise(plan: Batch, found: Sequence[Outcome]) -> None:
    from framepick.outputs.result_folders import MANIFEST_NAME

    ours = found[: len(plan.plan)]
    counts = Counter(one.state for one in ours)
    before = sum(one.action == "keep" for one in plan.plan)
    facts = [f"{counts['ok'] + counts['partial']:,} of {len(ours):,} have results"]
    facts += [f"{before:,} of them from before"] if before else []
    facts += [
        f"{counts[state]:,} {state}" for state in ("partial", "failed", "skipped") if counts[state]
    ]
    say(", ".join(facts) + f"; see {name_of(plan.out / MANIFEST_NAME)}")
    known = [
        one
        for one in ours
        if one.state == "failed" and one.record and one.record.key not in plan.done
    ]
    for one in known[:_MOST_FAILURES]:
        say(f"failed before: {one.record.reason if one.record else one.source}")
    if known:
        say("add --retry-failed to try those that failed before again")


def _tell_of_best(out: Path, rules: BestRules | None) -> None:
    from framepick.outputs.best_folder import best_document
    from framepick.outputs.result_folders import BEST_FOLDER

    if rules is None:
        return
    count, place = len(best_document(out).get("picks", ())), name_of(out / BEST_FOLDER)
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
