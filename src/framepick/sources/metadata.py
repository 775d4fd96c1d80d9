"""What the header of a container says of its video, beside the frames."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any

import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from framepick.sources.index import NO_STAMP, PacketIndex
from framepick.sources.stream_facts import StreamFacts
from framepick.sources.timecode_track import timecode_track_rate
from framepick.sources.timestamps import lead_seconds, sound_start
from framepick.sources.tone import transfer_of

# the telephone's own, with its time zone, before the container's, which is in UTC
_RECORDED_TAGS = ("com.apple.quicktime.creationdate", "creation_time", "date")
_LOWEST_SHARE, _HIGHEST_SHARE = Fraction(3, 4), Fraction(3, 2)
"""A rate between these shares of what the frames show agrees with them."""
_MOST_DENOMINATOR = 1001
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
    rate = _rate_of(stream, index)
    # Matroska writes the names of tags in capitals
    tags = {name.lower(): text for name, text in {**container.metadata, **stream.metadata}.items()}
    code = tags.get("timecode") or _track_timecode(container)
    return {
        "codec": stream.codec_context.name,
        "container": container.format.name,
        "frame_rate": str(rate) if rate else None,
        "duration_seconds": _end(index, time_base, rate, sound_start(container, stream)),
        "packet_count": int(index.shown.sum()),
        "key_frame_count": int(index.key.sum()),
        "start_timecode": code,
        "start_timecode_rate": _timecode_rate(path, container) if code else None,
        "recorded_at": _first_of(tags, _RECORDED_TAGS),
        "location": _first_of(tags, _LOCATION_TAGS),
        "needs_dolby_vision": facts.needs_dolby_vision,
        "transfer": transfer_of(stream.codec_context.color_trc),
        "sounds": _sounds_of(container),
        "time_base": str(time_base),
    }


def streams_of(
    streams: Sequence[VideoStream], indexes: Sequence[PacketIndex]
) -> list[list[int | str | None]]:
    """Give number, codec, width, height, rate and packets of each stream, in order of the file."""
    pairs = zip(streams, indexes, strict=True)
    return [_stream_row(*pair) for pair in sorted(pairs, key=lambda pair: pair[0].index)]


def _sounds_of(container: InputContainer) -> list[list[int]]:
    """Give number, sample rate and channels of each sound stream that tells them."""
    contexts = ((sound.index, sound.codec_context) for sound in container.streams.audio)
    rows = ([at, one.sample_rate or 0, one.channels or 0] for at, one in contexts if one)
    return [row for row in rows if all(row[1:])]


def _rate_of(stream: VideoStream, index: PacketIndex) -> Fraction | None:
    """Give the frames per second that the header tells; None if it tells none.

    libav takes fields, or the ticks of the time base, for frames where a container gives no rate:
    a rate that the time stamps contradict gives way to theirs.
    """
    told = [rate for rate in (stream.average_rate, stream.guessed_rate) if rate]
    seen = _rates_seen(index, Fraction(stream.time_base or 1))
    if not told or not seen:
        return told[0] if told else None
    return next((rate for rate in told if _is_near_any(rate, seen)), seen[0])


def _rates_seen(index: PacketIndex, time_base: Fraction) -> list[Fraction]:
    """Give frames per second by the usual step between frames, and on average."""
    shown = index.pts[index.shown]
    if not index.has_pts or len(shown) < 2:
        return []
    average = int(np.ptp(shown)) * time_base / (len(shown) - 1)
    steps = index.usual_step * time_base, average
    return [(1 / step).limit_denominator(_MOST_DENOMINATOR) for step in steps]


def _is_near_any(rate: Fraction, seen: Sequence[Fraction]) -> bool:
    return any(_LOWEST_SHARE < rate / other < _HIGHEST_SHARE for other in seen)


def _stream_row(stream: VideoStream, index: PacketIndex) -> list[int | str | None]:
    codec, rate, packets = stream.codec_context, _rate_of(stream, index), int(index.shown.sum())
    text = str(rate) if rate else None
    return [stream.index, codec.name, codec.width, codec.height, text, packets]


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
