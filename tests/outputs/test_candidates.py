"""Frames beside the picks: their table, their markers, and how the report shows them."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import opentimelineio as otio
from PIL import Image

from framepick.config import MarkerFormat, OutputConfig
from framepick.outputs.candidates import CANDIDATES_NAME, write_candidates
from framepick.outputs.report import write_report
from framepick.outputs.timelines import MARKER_NAMES, timeline_files
from framepick.results import Candidate, VideoResult
from framepick.timecode import timecodes
from tests.made_results import made_previews, made_result, made_rows
from tests.outputs.films import parsed

FORMATS: tuple[MarkerFormat, ...] = ("otio", "fcpxml", "fcp7", "resolve", "csv")


def result_with_candidates(scenes: int = 3, alternates: int = 5) -> VideoResult:
    """Two picks, `scenes` without a pick, and `alternates` of each pick; the first two are one."""
    result = made_result(pick_count=2, frame_count=300)
    moment = result.samples.moment

    def candidate(kind: Any, row: int, **values: Any) -> Candidate:
        return Candidate(kind, moment(row), row, 1 + row // 100, 2.5, 60.0, 90.0, **values)

    found = [candidate("pick", pick.row, of_rank=pick.rank) for pick in result.picks]
    found += [candidate("scene", 10 * number + 3) for number in range(scenes)]
    for pick in result.picks:
        for place in range(1, alternates + 1):
            row = 250 if place == 1 else 100 + 20 * pick.rank + place
            found.append(candidate("alternate", row, of_rank=pick.rank, place=place))
    pictures = {one.moment: jpeg() for one in found if one.kind != "pick"}
    return replace(result, candidates=tuple(found), pictures=pictures)


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (32, 18), (90, 120, 60)).save(file, "JPEG")
    return file.getvalue()


def markers_of(result: VideoResult, **rules: Any) -> dict[str, str]:
    clock = timecodes(result.info, result.frame_times_seconds)
    rows = [
        {**row, "time_seconds": pick.moment.time_seconds, "score": pick.score, "reasons": []}
        for row, pick in zip(made_rows(result), result.picks, strict=True)
    ]
    files = timeline_files(result, rows, clock, OutputConfig(markers=FORMATS, **rules))
    texts = {name: text() for name, text in files}
    return {kind: texts[MARKER_NAMES[kind]] for kind in FORMATS}


def report_of(result: VideoResult, tmp_path: Path) -> str:
    path = tmp_path / "report.html"
    write_report(result, made_rows(result), made_previews(result), path)
    return path.read_text(encoding="utf-8")


def test_the_table_holds_picks_scenes_and_alternates_with_their_times(tmp_path: Path) -> None:
    result = result_with_candidates()
    clock = timecodes(result.info, result.frame_times_seconds)
    write_candidates(result, clock, tmp_path / CANDIDATES_NAME)
    with (tmp_path / CANDIDATES_NAME).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["kind"] for row in rows] == ["pick"] * 2 + ["scene"] * 3 + ["alternate"] * 10
    for row, one in zip(rows, result.candidates, strict=True):
        assert int(row["frame_index"]) == one.moment.frame_index
        assert float(row["time_seconds"]) == one.moment.time_seconds
        assert row["timecode"] == clock.text_at(one.moment.time_seconds)
        assert (row["pick"], row["place"]) == (str(one.of_rank or ""), str(one.place or ""))
    assert [row["place"] for row in rows if row["pick"] == "1"] == ["", "1", "2", "3", "4", "5"]


def test_candidates_are_marked_only_if_asked_for() -> None:
    result = result_with_candidates()
    without, also = markers_of(result), markers_of(result, mark_candidates=True)
    assert without == markers_of(replace(result, candidates=()))
    for kind in FORMATS:
        assert "Candidate, score" not in without[kind]
        assert also[kind] != without[kind]


def test_candidates_have_a_colour_that_no_pick_has() -> None:
    texts = markers_of(result_with_candidates(), mark_candidates=True)
    frames = 3 + 9  # of two alternates that are one frame there is one marker
    timeline = otio.adapters.read_from_string(texts["otio"], "otio_json")
    colours = [(marker.name.split(",")[0], marker.color) for marker in timeline.tracks.markers]
    assert [colour for name, colour in colours if name == "Candidate"] == ["PURPLE"] * frames
    assert all(colour != "PURPLE" for name, colour in colours if name != "Candidate")
    assert texts["resolve"].count("|C:ResolveColorPurple") == frames
    purple = [
        marker.findtext("pproColor")
        for marker in parsed(texts["fcp7"]).iter("marker")
        if str(marker.findtext("name")).startswith("Candidate")
    ]
    assert set(purple) == {str(0xFFB18BAF)}
    to_do = [
        marker.get("completed")
        for marker in parsed(texts["fcpxml"]).iter("marker")
        if str(marker.get("value")).startswith("Candidate")
    ]
    assert to_do == ["0"] * frames
    assert len(list(csv.reader(io.StringIO(texts["csv"])))) == 1 + 2 + frames


def test_a_frame_that_is_an_alternate_of_two_picks_says_so() -> None:
    texts = markers_of(result_with_candidates(), mark_candidates=True)
    timeline = otio.adapters.read_from_string(texts["otio"], "otio_json")
    markers = timeline.tracks.markers
    notes = {marker.marked_range.start_time.value: marker.comment for marker in markers}
    assert notes[250] == "alternate 1 of pick 1; alternate 1 of pick 2"
    assert notes[13] == "the best of scene 1"


def test_the_report_shows_alternates_below_each_pick_and_the_other_scenes(tmp_path: Path) -> None:
    html = report_of(result_with_candidates(), tmp_path)
    cards = re.findall(r'<article class="card panel".*?</article>', html, re.DOTALL)
    assert [card.count("<li><img") for card in cards] == [5, 5]
    [scenes] = re.findall(r'<section class="others scenes".*?</section>', html, re.DOTALL)
    assert scenes.count("<li><img") == 3
    assert "framepick repick . --swap 1=" in html


def test_of_many_scenes_the_report_shows_the_best(tmp_path: Path) -> None:
    html = report_of(result_with_candidates(scenes=30), tmp_path)
    assert html.count("<li>") >= 30
    many = result_with_candidates()
    scenes = [one for one in many.candidates if one.kind == "scene"] * 40
    html = report_of(replace(many, candidates=tuple(scenes)), tmp_path)
    assert "the 48 best of 120 scenes" in html


def test_a_report_without_candidates_has_no_such_parts(tmp_path: Path) -> None:
    html = report_of(made_result(pick_count=2), tmp_path)
    assert "Alternates" not in html
    assert "Other scenes" not in html
    assert "repick" not in html
