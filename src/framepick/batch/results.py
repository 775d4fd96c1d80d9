"""What is written over all files of a batch: manifest.jsonl, picks.parquet and the index."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from framepick.batch.ledger import Record
from framepick.batch.outcomes import Outcome, with_result
from framepick.batch.picking import picture_name
from framepick.files import whole_file
from framepick.outputs.batch_index import IndexItem, write_index
from framepick.outputs.best_folder import BestPick
from framepick.outputs.best_section import best_section
from framepick.outputs.columns import table_of
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
        ("best_rank", pa.int32()),
    ]
)


def write_manifest(manifest: bytes, out: Path) -> None:
    """Write what `manifest_of` gave.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    with whole_file(out / MANIFEST_NAME) as path:
        path.write_bytes(manifest)


def write_picks(found: Iterable[Outcome], best: Iterable[BestPick], out: Path) -> None:
    """Write a table of the picks of all files, as they stand in their picks.json now.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    best_ranks = {(one.folder, one.still): one.rank for one in best}
    with (
        whole_file(out / TABLE_NAME) as path,
        pyarrow.parquet.ParquetWriter(path, _SCHEMA) as writer,
    ):
        all_files = with_result(found)
        while some := list(islice(all_files, _FILES_AT_ONCE)):
            rows = [row for one in some for row in _pick_rows(*one, best_ranks, out)]
            writer.write_table(table_of(rows, _SCHEMA))


def write_pages(found: Iterable[Outcome], best: Sequence[BestPick], out: Path) -> None:
    """Write the pages over all files.

    Raises
    ------
    OutputError
        They cannot be written.
    """
    write_index([_item(one, out) for one in found], out, best_section(best, out))


def _pick_rows(
    outcome: Outcome, record: Record, best_ranks: Mapping[tuple[str, str], int], out: Path
) -> Iterator[dict[str, Any]]:
    folder = record.folder
    for pick in read_document(out / folder / PICKS_NAME).get("picks", ()):
        row = {name: pick.get(name) for name in _SCHEMA.names}
        yield {
            **row,
            "source": outcome.source,
            "folder": folder,
            "still": f"{folder}/{pick['still']}",
            "best_rank": best_ranks.get((folder, pick["still"])),
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
