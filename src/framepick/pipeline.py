"""The whole flow on one page: source, batches, embeddings, scores, curve, picks, files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter

from framepick.aesthetic import AestheticModel
from framepick.cache import Cache
from framepick.config import FAST_FROM_SECONDS, VideoConfig
from framepick.errors import LostFrames
from framepick.outputs.folder import Written, moments_to_keep, write_result
from framepick.outputs.stills.saving import check_size
from framepick.picking import keep_peak, pick_best
from framepick.plans import BudgetPlan, ExactPlan, FastPlan, unseen_around
from framepick.refine import Refiner
from framepick.results import RunFigures, VideoResult
from framepick.session import Progress, Session, no_progress, open_session
from framepick.types import FrameRequest, Pick, Samples, ScoreCurve, Timeline

PicksFound = Callable[[Sequence[Pick]], None]
"""Called with picks that may still change, best first."""
_PICK_ATTEMPTS = 5
NEWS_SECONDS = 10.0
"""A search tells of the best frames so far once it has lasted this long, and then as seldom."""
_PAGES_SECONDS = 0.7
"""About what it takes to write all but the stills."""
_STILLS_SHARE = 0.04
"""Of a budget, that stills may need after the last look at full size."""


def no_picks(picks: Sequence[Pick]) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a search has to be done."""

    clock: Callable[[], float]
    """Seconds, from any start."""
    start: float
    """Of `clock`."""
    seconds: float
    """From the start."""

    @property
    def end(self) -> float:
        """Of `clock`."""
        return self.start + self.seconds

    @property
    def is_near(self) -> bool:
        """True when there is time for nothing but to write what was found."""
        return self.clock() >= self.end - _PAGES_SECONDS - _STILLS_SHARE * self.seconds


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
    budget = config.budget_seconds
    start = monotonic() if start is None else start
    deadline = None if budget is None else Deadline(monotonic, start, budget)
    with open_session(path, model, progress, cache, config.hwaccel) as search:
        info = search.source.info
        check_size(str(path), info.width, info.height, config.output.image)
        started = perf_counter()
        explore(search, config, found, deadline)
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


def explore(
    search: Session,
    config: VideoConfig,
    found: PicksFound = no_picks,
    deadline: Deadline | None = None,
) -> None:
    """Look at the frames that the plan of `config` asks for, and at all around possible picks.

    Picks that may still change are `found` now and then once the search has lasted 10 s.

    Raises
    ------
    SourceError
        No frame came.
    """
    # packets that do not tell frames apart leave no choice
    timeline = search.source.timeline if _is_fast(search, config) else None
    search.recall(with_parts=timeline is not None)
    news = _News(search, config, found)
    if not search.is_whole and timeline is None:
        search.run_plan(ExactPlan())
        return
    if not search.is_whole and timeline is not None:
        _look_where_it_pays(search, config, timeline, news, deadline)
    news.tell(is_last=True)


def _look_where_it_pays(
    search: Session,
    config: VideoConfig,
    timeline: Timeline,
    news: _News,
    deadline: Deadline | None,
) -> None:
    reach = config.refine.decoded_seconds if config.refine else 0.0
    rules = config.pick
    plan: FastPlan | BudgetPlan = FastPlan(
        timeline, rules.count, rules.min_gap_seconds, reach_seconds=reach
    )
    if deadline:
        search.warm_up()
        choices = plan.choices
        # each pick is sought out once more for its still, and before that for the look around it
        closing = choices.around_cost * (2.0 if config.refine else 1.0)
        plan = BudgetPlan(choices, deadline.clock, deadline.end - _PAGES_SECONDS, closing)
    around: FrameRequest | None = None
    while True:
        for request in search.requests_of(plan):
            search.process(request)
            news.tell()
        before, rows = around, [pick.row for pick in _peaks(search, config)]
        around = unseen_around(timeline, search.samples, rows, reach)
        # what did not come when it was asked for is lost
        if search.is_whole or around is None or around == before:
            return
        if isinstance(plan, BudgetPlan) and not plan.affords(around):
            return
        search.process(around)


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


def _is_fast(search: Session, config: VideoConfig) -> bool:
    if config.budget_seconds is not None:
        return True
    if config.plan == "auto":
        return (search.source.info.duration_seconds or 0.0) >= FAST_FROM_SECONDS
    return config.plan == "fast"


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
    shortfall: str | None
    """Why there are fewer than asked for; None if there are not."""
    relative_vetoes: Mapping[int, str]
    """Rows seen at full size and refused, and what is wrong with each."""


def select(search: Session, config: VideoConfig, deadline: Deadline | None = None) -> Selection:
    """Pick peaks, each of them settled on the best frame near it while there is time."""
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
    return Selection(picks, shortfall, refiner.relative_vetoes if refiner else {})


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
