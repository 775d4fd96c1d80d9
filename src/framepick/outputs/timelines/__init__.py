"""Files for editing programs and players: markers, selects and chapters of the picks.

Every format of markers but the CSV and the EDL holds a timeline with one clip, the whole source, so
that it can be opened at once; selects hold each pick as a clip with handles. Both have the picture,
and the sound where the source has any. Where time codes start:

- The timelines of markers.otio, markers.fcpxml and markers-fcp7.xml start at the source's own time
  code, at 00:00:00:00 where it has none. So the ruler shows the same codes as picks.json.
- Selects start at 00:00:00:00; their clips keep the time codes of the source.
- markers-resolve.edl is laid over a timeline that is already there, by that timeline's own codes.
  Resolve's timelines start at 01:00:00:00, so this file takes it that yours does, and that the
  source lies at its very beginning, whole. The source's own code stands in the text of the marker.
  Rate and drop-frame setting of the timeline must be those of the source; the second line of the
  file says which.
- markers.csv has the source's own codes.
- Chapters count seconds from the start of the file, as players do.

Where the source has a variable rate, frames are the nearest ones at an even rate, and each marker
says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from framepick.config import ChapterFormat, MarkerFormat, OutputConfig, SelectsFormat
from framepick.files import whole_file
from framepick.outputs.timelines.chapters import srt, webvtt
from framepick.outputs.timelines.fcp7 import fcp7_xml
from framepick.outputs.timelines.fcpxml import fcpxml
from framepick.outputs.timelines.marks import marked_source
from framepick.outputs.timelines.otio import otio_json
from framepick.outputs.timelines.resolve import resolve_edl
from framepick.outputs.timelines.selects import selects
from framepick.outputs.timelines.sequence import Sequence as TimelineSequence
from framepick.outputs.timelines.table import marker_table
from framepick.results import VideoResult
from framepick.timecode import Timecodes

__all__ = ["CHAPTER_NAMES", "MARKER_NAMES", "SELECTS_NAMES", "timeline_files", "write_text"]

MARKER_NAMES: Mapping[MarkerFormat, str] = {
    "otio": "markers.otio",
    "fcpxml": "markers.fcpxml",
    "fcp7": "markers-fcp7.xml",
    "resolve": "markers-resolve.edl",
    "csv": "markers.csv",
}
SELECTS_NAMES: Mapping[SelectsFormat, str] = {
    "otio": "selects.otio",
    "fcpxml": "selects.fcpxml",
    "fcp7": "selects-fcp7.xml",
}
CHAPTER_NAMES: Mapping[ChapterFormat, str] = {"vtt": "chapters.vtt", "srt": "chapters.srt"}

_MARKER_WRITERS: Mapping[MarkerFormat, Callable[[TimelineSequence], str]] = {
    "otio": otio_json,
    "fcpxml": fcpxml,
    "fcp7": fcp7_xml,
    "resolve": resolve_edl,
    "csv": marker_table,
}
_CHAPTER_WRITERS: Mapping[
    ChapterFormat, Callable[[VideoResult, Sequence[Mapping[str, Any]]], str]
] = {"vtt": webvtt, "srt": srt}


def timeline_files(
    result: VideoResult,
    rows: Sequence[Mapping[str, Any]],
    clock: Timecodes,
    rules: OutputConfig,
) -> Iterator[tuple[str, Callable[[], str]]]:
    """Give name and text of each file that `rules` ask for; a text is made when it is called for.

    Parameters
    ----------
    result
        Tells the source, its size, its length and its sound.
    rows
        The picks as they stand in picks.json.
    clock
        The time codes that picks.json was written with.
    """
    root = rules.media_root

    def marked(write: Callable[[TimelineSequence], str]) -> str:
        return write(marked_source(result, rows, clock, root, rules.mark_candidates))

    def selected(write: Callable[[TimelineSequence], str]) -> str:
        return write(selects(result, rows, clock, rules.handles_seconds, root))

    for markers in dict.fromkeys(rules.markers):
        yield MARKER_NAMES[markers], partial(marked, _MARKER_WRITERS[markers])
    for kind in dict.fromkeys(rules.selects):
        yield SELECTS_NAMES[kind], partial(selected, _MARKER_WRITERS[kind])
    for chapters in dict.fromkeys(rules.chapters):
        yield CHAPTER_NAMES[chapters], partial(_CHAPTER_WRITERS[chapters], result, rows)


def write_text(text: Callable[[], str], path: Path) -> None:
    """Write a text of `timeline_files` to `path`, with the same line ends on every system.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    content = text().encode()
    with whole_file(path) as partial_file:
        partial_file.write_bytes(content)
