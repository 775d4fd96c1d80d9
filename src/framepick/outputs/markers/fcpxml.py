"""FCPXML 1.10, for Final Cut Pro 10.6 and later and for recent versions of Resolve.

Times are exact at any rate, but Final Cut edits at the usual rates only, from 23.976 to 60.
"""

from __future__ import annotations

from fractions import Fraction

from framepick.outputs.markers.timeline import Mark, MarkedClip
from framepick.outputs.markers.xml import Element, document, element

_VERSION = "1.10"
_FORMAT, _ASSET = "r1", "r2"


def fcpxml(clip: MarkedClip) -> str:
    """A library with one project; the markers sit on its clip, as Final Cut knows no others."""
    return document(
        element(
            "fcpxml",
            element("resources", _format(clip), _asset(clip)),
            element(
                "library",
                element(
                    "event", element("project", _sequence(clip), name=clip.title), name="Picks"
                ),
            ),
            version=_VERSION,
        )
    )


def _format(clip: MarkedClip) -> Element:
    return element(
        "format",
        id=_FORMAT,
        frameDuration=_time(clip, 1),
        width=str(clip.width),
        height=str(clip.height),
    )


def _asset(clip: MarkedClip) -> Element:
    return element(
        "asset",
        element("media-rep", kind="original-media", src=clip.url),
        id=_ASSET,
        name=clip.name,
        start=_time(clip, clip.clock.start_frame),
        duration=_time(clip, clip.frame_count),
        hasVideo="1",
        format=_FORMAT,
    )


def _sequence(clip: MarkedClip) -> Element:
    start, duration = _time(clip, clip.clock.start_frame), _time(clip, clip.frame_count)
    counting = "DF" if clip.clock.is_drop else "NDF"
    placed = element(
        "asset-clip",
        *(_marker(clip, mark) for mark in clip.marks),
        ref=_ASSET,
        offset=start,  # on the timeline, which begins at tcStart
        name=clip.name,
        start=start,  # in the source, which begins at its own time code
        duration=duration,
        format=_FORMAT,
        tcFormat=counting,
    )
    return element(
        "sequence",
        element("spine", placed),
        format=_FORMAT,
        duration=duration,
        tcStart=start,
        tcFormat=counting,
    )


def _marker(clip: MarkedClip, mark: Mark) -> Element:
    return element(
        "marker",
        start=_time(clip, clip.clock.start_frame + mark.frame),
        duration=_time(clip, 1),
        value=mark.name,
        note=mark.note,
    )


def _time(clip: MarkedClip, frames: int) -> str:
    """Seconds of so many frames as an exact fraction, such as 1001/30000s."""
    return f"{Fraction(frames) / clip.clock.rate}s"
