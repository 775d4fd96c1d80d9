"""What every source of frames does, and the values by which one source helps a later one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from framepick.types import (
    DetailMeasures,
    Frame,
    FrameRequest,
    Moment,
    Still,
    Timeline,
    VideoInfo,
)


class Opening(NamedTuple):
    """What a source found when it was opened, in a form that can be stored.

    A later source of the same content starts from it, and opens its input only when frames are
    asked for.
    """

    header: dict[str, Any]
    """Facts, as JSON can hold them."""
    payload: bytes | bytearray
    """The timeline."""


@dataclass(frozen=True, slots=True, eq=False)
class SourceMemory:
    """What a source learnt from frames that it gave.

    A later source of the same content and view size takes it over with `Source.recall`.
    """

    frame_indices: NDArray[np.int64]
    """(N,)"""
    checksums: NDArray[np.int64]
    """(N,) CRC-32 of the views of these frames, by which stills and detail measures recognise
    them; -1 for frames that were never given."""
    error_count: int = 0
    """Decoding errors met so far."""
    has_fields: bool = False
    """Whether any undamaged frame given so far is interlaced."""


class Source(Protocol):
    """Gives frames as small views, in display order, and some of them again at full size.

    Stills and detail measures may be asked for between two frames of a running iteration. Every
    method that gives frames raises `SourceError` where the source fails or is closed.
    """

    @property
    def info(self) -> VideoInfo: ...

    @property
    def time_base(self) -> Fraction:
        """Seconds per unit of `Moment.pts`."""
        ...

    @property
    def timeline(self) -> Timeline | None:
        """All frames, known beforehand; None where only decoding tells them apart."""
        ...

    @property
    def error_count(self) -> int:
        """Decoding errors met so far."""
        ...

    @property
    def opening(self) -> Opening | None:
        """What helps to open the same content again; None where nothing does."""
        ...

    def frames(self, request: FrameRequest = ...) -> Iterator[Frame]:
        """Give the frames of `request` in display order; by default all that there are."""
        ...

    def stills(self, moments: Sequence[Moment], depth: int = 8) -> Iterator[Still]:
        """Give the very frames of `moments`, each once, in the order found.

        `depth` is 8 or 16 bits per channel. Raises `LostFrames`, after all that could be found,
        if some could not.
        """
        ...

    def detail_measures(self, moments: Sequence[Moment]) -> Iterator[DetailMeasures]:
        """Measure the very frames of `moments` at full size; those not found are left out."""
        ...

    def memory(self, frame_indices: Sequence[int] = ()) -> SourceMemory:
        """Give what is known of the frames `frame_indices`."""
        ...

    def recall(self, memory: SourceMemory) -> None:
        """Take over what an earlier source of the same content learnt."""
        ...

    def close(self) -> None:
        """Free all that the source holds; harmless if it is closed."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
