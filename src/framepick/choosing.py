"""Which of the processed frames of one film are picked, and which others are worth a look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from framepick.aesthetic import AestheticModel
from framepick.alternatives import candidates_of, clean_rows
from framepick.config import PickConfig, RefineConfig, VideoConfig
from framepick.errors import SourceError, UsageError
from framepick.held import EarlierPick, RelativeVeto, included, kept, no_veto
from framepick.picking import RefinePeak, keep_peak, pick_best, shortfall_of_part
from framepick.picking.alternates import Alternates
from framepick.picking.peaks import best_of_parts
from framepick.picking.scenes import scenes_of
from framepick.processing import FrameProcessor
from framepick.protocols import Source
from framepick.reasons import Reason
from framepick.refine import MeasuredFrames, Refiner, Windows
from framepick.results import Candidate, Pick
from framepick.scope import EVERYTHING, Scope, lonely, scope_of, vetoed_rows
from framepick.timecode import timecodes


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The frames to keep of a video."""

    picks: Sequence[Pick]
    shortfall: Reason | None
    """Why there are fewer picks than requested; None if there are as many."""
    relative_vetoes: Mapping[int, Reason]
    """Relative vetoes by row of the samples, for the rows that have one."""


@dataclass(slots=True, eq=False)
class Chooser:
    """Chooses among the frames of one film, as far as they were processed."""

    source: Source
    model: AestheticModel
    frames: FrameProcessor
    kept: tuple[EarlierPick, ...] = ()
    """Earlier picks that stay."""
    is_from_cache: bool = False
    """Whether the frames are those of an earlier choice, and no others are decoded for this one."""
    _windows: Windows | None = None
    _measured: MeasuredFrames = field(init=False)

    def __post_init__(self) -> None:
        self._measured = MeasuredFrames(self.frames.detail_measures)

    def prepare(self, config: VideoConfig) -> Scope:
        """Mark titles and what the user leaves out; give what is let in."""
        self.frames.keep_titles(config.pick.keep_titles)
        scope = self._scope(config.pick)
        self.frames.limit(scope)
        return scope

    def _scope(self, rules: PickConfig) -> Scope:
        """Work out what `rules` let in: everything while the frames of the film are not known."""
        timeline = self.source.timeline
        if not rules.names_times or (timeline is None and not self.frames.has_samples):
            return EVERYTHING
        times = self.frames.samples.times_seconds if timeline is None else timeline.times_seconds
        try:
            return scope_of(rules, timecodes(self.source.info, times), times)
        except ValueError as error:
            raise UsageError(f"{self.source.info.name}: {error}") from None

    def select(self, config: VideoConfig, is_late: Callable[[], bool]) -> Selection:
        """Choose the picks, each the best frame near its peak; once it `is_late`, the peak itself.

        Raises
        ------
        UsageError
            A time of `config` is none of this film.
        SourceError
            Frames cannot be measured at full size, or one that is included cannot be decoded.
        """
        self._check_decoded(self.prepare(config).included)
        refiner = None
        if config.refine:
            windows = self._windows_of(config.refine)
            refiner = Refiner(windows, is_late, self.frames.faces, config.pick.prefer)
        picks, shortfall = self.pick(config, refiner or keep_peak, self._vetoes_at_full_size)
        if shortfall:
            shortfall = self.shortfall_of_explored(shortfall, config)
        picks = [self._with_taste(pick) for pick in picks]
        return Selection(picks, shortfall, refiner.relative_vetoes if refiner else {})

    def pick(
        self,
        config: VideoConfig,
        refine_peak: RefinePeak = keep_peak,
        relative_veto: RelativeVeto = no_veto,
    ) -> tuple[list[Pick], Reason | None]:
        """Give the picks, and why there are fewer than requested; by default the peaks."""
        frames, percentile = self.frames, self.model.scorer.calibration.percentile
        # comparing at full size takes longer than an answer from the cache may
        veto = no_veto if self.is_from_cache else relative_veto
        scope = self._scope(config.pick)
        asked = included(scope, frames.samples, veto)
        held = [*asked, *kept(self.kept, frames.samples)]
        choose = partial(
            pick_best,
            frames.samples,
            frames.curve,
            config.pick,
            frames.content_of,
            percentile,
            refine_peak,
            held,
            vetoed_rows(scope, frames.samples),
        )
        if self.is_from_cache:  # a score without others around it is unsure
            picks, shortfall = choose(passed_over=lonely(frames.samples))
            if shortfall is None:
                return picks, None
        return choose()

    def _with_taste(self, pick: Pick) -> Pick:
        """Give a pick that says how far a taste moved its score, if one did."""
        moved, taste = self.frames.samples.moved, self.frames.taste
        if moved is None or taste is None:
            return pick
        reason = taste.reason(float(moved[pick.row]))
        return replace(pick, reasons=(*pick.reasons, reason))

    def _check_decoded(self, frame_indices: Sequence[int]) -> None:
        missing = set(frame_indices) - set(self.frames.samples.frame_index.tolist())
        if missing:
            text = ", ".join(f"frame {number}" for number in sorted(missing))
            raise SourceError(f"{self.source.info.name}: {text} cannot be decoded; include another")

    def shortfall_of_explored(self, shortfall: Reason, config: VideoConfig) -> Reason:
        """Give the reason for missing picks: another one if the video was explored in part."""
        timeline, scope = self.source.timeline, self._scope(config.pick)
        if self.frames.is_complete or timeline is None:
            return shortfall
        let_in = int(scope.covers(timeline.times_seconds).sum())
        explored = int(scope.covers(self.frames.samples.times_seconds).sum())
        if explored >= let_in:
            return shortfall
        has_budget = config.budget_seconds is not None
        return shortfall_of_part(shortfall, explored, let_in, has_budget)

    def candidates(self, selection: Selection, config: VideoConfig) -> list[Candidate]:
        """Give the picks, and frames that may be preferred to them."""
        frames = self.frames
        clean = clean_rows(frames.samples, frames.curve, selection.relative_vetoes)
        parts = best_of_parts(frames.curve, clean)
        others = Alternates(
            picked=[pick.row for pick in selection.picks],
            curve=frames.curve,
            scenes=scenes_of(frames.curve.shot, parts, frames.content_of(parts)),
            eligible=clean,
            vectors_of=frames.content_of,
            duplicate_distance=config.pick.duplicate_distance,
        )
        percentile = self.model.scorer.calibration.percentile
        return candidates_of(selection.picks, frames.samples, others, percentile)

    def _windows_of(self, config: RefineConfig) -> Windows:
        """Give the windows of the present samples: those of the last selection while they last."""
        samples, windows = self.frames.samples, self._windows
        if windows is None or windows.samples is not samples or windows.config != config:
            windows = Windows(self._measured, samples, self.frames.curve, config)
        self._windows = windows
        return windows

    def _vetoes_at_full_size(self, row: int) -> Reason | None:
        """Give the relative veto of a frame, by the windows of the last selection."""
        window = self._windows.around(row) if self._windows else None
        return window.relative_vetoes.get(row) if window else None
