"""Opens untrusted files: local containers only, the best real video stream, bounded pixels."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, cast

import av
from av.codec import CodecContext
from av.codec.hwaccel import HWAccel
from av.container import InputContainer
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from framepick.errors import SourceError
from framepick.sources.motion_photo import embedded_video_offset
from framepick.sources.wire import CHANGED

# Formats and protocols are allowed by name: a playlist or an ffconcat script reads other files,
# an image sequence reads its neighbours, and a device or a network stream is no file at all.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,flv,live_flv,kux,asf,ogg,mxf,gxf,lxf,"
    "gif,apng,jpegxl_anim,ivf,nut,nsv,nuv,wtv,ty,pva,dv,rm,ivr,swf,dhav,cine,mlv,smjpeg,mpjpeg,"
    "mjpeg,mjpeg_2000,ingenient,flic,film_cpk,roq,smk,bink,thp,h261,h263,h264,hevc,vvc,evc,m4v,"
    "mpegvideo,cavsvideo,avs2,avs3,dirac,dnxhd,vc1,vc1test,yuv4mpegpipe,av1,obu,apv"
)
_READ = (
    "MP4, MOV, MKV, WebM, MPEG-TS, MPEG-PS, AVI, MXF, GXF, FLV, WMV, Ogg, GIF, APNG, AVIF, "
    "MJPEG, DV and other local video files are read; playlists and WebP are not"
)
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _FORMATS}
_PART_OPTIONS = {**_OPTIONS, "protocol_whitelist": "file,subfile"}
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE | re.ASCII)
MAX_PIXELS = 100_000_000
"""Largest picture that is decoded: 12K film fits, a picture made to fill memory does not."""
MAX_SIDE = 65_000
"""Longest side in pixels; JPEG takes no more than 65,500."""
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that read the alpha channel of WebM, by the name of the one that does not."""


def open_container(path: str, hwaccel: HWAccel | None = None) -> InputContainer:
    """Open a regular local file, its decoders on the device of `hwaccel` if that is given.

    Of a motion photo, the video inside is opened.

    Raises
    ------
    SourceError
        Missing, not a regular file, not readable, or not a container that framepick reads.
    """
    _check_regular(path)
    # an absolute path is never taken for a URL such as concat:a
    path = os.path.abspath(path)
    try:
        start = embedded_video_offset(path)
        name = f"subfile,,start,{start},end,0,,:{path}" if start else path
        options = _PART_OPTIONS if start else _OPTIONS
        return av.open(name, options=options, metadata_errors="replace", hwaccel=hwaccel)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise SourceError(f"is not a video that can be read ({_reason(error)}); {_READ}") from error


def video_streams(container: InputContainer) -> list[VideoStream]:
    """Real video streams, the best first; cover art is none.

    Raises
    ------
    SourceError
        There is no video stream, or its codec is unknown.
    """
    real = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not real:
        raise SourceError("holds no video")
    known = [s for s in real if s.codec_context is not None]
    if not known:
        raise SourceError("uses a video codec that is not supported")
    best = container.streams.best("video")
    return sorted(known, key=lambda s: _rank(s, best), reverse=True)


def stream_at(container: InputContainer, index: int) -> VideoStream:
    """Give the video stream that has this index in its file.

    Raises
    ------
    SourceError
        There is none any more: the file is another than before.
    """
    for stream in container.streams.video:
        if stream.index == index:
            return stream
    raise SourceError(CHANGED)


def log_description(container: InputContainer) -> None:
    """Have libav log all that it knows of a file."""
    described: Any = container  # PyAV's types leave this method out
    described.dumps_format()


def check_size(width: int, height: int) -> None:
    """Check that pictures are no larger than `MAX_PIXELS` and `MAX_SIDE`.

    Raises
    ------
    SourceError
        The picture is too large.
    """
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        limit = f"{MAX_PIXELS // 1_000_000} million pixels or {MAX_SIDE} on a side"
        raise SourceError(f"has pictures of {width} x {height}, over {limit}")


def decoder_of(stream: VideoStream, threads: int) -> VideoCodecContext:
    """Give the decoder of a stream, ready to use `threads` for its first packet.

    It is the stream's own, save where that decodes no alpha channel.
    """
    name = _ALPHA_DECODERS.get(stream.codec_context.name)
    has_alpha = stream.metadata.get("alpha_mode") == "1"
    context = stream.codec_context
    if name and has_alpha and name in av.codecs_available:
        context = cast(VideoCodecContext, CodecContext.create(name, "r"))
    limit(context)
    context.thread_type = "AUTO" if threads > 1 else "NONE"
    context.thread_count = threads
    return context


def limit(context: VideoCodecContext) -> None:
    """Have a decoder reject pictures larger than `MAX_PIXELS`."""
    context.options = {"max_pixels": str(MAX_PIXELS)}


class Opened(NamedTuple):
    """A stream of a file, and its decoder, which lives as long as the container."""

    container: InputContainer
    stream: VideoStream
    context: VideoCodecContext


def open_decoder(path: str, stream_index: int, threads: int) -> Opened:
    """Open a file for decoding in software, with that many threads."""
    container = open_container(path)
    stream = stream_at(container, stream_index)
    return Opened(container, stream, decoder_of(stream, threads))


def _rank(stream: VideoStream, best: object) -> tuple[bool, bool, int]:
    default = bool(stream.disposition & Disposition.default)
    area = stream.codec_context.width * stream.codec_context.height
    return stream is best, default, area


def _check_regular(path: str) -> None:
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        _raise_unreadable(path, error)
    if stat.S_ISDIR(mode):
        raise SourceError("is a folder; framepick batch picks from all videos in it")
    if not stat.S_ISREG(mode):
        raise SourceError("is not a regular file")
    try:
        with open(path, "rb") as file:
            if not file.read(1):
                raise SourceError("is empty")
    except OSError as error:
        _raise_unreadable(path, error)


def _raise_unreadable(path: str, error: OSError | ValueError) -> NoReturn:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        raise SourceError(_why_missing(path)) from error
    raise SourceError(f"cannot be opened ({_reason(error)})") from error


def _why_missing(path: str) -> str:
    """Say what a name that is no file stands for; paths keep the scheme of a URL as a part."""
    parts = Path(path).parts
    if parts and parts[-1] == "-":
        return "standard input is not read; save it to a file first"
    if any(_SCHEME.fullmatch(part) for part in parts[:-1]):
        return "network addresses are not read; download the file first"
    return "does not exist"


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text[:1].lower() + text[1:]
