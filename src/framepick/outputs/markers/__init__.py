"""Markers for editing programs: one per pick, at its frame, with its score and reasons.

Every format but the CSV and the EDL holds a timeline with one clip, the whole source, so that it
can be opened at once. Where time codes start:

- The timelines of markers.otio, markers.fcpxml and markers-fcp7.xml start at the source's own time
  code, at 00:00:00:00 where it has none. So the ruler shows the same codes as picks.json.
- markers-resolve.edl is laid over a timeline that is already there, by that timeline's own codes.
  Resolve's timelines start at 01:00:00:00, so this file takes it that yours does, and that the
  source lies at its very beginning, whole. The source's own code stands in the text of the marker.
  Rate and drop-frame setting of the timeline must be those of the source; the second line of the
  file says which.
- markers.csv has the source's own codes.

Where the source has a variable rate, frames are the nearest ones at an even rate, and each marker
says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from framepick.config import MarkerFormat
from framepick.files import whole_file
from framepick.outputs.markers.fcp7 import fcp7_xml
from framepick.outputs.markers.fcpxml import fcpxml
from framepick.outputs.markers.otio import otio_json
from framepick.outputs.markers.resolve import resolve_edl
from framepick.outputs.markers.table import marker_table
from framepick.outputs.markers.timeline import MarkedClip, marked_clip
from framepick.results import VideoResult
from framepick.timecode import Timecodes

__all__ = ["MARKER_NAMES", "write_marker_file", "write_markers"]

MARKER_NAMES: Mapping[MarkerFormat, str] = {
    "otio": "markers.otio",
    "fcpxml": "markers.fcpxml",
    "fcp7": "markers-fcp7.xml",
    "resolve": "markers-resolve.edl",
    "csv": "markers.csv",
}
"""File names of the formats."""

_WRITERS: Mapping[MarkerFormat, Callable[[MarkedClip], str]] = {
    "otio": otio_json,
    "fcpxml": fcpxml,
    "fcp7": fcp7_xml,
    "resolve": resolve_edl,
    "csv": marker_table,
}


def write_markers(
    result: VideoResult,
    rows: Sequence[Mapping[str, Any]],
    clock: Timecodes,
    folder: Path,
    formats: Sequence[MarkerFormat],
) -> list[str]:
    """Write the picks as markers to `folder`, one file per format, and give the files' names.

    Parameters
    ----------
    result
        Tells the source, its size and its length.
    rows
        The picks as they stand in picks.json.
    clock
        The time codes that picks.json was written with.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    kinds = list(dict.fromkeys(formats))
    for kind in kinds:
        write_marker_file(result, rows, clock, kind, folder / MARKER_NAMES[kind])
    return [MARKER_NAMES[kind] for kind in kinds]


def write_marker_file(
    result: VideoResult,
    rows: Sequence[Mapping[str, Any]],
    clock: Timecodes,
    kind: MarkerFormat,
    path: Path,
) -> None:
    """Write the picks as markers of one kind to `path`; see `write_markers`."""
    text = _WRITERS[kind](marked_clip(result, rows, clock))
    with whole_file(path) as partial:
        partial.write_bytes(text.encode())  # bytes: line ends must be the same on every system
