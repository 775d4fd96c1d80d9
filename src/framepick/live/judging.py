"""From encoded live frames to observations: scores, vetoes, shots."""

from __future__ import annotations

from collections import deque

import numpy as np

from framepick.detail import cells, structure
from framepick.live.filtering import LiveFilter
from framepick.live.luma import luma_of_view
from framepick.live.observation import Observation, Settled
from framepick.live.shots import ShotWatch
from framepick.live.thinned import Thinned
from framepick.measures import as_rows, vetoes
from framepick.protocols import Scorer
from framepick.reasons import ReasonCode
from framepick.refine.relative_vetoes import relative_vetoes, stack_details
from framepick.sources.live import LiveFrame
from framepick.taste.taste import Taste, pictures_of_frames
from framepick.types import DetailMeasures, Embeddings

MOST_MOMENTS = 1_000
"""Moments of the session that tell of their median."""
COMPARED_SECONDS = 1.0
"""The recent past that a frame is compared with for relative vetoes."""


class Judge:
    """Judges the frames of one live session, one after the other; memory does not grow."""

    def __init__(self, scorer: Scorer, taste: Taste | None = None) -> None:
        self._scorer = scorer
        self._taste = taste if taste and taste.label else None
        self._filter = LiveFilter()
        self._shots = ShotWatch()
        self._moments: Thinned[float] = Thinned(MOST_MOMENTS)
        self._zero = 0.0
        self._details: deque[tuple[DetailMeasures, int]] = deque()

    def observe(self, live: LiveFrame, vectors: Embeddings) -> Observation:
        """Judge a frame by its vectors, those of a batch of one."""
        frame = live.frame
        seconds, content = frame.moment.time_seconds, vectors.content[0]
        shot = self._shots.add(seconds, content, frame.measures.change)
        hard = vetoes(as_rows([frame.measures]))[0]
        veto = ReasonCode(hard) if hard else self._relative_veto(live, shot)
        score = float("nan") if hard else self._score(live, vectors)
        level, variance = self._filter.level(seconds, score if veto is None else np.nan, shot)
        return Observation(
            frame.moment, frame.view, content, score, level, self._zero, variance, shot, veto
        )

    def settle(self, observation: Observation) -> list[Settled]:
        """Take in an observation; give those of which enough of what follows is known."""
        return self._filter.settle(observation)

    def flush(self) -> list[Settled]:
        """Give all that were not given yet, because nothing will follow them."""
        return self._filter.flush()

    def reset(self, seconds: float) -> None:
        """Start anew after the source was lost."""
        self._filter.reset()
        self._shots.begin(seconds)
        self._details.clear()

    def _score(self, live: LiveFrame, vectors: Embeddings) -> float:
        """Score a frame; the zero point of moments follows them, and is not taken off here."""
        moment = float(self._scorer.moments(vectors)[0])
        if self._moments.add(moment):
            self._zero = float(np.median(self._moments.kept))
        scores = self._scorer.score(vectors)
        if self._taste:
            measures = as_rows([live.frame.measures])
            pictures = pictures_of_frames(vectors.content, scores, measures)
            scores = scores + self._taste.moves_in_video(pictures)
        return float(scores[0]) + moment

    def _relative_veto(self, live: LiveFrame, shot: int) -> ReasonCode | None:
        """What the view lacks that those of the recent past have: sharpness, contrast; a flash."""
        moment = live.frame.moment
        luma = luma_of_view(live.frame.view)
        self._details.append((DetailMeasures(moment, structure(luma), cells(luma), 0.0), shot))
        while self._details[0][0].moment.time_seconds < moment.time_seconds - COMPARED_SECONDS:
            self._details.popleft()
        details, shots = zip(*self._details, strict=True)
        code = relative_vetoes(stack_details(details, np.array(shots, np.int32)))[-1]
        return ReasonCode(code) if code else None
