"""What is written over all files of a batch: manifest.jsonl, picks.parquet and the index."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from framepick.batch.ledger import Record
from framepick.batch.picking import picture_name
from framepick.batch.tasks import Planned
from framepick.files import printable, whole_file
from framepick.outputs.batch_index import IndexItem, write_index
from framepick.outputs.result_folders import (
    MANIFEST_NAME,
    PICKS_NAME,
    TABLE_NAME,
    read_document,
)

_FILES_AT_ONCE = 500
_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("folder", pa.string()),
        ("still", pa.string()),
        ("rank", pa.int32()),
        ("time_seconds", pa.float64()),
        ("frame_index", pa.int64()),
        ("score", pa.float64()),
        ("percentile", pa.float64()),
        ("percentile_in_video", pa.float64()),
    ]
)


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
    plan: Sequence[Planned], records: Mapping[str, Record], done: Mapping[str, Record], out: Path
) -> list[Outcome]:
    """Give what came of all files of a batch, then of those in `out` that other runs did.

    `done` are the records of this run, `records` those of the ledger, both by key.
    """
    named = {one.key for one in plan}
    others = (one for key, one in sorted(records.items()) if key not in named)
    return [_outcome(one, done) for one in plan] + [
        Outcome(record.key, record.state, record)
        for record in others
        if record.has_result and os.path.isfile(out / record.folder / PICKS_NAME)
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


def write_manifest(manifest: bytes, out: Path) -> None:
    """Write what `manifest_of` gave.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    with whole_file(out / MANIFEST_NAME) as path:
        path.write_bytes(manifest)


def write_picks(found: Iterable[Outcome], out: Path) -> None:
    """Write a table of the picks of all files, as they stand in their picks.json now.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    with (
        whole_file(out / TABLE_NAME) as path,
        pyarrow.parquet.ParquetWriter(path, _SCHEMA) as writer,
    ):
        with_result = _with_result(found)
        while some := list(islice(with_result, _FILES_AT_ONCE)):
            rows = [row for outcome in some for row in _pick_rows(outcome, out)]
            writer.write_table(pa.Table.from_pylist(rows, _SCHEMA))


def write_pages(found: Iterable[Outcome], out: Path) -> None:
    """Write the pages over all files.

    Raises
    ------
    OutputError
        They cannot be written.
    """
    write_index([_item(one, out) for one in found], out)


def _with_result(found: Iterable[Outcome]) -> Iterator[Outcome]:
    return (one for one in found if one.record and one.record.has_result)


def _pick_rows(outcome: Outcome, out: Path) -> Iterator[dict[str, Any]]:
    assert outcome.record is not None  # noqa: S101 - it has a result
    folder = outcome.record.folder
    for pick in read_document(out / folder / PICKS_NAME).get("picks", ()):
        row = {name: pick.get(name) for name in _SCHEMA.names}
        yield {
            **row,
            "source": outcome.source,
            "folder": folder,
            "still": f"{folder}/{pick['still']}",
        }


def _item(one: Outcome, out: Path) -> IndexItem:
    record = one.record
    if record is None or not record.has_result:
        return IndexItem(one.source, one.state, record.reason if record else "")
    facts, picture = record.facts, picture_name(record.key)
    report = facts.get("report")
    return IndexItem(
        one.source,
        one.state,
        record.reason,
        f"{record.folder}/{report}" if report else f"{record.folder}/",
        picture if os.path.isfile(out / picture) else None,
        facts.get("duration_seconds"),
        facts.get("picks", 0),
        facts.get("best_score"),
        tuple(facts.get("notes", ())),
    )
