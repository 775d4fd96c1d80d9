"""What a container says of its video, beside the frames."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from av.container import InputContainer
from av.video.stream import VideoStream

from framepick.sources.index import PacketIndex
from framepick.sources.tone import transfer_of

# the telephone's own, with its time zone, before the container's, which is in UTC
_RECORDED_TAGS = ("com.apple.quicktime.creationdate", "creation_time", "date")
_LOCATION_TAGS = ("com.apple.quicktime.location.iso6709", "location", "location-eng")


def metadata_of(
    stream: VideoStream, container: InputContainer, index: PacketIndex, time_base: Fraction
) -> dict[str, Any]:
    """Give those fields of the answer to "open" that need no picture; all fit into JSON."""
    rate = stream.average_rate or stream.guessed_rate
    # Matroska writes the names of tags in capitals
    tags = {name.lower(): text for name, text in {**container.metadata, **stream.metadata}.items()}
    return {
        "codec": stream.codec_context.name,
        "container": container.format.name,
        "frame_rate": str(rate) if rate else None,
        "duration_seconds": _duration(index, time_base, rate),
        "packet_count": int(index.shown.sum()),
        "key_frame_count": int(index.key.sum()),
        "start_timecode": tags.get("timecode") or _track_timecode(container),
        "recorded_at": _first_of(tags, _RECORDED_TAGS),
        "location": _first_of(tags, _LOCATION_TAGS),
        "transfer": transfer_of(stream.codec_context.color_trc),
        "time_base": str(time_base),
    }


def _first_of(tags: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((tags[name] for name in names if tags.get(name)), None)


def _track_timecode(container: InputContainer) -> str | None:
    """Time code that stands on a track of its own, as QuickTime keeps it."""
    codes = (stream.metadata.get("timecode") for stream in container.streams)
    return next((code for code in codes if code), None)


def _duration(index: PacketIndex, time_base: Fraction, rate: Fraction | None) -> float:
    if rate and not index.has_pts:  # the stamps tell nothing, or start again on the way
        return float(int(index.shown.sum()) / rate)
    return float(index.duration_ticks * time_base)
