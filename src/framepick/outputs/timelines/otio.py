"""OpenTimelineIO, which Resolve 18.5 and later and many other tools read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from framepick.outputs.timelines.media import Media
from framepick.outputs.timelines.sequence import Mark, Segment, Sequence
from framepick.types import SoundInfo

if TYPE_CHECKING:
    from opentimelineio.opentime import TimeRange
    from opentimelineio.schema import Clip, Marker, Track

# Clips as OpenTimelineIO had them up to 0.14: newer versions read these, too
_SCHEMA_VERSIONS = {"Clip": 1}


def otio_json(sequence: Sequence) -> str:
    """A timeline with a track of pictures and one for each sound stream, its markers on itself.

    Where markers go with their clips, they sit on those of the pictures.
    """
    from opentimelineio import core, opentime, schema

    rate = float(sequence.media.clock.rate)
    timeline = schema.Timeline(
        name=sequence.title,
        global_start_time=opentime.RationalTime(sequence.start_frame, rate),
        metadata={"framepick": _facts(sequence.media)},
    )
    timeline.tracks.extend(_tracks(sequence))
    ruler = sequence.ruler_marks()
    timeline.tracks.markers.extend(_marker(mark, frame, rate) for frame, mark in ruler)
    return str(core.serialize_json_to_string(timeline, _SCHEMA_VERSIONS, 2)) + "\n"


def _tracks(sequence: Sequence) -> Iterator[Track]:
    from opentimelineio import schema

    pictures = schema.Track(name="V1", kind=schema.TrackKind.Video)
    pictures.extend(_clip(sequence, segment) for segment in sequence.segments)
    yield pictures
    for number, sound in enumerate(sequence.media.sounds, start=1):
        track = schema.Track(name=f"A{number}", kind=schema.TrackKind.Audio)
        track.extend(_sound_clip(sequence.media, segment, sound) for segment in sequence.segments)
        yield track


def _clip(sequence: Sequence, segment: Segment) -> Clip:
    clip = _part(sequence.media, segment, {})
    clock = sequence.media.clock
    for mark in sequence.clip_marks(segment):
        clip.markers.append(_marker(mark, clock.start_frame + mark.frame, float(clock.rate)))
    return clip


def _sound_clip(media: Media, segment: Segment, sound: SoundInfo) -> Clip:
    facts = {"sample_rate": sound.rate, "channels": sound.channels, "stream": sound.number}
    return _part(media, segment, {"framepick": facts})


def _part(media: Media, segment: Segment, facts: dict[str, Any]) -> Clip:
    from opentimelineio import schema

    return schema.Clip(
        name=segment.name,
        media_reference=schema.ExternalReference(
            target_url=media.url,
            available_range=_range(media, 0, media.frame_count),
            metadata=facts,
        ),
        source_range=_range(media, segment.start, segment.length),
    )


def _range(media: Media, start: int, length: int) -> TimeRange:
    """Frames of the source, by its own time code."""
    from opentimelineio import opentime

    rate = float(media.clock.rate)
    first = opentime.RationalTime(media.clock.start_frame + start, rate)
    return opentime.TimeRange(first, opentime.RationalTime(length, rate))


def _marker(mark: Mark, frame: int, rate: float) -> Marker:
    from opentimelineio import opentime, schema

    return schema.Marker(
        name=mark.name,
        marked_range=opentime.TimeRange(
            opentime.RationalTime(frame, rate), opentime.RationalTime(1, rate)
        ),
        color=mark.colour.upper(),
        comment=mark.note,
        metadata={
            "framepick": {"timecode": mark.timecode},
            "Resolve_OTIO": {"Note": mark.note},  # where Resolve keeps notes
        },
    )


def _facts(media: Media) -> dict[str, Any]:
    """What OpenTimelineIO has no field for."""
    clock = media.clock
    return {
        "start_timecode": clock.text(0),
        "rate": f"{clock.rate.numerator}/{clock.rate.denominator}",
        "is_drop_frame": clock.is_drop,
        "is_nominal_rate": clock.is_nominal,
    }
