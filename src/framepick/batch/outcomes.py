"""What came of each file of a batch, as the manifest tells it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from framepick.batch.ledger import Record
from framepick.batch.tasks import Planned
from framepick.files import printable


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the manifest."""

    source: str
    """The file as the user named it; of files that other runs worked on, the path from OUT."""
    state: str
    """As in `Record`, or pending: not done yet."""
    record: Record | None = None

    def row(self) -> dict[str, Any]:
        """Give the outcome as it stands in the manifest."""
        row: dict[str, Any] = {"source": self.source, "state": self.state}
        if self.record is None:
            return row
        record = self.record
        more = {
            "reason": record.reason,
            "folder": record.folder,
            **record.facts,
            "key": record.key,
            "fingerprint": record.fingerprint,
            **asdict(record.version),
        }
        return {**row, **{name: value for name, value in more.items() if value not in ("", None)}}


def outcomes(
    plan: Sequence[Planned],
    records: Mapping[str, Record],
    done: Mapping[str, Record],
    has_result: Callable[[str], bool],
) -> list[Outcome]:
    """Give what came of all files of a batch, then of those that other runs did.

    `done` are the records of this run, `records` those of the ledger, both by key; `has_result`
    tells by its name whether the folder of a result is there.
    """
    named = {one.key for one in plan}
    others = (one for key, one in sorted(records.items()) if key not in named)
    return [_outcome(one, done) for one in plan] + [
        Outcome(record.key, record.state, record)
        for record in others
        if record.has_result and has_result(record.folder)
    ]


def _outcome(one: Planned, done: Mapping[str, Record]) -> Outcome:
    source = printable(one.task.path)
    if one.action == "skip":
        return Outcome(source, "skipped", Record(one.key, "skipped", one.task.version))
    record = done.get(one.key) if one.action == "do" else one.record
    return Outcome(source, record.state if record else "pending", record)


def manifest_of(found: Iterable[Outcome]) -> bytes:
    """Give a line of JSON for each file."""
    lines = (json.dumps(one.row(), ensure_ascii=False) + "\n" for one in found)
    return "".join(lines).encode()


def with_result(found: Iterable[Outcome]) -> Iterator[tuple[Outcome, Record]]:
    """Give those that have picks, each with its record."""
    return ((one, one.record) for one in found if one.record and one.record.has_result)
