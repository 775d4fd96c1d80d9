"""The whole flow on one page: source, batches, embeddings, scores, curve, picks, files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter

from framepick.aesthetic import AestheticModel
from framepick.cache import Cache
from framepick.config import VideoConfig
from framepick.errors import LostFrames
from framepick.outputs.folder import Written, moments_to_keep, write_result
from framepick.outputs.stills.saving import check_size
from framepick.picking import keep_peak, pick_best, shortfall_of_part
from framepick.plans import WRITING_SECONDS, make_plan
from framepick.reasons import Reason
from framepick.refine import Refiner
from framepick.results import RunFigures, VideoResult
from framepick.session import Progress, Session, no_progress, open_session
from framepick.types import Pick, PlanState, ProcessedRequest, Samples, ScoreCurve

Clock = Callable[[], float]
"""Gives the seconds since the run began."""
PicksFound = Callable[[Sequence[Pick]], None]
"""Called with picks that may still change, best first."""
_PICK_ATTEMPTS = 5
NEWS_SECONDS = 10.0
"""A search tells of the best frames so far once it has lasted this long, and then as seldom."""
_STILLS_SHARE = 0.04
"""Of a budget, that stills may need after the last look at full size."""


def no_picks(picks: Sequence[Pick]) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a run has to be done."""

    clock: Clock
    seconds: float
    """Since the start of the run."""

    @property
    def is_near(self) -> bool:
        """True when there is time for nothing but to write what was found."""
        return self.clock() >= self.seconds - WRITING_SECONDS - _STILLS_SHARE * self.seconds


def pick_video(
    path: Path,
    folder: Path,
    model: AestheticModel,
    config: VideoConfig,
    progress: Progress = no_progress,
    found: PicksFound = no_picks,
    cache: Cache | None = None,
    start: float | None = None,
) -> tuple[VideoResult, Written]:
    """Search a video, write its result to `folder`, give it and what was written.

    With a `cache`, what an earlier search saw of the video is not looked at again. A budget counts
    from `start`, in seconds of `time.monotonic`; from now if there is none.

    Raises
    ------
    SourceError, OutputError
        The video cannot be read; the result cannot be written.
    """
    budget, clock = config.budget_seconds, clock_since(start)
    deadline = None if budget is None else Deadline(clock, budget)
    with open_session(path, model, progress, cache, config.hwaccel) as search:
        info = search.source.info
        check_size(str(path), info.width, info.height, config.output.image)
        started = perf_counter()
        explore(search, config, found, clock)
        searched = perf_counter()
        attempt = 0
        while True:
            attempt += 1
            choice = select(search, config, deadline)
            result = VideoResult(
                source=path,
                info=info,
                encoder_id=model.encoder.encoder_id,
                reference=model.scorer.calibration.reference,
                samples=search.samples,
                curve=search.curve,
                picks=choice.picks,
                config=config,
                shortfall=choice.shortfall,
                error_count=search.source.error_count,
                filmstrip=search.filmstrip(),
                run=RunFigures(
                    search_seconds=searched - started,
                    refine_seconds=perf_counter() - searched,
                    encoder=model.name,
                    device=model.runtime,
                ),
                relative_vetoes=choice.relative_vetoes,
                timeline=search.source.timeline,
            )
            stills = search.source.stills(moments_to_keep(choice.picks), config.output.depth)
            try:
                return result, write_result(result, stills, folder, config.output)
            except LostFrames as lost:
                # damage that the decoder did not notice: veto the frames and pick again
                if attempt == _PICK_ATTEMPTS:
                    raise
                search.veto(lost.frame_indices)


def clock_since(start: float | None = None) -> Clock:
    """Give a clock that counts from `start`, in seconds of `time.monotonic`; from now if None."""
    start = monotonic() if start is None else start
    return lambda: monotonic() - start


def explore(
    search: Session,
    config: VideoConfig,
    found: PicksFound = no_picks,
    clock: Clock | None = None,
) -> None:
    """Decode and score the frames that the plan of `config` asks for.

    Picks that may still change are `found` now and then once this has lasted 10 s. The budget
    counts by `clock`, from now if there is none.

    Raises
    ------
    SourceError
        No frame came.
    """
    clock = clock or clock_since()
    info, timeline = search.source.info, search.source.timeline
    plan = make_plan(config, timeline, info.duration_seconds)
    known = search.recall(with_parts=plan.uses_parts)
    if config.budget_seconds is not None and not search.is_whole:
        search.warm_up()
    news = _News(search, config, found)

    def peaks() -> list[int]:
        return [pick.row for pick in _peaks(search, config)]

    state = PlanState(known, peaks, clock(), is_complete=search.is_whole)
    while request := plan.next(state):
        news.tell()
        start = clock()
        search.process(request)
        state = state.after(ProcessedRequest(request, start, clock()), search.samples)
    news.tell(is_last=True)


class _News:
    """Tells of picks that may still change: of long searches, seldom, and only where they do."""

    def __init__(self, search: Session, config: VideoConfig, found: PicksFound) -> None:
        self._search = search
        self._config = config
        self._found = found
        self._next = monotonic() + NEWS_SECONDS
        self._told: list[float] = []

    def tell(self, is_last: bool = False) -> None:
        """Tell now, if it is time; at the end, if something was told before and has changed."""
        is_due = monotonic() >= self._next or (is_last and self._told)
        if self._found is no_picks or not is_due:
            return
        picks = _peaks(self._search, self._config)
        times = [pick.moment.time_seconds for pick in picks]
        if times and times != self._told:
            self._found(picks)
        self._told, self._next = times, monotonic() + NEWS_SECONDS


def _peaks(search: Session, config: VideoConfig) -> list[Pick]:
    """Picks as they would be without a look at full size."""
    picks, _ = pick_best(
        search.samples,
        search.curve,
        config.pick,
        search.content_of,
        search.model.scorer.calibration.percentile,
    )
    return picks


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The frames to keep of a video."""

    picks: Sequence[Pick]
    shortfall: Reason | None
    """Why there are fewer than asked for; None if there are not."""
    relative_vetoes: Mapping[int, Reason]
    """Rows of the samples that have a relative veto, and which."""


def select(search: Session, config: VideoConfig, deadline: Deadline | None = None) -> Selection:
    """Pick frames, each of them refined while there is time."""
    refiner = None
    if config.refine:
        seen = (search.detail_measures, search.samples, search.curve)
        refiner = Refiner(*seen, config.refine, lambda: deadline is not None and deadline.is_near)
    picks, shortfall = pick_best(
        search.samples,
        search.curve,
        config.pick,
        search.content_of,
        search.model.scorer.calibration.percentile,
        refiner or keep_peak,
    )
    if shortfall:
        shortfall = _of_explored(shortfall, search, config)
    return Selection(picks, shortfall, refiner.relative_vetoes if refiner else {})


def _of_explored(shortfall: Reason, search: Session, config: VideoConfig) -> Reason:
    """Why frames are missing, where the rest of the video was not explored too."""
    explored, timeline = len(search.samples), search.source.timeline
    if search.is_whole or timeline is None or explored >= len(timeline):
        return shortfall
    has_budget = config.budget_seconds is not None
    return shortfall_of_part(shortfall, explored, len(timeline), has_budget)


def score_video(
    path: Path,
    model: AestheticModel,
    config: VideoConfig,
    progress: Progress = no_progress,
    cache: Cache | None = None,
) -> tuple[Samples, ScoreCurve]:
    """Score the frames of a video; nothing is written."""
    with open_session(path, model, progress, cache, config.hwaccel) as search:
        explore(search, config)
        return search.samples, search.curve
