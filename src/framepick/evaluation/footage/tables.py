"""The tables of figures on rated footage, and the rows of single frames and picks."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from math import nan
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from framepick.evaluation.bootstrap import Interval, interval
from framepick.evaluation.footage.clips import RatedClip
from framepick.evaluation.footage.figures import (
    COUNT,
    POOR,
    ChoiceFigures,
    ScoreFigures,
    best_lift,
)
from framepick.evaluation.footage.runs import PickedFrame
from framepick.evaluation.report import Cell, Table, make_table
from framepick.evaluation.statistics import Statistic, mean_of, ratio_of, spearman_of
from framepick.files import whole_file
from framepick.outputs.text import counted
from framepick.types import Floats

_Item = TypeVar("_Item")
COLUMNS = (
    "within",
    f"gain of top {COUNT}",
    "gain of picks",
    f"picks rated {POOR:g} or less",
    "best four met",
    "between clips",
)
_MIN_CLIPS = 3
"""Fewest clips of a topic that has a row of its own."""
_OTHERS = "other topics"
_NOTE = (
    "within: mean over clips of Spearman's correlation of score and rating of the rated frames. "
    f"gain: by how much the {COUNT} frames are rated above the mean of their clips, as a share of "
    "what the best four are; top: the rated frames with the highest scores; picks: those of whole "
    "runs, each with the rating of the nearest rated frame. met: share of the best four with a "
    "pick within one step of rated frames. between: Spearman's correlation of the means of clips. "
    "Brackets hold 95 % of draws of clips."
)


@dataclass(frozen=True, slots=True, eq=False)
class MethodFigures:
    """The figures of one method on the same clips as all others; None where not measured."""

    name: str
    scores: tuple[Floats, ...] | None = None
    """Scores (N,) of the rated frames of each clip, or rounds (R, N) of them."""
    by_score: tuple[ScoreFigures, ...] | None = None
    by_pick: tuple[ChoiceFigures | None, ...] | None = None
    """None for clips without a video."""
    picks: tuple[PickedFrame, ...] = ()

    def select(self, rows: NDArray[np.bool_]) -> MethodFigures:
        """Give the figures of the clips where `rows` is true."""
        return MethodFigures(
            self.name,
            by_score=None if self.by_score is None else _chosen(self.by_score, rows),
            by_pick=None if self.by_pick is None else _chosen(self.by_pick, rows),
        )


def footage_tables(
    clips: Sequence[RatedClip], methods: Sequence[MethodFigures]
) -> tuple[Table, ...]:
    """Make a table of all methods for each part of the clips, and one of the first by topic."""
    tables = [
        make_table(
            f"{title}: {counted(int(rows.sum()), 'clip')}",
            COLUMNS,
            [
                (method.name, _cells(_chosen(clips, rows), method.select(rows)))
                for method in methods
            ],
        )
        for title, rows in _parts(clips).items()
        if rows.any()
    ]
    whole = np.array([clip.video is not None for clip in clips])
    chosen = whole if whole.any() else ~whole
    topics = [
        (f"{topic} ({int(rows.sum())})", _cells(_chosen(clips, rows), methods[0].select(rows)))
        for topic, rows in _by_topic(clips, chosen).items()
    ]
    return (*tables, make_table(f"{methods[0].name} by topic", COLUMNS, topics, _NOTE))


def save_frames(clips: Sequence[RatedClip], methods: Sequence[MethodFigures], path: Path) -> None:
    """Write a table of the rated frames and their scores; OutputError where that fails."""
    scored = {one.name: one.scores for one in methods if one.scores is not None}
    rows = [
        [
            *(clip.name, clip.use, clip.topic, int(index), float(clip.ratings[row])),
            *(f"{np.atleast_2d(scores[at])[:, row].mean():.6g}" for scores in scored.values()),
        ]
        for at, clip in enumerate(clips)
        for row, index in enumerate(clip.frame_indices)
    ]
    _save(path, ["file", "use", "topic", "frame_index", "rating", *scored], rows)


def save_picks(methods: Sequence[MethodFigures], path: Path) -> None:
    """Write a table of the picks of whole runs; OutputError where that fails."""
    head = ["method", "file", "rank", "frame_index", "time_seconds", "score", "rating"]
    rows = [
        [
            *(method.name, one.clip, one.rank, one.frame_index),
            *(f"{one.time_seconds:.3f}", f"{one.score:.6g}", one.rating),
        ]
        for method in methods
        for one in method.picks
    ]
    _save(path, head, rows)


def _save(path: Path, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with whole_file(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])


def _parts(clips: Sequence[RatedClip]) -> Mapping[str, NDArray[np.bool_]]:
    """Give the rows of each part: all clips with a video, those by use, and the others."""
    whole = np.array([clip.video is not None for clip in clips])
    use = np.array([clip.use for clip in clips])
    uses = list(dict.fromkeys(use[whole].tolist()))
    parts = {"All": whole} if len(uses) != 1 else {}
    parts |= {f"Use: {name}": whole & (use == name) for name in uses}
    return parts | {"Rated frames only, without the video": ~whole}


def _by_topic(
    clips: Sequence[RatedClip], chosen: NDArray[np.bool_]
) -> Mapping[str, NDArray[np.bool_]]:
    """Group the chosen clips by the first word of their topics, the rare ones together."""
    first = [clip.topic.split("_")[0] for clip in clips]
    counts = Counter(word for word, is_in in zip(first, chosen, strict=True) if is_in)
    names = np.array([word if counts[word] >= _MIN_CLIPS else _OTHERS for word in first])
    common = sorted(word for word in counts if counts[word] >= _MIN_CLIPS)
    groups = {word: chosen & (names == word) for word in (*common, _OTHERS)}
    return {word: rows for word, rows in groups.items() if rows.any()}


def _cells(clips: Sequence[RatedClip], method: MethodFigures) -> list[Cell]:
    within, top, between = _score_cells(clips, method.by_score)
    picks = _pick_cells(clips, method.by_pick)
    return [within, top, *picks, between]


def _score_cells(
    clips: Sequence[RatedClip], found: Sequence[ScoreFigures] | None
) -> tuple[Cell, Cell, Cell]:
    if found is None:
        return None, None, None
    correlations = np.array([one.within for one in found])
    is_known = ~np.isnan(correlations)
    ratings = [float(clip.ratings.mean()) for clip in clips]
    return (
        _interval(mean_of(correlations[is_known]), _chosen(clips, is_known)),
        _interval(_gain(clips, [one.top for one in found]), clips),
        _interval(spearman_of([one.mean for one in found], ratings), clips),
    )


def _pick_cells(
    clips: Sequence[RatedClip], found: Sequence[ChoiceFigures | None] | None
) -> tuple[Cell, Cell, Cell]:
    known = [one for one in found or () if one is not None]
    if len(known) < len(clips):
        return None, None, None
    poor = ratio_of([one.poor for one in known], [one.count for one in known])
    return (
        _interval(_gain(clips, known), clips),
        _interval(poor, clips),
        _interval(mean_of([one.met for one in known]), clips),
    )


def _gain(clips: Sequence[RatedClip], found: Sequence[ChoiceFigures]) -> Statistic:
    return ratio_of([one.lift for one in found], [best_lift(clip) for clip in clips])


def _interval(statistic: Statistic, clips: Sequence[RatedClip]) -> Interval:
    if not clips:
        return Interval(nan)
    return interval(statistic, [clip.origin for clip in clips])


def _chosen(items: Sequence[_Item], rows: NDArray[np.bool_]) -> tuple[_Item, ...]:
    return tuple(compress(items, rows.tolist()))
