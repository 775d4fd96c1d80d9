"""The whole flow: source, frames, embeddings, scores, curve, picks, files.

A session explores a video as its plan asks, selects the frames to keep from what was processed,
and writes them. Another count, gap or reach is selected from the same frames without exploring
again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Self

import numpy as np

import framepick
from framepick.aesthetic import AestheticModel
from framepick.alternatives import moments_to_show
from framepick.cache import Cache, CacheEntry, fingerprint
from framepick.choosing import Chooser, Selection
from framepick.config import VideoConfig
from framepick.errors import LostFrames, SourceClosed, SourceError
from framepick.held import EarlierPick
from framepick.parts import Scored
from framepick.plans import WRITING_SECONDS, make_plan
from framepick.plans.splitting import asks_for_everything, pieces_of
from framepick.processing import FrameProcessor
from framepick.protocols import (
    Opening,
    Plan,
    PlanState,
    ProcessedRequest,
    Progress,
    Source,
    no_progress,
)
from framepick.provisional import PicksFound, ProvisionalPicks, no_picks
from framepick.results import Judgement, Pick, RunFigures, VideoResult
from framepick.scope import around
from framepick.sources.opening import open_source
from framepick.taste.taste import Taste
from framepick.types import SMALL_SIDE, FrameRequest, Moment, Samples, ScoreCurve
from framepick.urls import MediaFile

if TYPE_CHECKING:
    from framepick.outputs.folder import Written

Clock = Callable[[], float]
"""Gives the seconds since the run began."""
IsLate = Callable[[], bool]
"""Tells whether picks are to be taken as they are, without comparing frames around them."""
_SELECT_ATTEMPTS = 5
_STILLS_SHARE = 0.04
"""Share of a budget that stills may need after the last frame was measured at full size."""


def never() -> bool:
    """Have all the time there is."""
    return False


def ignore_result(result: VideoResult) -> None:
    """Ignore a result that is not written yet."""


def clock_since(start: float | None = None) -> Clock:
    """Give a clock that counts from `start`, in seconds of `time.monotonic`; from now if None."""
    start = monotonic() if start is None else start
    return lambda: monotonic() - start


class Session:
    """Explores one source, selects frames from it and writes them.

    Close it, or use it in a `with` statement.

    Frames come from `source` and are also kept in the cache's `entry`, if there is one; both are
    closed with the session. A budget is measured by `clock`; without one it starts now. Results
    say that they are of `name`, where that is not the path of the source.

    Raises
    ------
    OutputError
        The temporary folder has no space for working data.
    """

    def __init__(
        self,
        source: Source,
        model: AestheticModel,
        progress: Progress = no_progress,
        entry: CacheEntry | None = None,
        clock: Clock | None = None,
        name: MediaFile | None = None,
    ) -> None:
        self.source = source
        self.model = model
        self._name = name
        self.processor = FrameProcessor(source, model, progress, entry)
        self._clock = clock or clock_since()
        self._chooser = Chooser(source, model, self.processor)
        self._explore_seconds = self._refine_seconds = 0.0
        self._is_closed = False

    @property
    def samples(self) -> Samples:
        """All frames processed so far."""
        return self.processor.samples

    @property
    def curve(self) -> ScoreCurve:
        """The scores of `samples`, smoothed within shots."""
        return self.processor.curve

    def explore(
        self, config: VideoConfig, found: PicksFound = no_picks, scored: Scored | None = None
    ) -> None:
        """Process the frames that the plan of `config` asks for, but for those that are `scored`.

        `found` is called with provisional picks, about every 10 s while exploring lasts longer.

        Raises
        ------
        UsageError
            A time of `config` is none of this film.
        SourceError
            No frame could be decoded, or the session is closed.
        """
        self._check_open()
        begin, processor, plan = self._clock(), self.processor, self.plan(config)
        known = processor.recall(with_parts=plan.uses_parts)
        if known is None and scored:
            known = self._take(plan, scored)
        if config.budget_seconds is not None and not processor.is_complete:
            processor.warm_up()
        provisional = ProvisionalPicks(lambda: self._peaks(config), found)

        def peaks() -> list[int]:
            return [pick.row for pick in self._peaks(config)]

        state = PlanState(known, peaks, self._clock(), is_complete=processor.is_complete)
        while request := plan.next(state):
            start = self._clock()
            processor.process(request)
            done = ProcessedRequest(request, start, self._clock())
            state = state.after(done, processor.samples)
            provisional.report()
        provisional.report(is_last=True)
        self._explore_seconds += self._clock() - begin

    def plan(self, config: VideoConfig) -> Plan:
        """Give the plan that explores this video as `config` asks for.

        Raises
        ------
        UsageError
            A time of `config` is none of this film.
        """
        scope, source = self._chooser.prepare(config), self.source
        return make_plan(config, source.timeline, source.info.duration_seconds, scope)

    def recall(self, config: VideoConfig, kept: Sequence[EarlierPick] = ()) -> None:
        """Take what the cache has of the video, and decode only frames that have to be there.

        Picks that are `kept` are among those of every selection from now on. Where the cache has
        nothing, the video is explored.

        Raises
        ------
        UsageError, SourceError
            As `explore`.
        """
        self._check_open()
        begin, self._chooser.kept = self._clock(), tuple(kept)
        known = self.processor.recall(with_parts=True)
        if known is None or self.source.timeline is None:
            return self.explore(config)
        scope, times = self._chooser.prepare(config), self.source.timeline.times_seconds
        reach = config.refine.decoded_seconds if config.refine else 0.0
        new = np.setdiff1d(scope.required, self.samples.frame_index)
        missing = np.setdiff1d(around(new.tolist(), times, reach), self.samples.frame_index)
        if len(missing):
            self.processor.process(FrameRequest(tuple(missing.tolist())))
        self._chooser.is_from_cache = True
        self._explore_seconds += self._clock() - begin
        return None

    def so_far(self, config: VideoConfig) -> VideoResult | None:
        """Give the result as it is now, the peaks as its picks; None before the first frame.

        It may be called by `progress`, while the video is explored.
        """
        self._check_open()
        self.processor.refresh()
        if not self.processor.has_samples:
            return None
        return self._result(config, Selection(self._peaks(config), None, {}))

    def limit(self, config: VideoConfig) -> None:
        """Leave out of the choice what `config` leaves out, of the frames processed so far.

        Raises
        ------
        UsageError
            A time of `config` is none of this film.
        """
        self._chooser.prepare(config)

    def keep(self, picks: Sequence[EarlierPick]) -> None:
        """Let these picks be among those of every selection from now on."""
        self._chooser.kept = tuple(picks)

    def use_taste(self, taste: Taste | None) -> None:
        """Let another taste than the model's move the scores from now on; None for no taste."""
        self.processor.use_taste(taste)

    def select(self, config: VideoConfig, is_late: IsLate = never) -> Selection:
        """Select the frames to keep from those that were processed.

        Each pick is the best frame near its peak, at full size; once a budget is nearly spent or it
        `is_late`, the peak itself.

        Raises
        ------
        UsageError
            Nothing was explored, or a time of `config` is none of this film.
        SourceError
            Frames cannot be measured at full size, or the session is closed.
        """
        self._check_open()
        begin = self._clock()
        selection = self._chooser.select(config, lambda: is_late() or self._is_late(config))
        self._refine_seconds += self._clock() - begin
        return selection

    def choose(self, config: VideoConfig, is_late: IsLate = never) -> VideoResult:
        """Give the result of a selection, as `select` makes it.

        Other candidates, crops and heat maps are part of it.

        Raises
        ------
        UsageError, SourceError
            As `select`.
        """
        selection = self.select(config, is_late)
        found = self._chooser.candidates(selection, config)
        result = replace(self._result(config, selection), candidates=found)
        return self._with_heat_maps(self._with_crops(result))

    def pictures(self, moments: Sequence[Moment], side: int) -> Iterator[tuple[Moment, bytes]]:
        """Give JPEG files of frames, `side` pixels long at most, each as soon as it is decoded.

        Frames that are not found again are left out. It may be called by `progress`.

        Raises
        ------
        SourceError
            The source fails, or the session is closed.
        """
        self._check_open()
        from framepick.outputs.previews import picture  # takes its time

        with suppress(LostFrames):
            small = side <= SMALL_SIDE
            find = self.source.small_pictures if small else self.source.stills
            for still in find(moments):
                yield still.moment, picture(still, side)

    def write(
        self,
        folder: Path,
        config: VideoConfig,
        selected: Callable[[VideoResult], None] = ignore_result,
        attempts: int = _SELECT_ATTEMPTS,
        name: MediaFile | None = None,
        judgements: Mapping[int, Judgement] | None = None,
    ) -> tuple[VideoResult, Written]:
        """Select frames and write the result to `folder`; `selected` is called in between.

        Frames that decode differently each time are damaged, although the decoder did not notice:
        they are vetoed and others selected, in as many `attempts`. The result says that it is of
        `name`, if there is one, as `Session` takes it, and has the `judgements` of the user, by
        frame index.

        Raises
        ------
        SourceError, OutputError
            Stills cannot be decoded; the result cannot be written.
        """
        result = self.choose(config)
        result = replace(result, source=name or result.source, judgements=judgements or {})
        selected(result)
        result = self._with_pictures(result)
        from framepick.outputs.folder import moments_to_keep, write_result  # takes its time

        stills = self.source.stills(moments_to_keep(result.picks), config.output.depth)
        try:
            return result, write_result(result, stills, folder, config.output)
        except LostFrames as lost:
            if attempts == 1:
                raise
            self.processor.veto(lost.frame_indices)
            return self.write(folder, config, selected, attempts - 1, name, judgements)

    def close(self) -> None:
        """End the decoder, remove working data and release the cache entry."""
        self._is_closed = True
        self.processor.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, plan: Plan, scored: Scored) -> Samples | None:
        """Take the frames of the video that other processes have scored; None if any is missing."""
        timeline = self.source.timeline
        if timeline is None or not asks_for_everything(plan):
            return None
        folder = scored.files(self.model.encoder.encoder_id)
        pieces = folder.read_all(pieces_of(timeline, scored.shares))
        if pieces is None:
            return None
        self.processor.take(pieces)
        return self.samples

    def _check_open(self) -> None:
        if self._is_closed:
            raise SourceClosed(f"{self.source.info.name}: the session is closed; open another")

    def _peaks(self, config: VideoConfig) -> list[Pick]:
        """Provisional picks: the peaks themselves, none of them refined."""
        return self._chooser.pick(config)[0]

    def _is_late(self, config: VideoConfig) -> bool:
        """Tell whether the rest of the budget is needed to write the result."""
        budget = config.budget_seconds
        return (
            budget is not None and self._clock() >= budget * (1 - _STILLS_SHARE) - WRITING_SECONDS
        )

    def _result(self, config: VideoConfig, selection: Selection) -> VideoResult:
        frames, model = self.processor, self.model
        return VideoResult(
            source=self._name or Path(self.source.info.name),
            info=self.source.info,
            encoder_id=model.encoder.encoder_id,
            reference=model.scorer.calibration.reference,
            samples=frames.samples,
            curve=frames.curve,
            picks=selection.picks,
            config=config,
            shortfall=selection.shortfall,
            error_count=self.source.error_count,
            filmstrip=frames.filmstrip(),
            run=RunFigures(self._explore_seconds, self._refine_seconds, model.name, model.runtime),
            relative_vetoes=selection.relative_vetoes,
            timeline=self.source.timeline,
            comparable=frames.comparable(np.array([one.row for one in selection.picks], np.int64)),
        )

    def _with_pictures(self, result: VideoResult) -> VideoResult:
        """Give a result with pictures of its candidates, unless time is short or none is shown."""
        if result.config.budget_seconds is not None or not result.config.output.pages:
            return result
        return replace(result, pictures=self.processor.pictures(moments_to_show(result.candidates)))

    def _with_crops(self, result: VideoResult) -> VideoResult:
        """Give a result with the crops that its configuration asks for."""
        ratios = result.config.output.crops
        if not ratios:
            return result
        from framepick.cropping import Cropper  # takes its time

        cropper = Cropper(self.model)
        stills = self.source.small_pictures([pick.moment for pick in result.picks])
        return replace(result, crops={one.moment: cropper.crops(one, ratios) for one in stills})

    def _with_heat_maps(self, result: VideoResult) -> VideoResult:
        """Give a result with the heat maps that its configuration asks for."""
        if not result.config.output.heat_maps:
            return result
        from framepick.explaining.explainer import Explainer  # takes its time
        from framepick.outputs.explained.heat import heat_file

        explainer = Explainer(self.model.weights)
        maps = {
            one.moment: heat_file(pixels, explainer.explain(pixels))
            for one in self.source.small_pictures([pick.moment for pick in result.picks])
            for pixels in [one.pixels.astype(np.uint8, copy=False)]
        }
        return replace(result, heat_maps=maps)


def open_session(
    path: Path,
    model: AestheticModel,
    progress: Progress = no_progress,
    cache: Cache | None = None,
    hwaccel: str = "off",
    clock: Clock | None = None,
    stream: int | None = None,
    threads: int | None = None,
    name: MediaFile | None = None,
) -> Session:
    """Open the video `path`; `hwaccel`, `stream` and `threads` are what `open_source` takes.

    Frames are also kept in the `cache`, if there is one, for the next session with the same content
    and the same encoder. `name` is what `Session` takes.

    Raises
    ------
    SourceError, OutputError
        The video cannot be read; the temporary folder has no space for working data.
    """
    with ExitStack() as opened:
        if entry := _entry(path, model, cache, hwaccel, stream):
            opened.enter_context(entry)
        known = entry.opening() if entry else None
        opening = Opening(*known) if known else None
        if not known:
            model.prepare()  # while the file is opened
        spec = model.encoder.view_spec
        source = opened.enter_context(open_source(path, spec, opening, hwaccel, threads, stream))
        if entry and source.opening and not opening:
            entry.keep_opening(source.opening.header, bytes(source.opening.payload))
        session = Session(source, model, progress, entry, clock, name)
        opened.pop_all()
        return session


def _entry(
    path: Path, model: AestheticModel, cache: Cache | None, hwaccel: str, stream: int | None
) -> CacheEntry | None:
    if cache is None:
        return None
    with suppress(SourceError):  # opening the source raises an error that says more
        # views depend on the version of av and on the device; all else is part of the encoder_id
        decoder = f"framepick {framepick.__version__} av {version('av')} {hwaccel}"
        if stream is not None:
            decoder += f" stream {stream}"
        return cache.open(fingerprint(path), f"{model.encoder.encoder_id} {decoder}")
    return None
