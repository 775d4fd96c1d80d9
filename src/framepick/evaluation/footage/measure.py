"""The whole measurement on rated footage, as one report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from framepick.aesthetic import AestheticModel
from framepick.cache import Cache
from framepick.errors import UsageError
from framepick.evaluation.features import cache_folder
from framepick.evaluation.footage.clips import TRAIN, RatedClip, read_footage
from framepick.evaluation.footage.figures import (
    choice_figures,
    even_spread,
    random_choice,
    score_figures,
)
from framepick.evaluation.footage.frames import read_frames
from framepick.evaluation.footage.methods import Method, make_methods
from framepick.evaluation.footage.runs import PickedFrame, picked_frames
from framepick.evaluation.footage.sheet import save_sheet
from framepick.evaluation.footage.tables import (
    MethodFigures,
    footage_tables,
    save_frames,
    save_picks,
)
from framepick.evaluation.report import Report, save_report
from framepick.outputs.text import counted

Use = Literal["train", "evaluate", "all"]
Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FootageConfig:
    """What to measure, and what to compare it with."""

    use: Use = "all"
    """Clips that count: those of use train, all others, or both."""
    picks: bool = True
    """Whether whole runs are measured, too."""
    against: tuple[Path, ...] = ()
    """Other weights."""
    baselines: Path | None = None
    """Folder of pretrained networks, for NIMA."""
    cache: Path = field(default_factory=cache_folder)
    """Folder of cached rated frames, and of NIMA's features of them."""
    run_cache: Cache | None = None
    """Cache of the scored frames of whole runs; None to score all anew."""


@dataclass(frozen=True, slots=True, eq=False)
class FootageFigures:
    """The report, and what it is made of."""

    report: Report
    clips: tuple[RatedClip, ...]
    methods: tuple[MethodFigures, ...]

    def save(self, folder: Path) -> tuple[str, ...]:
        """Write the report, frames.csv and, of whole runs, picks.csv and picks.jpg to `folder`.

        Gives the names of these files.

        Raises
        ------
        SourceError, OutputError
            A clip cannot be read again; a file cannot be written.
        """
        files = [*save_report(self.report, folder), "frames.csv"]
        save_frames(self.clips, self.methods, folder / "frames.csv")
        if picks := self.methods[0].picks:
            save_picks(self.methods, folder / "picks.csv")
            save_sheet(self.clips, picks, folder / "picks.jpg")
            files += ["picks.csv", "picks.jpg"]
        return tuple(files)


def measure_footage(
    weights: Path | None,
    folder: Path,
    config: FootageConfig,
    device: str = "auto",
    note: Note = lambda message: None,
) -> FootageFigures:
    """Measure weights, the shipped ones where None, on the rated footage in `folder`.

    `note` is called with what is measured next.

    Raises
    ------
    UsageError, SourceError, WeightsError
        There are no such clips; a table or clip cannot be read; weights cannot be used.
    """
    clips = _of_use(read_footage(folder), config.use, folder)
    methods = make_methods(weights, config.against, config.baselines, device, config.cache)
    found = [*(_measure(method, clips, config, note) for method in methods), *_simple(clips)]
    first = methods[0].model
    encoder_id = first.encoder.encoder_id if first else ""
    rated = sum(len(clip.ratings) for clip in clips)
    described = f"{folder.name}, {counted(len(clips), 'clip')}, {counted(rated, 'rated frame')}"
    report = Report(methods[0].name, encoder_id, described, footage_tables(clips, found))
    return FootageFigures(report, clips, tuple(found))


def _of_use(clips: Sequence[RatedClip], use: Use, folder: Path) -> tuple[RatedClip, ...]:
    chosen = tuple(clip for clip in clips if use == "all" or (use == TRAIN) == clip.is_for_training)
    if not chosen:
        raise UsageError(f"{folder}: has no clips of use {use}; choose another use")
    return chosen


def _measure(
    method: Method, clips: Sequence[RatedClip], config: FootageConfig, note: Note
) -> MethodFigures:
    note(f"{method.name}: rated frames of {counted(len(clips), 'clip')}")
    scores = tuple(method.score(read_frames(clip, method.view, config.cache)) for clip in clips)
    by_score = tuple(score_figures(clip, own) for clip, own in zip(clips, scores, strict=True))
    if method.model is None or not config.picks:
        return MethodFigures(method.name, scores, by_score)
    note(f"{method.name}: whole runs")
    picks = [_picks(clip, method.model, config) for clip in clips]
    by_pick = tuple(
        None if own is None else choice_figures(clip, [pick.frame_index for pick in own])
        for clip, own in zip(clips, picks, strict=True)
    )
    flat = tuple(pick for own in picks for pick in own or ())
    return MethodFigures(method.name, scores, by_score, by_pick, flat)


def _picks(
    clip: RatedClip, model: AestheticModel, config: FootageConfig
) -> tuple[PickedFrame, ...] | None:
    if clip.video is None:
        return None
    return picked_frames(clip, clip.video, model, config.run_cache)


def _simple(clips: Sequence[RatedClip]) -> tuple[MethodFigures, ...]:
    return (
        MethodFigures("even spread of four", by_pick=tuple(map(even_spread, clips))),
        MethodFigures("random four", by_pick=tuple(map(random_choice, clips))),
    )
