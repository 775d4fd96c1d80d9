"""Codes single pictures as JPEG, in the process that captures them."""

from __future__ import annotations

from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from framepick.sources.colour_tags import matrix_of, range_of

_LAYOUT = "yuvj420p"


class JpegCoder:
    """Codes pictures with libav's quantiser `quality`: 2 is the best, 31 the smallest."""

    def __init__(self, quality: int) -> None:
        self._quality = str(quality)
        self._reformatter = VideoReformatter()
        self.context: VideoCodecContext | None = None
        """The coder of the pictures so far; another one begins when their size changes."""

    def code(self, picture: av.VideoFrame) -> bytes:
        """Give the JPEG file of a picture."""
        context = self._coder(picture.width, picture.height)
        # a frame's own reformatter is no good: two threads may have the same frame
        ready = self._reformatter.reformat(
            picture,
            format=_LAYOUT,
            threads=1,
            src_colorspace=matrix_of(picture),
            dst_colorspace=Colorspace.ITU601,
            src_color_range=range_of(picture),
            dst_color_range=ColorRange.JPEG,
        )
        ready.pts, ready.time_base = None, context.time_base
        return b"".join(map(bytes, context.encode(ready)))

    def _coder(self, width: int, height: int) -> VideoCodecContext:
        context = self.context
        if context is None or (context.width, context.height) != (width, height):
            context = av.CodecContext.create("mjpeg", "w")
            context.width, context.height, context.pix_fmt = width, height, _LAYOUT
            context.time_base = Fraction(1, 1000)
            context.options = {"qmin": self._quality, "qmax": self._quality}
            context.color_range = ColorRange.JPEG
            self.context = context
        return context
