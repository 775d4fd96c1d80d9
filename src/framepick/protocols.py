"""Protocols of the exchangeable parts (sources, encoders, scorers, plans) and their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from framepick.shape_repr import ShapeRepr
from framepick.types import (
    SMALL_SIDE,
    Calibration,
    DetailMeasures,
    Embeddings,
    Floats,
    Frame,
    FrameBatch,
    FrameRequest,
    Moment,
    Samples,
    Still,
    Timeline,
    VideoInfo,
    ViewSpec,
)

Progress = Callable[[int, int | None], None]
"""Called with the number of frames done so far and, where known, of all frames."""


def no_progress(done: int, total: int | None) -> None:
    """Ignore progress."""


class Opening(NamedTuple):
    """Facts that a source found when it was opened, in a form that can be stored.

    A later source of the same content starts from it, and opens its input only when frames are
    requested.
    """

    header: dict[str, Any]
    """Facts as JSON values."""
    payload: bytes | bytearray
    """The timeline."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SourceMemory(ShapeRepr):
    """Checksums and facts from the frames that a source has given.

    A later source of the same content and view size loads them with `Source.recall`.
    """

    frame_indices: NDArray[np.int64]
    """(N,)"""
    checksums: NDArray[np.int64]
    """(N,) CRC-32 of the views of these frames, by which stills and detail measures recognise
    them; -1 for frames that were never given."""
    error_count: int = 0
    """Decoding errors so far."""
    has_fields: bool = False
    """Whether any undamaged frame given so far is interlaced."""


class Source(Protocol):
    """Gives frames as small views, in display order, and some of them again at full size.

    Stills and detail measures may be requested between two frames of a running iteration. Every
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
        """All frames, known beforehand; None if they can be told apart only by decoding."""
        ...

    @property
    def error_count(self) -> int:
        """Decoding errors so far."""
        ...

    @property
    def opening(self) -> Opening | None:
        """Facts that speed up opening the same content again; None if there are none."""
        ...

    def frames(self, request: FrameRequest = ...) -> Iterator[Frame]:
        """Give the frames of `request` in display order; by default all frames."""
        ...

    def stills(self, moments: Sequence[Moment], depth: int = 8) -> Iterator[Still]:
        """Give exactly the frames of `moments`, each once, in the order found.

        `depth` is 8 or 16 bits per channel. Raises `LostFrames`, after all that could be found,
        if some could not.
        """
        ...

    def detail_measures(
        self, moments: Sequence[Moment], keep_pictures: bool = False
    ) -> Iterator[DetailMeasures]:
        """Measure exactly the frames of `moments` at full size, omitting those not found again.

        With `keep_pictures`, `small_pictures` of the last of them cost little afterwards.
        """
        ...

    def small_pictures(self, moments: Sequence[Moment], side: int = SMALL_SIDE) -> Iterator[Still]:
        """Give the frames of `moments`, `side` pixels long at most, of those found again.

        Pictures are 8 bits deep, with their fields averaged.
        """
        ...

    def memory(self, frame_indices: Sequence[int] = ()) -> SourceMemory:
        """Give what has been learnt about the frames `frame_indices`."""
        ...

    def recall(self, memory: SourceMemory) -> None:
        """Load what an earlier source of the same content has learnt."""
        ...

    def close(self) -> None:
        """Release all resources; harmless if the source is closed."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Encoder(Protocol):
    """Turns views into vectors."""

    @property
    def encoder_id(self) -> str: ...

    @property
    def view_spec(self) -> ViewSpec: ...

    @property
    def batch_size(self) -> int: ...

    def encode(self, batch: FrameBatch) -> Embeddings: ...


class Scorer(Protocol):
    """Turns vectors into one number per frame, higher is better."""

    @property
    def calibration(self) -> Calibration: ...

    def score(self, embeddings: Embeddings) -> Floats:
        """Scores (N,) of pictures on their own."""
        ...

    def moments(self, embeddings: Embeddings) -> Floats:
        """How good a moment of its video each frame is, (N,), from any zero point."""
        ...


@dataclass(frozen=True, slots=True)
class ProcessedRequest:
    """A request that was processed, and when."""

    request: FrameRequest
    start_seconds: float
    end_seconds: float
    """Both read from the clock of `PlanState.seconds`."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PlanState(ShapeRepr):
    """Everything that a plan may base its next request on."""

    samples: Samples | None
    """The frames decoded so far, those of earlier runs included; None before the first."""
    peaks: Callable[[], Sequence[int]]
    """Gives the rows of `samples` that would be picked now; computed only when called."""
    seconds: float = 0.0
    """The time now, in seconds since the run began."""
    processed: tuple[ProcessedRequest, ...] = ()
    """The requests of this run, in order; requested frames that are not in `samples` are lost."""
    is_complete: bool = False
    """True once all frames of the source were decoded in order."""

    def after(self, done: ProcessedRequest, samples: Samples) -> PlanState:
        """Give the state once a request is done and `samples` are the frames decoded so far."""
        return replace(
            self,
            samples=samples,
            seconds=done.end_seconds,
            processed=(*self.processed, done),
            is_complete=self.is_complete or done.request.is_everything,
        )


class Plan(Protocol):
    """Decides which frames to decode next: a pure function of the state."""

    @property
    def uses_parts(self) -> bool:
        """Whether some frames of an earlier run can be used; if not, only a complete video can."""
        ...

    def next(self, state: PlanState) -> FrameRequest | None:
        """Give the next request, None when the exploration is done."""
        ...
