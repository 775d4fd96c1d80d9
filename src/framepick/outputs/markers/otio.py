"""OpenTimelineIO, which Resolve 18.5 and later and many other tools read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from framepick.outputs.markers.timeline import Mark, MarkedClip

if TYPE_CHECKING:
    from opentimelineio.schema import Clip, Marker

# Clips as OpenTimelineIO had them up to 0.14: newer versions read these, too
_SCHEMA_VERSIONS = {"Clip": 1}


def otio_json(clip: MarkedClip) -> str:
    """A timeline with the source as its only clip and markers on the timeline itself."""
    from opentimelineio import core, opentime, schema

    rate = float(clip.clock.rate)
    timeline = schema.Timeline(
        name=clip.title,
        global_start_time=opentime.RationalTime(clip.clock.start_frame, rate),
        metadata={"framepick": _facts(clip)},
    )
    track = schema.Track(name="V1", kind=schema.TrackKind.Video)
    track.append(_clip(clip))
    timeline.tracks.append(track)
    timeline.tracks.markers.extend(_marker(mark, rate) for mark in clip.marks)
    return str(core.serialize_json_to_string(timeline, _SCHEMA_VERSIONS, 2)) + "\n"


def _clip(clip: MarkedClip) -> Clip:
    from opentimelineio import opentime, schema

    rate = float(clip.clock.rate)
    whole = opentime.TimeRange(
        opentime.RationalTime(clip.clock.start_frame, rate),
        opentime.RationalTime(clip.frame_count, rate),
    )
    media = schema.ExternalReference(target_url=clip.url, available_range=whole)
    return schema.Clip(name=clip.name, media_reference=media, source_range=whole)


def _marker(mark: Mark, rate: float) -> Marker:
    from opentimelineio import opentime, schema

    return schema.Marker(
        name=mark.name,
        marked_range=opentime.TimeRange(
            opentime.RationalTime(mark.frame, rate), opentime.RationalTime(1, rate)
        ),
        color=mark.colour.upper(),
        comment=mark.note,
        metadata={
            "framepick": {"timecode": mark.timecode},
            "Resolve_OTIO": {"Note": mark.note},  # where Resolve keeps notes
        },
    )


def _facts(clip: MarkedClip) -> dict[str, Any]:
    """What OpenTimelineIO has no field for."""
    clock = clip.clock
    return {
        "start_timecode": clock.text(0),
        "rate": f"{clock.rate.numerator}/{clock.rate.denominator}",
        "is_drop_frame": clock.is_drop,
        "is_nominal_rate": clock.is_nominal,
    }
