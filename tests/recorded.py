"""Videos that are decoded once, and views that are encoded once, however many tests use them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Self

import numpy as np

from framepick.encoding import load_encoder
from framepick.protocols import Encoder, Opening, SourceMemory
from framepick.sources.opening import open_source
from framepick.types import (
    SMALL_SIDE,
    DetailMeasures,
    Embeddings,
    Frame,
    FrameBatch,
    FrameRequest,
    Moment,
    Still,
    Timeline,
    VideoInfo,
    ViewSpec,
)


class RecordedSource:
    """Gives all frames of a video, and their detail measures, from memory."""

    opening: Opening | None = None

    def __init__(self, path: Path, size: int) -> None:
        self._path, self._spec = path, ViewSpec(size)
        with open_source(path, self._spec) as source:
            self.info: VideoInfo = source.info
            self.time_base: Fraction = source.time_base
            self.timeline: Timeline | None = source.timeline
            self._frames = list(source.frames())
            self.error_count = source.error_count
            self._memory = source.memory([frame.moment.frame_index for frame in self._frames])
        self._details: dict[int, DetailMeasures] | None = None

    def frames(self, request: FrameRequest = FrameRequest()) -> Iterator[Frame]:
        assert request.is_everything, "a part of a video is decoded as a part"
        yield from self._frames

    def stills(self, moments: Sequence[Moment], depth: int = 8) -> Iterator[Still]:
        raise AssertionError("stills are decoded by a source of their own")

    def small_pictures(self, moments: Sequence[Moment], side: int = SMALL_SIDE) -> Iterator[Still]:
        raise AssertionError("no faces are looked for in what is recorded")

    def detail_measures(
        self, moments: Sequence[Moment], keep_pictures: bool = False
    ) -> Iterator[DetailMeasures]:
        if self._details is None:
            self._details = self._measure()
        known = (self._details.get(moment.frame_index) for moment in moments)
        yield from (one for one in known if one is not None)

    def _measure(self) -> dict[int, DetailMeasures]:
        with open_source(self._path, self._spec) as source:
            source.recall(self._memory)
            found = source.detail_measures([frame.moment for frame in self._frames])
            return {one.moment.frame_index: one for one in found}

    def memory(self, frame_indices: Sequence[int] = ()) -> SourceMemory:
        return self._memory

    def recall(self, memory: SourceMemory) -> None:
        raise AssertionError("what is recorded needs no memory")

    def close(self) -> None:
        """Keep the frames, for the next session."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class RecordedEncoder:
    """Encodes each view once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.encoder_id, self.batch_size = encoder.encoder_id, encoder.batch_size
        self.view_spec = encoder.view_spec
        self._known: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}

    def encode(self, batch: FrameBatch) -> Embeddings:
        keys = [sha256(view).digest() for view in batch.views]
        new = [row for row, key in enumerate(keys) if key not in self._known]
        if new:
            some = FrameBatch(batch.views[new], tuple(batch.moments[row] for row in new))
            found = self._encoder.encode(some)
            rows = zip(new, found.aesthetic, found.content, strict=True)
            self._known |= {keys[row]: (aesthetic, content) for row, aesthetic, content in rows}
        aesthetic, content = (
            np.stack([self._known[key][part] for key in keys]) for part in range(2)
        )
        return Embeddings(aesthetic, content, batch.moments, self.encoder_id)


@cache
def shipped_encoder() -> Encoder:
    """Give the shipped weights on the CPU, with a memory of the views of all tests."""
    return RecordedEncoder(load_encoder(device="cpu"))


@lru_cache(maxsize=8)
def recorded(path: Path, size: int) -> RecordedSource:
    """Give the recording of a video with views of `size`, made when it is first asked for."""
    return RecordedSource(path, size)
