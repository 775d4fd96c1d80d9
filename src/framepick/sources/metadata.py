"""What the header of a container says of its video, beside the frames."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any

from av.container import InputContainer
from av.video.stream import VideoStream

from framepick.sources.index import NO_STAMP, PacketIndex
from framepick.sources.stream_facts import StreamFacts
from framepick.sources.timecode_track import timecode_track_rate
from framepick.sources.timestamps import lead_seconds, sound_start
from framepick.sources.tone import transfer_of

# the telephone's own, with its time zone, before the container's, which is in UTC
_RECORDED_TAGS = ("com.apple.quicktime.creationdate", "creation_time", "date")
_LOCATION_TAGS = ("com.apple.quicktime.location.iso6709", "location", "location-eng")


def metadata_of(
    path: str,
    stream: VideoStream,
    container: InputContainer,
    index: PacketIndex,
    facts: StreamFacts,
) -> dict[str, Any]:
    """Give those fields of the answer to "open" that need no picture; all fit into JSON."""
    time_base = Fraction(stream.time_base or 1)
    rate = stream.average_rate or stream.guessed_rate
    # Matroska writes the names of tags in capitals
    tags = {name.lower(): text for name, text in {**container.metadata, **stream.metadata}.items()}
    code = tags.get("timecode") or _track_timecode(container)
    return {
        "codec": stream.codec_context.name,
        "container": container.format.name,
        "frame_rate": _rate_of(stream),
        "duration_seconds": _end(index, time_base, rate, sound_start(container, stream)),
        "packet_count": int(index.shown.sum()),
        "key_frame_count": int(index.key.sum()),
        "start_timecode": code,
        "start_timecode_rate": _timecode_rate(path, container) if code else None,
        "recorded_at": _first_of(tags, _RECORDED_TAGS),
        "location": _first_of(tags, _LOCATION_TAGS),
        "needs_dolby_vision": facts.needs_dolby_vision,
        "transfer": transfer_of(stream.codec_context.color_trc),
        "time_base": str(time_base),
    }


def streams_of(
    streams: Sequence[VideoStream], indexes: Sequence[PacketIndex]
) -> list[list[int | str | None]]:
    """Give number, codec, width, height, rate and packets of each stream, in order of the file."""
    rows = [
        (stream.index, stream.codec_context, _rate_of(stream), int(index.shown.sum()))
        for stream, index in zip(streams, indexes, strict=True)
    ]
    return [
        [number, codec.name, codec.width, codec.height, rate, packets]
        for number, codec, rate, packets in sorted(rows, key=lambda row: row[0])
    ]


def _rate_of(stream: VideoStream) -> str | None:
    rate = stream.average_rate or stream.guessed_rate
    return str(rate) if rate else None


def _first_of(tags: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((tags[name] for name in names if tags.get(name)), None)


def _track_timecode(container: InputContainer) -> str | None:
    """Give the time code of a track of its own, as QuickTime keeps it."""
    codes = (stream.metadata.get("timecode") for stream in container.streams)
    return next((code for code in codes if code), None)


def _timecode_rate(path: str, container: InputContainer) -> int | None:
    if "mov" not in container.format.name.split(","):
        return None
    with suppress(OSError):
        return timecode_track_rate(path)
    return None


def _end(
    index: PacketIndex, time_base: Fraction, rate: Fraction | None, start: Fraction | None
) -> float:
    """Give the seconds from the start of the file to the end of the last frame."""
    if rate and not index.has_pts:  # the stamps tell nothing, or start again on the way
        return float(int(index.shown.sum()) / rate)
    shown = index.pts[index.shown & (index.pts != NO_STAMP)]
    lead = lead_seconds(int(shown.min()), time_base, start) if len(shown) else 0.0
    return float(index.duration_ticks * time_base) + lead
