"""A photo as it stands in photos.json, on standard output and in tables."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from framepick.collection import PhotoCollection, PhotoFailure, RankedPhoto
from framepick.files import printable
from framepick.outputs.columns import table_of
from framepick.outputs.sentences import described
from framepick.outputs.tables import harmless

_COLUMNS = pa.schema(
    [
        ("path", pa.string()),
        ("rank", pa.int64()),
        ("group", pa.int64()),
        ("group_size", pa.int64()),
        ("is_best", pa.bool_()),
        ("score", pa.float64()),
        ("percentile", pa.float64()),
        ("rating", pa.int64()),
        ("veto", pa.string()),
        ("reason", pa.string()),
        ("captured_at", pa.string()),
        ("camera", pa.string()),
        ("width", pa.int64()),
        ("height", pa.int64()),
        ("error", pa.string()),
    ]
)


def describe_photo(photo: RankedPhoto) -> dict[str, Any]:
    """Describe a photo as it stands in photos.json."""
    facts = photo.facts
    width, height = facts.size
    return {
        "source": printable(photo.path),
        "rank": photo.rank,
        "group": photo.group,
        "group_size": photo.group_size,
        "is_best": photo.is_best,
        "score": round(facts.shown_score, 6),
        "percentile": round(photo.percentile, 2),
        "rating": photo.rating,
        "veto": facts.veto,
        "reasons": [described(reason) for reason in photo.reasons],
        "captured_at": facts.capture.at.isoformat() if facts.capture.at else None,
        "camera": facts.capture.camera,
        "width": width,
        "height": height,
    }


def describe_failure(failure: PhotoFailure) -> dict[str, str]:
    """Describe a photo that could not be read."""
    return {"source": printable(failure.path), "error": printable(failure.error)}


def photo_table(collection: PhotoCollection) -> pa.Table:
    """One row per photo, in order of rank; those that could not be read come last."""
    rows = [_flat(describe_photo(photo)) for photo in collection.photos]
    rows += [_flat(describe_failure(failure)) for failure in collection.failures]
    return table_of(rows, _COLUMNS)


def write_photo_csv(table: pa.Table, path: Path) -> None:
    """Write a table of photos as CSV, with ./ before what looks like a formula."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(table.column_names)
        for batch in table.to_batches(1024):
            writer.writerows(_cells(row) for row in batch.to_pylist())


def write_photo_parquet(table: pa.Table, path: Path) -> None:
    """Write a table of photos as Parquet."""
    pyarrow.parquet.write_table(table, path)


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    reason = "; ".join(one["text"] for one in row.get("reasons", ()))
    return {**row, "path": row["source"], "reason": reason}


def _cells(row: Mapping[str, Any]) -> Sequence[str]:
    return [_cell(value) for value in row.values()]


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return harmless("" if value is None else str(value))
