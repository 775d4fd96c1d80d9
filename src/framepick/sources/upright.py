"""How each picture of a stream stands upright, as its container and its own data say."""

from __future__ import annotations

from fractions import Fraction

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from framepick.sources.geometry import NO_CROP, Crop, Orientation, orientation
from framepick.sources.pixel_aspect import AspectReader
from framepick.sources.side_data import display_matrix

_WHOLE_TRACK = {"mov", "matroska"}
"""Formats that declare one sample aspect ratio for all of a track, which players then keep."""
_AT_KEY_FRAMES = {"h264", "hevc"}
"""Codecs that say how their pictures are turned at key frames only, where at all."""


class OrientationReader:
    """Reads the orientation of the pictures of one stream.

    Rotation, size and, where the container does not declare it, the sample aspect ratio may change
    from picture to picture; the crop is the container's. Read the first picture first: `is_kept`
    says that pictures without a rotation have that of the first.
    """

    def __init__(
        self, aspect: Fraction | None, varies: bool, crop: Crop, is_kept: bool = False
    ) -> None:
        self._aspect = aspect
        self._aspects = AspectReader(aspect or Fraction(1)) if varies else None
        self._crop = crop
        self._is_kept = is_kept
        self._first: bytes | None = None
        self._known: dict[tuple[int, int, int, Fraction | None], Orientation] = {}

    @classmethod
    def of_stream(
        cls, stream: VideoStream, container: InputContainer, crop: Crop
    ) -> OrientationReader:
        """Make the reader for a stream."""
        aspect = stream.sample_aspect_ratio
        is_declared = not _WHOLE_TRACK.isdisjoint(container.format.name.split(","))
        # a container that contradicts the codec has its reasons
        varies = not is_declared and aspect == stream.codec_context.sample_aspect_ratio
        return cls(aspect, varies, crop, stream.codec_context.name in _AT_KEY_FRAMES)

    def read(self, picture: av.VideoFrame) -> Orientation:
        """Give the orientation of a picture."""
        aspect = self._aspects.ratio(picture) if self._aspects else self._aspect
        # Side data and its picture refer to each other and stay in memory until the collector
        # runs, so it is read only when something changes.
        key = (picture.width, picture.height, picture.rotation, aspect)
        if key not in self._known:
            crop = self._crop if self._crop.fits(picture.width, picture.height) else NO_CROP
            self._known[key] = orientation(self._matrix(picture), aspect, crop)
        return self._known[key]

    def _matrix(self, picture: av.VideoFrame) -> bytes | None:
        own = display_matrix(picture)
        if not self._known:
            self._first = own
        return own or (self._first if self._is_kept else None)
