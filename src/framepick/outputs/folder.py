"""The result of one video: its folder of stills, picks.json and scores."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import framepick
from framepick.config import OutputConfig, config_hash
from framepick.files import printable, remove_partials, whole_file, whole_folder
from framepick.locks import check_not_lost
from framepick.outputs.batch_pictures import STRIP_PICKS, STRIP_SIDE
from framepick.outputs.candidates import CANDIDATES_NAME, write_candidates
from framepick.outputs.comparable import COMPARABLE, describe_comparable
from framepick.outputs.earlier import EarlierResult, digest_of
from framepick.outputs.overview import OverviewItem, write_overview
from framepick.outputs.previews import Previews
from framepick.outputs.report import write_report
from framepick.outputs.result_folders import PICKS_NAME, REPORT_NAME, source_identity
from framepick.outputs.rows import described_picks, names_in
from framepick.outputs.sentences import described
from framepick.outputs.sheet.page import write_contact_sheet
from framepick.outputs.side_products import Failure, SideProducts
from framepick.outputs.stills.notes import StillNotes, notes_of
from framepick.outputs.stills.saving import save_still
from framepick.outputs.stills.sidecars import sidecar_names, write_sidecar
from framepick.outputs.tables import write_scores
from framepick.outputs.timelines import timeline_files, write_text
from framepick.results import Crop, Pick, VideoResult
from framepick.timecode import Timecodes, timecodes
from framepick.types import Moment, Still
from framepick.urls import full_name

SHEET_NAME = "contact-sheet.jpg"
_SCORES_STEM = "scores"


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """What was written of one video."""

    rows: list[dict[str, Any]]
    """The picks as they stand in picks.json."""
    previews: Previews
    """Small pictures of the picks and their runners-up."""
    report: str | None
    """File name of the report, None if it could not be written."""
    failures: Sequence[Failure]
    """Files beside the stills that could not be written."""
    renamed: Mapping[str, str]
    """Names of files that the user changed, and where those of this result went instead."""


def moments_to_keep(picks: Iterable[Pick]) -> list[Moment]:
    """Moments of all frames that a result shows: the picks and their runners-up."""
    runners_up = (pick.runner_up.moment for pick in picks if pick.runner_up)
    return list(dict.fromkeys([*(pick.moment for pick in picks), *runners_up]))


def write_result(
    result: VideoResult, stills: Iterable[Still], folder: Path, rules: OutputConfig
) -> Written:
    """Write all that is kept of a video to `folder`.

    `stills` are the frames of `moments_to_keep`. Files of an earlier result in `folder` are removed
    once the new one is complete, but for those that the user changed since; a still that was rated
    stands for its frame in the new result. A file beside the stills that cannot be written is among
    the `failures`, and the others are written.

    Raises
    ------
    OutputError
        Stills or picks.json cannot be written, or another run writes to `folder`.
    """
    clock = timecodes(result.info, result.frame_times_seconds)
    earlier = EarlierResult.read(folder)
    names = names_in(earlier, result, rules, clock)
    with whole_folder(folder, last=PICKS_NAME) as new:
        side = SideProducts(new, earlier.taken)
        previews = _write_stills(result, stills, side, names, rules, clock)
        rows = described_picks(result, names, clock)
        report = write_side_products(result, rows, previews, side, rules, clock)
        written = {name: _digest(new / name, report) for name in os.listdir(new)}
        rated_files = earlier.records_of(earlier.taken.intersection(names.values()))
        files = {**written, **rated_files, PICKS_NAME: None}
        failures = [asdict(failure) for failure in side.failures]
        identity = source_identity(result.source, folder.parent)
        facts = {"relative_path": identity, "failures": failures, "files": _sorted(files)}
        if result.comparable:
            facts[COMPARABLE] = describe_comparable(result.comparable)
        write_json(new / PICKS_NAME, document_of(result, rows, facts))
        check_not_lost(folder)
        if earlier.document:
            with whole_file(folder / PICKS_NAME) as picks:
                write_json(picks, earlier.announcement(written))
    for name in earlier.untouched - files.keys():
        with suppress(OSError):  # the new result is complete, whatever stays beside it
            (folder / name).unlink()
    return Written(rows, previews, report, tuple(side.failures), side.renamed)


def write_run_overview(items: Sequence[OverviewItem], out: Path) -> None:
    """Write OUT/report.html, the page over all inputs of a run.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    path = out / REPORT_NAME
    remove_partials(path, lambda owner: owner.is_gone() is True)
    with whole_file(path) as new:
        write_overview(items, new)


def _write_stills(
    result: VideoResult,
    stills: Iterable[Still],
    side: SideProducts,
    names: Mapping[int, str],
    rules: OutputConfig,
    clock: Timecodes,
) -> Previews:
    """Write stills with their sidecars, but for those that the user rated before."""
    picks = {pick.moment: pick for pick in result.picks}
    previews = Previews() if rules.pages else Previews(first_side=STRIP_SIDE)
    shown = set(moments_to_keep(result.picks if rules.pages else result.picks[:STRIP_PICKS]))
    for still in stills:
        pick = picks.get(still.moment)
        name = names[pick.rank] if pick else "a runner-up"
        if still.moment in shown:
            side.attempt(f"preview of {name}", partial(previews.add, still))
        if pick and name not in side.taken:
            notes = notes_of(result, pick, clock)
            save_still(still, side.folder / name, rules, notes)
            for crop in result.crops.get(pick.moment, ()) if rules.crop_pictures else ():
                side.write(_crop_name(name, crop), partial(_save_crop, still, crop, rules, notes))
            for sidecar in sidecar_names(name, rules.sidecar):
                side.write(sidecar, partial(write_sidecar, notes))
        if pick and (heat := result.heat_maps.get(pick.moment)):
            side.write(f"{Path(name).stem}_heat.jpg", partial(_write_bytes, heat))
    return previews


def _write_bytes(data: bytes, path: Path) -> None:
    path.write_bytes(data)


def _crop_name(still: str, crop: Crop) -> str:
    path = Path(still)
    return f"{path.stem}_{crop.ratio.replace(':', 'x')}{path.suffix}"


def _save_crop(
    still: Still, crop: Crop, rules: OutputConfig, notes: StillNotes, path: Path
) -> None:
    height, width = still.pixels.shape[:2]
    left, top, across, down = crop.pixels_of(width, height)
    part = Still(still.pixels[top : top + down, left : left + across].copy(), still.moment)
    save_still(part, path, rules, notes)


def write_side_products(
    result: VideoResult,
    rows: Sequence[Mapping[str, Any]],
    previews: Previews,
    side: SideProducts,
    rules: OutputConfig,
    clock: Timecodes,
) -> str | None:
    """Write scores, files for editing, contact sheet and report; give the report's name."""
    sheet = partial(write_contact_sheet, result, rows, previews)
    beside = [
        side.write(SHEET_NAME, sheet) if rules.pages else None,
        PICKS_NAME,
        side.write(CANDIDATES_NAME, partial(write_candidates, result, clock)),
        side.write(
            f"{_SCORES_STEM}.{rules.table}",
            lambda path: write_scores(result.samples, result.curve, path, result.judgements),
        ),
    ]
    for name, text in timeline_files(result, rows, clock, rules):
        beside.append(side.write(name, partial(write_text, text)))
    written = [name for name in beside if name]
    if not rules.pages:
        return None
    return side.write(REPORT_NAME, lambda path: write_report(result, rows, previews, path, written))


def document_of(
    result: VideoResult, rows: list[dict[str, Any]], facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Give what picks.json says of a result: its picks as `rows`, and other `facts` at the end."""
    return {
        "framepick": framepick.__version__,
        "source": printable(result.source),
        "path": printable(full_name(result.source)),
        "encoder": result.encoder_id,
        "settings": result.config.as_dict(),
        "config_hash": config_hash(result.config),
        "percentile_reference": result.reference,
        "frame_count": len(result.frame_times_seconds),
        "frames_seen": len(result.samples),
        "decoding_errors": result.error_count,
        "needs_dolby_vision": result.info.needs_dolby_vision,
        "requested": result.config.pick.count,
        "shortfall": result.shortfall and described(result.shortfall),
        "picks": rows,
        **facts,
    }


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write a document as JSON that people can read."""
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _sorted(files: Mapping[str, str | None]) -> dict[str, str | None]:
    return {name: files[name] for name in sorted(files)}


def _digest(path: Path, report: str | None) -> str | None:
    """What a file is known by; the report tells how long the run took, and differs every time."""
    return None if path.name == report else digest_of(path)
