from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from framepick.config import OutputConfig, SelectsFormat
from framepick.outputs.timelines import MARKER_NAMES, SELECTS_NAMES, timeline_files
from framepick.types import SoundInfo
from tests.outputs.films import (
    CASES,
    FRAMES,
    Case,
    parsed,
    read_with,
    result_of,
    rows_of,
    seconds,
    the,
)

GOLDEN = Path(__file__).parent / "golden" / "selects"
FORMATS: tuple[SelectsFormat, ...] = ("otio", "fcpxml", "fcp7")
STEREO = (SoundInfo(1, 48000, 2),)
FILMS = {name: replace(case, sounds=STEREO) for name, case in CASES.items()}
HANDLES_SECONDS = 2.0
every_film = pytest.mark.parametrize("name", FILMS)


def written(case: Case, handles_seconds: float = HANDLES_SECONDS, **rules: Any) -> dict[str, str]:
    config = OutputConfig(selects=FORMATS, handles_seconds=handles_seconds, **rules)
    files = timeline_files(result_of(case), rows_of(case), case.clock, config)
    return {name: text() for name, text in files}


def selects_of(case: Case, kind: SelectsFormat, **changes: Any) -> str:
    return written(case, **changes)[SELECTS_NAMES[kind]]


def golden(name: str, kind: SelectsFormat) -> str:
    return (GOLDEN / name / SELECTS_NAMES[kind]).read_bytes().decode()


def picked(case: Case) -> list[int]:
    """Frames of the picks, by the film's clock, in order of time."""
    return sorted(case.clock.frame_at(row["time_seconds"]) for row in rows_of(case))


def parts(case: Case, handle: int) -> list[tuple[int, int]]:
    """First and last frame of each select, as an editor would cut them: frame by frame."""
    frames = picked(case)
    owner = {
        frame: min(frames, key=lambda pick: (abs(pick - frame), -pick))
        for pick in frames
        for frame in range(max(0, pick - handle), min(20000, pick + handle + 1))
    }
    kept = [[frame for frame in sorted(owner) if owner[frame] == pick] for pick in frames]
    return [(one[0], one[-1]) for one in kept]


def handle_of(case: Case) -> int:
    return int(HANDLES_SECONDS * case.clock.rate + Fraction(1, 2))


@every_film
@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_written_is_the_golden_file(name: str, kind: SelectsFormat) -> None:
    assert selects_of(FILMS[name], kind) == golden(name, kind)


# OpenTimelineIO


@every_film
def test_each_pick_is_a_clip_of_picture_and_sound_with_handles(name: str) -> None:
    case = FILMS[name]
    timeline = otio.adapters.read_from_string(golden(name, "otio"), "otio_json")
    assert [track.kind for track in timeline.tracks] == ["Video", "Audio"]
    start = case.clock.start_frame
    for track in timeline.tracks:
        ranges = [clip.source_range for clip in track]
        assert [
            (one.start_time.value - start, one.end_time_inclusive().value - start) for one in ranges
        ] == parts(case, handle_of(case))
        assert {one.start_time.rate for one in ranges} == {float(case.clock.rate)}
    sound = timeline.tracks[1][0].media_reference.metadata["framepick"]
    assert (sound["sample_rate"], sound["channels"]) == (48000, 2)


@every_film
def test_each_clip_of_otio_carries_its_marker_at_the_picked_frame(name: str) -> None:
    case = FILMS[name]
    timeline = otio.adapters.read_from_string(golden(name, "otio"), "otio_json")
    assert not timeline.tracks.markers
    found = [clip.markers[0].marked_range.start_time.value for clip in timeline.tracks[0]]
    assert [frame - case.clock.start_frame for frame in found] == picked(case)


@every_film
def test_no_frame_comes_twice_and_none_lies_outside_of_the_film(name: str) -> None:
    case = FILMS[name]
    cut = parts(case, handle_of(case))
    assert cut[0][0] == 0
    assert cut[-1][1] == case.clock.frame_at(float(case.times[-1]))
    assert all(before[1] < after[0] for before, after in pairwise(cut))
    assert any(before[1] + 1 == after[0] for before, after in pairwise(cut))


def test_without_handles_each_clip_is_one_frame() -> None:
    text = selects_of(FILMS["25"], "otio", handles_seconds=0)
    timeline = otio.adapters.read_from_string(text, "otio_json")
    assert {clip.duration().value for clip in timeline.find_clips()} == {1}


# FCPXML 1.10, by its document type

# element: children in order, needed attributes, other attributes that there may be
RULES: Mapping[str, tuple[str, set[str], set[str]]] = {
    "fcpxml": ("resources library", {"version"}, set()),
    "resources": ("format asset", set(), set()),
    "format": ("", {"id"}, {"frameDuration", "width", "height"}),
    "asset": (
        "media-rep",
        {"id"},
        {
            *("name", "start", "duration", "hasVideo", "format"),
            *("hasAudio", "audioSources", "audioChannels", "audioRate"),
        },
    ),
    "media-rep": ("", {"src"}, {"kind"}),
    "library": ("event", set(), set()),
    "event": ("project", set(), {"name"}),
    "project": ("sequence", set(), {"name"}),
    "sequence": (
        "spine",
        {"format"},
        {"duration", "tcStart", "tcFormat", "audioLayout", "audioRate"},
    ),
    "spine": ("(asset-clip ?)*", set(), set()),
    "asset-clip": (
        "(marker ?)*",
        {"ref"},
        {"offset", "name", "start", "duration", "format", "tcFormat"},
    ),
    "marker": ("", {"start", "value"}, {"duration", "note", "completed"}),
}
VALUES = {
    "tcFormat": {"DF", "NDF"},
    "audioLayout": {"mono", "stereo", "surround"},
    "hasAudio": {"1"},
}
SEQUENCE_RATES = {"32k", "44.1k", "48k", "88.2k", "96k", "176.4k", "192k"}


@every_film
def test_fcpxml_keeps_the_rules_of_its_document_type(name: str) -> None:
    root = parsed(golden(name, "fcpxml"))
    identities = {element.get("id") for element in root.iter() if element.get("id")}
    for element in root.iter():
        children, needed, others = RULES[element.tag]
        assert re.fullmatch(children, " ".join(child.tag for child in element))
        assert needed <= set(element.attrib) <= needed | others
        assert {element.get(key) for key in ("ref", "format") if element.get(key)} <= identities
        for key, allowed in VALUES.items():
            assert element.get(key) in {None, *allowed}
    assert the(root, "sequence").get("audioRate") in SEQUENCE_RATES


@every_film
def test_clips_of_fcpxml_follow_each_other_at_exact_times(name: str) -> None:
    case = FILMS[name]
    root = parsed(golden(name, "fcpxml"))
    frame, first = 1 / case.clock.rate, case.clock.start_frame
    asset, sequence = the(root, "asset"), the(root, "sequence")
    assert seconds(asset.get("start")) == first * frame
    place = Fraction(0)
    clips = list(root.iter("asset-clip"))
    for clip, (start, last) in zip(clips, parts(case, handle_of(case)), strict=True):
        assert seconds(clip.get("offset")) == place
        assert seconds(clip.get("start")) == (first + start) * frame
        assert seconds(clip.get("duration")) == (last - start + 1) * frame
        place += (last - start + 1) * frame
    assert seconds(sequence.get("duration")) == place
    assert seconds(sequence.get("tcStart")) == 0
    marked = [seconds(marker.get("start")) / frame - first for marker in root.iter("marker")]
    assert marked == picked(case)


@every_film
def test_the_fcpxml_adapter_finds_picture_and_sound(name: str) -> None:
    (timeline,) = read_with("fcpx_xml", golden(name, "fcpxml"))
    assert len(timeline.find_clips()) == len(FRAMES)
    asset = the(parsed(golden(name, "fcpxml")), "asset")
    told = [asset.get(key) for key in ("hasAudio", "audioSources", "audioChannels", "audioRate")]
    assert told == ["1", "1", "2", "48000"]


# Final Cut Pro 7 XML


@every_film
def test_the_fcp7_adapter_reads_a_track_of_pictures_and_one_for_each_channel(name: str) -> None:
    case = FILMS[name]
    timeline = read_with("fcp_xml", golden(name, "fcp7"))
    assert [track.kind for track in timeline.tracks] == ["Video", "Audio", "Audio"]
    start = case.clock.start_frame
    for track in timeline.tracks:
        ranges = [clip.source_range for clip in track]
        assert [
            (one.start_time.value - start, one.end_time_inclusive().value - start) for one in ranges
        ] == parts(case, handle_of(case))


@every_film
def test_pictures_and_channels_of_fcp7_are_linked_clip_by_clip(name: str) -> None:
    root = parsed(golden(name, "fcp7"))
    items = {item.get("id"): item for item in root.iter("clipitem")}
    assert len(items) == 3 * len(FRAMES)
    for item in items.values():
        links = [link.findtext("linkclipref") for link in item.iter("link")]
        assert item.get("id") in links
        assert {items[other].findtext("in") for other in links} == {item.findtext("in")}
    sources = [item.findtext("sourcetrack/trackindex") for item in items.values()]
    assert sorted(filter(None, sources)) == ["1"] * 7 + ["2"] * 7
    assert len([file for file in root.iter("file") if len(file)]) == 1  # the others refer to it
    assert root.findtext(".//file//audio/samplecharacteristics/samplerate") == "48000"


# Sound


def texts_with(sounds: tuple[SoundInfo, ...]) -> dict[str, str]:
    return written(replace(CASES["25"], sounds=sounds), markers=FORMATS)


def test_a_film_without_sound_has_none_in_any_file() -> None:
    for text in texts_with(()).values():
        assert "audio" not in text.lower()


def test_markers_lie_on_a_film_with_sound_too() -> None:
    files = texts_with(STEREO)
    timeline = otio.adapters.read_from_string(files[MARKER_NAMES["otio"]], "otio_json")
    assert [track.kind for track in timeline.tracks] == ["Video", "Audio"]
    assert len(timeline.tracks.markers) == len(FRAMES)
    timeline = read_with("fcp_xml", files[MARKER_NAMES["fcp7"]])
    assert [track.kind for track in timeline.tracks] == ["Video", "Audio", "Audio"]
    assert the(parsed(files[MARKER_NAMES["fcpxml"]]), "asset").get("hasAudio") == "1"


def test_every_sound_stream_is_there_with_all_its_channels() -> None:
    mono = tuple(SoundInfo(number, 48000, 1) for number in (1, 2, 3))
    files = texts_with(mono)
    timeline = otio.adapters.read_from_string(files[SELECTS_NAMES["otio"]], "otio_json")
    assert [track.name for track in timeline.tracks] == ["V1", "A1", "A2", "A3"]
    asset = the(parsed(files[SELECTS_NAMES["fcpxml"]]), "asset")
    assert (asset.get("audioSources"), asset.get("audioChannels")) == ("3", "3")
    assert len(read_with("fcp_xml", files[SELECTS_NAMES["fcp7"]]).tracks) == 4


@pytest.mark.parametrize(
    ("rate", "channels", "layout", "sequence_rate"),
    [
        (44100, 1, "mono", "44.1k"),
        (48000, 6, "surround", "48k"),
        (8000, 2, "stereo", None),
    ],
)
def test_fcpxml_tells_layout_and_rate_where_it_knows_them(
    rate: int, channels: int, layout: str, sequence_rate: str | None
) -> None:
    files = texts_with((SoundInfo(1, rate, channels),))
    sequence = the(parsed(files[SELECTS_NAMES["fcpxml"]]), "sequence")
    assert (sequence.get("audioLayout"), sequence.get("audioRate")) == (layout, sequence_rate)


# Another machine's paths


@pytest.mark.parametrize(
    ("root", "url", "path_url"),
    [
        (
            "/Volumes/Foot age",
            "file:///Volumes/Foot%20age/a%20%231.mov",
            "file://localhost/Volumes/Foot%20age/a%20%231.mov",
        ),
        (
            "D:\\Foot age\\day 1",
            "file:///D:/Foot%20age/day%201/a%20%231.mov",
            "file://localhost/D%3a/Foot%20age/day%201/a%20%231.mov",
        ),
        ("d:/x", "file:///d:/x/a%20%231.mov", "file://localhost/d%3a/x/a%20%231.mov"),
        (
            "\\\\server\\share\\x",
            "file://server/share/x/a%20%231.mov",
            "file://server/share/x/a%20%231.mov",
        ),
        (
            "/films=Z:\\",
            "file:///Z:/day%201/a%20%231.mov",
            "file://localhost/Z%3a/day%201/a%20%231.mov",
        ),
    ],
)
def test_the_media_lies_where_the_other_machine_has_it(root: str, url: str, path_url: str) -> None:
    case = replace(FILMS["25"], source="/films/day 1/a #1.mov")
    files = written(case, media_root=root, markers=("otio", "fcpxml", "fcp7"))
    for names in (SELECTS_NAMES, MARKER_NAMES):
        timeline = otio.adapters.read_from_string(files[names["otio"]], "otio_json")
        assert {clip.media_reference.target_url for clip in timeline.find_clips()} == {url}
        assert the(parsed(files[names["fcpxml"]]), "media-rep").get("src") == url
        assert parsed(files[names["fcp7"]]).findtext(".//pathurl") == path_url


def write_golden_files() -> None:
    """Write all golden files anew: python -m tests.outputs.test_selects."""
    for name, case in FILMS.items():
        (GOLDEN / name).mkdir(parents=True, exist_ok=True)
        for file, text in written(case).items():
            (GOLDEN / name / file).write_bytes(text.encode())


if __name__ == "__main__":
    write_golden_files()
