"""Video files from frames, and the ways in which files break."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from samples.pictures import Pixels

_SPEED: dict[str, dict[str, str]] = {
    "libx264": {"preset": "veryfast", "mbtree": "0"},  # its tree reads stray memory with AVX-512
    "libx265": {"preset": "veryfast", "x265-params": "log-level=error:pools=none"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libsvtav1": {"preset": "8"},
}
"""Encoders that take a constant rate factor, with the options that make them fast."""
_QUANTISED = ("mjpeg", "mpeg2video", "mpeg4")
"""Encoders that take a quantiser; all others keep their own idea of quality."""
_LAMBDA_PER_STEP = 118
"""What libavcodec multiplies a quantiser by."""


@dataclass(frozen=True, slots=True)
class Colour:
    """Colour tags as numbers of ITU-T H.273; matrix and range are also used to convert."""

    matrix: int = 1
    primaries: int = 1
    transfer: int = 1
    full_range: bool = False


BT709 = Colour()
BT601 = Colour(matrix=6, primaries=6, transfer=6)
PQ = Colour(matrix=9, primaries=9, transfer=16)
HLG = Colour(matrix=9, primaries=9, transfer=18)


def write(
    path: Path,
    frames: Iterable[Pixels],
    *,
    rate: Fraction | int = 30,
    pts: Iterable[int] | None = None,
    time_base: Fraction | None = None,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    quality: int = 23,
    gop: int | None = None,
    bframes: int | None = None,
    options: Mapping[str, str] | None = None,
    container: str | None = None,
    container_options: Mapping[str, str] | None = None,
    sar: Fraction | None = None,
    display_matrix: Sequence[int] | None = None,
    colour: Colour | None = BT709,
    metadata: Mapping[str, str] | None = None,
    threads: int = 1,
) -> None:
    """Encode `frames` (H, W, 3) RGB, all of one size, into `path`; equal calls give equal bytes.

    Parameters
    ----------
    rate
        Nominal frames per second; frame n is shown at n / rate unless `pts` says otherwise.
    pts, time_base
        Rising time stamps, one per frame, in units of `time_base`: a variable rate or an offset.
    quality
        Constant rate factor; for MPEG-2, MPEG-4 part 2 and motion JPEG six times the quantiser.
    gop
        Most frames from key frame to key frame, 1 for all intra; None leaves it to the codec.
        Open groups: ``options={"x264-params": "open-gop=1:b-adapt=0"}``, with a multiple of
        `bframes` + 1, so that B-frames straddle the key frames.
    options
        Further options of the encoder, by its own names; they win over those set here.
    container
        Name of the format, where the suffix does not tell.
    display_matrix
        Nine numbers as in an mp4 track header; `rotation` makes one.
    colour
        How to convert and tag; None converts by BT.601 and writes no tags.
    metadata
        Of the video stream, such as ``{"timecode": "01:00:00:00"}``.
    """
    rate = Fraction(rate)
    stamps, base = (count(), 1 / rate) if pts is None else (iter(pts), time_base or 1 / rate)
    file_options = {"fflags": "+bitexact", **(container_options or {})}
    with av.open(str(path), "w", format=container, options=file_options) as output:
        stream = output.add_stream(codec, rate=rate)
        assert isinstance(stream, VideoStream)
        context = stream.codec_context
        _set_coding(context, quality, gop, bframes, options)
        context.time_base, context.pix_fmt, context.thread_count = base, pix_fmt, threads
        if sar is not None:
            context.sample_aspect_ratio = sar
        if colour is not None:
            _tag(context, colour)
        if display_matrix is not None:
            stream.set_display_matrix(display_matrix)
        stream.metadata.update(metadata or {})
        for number, pixels in enumerate(frames):
            if number == 0:
                context.height, context.width = pixels.shape[:2]
            picture = _picture(pixels, pix_fmt, colour)
            picture.pts, picture.time_base = next(stamps), base
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))


def rotation(degrees: int, mirror: bool = False) -> tuple[int, ...]:
    """Give the display matrix that turns clockwise by a multiple of 90 degrees, then mirrors."""
    cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[degrees // 90 % 4]
    sign, one = -1 if mirror else 1, 1 << 16
    return (sign * cos * one, sin * one, 0, -sign * sin * one, cos * one, 0, 0, 0, 1 << 30)


def damage(
    source: Path,
    target: Path,
    *,
    start_share: float = 0.4,
    end_share: float = 0.6,
    byte_share: float = 0.05,
    seed: int = 0,
) -> tuple[float, float]:
    """Copy a video and spoil bytes of the packets that lie between two shares of it.

    The index and the first bytes of each packet stay as they are. Gives the start and end, in
    seconds from the first frame, of what may look damaged: up to the next key frame, or the end.
    """
    packets = _packets(source)
    first, last = (int(share * len(packets)) for share in (start_share, end_share))
    data, rng = bytearray(source.read_bytes()), np.random.default_rng(seed)
    for packet in packets[first:last]:
        places = np.arange(packet.start + 24, packet.start + packet.size)
        for place in rng.choice(places, max(1, int(byte_share * len(places))), replace=False):
            data[place] ^= int(rng.integers(1, 256))
    target.write_bytes(data)
    healed = next((n for n in range(last, len(packets)) if packets[n].is_key), len(packets))
    zero = min(packet.shown for packet in packets)
    start = min(packet.shown for packet in packets[first:healed])
    whole = max(packet.shown + packet.seconds for packet in packets)
    end = packets[healed].shown if healed < len(packets) else whole
    return float(start - zero), float(end - zero)


def truncate(source: Path, target: Path, share: float = 0.6) -> None:
    """Copy the first `share` of the bytes of a file."""
    data = source.read_bytes()
    target.write_bytes(data[: int(len(data) * share)])


def repeat(source: Path, target: Path, times: int) -> None:
    """Write the packets of the one stream of a video again and again, without coding them anew."""
    with av.open(str(source)) as given, av.open(str(target), "w") as output:
        stream = output.add_stream_from_template(given.streams.video[0])
        length = round(_length(given.streams.video[0]))
        for turn in range(times):
            given.seek(0)
            for packet in given.demux(video=0):
                if packet.dts is not None and packet.pts is not None:
                    packet.stream = stream
                    packet.dts += turn * length
                    packet.pts += turn * length
                    output.mux(packet)


def _length(stream: VideoStream) -> Fraction:
    """Give the length of a stream in units of its time base."""
    assert stream.average_rate
    assert stream.time_base
    return stream.frames / stream.average_rate / stream.time_base


@dataclass(frozen=True, slots=True)
class _Packet:
    """Where a packet lies in its file, in bytes, and when its picture is shown, in seconds."""

    start: int
    size: int
    shown: Fraction
    seconds: Fraction
    is_key: bool


def _packets(path: Path) -> list[_Packet]:
    """List the packets of the first video stream, in decoding order."""
    found = []
    with av.open(str(path)) as container:
        for packet in container.demux(container.streams.video[0]):
            if packet.pos is None or packet.pts is None:
                continue  # the empty packet at the end
            seconds = (packet.duration or 0) * packet.time_base
            shown = packet.pts * packet.time_base
            found.append(_Packet(packet.pos, packet.size, shown, seconds, packet.is_keyframe))
    return found


def _set_coding(
    context: VideoCodecContext,
    quality: int,
    gop: int | None,
    bframes: int | None,
    options: Mapping[str, str] | None,
) -> None:
    """Set how the encoder spends its bits."""
    chosen: dict[str, str] = {}
    if context.name in _SPEED:
        chosen = {**_SPEED[context.name], "crf": str(quality)}
    elif context.name in _QUANTISED:
        context.qscale = True
        context.global_quality = max(2, quality // 6) * _LAMBDA_PER_STEP
    context.options = {**chosen, **(options or {})}
    context.flags |= Flags.bitexact
    if gop is not None:
        context.gop_size = gop
    if bframes is not None:
        context.max_b_frames = bframes


def _tag(target: VideoCodecContext | av.VideoFrame, colour: Colour) -> None:
    """Say how the colours of a stream or a picture are meant."""
    target.colorspace, target.color_range = colour.matrix, 2 if colour.full_range else 1
    target.color_primaries, target.color_trc = colour.primaries, colour.transfer


def _picture(pixels: Pixels, pix_fmt: str, colour: Colour | None) -> av.VideoFrame:
    """Convert one frame (H, W, 3) RGB for the encoder."""
    picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    if colour is None:
        return picture.reformat(format=pix_fmt)
    picture = picture.reformat(
        format=pix_fmt,
        dst_colorspace=colour.matrix,
        dst_color_range=2 if colour.full_range else 1,
    )
    _tag(picture, colour)
    return picture
