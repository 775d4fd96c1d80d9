"""The result of one video: its folder of stills, picks.json and scores."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import framepick
from framepick.config import OutputConfig, config_hash
from framepick.files import fit_name, whole_file, whole_folder
from framepick.outputs.markers import write_markers
from framepick.outputs.overview import Entry, write_overview
from framepick.outputs.previews import Previews
from framepick.outputs.report import write_report
from framepick.outputs.sentences import described
from framepick.outputs.sheet.page import write_contact_sheet
from framepick.outputs.stills.naming import still_names
from framepick.outputs.stills.notes import notes_of, rating_of
from framepick.outputs.stills.saving import save_still
from framepick.outputs.stills.sidecars import write_sidecars
from framepick.outputs.tables import write_scores
from framepick.results import VideoResult
from framepick.timecode import Timecodes, timecodes
from framepick.types import (
    Moment,
    Pick,
    Still,
)

PICKS_NAME = "picks.json"
REPORT_NAME = "report.html"
SHEET_NAME = "contact-sheet.jpg"
_SCORES_STEM = "scores"


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """What was written of one video."""

    rows: list[dict[str, Any]]
    """The picks as they stand in picks.json."""
    previews: Previews
    """Small pictures of the picks and their runners-up."""


def moments_to_keep(picks: Iterable[Pick]) -> list[Moment]:
    """Moments of all frames that a result shows: the picks and their runners-up."""
    runners_up = (pick.runner_up.moment for pick in picks if pick.runner_up)
    return list(dict.fromkeys([*(pick.moment for pick in picks), *runners_up]))


def write_result(
    result: VideoResult, stills: Iterable[Still], folder: Path, rules: OutputConfig
) -> Written:
    """Write all that is kept of a video to `folder`.

    `stills` are the frames of `moments_to_keep`. Files of an earlier result in `folder` are removed
    once the new one is complete.

    Raises
    ------
    OutputError
        Something cannot be written.
    """
    clock = timecodes(result.info, result.frame_times_seconds)
    names = still_names(result, rules, clock)
    earlier = _earlier_files(folder)
    with whole_folder(folder, last=PICKS_NAME) as partial:
        previews = _write_stills(result, stills, partial, names, rules, clock)
        rows = [describe(pick, result.source, names[pick.rank], clock) for pick in result.picks]
        scores = f"{_SCORES_STEM}.{rules.table}"
        write_scores(result.samples, result.curve, partial / scores)
        markers = write_markers(result, rows, clock, partial, rules.markers)
        write_contact_sheet(result, rows, previews, partial / SHEET_NAME)
        beside = [SHEET_NAME, PICKS_NAME, scores, *markers]
        write_report(result, rows, previews, partial / REPORT_NAME, beside)
        kept = {*os.listdir(partial), PICKS_NAME}
        _write_json(partial / PICKS_NAME, _document(result, rows, kept))
    for name in earlier - kept:
        with suppress(OSError):  # the new result is complete, whatever stays beside it
            (folder / name).unlink()
    return Written(rows, previews)


def write_run_overview(entries: Sequence[Entry], out: Path) -> None:
    """Write OUT/report.html, the page over all inputs of a run.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    with whole_file(out / REPORT_NAME) as partial:
        write_overview(entries, partial)


def _write_stills(
    result: VideoResult,
    stills: Iterable[Still],
    folder: Path,
    names: Mapping[int, str],
    rules: OutputConfig,
    clock: Timecodes,
) -> Previews:
    picks = {pick.moment: pick for pick in result.picks}
    previews = Previews()
    for still in stills:
        previews.add(still)
        if pick := picks.get(still.moment):
            path, notes = folder / names[pick.rank], notes_of(result, pick, clock)
            save_still(still, path, rules, notes)
            write_sidecars(path, notes, rules.sidecar)
    return previews


def describe(pick: Pick, source: Path, still: str, clock: Timecodes) -> dict[str, Any]:
    """A pick as it stands in picks.json and on standard output."""
    moment = pick.moment
    return {
        "source": printable(source),
        "rank": pick.rank,
        "pts": moment.pts,
        "time_base": f"{moment.time_base.numerator}/{moment.time_base.denominator}",
        "pts_seconds": moment.pts_seconds,
        "time_seconds": moment.time_seconds,
        "timecode": clock.text_at(moment.time_seconds),
        "timecode_rate": f"{clock.rate.numerator}/{clock.rate.denominator}",
        "timecode_is_nominal": clock.is_nominal,
        "frame_index": moment.frame_index,
        "score": round(pick.score, 6),
        "percentile": round(pick.percentile, 2),
        "percentile_in_video": round(pick.percentile_in_video, 2),
        "rating": rating_of(pick.percentile),
        "reasons": [described(reason) for reason in pick.reasons],
        "peak_seconds": pick.peak_seconds,
        "runner_up": _describe_runner_up(pick, clock),
        "still": printable(still),
    }


def _describe_runner_up(pick: Pick, clock: Timecodes) -> dict[str, Any] | None:
    if pick.runner_up is None:
        return None
    moment = pick.runner_up.moment
    return {
        "time_seconds": moment.time_seconds,
        "timecode": clock.text_at(moment.time_seconds),
        "frame_index": moment.frame_index,
        "score": round(pick.runner_up.score, 6),
        "reason": described(pick.runner_up.reason),
    }


def result_folder(out: Path, source: Path, taken: set[Path]) -> Path:
    """OUT/NAME.EXT for a source, with -2, -3, ... where that holds the result of another one.

    A source that is called as the page over all inputs leaves that name to the page.
    """
    for number in count(2 if source.name.casefold() == REPORT_NAME else 1):
        suffix = "" if number == 1 else f"-{number}"
        folder = out / fit_name(source.name, suffix)
        if folder not in taken and _is_free_for(folder, source):
            break
    taken.add(folder)
    return folder


def printable(path: Path | str) -> str:
    """Text for any file name, also one that is not UTF-8."""
    return os.fsencode(path).decode("utf-8", errors="backslashreplace")


def _document(
    result: VideoResult, rows: list[dict[str, Any]], files: Iterable[str]
) -> dict[str, Any]:
    return {
        "framepick": framepick.__version__,
        "source": printable(result.source),
        "path": printable(os.path.abspath(result.source)),
        "encoder": result.encoder_id,
        "settings": result.config.as_dict(),
        "config_hash": config_hash(result.config),
        "percentile_reference": result.reference,
        "frame_count": len(result.frame_times_seconds),
        "frames_seen": len(result.samples),
        "decoding_errors": result.error_count,
        "requested": result.config.pick.count,
        "shortfall": result.shortfall and described(result.shortfall),
        "picks": rows,
        "files": sorted(files),
    }


def _write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _earlier_files(folder: Path) -> set[str]:
    """Files that an earlier run wrote; others that look alike are the user's, such as sidecars."""
    files = _earlier(folder).get("files")
    names = files if isinstance(files, list) else []
    return {Path(name).name for name in names if isinstance(name, str)}


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
