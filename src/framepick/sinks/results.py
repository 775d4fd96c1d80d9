"""The result of one video: its folder of stills, picks.json and scores."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

import framepick
from framepick.files import fit_name, whole_folder
from framepick.sinks.stills import save_still, still_name
from framepick.sinks.tables import write_scores
from framepick.types import Pick, Samples, ScoreCurve, Still

PICKS_NAME = "picks.json"
_SCORES_STEM = "scores"
TableFormat = Literal["parquet", "csv"]


@dataclass(frozen=True, slots=True, eq=False)
class VideoResult:
    """All that is to be written of one video."""

    source: Path
    encoder_id: str
    reference: str
    """What percentiles refer to."""
    samples: Samples
    curve: ScoreCurve
    picks: Sequence[Pick]
    requested: int
    shortfall: str | None
    """Why there are fewer picks than requested; None if there are not."""
    error_count: int


def write_result(
    result: VideoResult, stills: Iterable[Still], folder: Path, table: TableFormat
) -> list[dict[str, Any]]:
    """Write stills, scores and picks.json to `folder`; give the picks as they stand in picks.json.

    Files of an earlier result in `folder` are removed once the new one is complete.
    """
    names = {pick.moment: still_name(result.source, pick) for pick in result.picks}
    earlier = _earlier_files(folder)
    with whole_folder(folder, last=PICKS_NAME) as partial:
        for still in stills:
            save_still(still, partial / names[still.moment])
        write_scores(result.samples, result.curve, partial / f"{_SCORES_STEM}.{table}")
        rows = [describe(pick, result.source, names[pick.moment]) for pick in result.picks]
        _write_json(partial / PICKS_NAME, _document(result, rows))
        kept = set(os.listdir(partial))
    for name in earlier - kept:
        with suppress(OSError):  # the new result is complete, whatever stays beside it
            (folder / name).unlink()
    return rows


def describe(pick: Pick, source: Path, still: str) -> dict[str, Any]:
    """A pick as it stands in picks.json and on standard output."""
    moment = pick.moment
    return {
        "source": printable(source),
        "rank": pick.rank,
        "pts": moment.pts,
        "time_base": f"{moment.time_base.numerator}/{moment.time_base.denominator}",
        "pts_seconds": moment.pts_seconds,
        "time_seconds": moment.time_seconds,
        "frame_index": moment.ordinal,
        "score": round(pick.score, 6),
        "percentile": round(pick.percentile, 2),
        "percentile_in_video": round(pick.percentile_in_video, 2),
        "reasons": list(pick.reasons),
        "still": printable(still),
    }


def result_folder(out: Path, source: Path, taken: set[Path]) -> Path:
    """OUT/NAME.EXT for a source, with -2, -3, ... where that holds the result of another one."""
    for number in count(1):
        suffix = "" if number == 1 else f"-{number}"
        folder = out / fit_name(source.name, suffix)
        if folder not in taken and _is_free_for(folder, source):
            break
    taken.add(folder)
    return folder


def printable(path: Path | str) -> str:
    """Text for any file name, also one that is not UTF-8."""
    return os.fsencode(path).decode("utf-8", errors="backslashreplace")


def _document(result: VideoResult, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "framepick": framepick.__version__,
        "source": printable(result.source),
        "path": printable(os.path.abspath(result.source)),
        "encoder": result.encoder_id,
        "percentile_reference": result.reference,
        "frame_count": len(result.samples),
        "decoding_errors": result.error_count,
        "requested": result.requested,
        "shortfall": result.shortfall,
        "picks": rows,
    }


def _write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _earlier_files(folder: Path) -> set[str]:
    rows = [row for row in _earlier(folder).get("picks", []) if isinstance(row, dict)]
    stills = {Path(str(row.get("still"))).name for row in rows}
    return stills | {f"{_SCORES_STEM}.{ending}" for ending in ("parquet", "csv")}


def _is_free_for(folder: Path, source: Path) -> bool:
    if not (folder / PICKS_NAME).exists():
        return True
    return _earlier(folder).get("path") == printable(os.path.abspath(source))


def _earlier(folder: Path) -> dict[str, Any]:
    try:
        document = json.loads((folder / PICKS_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
