"""A source that plays a script: frames that a test made, and faults where it wants them.

It is here and not in the package because nothing but tests has a use for it; every test folder can
import it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Self
from zlib import crc32

import cv2
import numpy as np

from framepick.detail import cells, combing, structure
from framepick.errors import DecoderError, LostFrames, SourceClosed
from framepick.measures import measure
from framepick.protocols import Opening, SourceMemory
from framepick.sources.known_frames import KnownFrames
from framepick.sources.views import resize_view
from framepick.types import (
    SMALL_SIDE,
    DetailMeasures,
    Frame,
    FrameRequest,
    Moment,
    Pixels,
    Still,
    Timeline,
    VideoInfo,
    ViewSpec,
)

TIME_BASE = Fraction(1, 1000)


@dataclass(frozen=True, eq=False)
class Script:
    """What a fake source plays."""

    pictures: Sequence[Pixels]
    """Frames at full size, each (H, W, 3) uint8, all of one size."""
    times_ms: Sequence[int] | None = None
    """When each is shown, in milliseconds; None for 30 frames a second."""
    key_every: int = 15
    """Every so many frames one is a key frame."""
    has_timeline: bool = True
    fails_at: int | None = None
    """The decoder fails when it comes to this frame."""
    damaged: frozenset[int] = frozenset()
    """Frames that are given as damaged; each is a decoding error."""
    lost: frozenset[int] = frozenset()
    """Frames of which there are no stills: they look different by then."""

    def times(self) -> list[int]:
        """Milliseconds at which each frame is shown."""
        return list(self.times_ms or [round(n * 1000 / 30) for n in range(len(self.pictures))])


class FakeSource:
    """Plays `script` as any source gives frames, by the rules of `framepick.protocols.Source`."""

    def __init__(self, script: Script, spec: ViewSpec) -> None:
        self._script = script
        self._spec = spec
        self._times = script.times()
        self._known = KnownFrames()
        self._busy: set[str] = set()
        self._is_closed = False
        self.time_base = TIME_BASE
        self.opening: Opening | None = None
        self.info = self._info()
        self.timeline = self._timeline() if script.has_timeline else None

    @property
    def error_count(self) -> int:
        """Decoding errors met so far."""
        return self._known.error_count

    def frames(self, request: FrameRequest = FrameRequest()) -> Iterator[Frame]:
        """Give the frames of `request` in display order."""
        wanted = range(len(self._times)) if request.frame_indices is None else request.frame_indices
        luma, errors = None, 0
        with self._alone("frames"):
            for number in sorted(set(wanted) & set(range(len(self._times)))):
                self._check_open()
                if number == self._script.fails_at:
                    raise DecoderError("fake: the decoder failed as the script says")
                is_damaged = number in self._script.damaged
                errors += is_damaged
                view = self._view(number)
                measures, luma = measure(view, luma, is_damaged)
                self._known.add(number, crc32(view.data))
                yield Frame(view, self._moment(number), measures)
            self._known.note(errors, has_fields=False)

    def stills(self, moments: Sequence[Moment], depth: int = 8) -> Iterator[Still]:
        """Give the frames of `moments` at full size."""
        numbers = [moment.frame_index for moment in moments]
        found = [n for n in numbers if self._is_found(n) and n not in self._script.lost]
        with self._alone("full size"):
            for number in found:
                self._check_open()
                pixels = np.asarray(self._script.pictures[number])
                deep = pixels.astype(np.uint16) * 257
                yield Still(deep if depth == 16 else pixels, self._moment(number))
        if missing := frozenset(numbers) - frozenset(found):
            raise LostFrames("fake: lost as the script says", missing)

    def small_pictures(self, moments: Sequence[Moment], side: int = SMALL_SIDE) -> Iterator[Still]:
        """Give the frames of `moments` made small."""
        with self._alone("full size"):
            for number in filter(self._is_found, {moment.frame_index for moment in moments}):
                self._check_open()
                picture = np.asarray(self._script.pictures[number])
                factor = min(1.0, side / max(picture.shape))
                size = (round(picture.shape[1] * factor), round(picture.shape[0] * factor))
                small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
                yield Still(np.asarray(small, np.uint8), self._moment(number))

    def detail_measures(
        self, moments: Sequence[Moment], keep_pictures: bool = False
    ) -> Iterator[DetailMeasures]:
        """Measure the frames of `moments` at full size."""
        with self._alone("full size"):
            for number in filter(self._is_found, [moment.frame_index for moment in moments]):
                self._check_open()
                grey = cv2.cvtColor(self._script.pictures[number], cv2.COLOR_RGB2GRAY)
                luma = np.asarray(grey, np.uint8)
                numbers = structure(luma), cells(luma), combing(luma)
                yield DetailMeasures(self._moment(number), *numbers)

    def memory(self, frame_indices: Sequence[int] = ()) -> SourceMemory:
        """Give what is known of the frames `frame_indices`."""
        return self._known.memory(frame_indices)

    def recall(self, memory: SourceMemory) -> None:
        """Take over what an earlier source learnt."""
        self._known.recall(memory)

    def close(self) -> None:
        """Give nothing any more."""
        self._is_closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _alone(self, line: str) -> Iterator[None]:
        self._check_open()
        if line in self._busy:
            raise RuntimeError("fake: finish one iteration before the next")
        self._busy.add(line)
        try:
            yield
        finally:
            self._busy.discard(line)

    def _check_open(self) -> None:
        if self._is_closed:
            raise SourceClosed("fake: the source is closed")

    def _is_found(self, number: int) -> bool:
        if not 0 <= number < len(self._times):
            return False
        return self._known.checksum(number) in (None, crc32(self._view(number).data))

    def _view(self, number: int) -> Pixels:
        return np.ascontiguousarray(resize_view(self._script.pictures[number], self._spec))

    def _moment(self, number: int) -> Moment:
        pts = self._times[number]
        return Moment(number, pts, TIME_BASE, (pts - self._times[0]) / 1000)

    def _timeline(self) -> Timeline:
        seconds = (np.array(self._times) - self._times[0]) / 1000
        key = np.arange(len(seconds)) % self._script.key_every == 0
        return Timeline(seconds, key, np.where(key, 20_000, 1000).astype(np.int64))

    def _info(self) -> VideoInfo:
        height, width, _ = self._script.pictures[0].shape
        count = len(self._times)
        return VideoInfo(
            name="fake",
            width=width,
            height=height,
            codec="rawvideo",
            container="fake",
            frame_rate=Fraction(30),
            duration_seconds=(self._times[-1] - self._times[0]) / 1000 + 1 / 30,
            packet_count=count,
            key_frame_count=-(-count // self._script.key_every),
            start_timecode=None,
        )
