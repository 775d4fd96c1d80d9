"""The whole flow on one page: source, batches, embeddings, scores, curve, picks, files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Literal

import numpy as np

from framepick.errors import FramepickError, LostFrames
from framepick.eye import Eye
from framepick.outcome import RunFigures, VideoResult
from framepick.picking import PickRules, keep_the_peak, pick_best
from framepick.plans import ExactPlan, FastPlan, unseen_around
from framepick.refine import Refiner, RefineRules
from framepick.search import Progress, Search, no_progress
from framepick.sinks.results import Written, moments_to_keep, write_result
from framepick.sinks.rules import KeepRules
from framepick.sinks.stills.saving import check_size
from framepick.sources.photos import load_view
from framepick.types import FrameBatch, Moment, Pick, Samples, ScoreCurve

PicksFound = Callable[[Sequence[Pick]], None]
"""Called with picks that may still change, best first."""
FAST_FROM_SECONDS = 60.0
"""Shorter videos are looked at whole unless told otherwise: that takes no longer."""
_PICK_ATTEMPTS = 5
PlanName = Literal["auto", "exact", "fast"]


def no_picks(picks: Sequence[Pick]) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class VideoConfig:
    """How a video is searched and what is written of it."""

    rules: PickRules = field(default_factory=PickRules)
    plan: PlanName = "auto"
    """Look at every frame, or only where picks may lie; auto is fast from a minute on."""
    refine: RefineRules | None = field(default_factory=RefineRules)
    """How far picks may move from their peaks; None keeps the peaks themselves."""
    keep: KeepRules = field(default_factory=KeepRules)

    def settings(self) -> tuple[tuple[str, str], ...]:
        """Names and values of what a user may set."""
        markers = ", ".join(self.keep.markers) or "none"
        return (
            ("least gap", f"{self.rules.min_gap_seconds:g} s"),
            ("plan", self.plan),
            ("refine", f"within {self.refine.reach_seconds:g} s" if self.refine else "off"),
            ("stills", f"{self.keep.image}, {self.keep.depth} bits"),
            ("markers", markers),
        )


def pick_video(
    path: Path,
    folder: Path,
    eye: Eye,
    config: VideoConfig,
    progress: Progress = no_progress,
    found: PicksFound = no_picks,
) -> tuple[VideoResult, Written]:
    """Search a video, write its result to `folder`, give it and what was written.

    Raises
    ------
    SourceError, OutputError
        The video cannot be read; the result cannot be written.
    """
    with Search(path, eye, progress) as search:
        info = search.source.info
        check_size(str(path), info.width, info.height, config.keep.image)
        started = perf_counter()
        look(search, config, found)
        searched = perf_counter()
        attempt = 0
        while True:
            attempt += 1
            choice = choose(search, config)
            result = VideoResult(
                source=path,
                info=info,
                encoder_id=eye.encoder.encoder_id,
                reference=eye.scorer.calibration.reference,
                samples=search.samples,
                curve=search.curve,
                picks=choice.picks,
                requested=config.rules.count,
                shortfall=choice.shortfall,
                error_count=search.source.error_count,
                filmstrip=search.filmstrip(),
                run=RunFigures(
                    search_seconds=searched - started,
                    refine_seconds=perf_counter() - searched,
                    encoder=eye.name,
                    device=eye.runtime,
                    settings=config.settings(),
                ),
                refusals=choice.refusals,
            )
            stills = search.source.stills(moments_to_keep(choice.picks), config.keep.depth)
            try:
                return result, write_result(result, stills, folder, config.keep)
            except LostFrames as lost:
                # damage that the decoder did not notice: veto the frames and pick again
                if attempt == _PICK_ATTEMPTS:
                    raise
                search.veto(lost.ordinals)


def look(search: Search, config: VideoConfig, found: PicksFound = no_picks) -> None:
    """Look at the frames that the plan of `config` asks for, and at all around possible picks.

    Raises
    ------
    SourceError
        No frame came.
    """
    timeline = search.source.timeline if _is_fast(search, config) else None
    if timeline is None:  # packets that do not tell frames apart leave no choice
        search.carry_out(ExactPlan())
        return
    search.carry_out(FastPlan(timeline, config.rules.count, config.rules.min_gap_seconds))
    reach = config.refine.seen_seconds if config.refine else 0.0
    for _ in range(_PICK_ATTEMPTS * config.rules.count):
        picks = _peaks(search, config)
        span = unseen_around(timeline, search.samples, [pick.row for pick in picks], reach)
        if span is None:
            break
        search.see(span)


def _is_fast(search: Search, config: VideoConfig) -> bool:
    if config.plan == "auto":
        return (search.source.info.duration_seconds or 0.0) >= FAST_FROM_SECONDS
    return config.plan == "fast"


def _peaks(search: Search, config: VideoConfig) -> list[Pick]:
    """Picks as they would be without a look at full size."""
    picks, _ = pick_best(
        search.samples,
        search.curve,
        config.rules,
        search.content_of,
        search.eye.scorer.calibration.percentile,
    )
    return picks


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The frames to keep of a video."""

    picks: Sequence[Pick]
    shortfall: str | None
    """Why there are fewer than asked for; None if there are not."""
    refusals: Mapping[int, str]
    """Rows seen at full size and refused, and what is wrong with each."""


def choose(search: Search, config: VideoConfig) -> Choice:
    """Pick peaks, each of them settled on the best frame near it."""
    refiner = (
        Refiner(search.close_ups, search.samples, search.curve, config.refine)
        if config.refine
        else None
    )
    picks, shortfall = pick_best(
        search.samples,
        search.curve,
        config.rules,
        search.content_of,
        search.eye.scorer.calibration.percentile,
        refiner or keep_the_peak,
    )
    return Choice(picks, shortfall, refiner.refusals if refiner else {})


def score_video(
    path: Path, eye: Eye, config: VideoConfig, progress: Progress = no_progress
) -> tuple[Samples, ScoreCurve]:
    """Score the frames of a video; nothing is written."""
    with Search(path, eye, progress) as search:
        look(search, config)
        return search.samples, search.curve


@dataclass(frozen=True, slots=True)
class PhotoScore:
    """One photo and its score, or the reason why it has none."""

    path: Path
    score: float | None
    error: str | None


def score_photos(paths: Iterable[Path], eye: Eye) -> Iterator[PhotoScore]:
    """Score photos in the order given; a photo that cannot be read has an error instead."""
    group: list[tuple[Path, np.ndarray | str]] = []
    for path in paths:
        try:
            group.append((path, load_view(path, eye.encoder.view_spec)))
        except FramepickError as error:
            group.append((path, str(error)))
        if len(group) == eye.encoder.batch_size:
            yield from _score_group(group, eye)
            group = []
    yield from _score_group(group, eye)


def _score_group(group: list[tuple[Path, np.ndarray | str]], eye: Eye) -> Iterator[PhotoScore]:
    views = [view for _, view in group if not isinstance(view, str)]
    scores: list[float] = []
    if views:
        moments = tuple(Moment(at, 0, Fraction(1), 0.0) for at in range(len(views)))
        embeddings = eye.encoder.encode(FrameBatch(np.stack(views), moments))
        scores = [float(score) for score in eye.scorer.score(embeddings)]
    remaining = iter(scores)
    for path, view in group:
        if isinstance(view, str):
            yield PhotoScore(path, None, view)
        else:
            yield PhotoScore(path, next(remaining), None)
