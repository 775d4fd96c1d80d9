from __future__ import annotations

import csv
import io
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlparse

import opentimelineio as otio
import pytest
from opentimelineio import opentime

from framepick.config import MarkerFormat, OutputConfig
from framepick.outputs.timelines import MARKER_NAMES, timeline_files, write_text
from framepick.results import VideoResult
from framepick.timecode import Timecodes
from tests.outputs.films import (
    CASES,
    FRAMES,
    NTSC,
    Case,
    parsed,
    read_with,
    result_of,
    rows_of,
    seconds,
    the,
)

GOLDEN = Path(__file__).parent / "golden" / "markers"
FORMATS: tuple[MarkerFormat, ...] = ("otio", "fcpxml", "fcp7", "resolve", "csv")


def in_time(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: row["time_seconds"])


def write_markers(
    result: VideoResult,
    rows: list[dict[str, Any]],
    clock: Timecodes,
    folder: Path,
    formats: Sequence[MarkerFormat],
) -> list[str]:
    files = dict(timeline_files(result, rows, clock, OutputConfig(markers=tuple(formats))))
    for name, text in files.items():
        write_text(text, folder / name)
    return list(files)


def write(case: Case, folder: Path, **changes: Any) -> dict[MarkerFormat, str]:
    names = write_markers(result_of(case), rows_of(case, **changes), case.clock, folder, FORMATS)
    assert names == [MARKER_NAMES[name] for name in FORMATS]
    return {f: (folder / n).read_bytes().decode() for f, n in zip(FORMATS, names, strict=True)}


def golden(case_name: str, marker_format: MarkerFormat) -> str:
    return (GOLDEN / case_name / MARKER_NAMES[marker_format]).read_bytes().decode()


def expected(case: Case) -> list[tuple[int, str]]:
    """Frame and name of every pick, in order of time."""
    return [
        (case.clock.frame_at(row["time_seconds"]), f"Pick {row['rank']}, score {row['score']:.3f}")
        for row in in_time(rows_of(case))
    ]


every_case = pytest.mark.parametrize("name", CASES)


@every_case
@pytest.mark.parametrize("marker_format", FORMATS)
def test_what_is_written_is_the_golden_file(
    name: str, marker_format: MarkerFormat, tmp_path: Path
) -> None:
    write_markers(
        result_of(CASES[name]), rows_of(CASES[name]), CASES[name].clock, tmp_path, [marker_format]
    )
    file = MARKER_NAMES[marker_format]
    assert os.listdir(tmp_path) == [file]
    assert (tmp_path / file).read_bytes() == (GOLDEN / name / file).read_bytes()


def test_the_cases_are_what_their_names_say() -> None:
    found = {name: (case.clock.rate, case.clock.is_drop) for name, case in CASES.items()}
    assert found == {
        "23.976": (24 * NTSC, False),
        "25": (Fraction(25), False),
        "29.97-drop": (30 * NTSC, True),
        "29.97-non-drop": (30 * NTSC, False),
        "59.94-drop": (60 * NTSC, True),
        "variable": (Fraction(30), False),
    }
    assert [name for name, case in CASES.items() if case.clock.is_nominal] == ["variable"]


@every_case
def test_frames_of_an_even_rate_are_the_frames_of_the_file(name: str) -> None:
    if not CASES[name].is_variable:
        assert [frame for frame, _ in expected(CASES[name])] == sorted(FRAMES)


# OpenTimelineIO


@every_case
def test_opentimelineio_reads_its_own_format_to_the_frame(name: str) -> None:
    case = CASES[name]
    timeline = otio.adapters.read_from_file(str(GOLDEN / name / "markers.otio"))
    rate = pytest.approx(float(case.clock.rate))
    (clip,) = timeline.find_clips()
    markers = timeline.tracks.markers
    assert [(marker.marked_range.start_time.value, marker.name) for marker in markers] == expected(
        case
    )
    assert all(marker.marked_range.start_time.rate == rate for marker in markers)
    assert timeline.global_start_time.value == case.clock.start_frame
    assert clip.source_range.start_time.value == case.clock.start_frame
    assert clip.source_range == clip.media_reference.available_range
    assert clip.source_range.duration.value == 20000
    assert (markers[0].comment, markers[0].color) == (reasons(case), colours(case)[0].upper())
    for marker in markers:  # as opentime counts from the timeline's start
        shown = timeline.global_start_time + marker.marked_range.start_time
        text = opentime.to_timecode(shown, shown.rate, case.clock.is_drop)
        assert text == marker.metadata["framepick"]["timecode"]


def reasons(case: Case) -> str:
    about_rate = "; variable frame rate, nearest frame at 30 a second" if case.is_variable else ""
    return f"best of its shot; sharpest of its neighbours{about_rate}"


def colours(case: Case) -> list[str]:
    names = ["red", "yellow", "blue", "cyan", "green"]
    return [names[row["rating"] - 1] for row in in_time(rows_of(case))]


def test_clips_are_written_so_that_older_readers_know_them() -> None:
    text = golden("25", "otio")
    assert '"Clip.1"' in text
    assert '"Clip.2"' not in text


# FCPXML


# element: children in order, needed attributes, other attributes that there may be
FCPXML_RULES: Mapping[str, tuple[str, set[str], set[str]]] = {
    "fcpxml": ("resources library", {"version"}, set()),
    "resources": ("format asset", set(), set()),
    "format": ("", {"id"}, {"frameDuration", "width", "height"}),
    "asset": ("media-rep", {"id"}, {"name", "start", "duration", "hasVideo", "format"}),
    "media-rep": ("", {"src"}, {"kind"}),
    "library": ("event", set(), set()),
    "event": ("project", set(), {"name"}),
    "project": ("sequence", set(), {"name"}),
    "sequence": ("spine", {"format"}, {"duration", "tcStart", "tcFormat"}),
    "spine": ("asset-clip", set(), set()),
    "asset-clip": (
        "(marker ?)*",
        {"ref"},
        {"offset", "name", "start", "duration", "format", "tcFormat"},
    ),
    "marker": ("", {"start", "value"}, {"duration", "note", "completed"}),
}


@every_case
def test_fcpxml_keeps_the_rules_of_its_document_type(name: str) -> None:
    text = golden(name, "fcpxml")
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n<fcpxml ')
    root = parsed(text)
    identities = {element.get("id") for element in root.iter() if element.get("id")}
    for element in root.iter():
        children, needed, others = FCPXML_RULES[element.tag]
        assert re.fullmatch(children, " ".join(child.tag for child in element))
        assert needed <= set(element.attrib) <= needed | others
        assert {element.get(key) for key in ("ref", "format") if element.get(key)} <= identities
        assert element.get("tcFormat") in {None, "DF", "NDF"}


@every_case
def test_times_of_fcpxml_are_exact_and_on_the_frames(name: str) -> None:
    case, clock = CASES[name], CASES[name].clock
    root = parsed(golden(name, "fcpxml"))
    frame = seconds(the(root, "format").get("frameDuration"))
    sequence, asset, clip = (the(root, tag) for tag in ("sequence", "asset", "asset-clip"))
    assert frame == 1 / clock.rate
    start = seconds(clip.get("start"))
    assert start == clock.start_frame * frame
    assert start == seconds(sequence.get("tcStart")) == seconds(clip.get("offset"))
    assert start == seconds(asset.get("start"))
    for whole in (sequence, asset, clip):
        assert seconds(whole.get("duration")) == 20000 * frame
    assert sequence.get("tcFormat") == clip.get("tcFormat") == ("DF" if clock.is_drop else "NDF")
    markers = [
        (float((seconds(marker.get("start")) - start) / frame), marker.get("value"))
        for marker in root.iter("marker")
    ]
    assert markers == [(float(number), text) for number, text in expected(case)]
    assert {marker.get("note") for marker in root.iter("marker")} == {reasons(case)}


@every_case
def test_the_fcpxml_adapter_finds_clip_and_markers(name: str) -> None:
    case = CASES[name]
    (timeline,) = read_with("fcpx_xml", golden(name, "fcpxml"))
    (clip,) = timeline.find_clips()
    assert [marker.name for marker in clip.markers] == [name for _, name in expected(case)]
    # the adapter cuts rates to whole numbers and times down to frames of those
    rate = int(case.clock.rate)
    for marker, (frame, _) in zip(clip.markers, expected(case), strict=True):
        shown = (case.clock.start_frame + frame) / case.clock.rate * rate
        assert marker.marked_range.start_time.rate == rate
        assert abs(marker.marked_range.start_time.value - shown) <= 1


# Final Cut Pro 7 XML


@every_case
def test_the_fcp7_adapter_reads_every_marker_to_the_frame(name: str) -> None:
    case, clock = CASES[name], CASES[name].clock
    timeline = read_with("fcp_xml", golden(name, "fcp7"))
    (clip,) = timeline.find_clips()
    markers = timeline.tracks.markers
    assert [(marker.marked_range.start_time.value, marker.name) for marker in markers] == expected(
        case
    )
    for marker in markers:
        assert marker.marked_range.start_time.rate == pytest.approx(float(clock.rate))
    assert {marker.metadata["fcp_xml"]["comment"] for marker in markers} == {reasons(case)}
    assert timeline.global_start_time.value == clock.start_frame
    assert clip.source_range.start_time.value == clock.start_frame
    assert clip.source_range.duration.value == 20000


@every_case
def test_fcp7_says_how_time_codes_count(name: str) -> None:
    clock = CASES[name].clock
    text = golden(name, "fcp7")
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n<xmeml ')
    root = parsed(text)
    codes = list(root.iter("timecode"))
    assert len(codes) == 2  # of the sequence and of the file
    for code in codes:
        assert code.findtext("string") == clock.text(0)
        assert code.findtext("frame") == str(clock.start_frame)
        assert code.findtext("displayformat") == ("DF" if clock.is_drop else "NDF")
    rates = {(rate.findtext("timebase"), rate.findtext("ntsc")) for rate in root.iter("rate")}
    assert rates == {(str(clock.base), "TRUE" if clock.rate.denominator == 1001 else "FALSE")}
    assert len({marker.findtext("pproColor") for marker in root.iter("marker")}) == 5
    identities = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(identities) == len(set(identities)) == 3


@pytest.mark.parametrize(
    ("rate", "timebase", "ntsc"), [("25/2", "13", "FALSE"), ("120000/1001", "120", "TRUE")]
)
def test_fcp7_rounds_rates_that_it_does_not_have(
    rate: str, timebase: str, ntsc: str, tmp_path: Path
) -> None:
    root = parsed(write(Case(rate, None), tmp_path)["fcp7"])
    assert (root.findtext(".//timebase"), root.findtext(".//ntsc")) == (timebase, ntsc)


# Resolve's EDL

EVENT = re.compile(
    r"(?P<number>\d{3})  001      V     C        (?P<cut_in>\S+) (?P<cut_out>\S+) "
    r"(?P=cut_in) (?P=cut_out)  \n"
    r" \|C:ResolveColor(?P<colour>\w+) \|M:(?P<text>[^|\n]+) \|D:1\n\n?"
)


def edl_events(text: str) -> list[dict[str, str]]:
    head, body = re.match(r"(TITLE: .*\nFCM: .*\n)\n?", text), text
    assert head is not None
    body = text[head.end() :]
    events = list(EVENT.finditer(body))
    assert "".join(event[0] for event in events) == body
    return [event.groupdict() for event in events]


@every_case
def test_the_edl_is_laid_over_a_timeline_that_starts_at_one_hour(name: str) -> None:
    case, clock = CASES[name], CASES[name].clock
    text = golden(name, "resolve")
    rate = float(clock.rate)
    counting = "DROP FRAME" if clock.is_drop else "NON-DROP FRAME"
    assert text.splitlines()[1] == f"FCM: {counting}"
    hour = opentime.from_timecode("01:00:00;00" if clock.is_drop else "01:00:00:00", rate).value
    events = edl_events(text)
    for event, row, (frame, marker_name) in zip(
        events, in_time(rows_of(case)), expected(case), strict=True
    ):
        assert opentime.from_timecode(event["cut_in"], rate).value == hour + frame
        assert opentime.from_timecode(event["cut_out"], rate).value == hour + frame + 1
        assert event["text"] == f"{marker_name}, {row['timecode']}: {reasons(case)}"
    assert [event["number"] for event in events] == [f"{n:03d}" for n in range(1, 8)]
    assert [event["colour"].lower() for event in events] == colours(case)


# CSV


@every_case
def test_the_table_has_the_codes_of_picks_json(name: str) -> None:
    case = CASES[name]
    table = list(csv.DictReader(io.StringIO(golden(name, "csv"), newline="")))
    for cells, row, (frame, _) in zip(table, in_time(rows_of(case)), expected(case), strict=True):
        assert (cells["timecode"], int(cells["frame"])) == (row["timecode"], frame)
        assert float(cells["time_seconds"]) == row["time_seconds"]
        assert (int(cells["rank"]), float(cells["score"])) == (row["rank"], row["score"])
        assert (cells["still"], cells["note"]) == (row["still"], reasons(case))
        assert Fraction(cells["rate"]) == case.clock.rate
        assert cells["is_nominal_rate"] == str(case.is_variable).lower()


# Names from strangers

HOSTILE = [
    "a|b\nM:x |C:ResolveColorRed.mov",
    "=cmd()\r\n.mov",
    "<marker>&amp;\"'.mov",
    "bell\x07 null-ish\x1b[31m\x85\u2028.mov",
    os.fsdecode(b"not utf-8 \xff\xfe.mov"),
    "\u590f \U0001f3d6 ?#%20;.mov",
    "\ufffe\uffff.mov",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_odd_names_and_reasons_break_no_format(name: str, tmp_path: Path) -> None:
    case = replace(CASES["25"], source=f"/films/{name}")
    hostile = name.encode("utf-8", "replace").decode()
    files = write(case, tmp_path, reasons=[{"text": hostile}, {"text": "=1+1"}], still=hostile)
    frames = [frame for frame, _ in expected(case)]

    timeline = otio.adapters.read_from_string(files["otio"], "otio_json")
    (clip,) = timeline.find_clips()
    assert path_of(clip.media_reference.target_url) == os.fsencode(case.source)
    assert [m.marked_range.start_time.value for m in timeline.tracks.markers] == frames

    root = parsed(files["fcpxml"])
    assert len(list(root.iter("marker"))) == len(frames)
    assert path_of(the(root, "media-rep").get("src")) == os.fsencode(case.source)

    root = parsed(files["fcp7"])
    assert path_of(root.findtext(".//pathurl")) == os.fsencode(case.source)
    assert [int(marker.findtext("in", "")) for marker in root.iter("marker")] == frames

    assert files["resolve"].isascii()
    assert len(edl_events(files["resolve"])) == len(frames)

    table = list(csv.DictReader(io.StringIO(files["csv"], newline="")))
    assert [int(cells["frame"]) for cells in table] == frames
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in table for cell in row.values())

    for text in files.values():  # nothing that moves the cursor of whoever prints them
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text)


def path_of(url: str | None) -> bytes:
    assert url is not None
    parts = urlparse(url)
    assert parts.scheme == "file"
    assert parts.netloc in {"", "localhost"}
    assert (parts.query, parts.fragment) == ("", "")
    return unquote_to_bytes(parts.path)


def test_a_reason_that_looks_like_a_formula_is_none(tmp_path: Path) -> None:
    table = write(CASES["25"], tmp_path, reasons=[{"text": "=HYPERLINK()"}], still="-rf.jpg")["csv"]
    assert ",'=HYPERLINK(),./-rf.jpg," in table


def test_a_relative_source_becomes_an_absolute_url(tmp_path: Path) -> None:
    files = write(replace(CASES["25"], source="clip.mov"), tmp_path)
    (clip,) = otio.adapters.read_from_string(files["otio"], "otio_json").find_clips()
    assert path_of(clip.media_reference.target_url) == os.fsencode(os.path.abspath("clip.mov"))


def test_no_pick_gives_a_clip_without_markers(tmp_path: Path) -> None:
    case = CASES["29.97-drop"]
    write_markers(result_of(case), [], case.clock, tmp_path, FORMATS)
    timeline = otio.adapters.read_from_file(str(tmp_path / "markers.otio"))
    assert list(timeline.tracks.markers) == []
    assert len(timeline.find_clips()) == 1
    assert len((tmp_path / "markers.csv").read_text().splitlines()) == 1
    assert (tmp_path / "markers-resolve.edl").read_text().endswith("FCM: DROP FRAME\n")
    assert list(parsed((tmp_path / "markers.fcpxml").read_text()).iter("marker")) == []


def test_the_clip_reaches_to_the_last_frame_where_the_length_is_unknown(tmp_path: Path) -> None:
    case = CASES["25"]
    result = replace(result_of(case), info=replace(case.info, duration_seconds=None))
    write_markers(result, rows_of(case), case.clock, tmp_path, ["fcp7"])
    root = parsed((tmp_path / "markers-fcp7.xml").read_text())
    assert root.findtext("./sequence/duration") == "20000"


def test_opentimelineio_is_not_loaded_without_need() -> None:
    import subprocess

    program = "import sys, framepick.outputs.timelines; sys.exit('opentimelineio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def write_golden_files() -> None:
    """Write all golden files anew: python -m tests.outputs.test_markers."""
    for name, case in CASES.items():
        folder = GOLDEN / name
        folder.mkdir(parents=True, exist_ok=True)
        write(case, folder)


if __name__ == "__main__":
    write_golden_files()
