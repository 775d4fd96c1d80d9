from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

import av
import pytest

from framepick.config import OutputConfig
from framepick.outputs.timelines import CHAPTER_NAMES, timeline_files
from tests.outputs.films import CASES, Case, result_of, rows_of

VTT = re.compile(r"(\d\d):(\d\d):(\d\d)\.(\d{3}) --> (\d\d):(\d\d):(\d\d)\.(\d{3})\n(.+)")
SRT = re.compile(VTT.pattern.replace(r"\.", ","))


def written(case: Case, **changes: Any) -> tuple[str, str]:
    """The chapters as WebVTT and as SubRip."""
    config = OutputConfig(chapters=("vtt", "srt"))
    rows = rows_of(case, **changes)
    files = {
        name: text() for name, text in timeline_files(result_of(case), rows, case.clock, config)
    }
    return files[CHAPTER_NAMES["vtt"]], files[CHAPTER_NAMES["srt"]]


def cues(text: str, form: re.Pattern[str]) -> list[tuple[Fraction, Fraction, str]]:
    found = []
    for cue in form.finditer(text):
        hours, minutes, seconds, rest = map(int, cue.groups()[:4])
        start = Fraction(hours * 3600 + minutes * 60 + seconds) + Fraction(rest, 1000)
        hours, minutes, seconds, rest = map(int, cue.groups()[4:8])
        end = Fraction(hours * 3600 + minutes * 60 + seconds) + Fraction(rest, 1000)
        found.append((start, end, cue[9]))
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_chapter_runs_from_each_pick_to_the_next_and_the_last_to_the_end(name: str) -> None:
    case = CASES[name]
    vtt, srt = written(case)
    chapters = cues(vtt, VTT)
    assert chapters == cues(srt, SRT)
    in_time = sorted(rows_of(case), key=lambda row: row["time_seconds"])
    assert [title.split(",")[0] for _, _, title in chapters] == [
        f"Pick {row['rank']}" for row in in_time
    ]
    starts, ends = [one[0] for one in chapters], [one[1] for one in chapters]
    assert ends[:-1] == starts[1:]
    assert abs(ends[-1] - Fraction(result_of(case).info.duration_seconds or 0)) < Fraction(2, 1000)


@pytest.mark.parametrize("name", CASES)
def test_a_player_that_jumps_to_a_chapter_shows_the_picked_frame(name: str) -> None:
    case = CASES[name]
    chapters = cues(written(case)[0], VTT)
    picked = sorted(row["frame_index"] for row in rows_of(case))
    for (start, _, _), frame in zip(chapters, picked, strict=True):
        shown = max(number for number in range(20000) if case.times[number] <= float(start) + 1e-9)
        assert shown == frame


def test_webvtt_begins_as_the_format_asks_and_escapes_what_is_a_mark_there() -> None:
    vtt, srt = written(CASES["25"], rank="<1> & 2 --> 3")
    assert vtt.startswith("WEBVTT\n\n1\n")
    assert "Pick &lt;1&gt; &amp; 2 --&gt; 3" in vtt
    assert srt.startswith("1\n00:00:00,000 --> ")


def test_no_pick_gives_no_chapter() -> None:
    case = replace(CASES["25"])
    config = OutputConfig(chapters=("vtt", "srt"))
    texts = [text() for _, text in timeline_files(result_of(case), [], case.clock, config)]
    assert texts == ["WEBVTT\n", ""]


def test_ffmpeg_reads_both_as_subtitles(tmp_path: Any) -> None:
    for text, name in zip(written(CASES["29.97-drop"]), ("a.vtt", "a.srt"), strict=True):
        (tmp_path / name).write_bytes(text.encode())
        with av.open(str(tmp_path / name)) as file:
            packets = [packet for packet in file.demux(subtitles=0) if packet.size]
        assert len(packets) == 7
