"""Cameras through OpenCV, on systems where libav cannot open them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import av
import numpy as np

from framepick.errors import SourceError


class OpenCvCamera:
    """A camera that OpenCV has open; `options` are those of an `Address`.

    Raises
    ------
    SourceError
        OpenCV cannot open it.
    """

    def __init__(self, url: str, options: Mapping[str, str]) -> None:
        import cv2  # late: most systems do without

        self._capture: Any = cv2.VideoCapture(int(url) if url.isdigit() else url)
        if not self._capture.isOpened():
            raise SourceError("it cannot be opened, neither by FFmpeg nor by OpenCV")
        if "x" in options.get("video_size", ""):
            width, height = options["video_size"].split("x", 1)
            self._ask(cv2.CAP_PROP_FRAME_WIDTH, width)
            self._ask(cv2.CAP_PROP_FRAME_HEIGHT, height)
        if "framerate" in options:
            self._ask(cv2.CAP_PROP_FPS, options["framerate"])
        self.width = int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        self.height = int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT))

    def pictures(self) -> Iterator[av.VideoFrame]:
        """Give pictures as they come, until the camera gives none."""
        while True:
            is_there, pixels = self._capture.read()
            if not is_there or pixels is None:
                return
            yield av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="bgr24")

    def _ask(self, what: int, value: str) -> None:
        self._capture.set(what, float(value))
