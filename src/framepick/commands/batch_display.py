"""What `framepick batch` shows: how far it is, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from framepick.commands.shared import checked, json_line, name_of
from framepick.console import batch_status, one_line, put, say

if TYPE_CHECKING:
    from framepick.batch.best import BestRules
    from framepick.batch.destination import Destination
    from framepick.batch.engine import Running
    from framepick.batch.ledger import Record
    from framepick.batch.outcomes import Outcome
    from framepick.batch.run import Batch, Show

_MOST_FAILURES = 20
_SHOWN_FILES = 4


@dataclass(frozen=True, slots=True)
class Display:
    """How much is shown while a batch runs."""

    quiet: bool
    as_json: bool

    @contextmanager
    def status(self) -> Iterator[Show]:
        """Give a function that shows what comes of each file as it is done."""
        with batch_status(not self.quiet) as status:
            yield _Shown(status, self.as_json)


class _Shown:
    """Shows what comes of each file as it is done."""

    def __init__(self, status: Any, as_json: bool) -> None:
        self._status = status
        self._as_json = as_json
        self._start = monotonic()

    def __call__(self, plan: Batch, record: Record | None) -> None:
        from framepick.batch.pace import status_text

        if record:
            self._tell(plan, record)
        total, seconds = len(plan.ours), monotonic() - self._start
        text = status_text(plan.finished, total, plan.before, seconds)
        text += f"; waiting for {plan.waits_for}" if plan.waits_for else ""
        self._status(plan.finished, total, text, list(map(_now, plan.running[:_SHOWN_FILES])))

    def _tell(self, plan: Batch, record: Record) -> None:
        if record.state == "failed":
            say(record.reason)
        if self._as_json:
            put(json_line(plan.outcome_of(record).row()))


def _now(one: Running) -> str:
    share = "" if one.share is None else f" {one.share:.0%}"
    return name_of(one.work.task.path.name) + share


def summarise(plan: Batch, ours: Sequence[Outcome]) -> None:
    """Say what came of the files of a batch, and which failed before this run."""
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


def tell_of_best(destination: Destination, rules: BestRules | None) -> None:
    """Say where the best picks are, if there are any rules for them."""
    from framepick.outputs.result_folders import BEST_FOLDER

    if rules is None:
        return
    count = len(checked(destination.best).get("picks", ()))
    place = f"{name_of(destination.name)}/{BEST_FOLDER}"
    if count < rules.count:
        say(f"{count:,} of {rules.count:,} best picks are in {place}; all others look like these")
    else:
        say(f"the {count:,} best picks are in {place}")


def print_plan(plan: Batch, as_json: bool) -> None:
    """Print what is to be done for each file."""
    for one in plan.plan:
        row = {"source": name_of(one.task.path), "action": one.action}
        put(json_line(row) if as_json else one_line(f"{row['action']}  {row['source']}"))
    counts = Counter(one.action for one in plan.plan)
    say(", ".join(f"{action} {count:,}" for action, count in counts.items()))
