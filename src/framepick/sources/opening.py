"""Opens sources; the one place that maps a name to a kind of source."""

from __future__ import annotations

from pathlib import Path

from framepick.protocols import Opening, Source
from framepick.sources.video import VideoSource
from framepick.types import ViewSpec


def open_source(
    name: Path | str,
    spec: ViewSpec,
    opening: Opening | None = None,
    hwaccel: str = "off",
    threads: int | None = None,
    stream: int | None = None,
) -> Source:
    """Open the source that `name` stands for. Close it, or use it in a `with` statement.

    Frames come as views of `spec`. With `opening`, which an earlier source of the same content
    gave, the input is opened only when frames are requested. `hwaccel` is one of
    `devices.HWACCELS`; `threads` is the number of decoder threads, None for as many as keep the
    cores busy; `stream` is the number of a video stream of the file, None for the best.

    Raises
    ------
    SourceError
        The source cannot be read.
    ValueError
        There is no such `hwaccel`, or `threads` is less than 1.
    """
    return VideoSource(name, spec, opening, hwaccel, threads, stream)
