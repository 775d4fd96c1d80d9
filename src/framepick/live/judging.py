"""From encoded live frames to observations: scores, vetoes, shots."""

from __future__ import annotations

from collections import deque

import numpy as np

from framepick.detail import cells, structure
from framepick.live.filtering import LiveFilter
from framepick.live.observation import Observation, Settled
from framepick.live.shots import ShotWatch
from framepick.measures import as_rows, vetoes
from framepick.protocols import Scorer
from framepick.reasons import ReasonCode
from framepick.refine.relative_vetoes import relative_vetoes, stack_details
from framepick.sources.live import LiveFrame
from framepick.types import DetailMeasures, Embeddings

MOMENT_SECONDS = 60.0
"""The recent past whose median moment is the zero point of the moment axis."""
COMPARED_SECONDS = 1.0
"""The recent past that a frame is compared with for relative vetoes."""
_MOST_MOMENTS = 2_000
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


class Judge:
    """Judges the frames of one live session, one after the other; memory does not grow."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._filter = LiveFilter()
        self._shots = ShotWatch()
        self._moments: deque[tuple[float, float]] = deque(maxlen=_MOST_MOMENTS)
        self._details: deque[tuple[DetailMeasures, int]] = deque()

    def observe(self, live: LiveFrame, vectors: Embeddings) -> Observation:
        """Judge a frame by its vectors, those of a batch of one."""
        frame = live.frame
        seconds, content = frame.moment.time_seconds, vectors.content[0]
        shot = self._shots.add(seconds, content, frame.measures.change)
        hard = vetoes(as_rows([frame.measures]))[0]
        veto = ReasonCode(hard) if hard else self._relative_veto(live, shot)
        score = float("nan") if hard else self._score(seconds, vectors)
        level, variance = self._filter.level(seconds, score if veto is None else np.nan, shot)
        return Observation(frame.moment, frame.view, content, score, level, variance, shot, veto)

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

    def _score(self, seconds: float, vectors: Embeddings) -> float:
        moment = float(self._scorer.moments(vectors)[0])
        self._moments.append((seconds, moment))
        while self._moments[0][0] < seconds - MOMENT_SECONDS:
            self._moments.popleft()
        middle = float(np.median([one for _, one in self._moments]))
        return max(float(self._scorer.score(vectors)[0]) + moment - middle, 0.0)

    def _relative_veto(self, live: LiveFrame, shot: int) -> ReasonCode | None:
        """What the view lacks that those of the recent past have: sharpness, contrast; a flash."""
        moment = live.frame.moment
        luma = np.rint(live.frame.view @ _LUMA).astype(np.uint8)
        self._details.append((DetailMeasures(moment, structure(luma), cells(luma), 0.0), shot))
        while self._details[0][0].moment.time_seconds < moment.time_seconds - COMPARED_SECONDS:
            self._details.popleft()
        details, shots = zip(*self._details, strict=True)
        code = relative_vetoes(stack_details(details, np.array(shots, np.int32)))[-1]
        return ReasonCode(code) if code else None
