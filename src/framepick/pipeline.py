"""The whole flow on one page: source, batches, embeddings, scores, curve, picks, files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from framepick.encoding import load_encoder
from framepick.errors import FramepickError, LostFrames, SourceError
from framepick.filmstrip import FilmstripRecorder
from framepick.measures import gates
from framepick.outcome import RunFigures, VideoResult
from framepick.picking import PickRules, keep_the_peak, pick_best
from framepick.plans import ExactPlan, FastPlan, unseen_around
from framepick.recording import Recorder
from framepick.refine import Refiner, RefineRules
from framepick.scoring import NormScorer
from framepick.shots import find_shots
from framepick.sinks.results import Written, moments_to_keep, write_result
from framepick.sinks.rules import KeepRules
from framepick.sinks.stills.saving import check_size
from framepick.smoothing import smooth
from framepick.sources.photos import load_view
from framepick.sources.video import VideoSource
from framepick.types import (
    Calibration,
    Encoder,
    FrameBatch,
    FrameSource,
    Moment,
    Pick,
    Plan,
    Samples,
    ScoreCurve,
    Scorer,
    Span,
    in_batches,
)

Progress = Callable[[int, int | None], None]
"""Called with the frames done so far and, where known, the frames in all."""
_PICK_ATTEMPTS = 5
PlanName = Literal["exact", "fast"]


def no_progress(done: int, total: int | None) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Eye:
    """What looks at the pictures: an encoder and the scorer of its vectors."""

    encoder: Encoder
    scorer: Scorer
    name: str = "unnamed"
    """Of the weights."""
    runtime: str = "unknown"
    """Where and how the encoder runs."""


def load_eye(
    weights: Path | None = None,
    device: str = "auto",
    runtime: str = "auto",
    precision: str = "auto",
) -> Eye:
    """Load the shipped weights, or others, on the best there is or as asked for.

    Raises
    ------
    UsageError, WeightsError
        The device or runtime is not there; the weights cannot be used.
    """
    encoder = load_encoder(weights, device, runtime=runtime, precision=precision)
    return Eye(encoder, NormScorer(encoder.card.calibration), encoder.card.name, encoder.runtime)


@dataclass(frozen=True, slots=True)
class VideoConfig:
    """How a video is searched and what is written of it."""

    rules: PickRules = field(default_factory=PickRules)
    plan: PlanName = "exact"
    """Look at every frame, or only where picks may lie."""
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
    path: Path, folder: Path, eye: Eye, config: VideoConfig, progress: Progress = no_progress
) -> tuple[VideoResult, Written]:
    """Search a video, write its result to `folder`, give it and what was written.

    Raises
    ------
    SourceError, OutputError
        The video cannot be read; the result cannot be written.
    """
    with VideoSource(path, eye.encoder.view_spec) as source, Recorder() as recorder:
        check_size(str(path), source.info.width, source.info.height, config.keep.image)
        started = perf_counter()
        strip = FilmstripRecorder(source.info)
        samples, curve = look(source, eye, recorder, config, progress, strip)
        searched = perf_counter()
        attempt = 0
        while True:
            attempt += 1
            choice = choose(source, samples, curve, recorder, eye.scorer.calibration, config)
            result = VideoResult(
                source=path,
                info=source.info,
                encoder_id=eye.encoder.encoder_id,
                reference=eye.scorer.calibration.reference,
                samples=samples,
                curve=curve,
                picks=choice.picks,
                requested=config.rules.count,
                shortfall=choice.shortfall,
                error_count=source.error_count,
                filmstrip=strip.filmstrip(),
                run=RunFigures(
                    search_seconds=searched - started,
                    refine_seconds=perf_counter() - searched,
                    encoder=eye.name,
                    device=eye.runtime,
                    settings=config.settings(),
                ),
                refusals=choice.refusals,
            )
            stills = source.stills(moments_to_keep(choice.picks), config.keep.depth)
            try:
                return result, write_result(result, stills, folder, config.keep)
            except LostFrames as lost:
                # damage that the decoder did not notice: veto the frames and pick again
                if attempt == _PICK_ATTEMPTS:
                    raise
                samples = samples.with_damaged(lost.ordinals)
                curve = to_curve(samples)


def look(
    source: FrameSource,
    eye: Eye,
    recorder: Recorder,
    config: VideoConfig,
    progress: Progress = no_progress,
    strip: FilmstripRecorder | None = None,
) -> tuple[Samples, ScoreCurve]:
    """Look at the frames that the plan of `config` asks for, and at all around possible picks.

    Raises
    ------
    SourceError
        No frame came.
    """
    timeline = source.timeline if config.plan == "fast" else None
    if timeline is None:  # packets that do not tell frames apart leave no choice
        return search(source, eye, ExactPlan(), recorder, progress, strip)
    fast = FastPlan(timeline, config.rules.count, config.rules.min_gap_seconds)
    samples, curve = search(source, eye, fast, recorder, progress, strip)
    reach = config.refine.seen_seconds if config.refine else 0.0
    for _ in range(_PICK_ATTEMPTS * config.rules.count):
        picks, _ = pick_best(
            samples, curve, config.rules, recorder.content_of, eye.scorer.calibration.percentile
        )
        span = unseen_around(timeline, samples, [pick.row for pick in picks], reach)
        if span is None:
            break
        samples = _see(source, eye, span, recorder, progress, strip)
        curve = to_curve(samples)
    return samples, curve


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The frames to keep of a video."""

    picks: Sequence[Pick]
    shortfall: str | None
    """Why there are fewer than asked for; None if there are not."""
    refusals: Mapping[int, str]
    """Rows seen at full size and refused, and what is wrong with each."""


def choose(
    source: FrameSource,
    samples: Samples,
    curve: ScoreCurve,
    recorder: Recorder,
    calibration: Calibration,
    config: VideoConfig,
) -> Choice:
    """Pick peaks, each of them settled on the best frame near it."""
    refiner = Refiner(source, samples, curve, config.refine) if config.refine else None
    picks, shortfall = pick_best(
        samples,
        curve,
        config.rules,
        recorder.content_of,
        calibration.percentile,
        refiner or keep_the_peak,
    )
    return Choice(picks, shortfall, refiner.refusals if refiner else {})


def score_video(
    path: Path, eye: Eye, plan: Plan, progress: Progress = no_progress
) -> tuple[Samples, ScoreCurve]:
    """Score the frames of a video; nothing is written."""
    with VideoSource(path, eye.encoder.view_spec) as source, Recorder() as recorder:
        return search(source, eye, plan, recorder, progress)


def search(
    source: FrameSource,
    eye: Eye,
    plan: Plan,
    recorder: Recorder,
    progress: Progress,
    strip: FilmstripRecorder | None = None,
) -> tuple[Samples, ScoreCurve]:
    """Decode what the plan asks for, span by span, and score it.

    `strip`, if there is one, is shown every frame that passes. `progress` counts the frames that
    were decoded; how many there will be is known only where a span asks for everything.

    Raises
    ------
    SourceError
        The plan was carried out and no frame came.
    """
    samples: Samples | None = None
    while span := plan.next(samples):
        samples = _see(source, eye, span, recorder, progress, strip)
    assert samples is not None  # noqa: S101 - every plan asks for a first span
    return samples, to_curve(samples)


def _see(
    source: FrameSource,
    eye: Eye,
    span: Span,
    recorder: Recorder,
    progress: Progress,
    strip: FilmstripRecorder | None,
) -> Samples:
    """Decode and score the frames of `span`; give all frames so far."""
    total = source.info.packet_count if span.is_everything else None
    for batch, measures in in_batches(source.frames(span), eye.encoder.batch_size):
        embeddings = eye.encoder.encode(batch)
        recorder.add(embeddings, eye.scorer.score(embeddings), measures)
        if strip:
            strip.add([moment.time_seconds for moment in batch.moments], batch.views)
        progress(len(recorder), total)
    samples = recorder.samples()
    if not len(samples):
        raise SourceError(f"{source.info.name}: no frame could be decoded")
    return samples


def to_curve(samples: Samples) -> ScoreCurve:
    """Find the shots and smooth the raw scores within them; vetoed frames do not count.

    Where frames were left out, each stretch stands alone: what lies between is not known.
    """
    shot = np.zeros(len(samples), np.int32)
    first = 0
    for rows in _stretches(samples.ordinal):
        found = find_shots(
            samples.times_seconds[rows], samples.content_change[rows], samples.measures[rows]
        )
        shot[rows] = first + found
        first += int(found[-1]) + 1
    observed = np.where(gates(samples.measures) == "", samples.raw, np.nan)
    smoothed, variance = smooth(samples.times_seconds, observed, shot)
    return ScoreCurve(samples.times_seconds, samples.raw, smoothed, variance, shot)


def _stretches(ordinal: NDArray[np.int64]) -> Iterator[slice]:
    """Rows of frames that follow each other without a gap."""
    edges = np.concatenate([[0], np.flatnonzero(np.diff(ordinal) > 1) + 1, [len(ordinal)]])
    for start, end in pairwise(edges.tolist()):
        if end > start:
            yield slice(start, end)


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
