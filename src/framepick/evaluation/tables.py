"""The tables of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from framepick.distortions import KINDS, STRENGTHS, TECHNICAL
from framepick.evaluation.agreement import Agreement, Prediction, agreement, spearman_gain
from framepick.evaluation.bootstrap import Interval
from framepick.evaluation.pairs import PairFigures, mean_won
from framepick.evaluation.report import Cell, Table, make_table
from framepick.evaluation.robustness import RobustnessFigures
from framepick.evaluation.small_copies import LADDER, SHRUNKEN_SIDE, ShrunkenFigures
from framepick.evaluation.steadiness import (
    MAX_CHANGE,
    MAX_GAP_SECONDS,
    Steadiness,
    times_steadier,
)
from framepick.outputs.text import counted
from framepick.ratings import RatedSet

_FIGURES = ("pictures", "Spearman", "Pearson", "accuracy", "vote distance")
_INTERVALS = "Brackets hold 95 % of draws of whole themes."
_TECHNICAL, _ALL = "technical, mean", "all, mean"


def agreement_tables(
    rated: RatedSet, predictions: Mapping[str, Prediction], reference: str
) -> tuple[Table, ...]:
    """All methods on all pictures, the first by category, and all by category in brief.

    Gains are over the method `reference`, where it is among `predictions`.
    """
    found = {name: agreement(rated, prediction) for name, prediction in predictions.items()}
    gains: dict[str, Cell] = {}
    if reference in predictions:
        gains = {
            name: spearman_gain(rated, prediction, predictions[reference])
            for name, prediction in predictions.items()
            if name != reference
        }
    first = next(iter(found))
    categories = [row.category for row in found[first]]
    parts = [
        make_table(
            "Agreement with ratings",
            (*_FIGURES, f"gain over {reference}") if gains else _FIGURES,
            [
                (
                    f"{name} as it is" if name == first else name,
                    (*_cells(rows[0]), gains.get(name)) if gains else _cells(rows[0]),
                )
                for name, rows in found.items()
            ],
            f"{_INTERVALS} {first} is taken as it is: on pictures that it was fitted on, which its "
            "card names, its figures flatter. All others are cross-validated by theme.",
        )
    ]
    if len(categories) > 1:
        parts.append(
            make_table(
                f"{first} by category",
                _FIGURES,
                [(row.category, _cells(row)) for row in found[first]],
                _INTERVALS,
            )
        )
    if len(categories) > 1 and len(found) > 1:
        spearman = [(name, [row.spearman for row in rows]) for name, rows in found.items()]
        parts.append(make_table("Spearman by category", categories, spearman, _INTERVALS))
    return tuple(parts)


def pair_tables(found: Mapping[str, Sequence[PairFigures]]) -> tuple[Table, ...]:
    """The first method in full, and all of them at middle strength."""
    first, rows = next(iter(found.items()))
    columns = (*STRENGTHS, "in order", "all in order", "null pairs")
    full = [(row.kind, _pair_cells(row)) for row in rows]
    full += [
        (name, _pair_means([row for row in rows if row.kind in kinds]))
        for name, kinds in ((_TECHNICAL, TECHNICAL), (_ALL, KINDS))
    ]
    note = f"Share that beats its copy, of {counted(rows[0].count, 'photo')}; brackets by photo."
    parts = [make_table(f"Distortion pairs of {first}", columns, full, note)]
    if len(found) > 1:
        kinds = [row.kind for row in rows]
        brief = [
            (name, [*(row.won["middle"].value for row in own), mean_won(own, TECHNICAL, "middle")])
            for name, own in found.items()
        ]
        title = "Distortion pairs at middle strength"
        parts.append(make_table(title, (*kinds, _TECHNICAL), brief))
    return tuple(parts)


def steadiness_table(found: Mapping[str, Steadiness], reference: str) -> Table:
    """All methods, with how many times steadier each is than `reference` where that is there."""
    rows: list[tuple[str, list[Cell]]] = []
    for name, own in found.items():
        cells: list[Cell] = [
            len(own.clips),
            own.jitter,
            own.movement,
            own.jitter_of_movement,
            own.fall,
        ]
        if reference in found:
            cells.append(None if name == reference else times_steadier(own, found[reference]))
        rows.append((name, cells))
    columns = ["clips", "jitter", "movement", "jitter of movement", "fall under blur"]
    if reference in found:
        columns.append(f"times steadier than {reference}")
    note = (
        "Jitter and movement are counted in a score's response to the table's middle defocus, "
        "whose direction is the fall: 1 where all fall by the same, 0 where as many rise; "
        f"jitter is between frames at most {MAX_GAP_SECONDS} s apart whose luma changes by at "
        f"most {MAX_CHANGE}. Brackets hold 95 % of draws of clips."
    )
    return make_table("Steadiness on video", columns, rows, note)


def robustness_tables(
    found: Mapping[str, Sequence[RobustnessFigures]], count: int
) -> tuple[Table, ...]:
    """Rank correlation and change, all methods by kind of copy."""
    copies = [row.copy for row in next(iter(found.values()))]
    return (
        make_table(
            "Stored and sized otherwise: rank correlation with the originals",
            copies,
            [(name, [row.spearman for row in rows]) for name, rows in found.items()],
            f"{counted(count, 'photo')}.",
        ),
        make_table(
            "Stored and sized otherwise: mean change",
            copies,
            [(name, [row.change for row in rows]) for name, rows in found.items()],
            "In standard deviations of the originals' scores.",
        ),
    )


def ladder_table(found: Mapping[str, Interval], count: int) -> Table:
    """Mean Spearman within photos of all methods."""
    sides, qualities = zip(*LADDER, strict=True)
    note = (
        f"{counted(count, 'photo')}, {len(LADDER)} copies of each, from {sides[0]} pixels at JPEG "
        f"{qualities[0]} to {sides[-1]} at {qualities[-1]}; brackets by photo."
    )
    rows = [(name, [own]) for name, own in found.items()]
    return make_table("Copies on a streaming ladder", ["Spearman within the photo"], rows, note)


def shrunken_table(found: Mapping[str, Sequence[ShrunkenFigures]]) -> Table:
    """Agreement of all methods with ratings of pictures and of shrunken copies."""
    rows: list[tuple[str, list[Cell]]] = [
        (f"{name}, {row.pictures}", [row.count, row.originals, row.shrunken, row.share])
        for name, own in found.items()
        for row in own
    ]
    columns = ["pictures", "originals", f"{SHRUNKEN_SIDE} pixels", "share"]
    note = (
        "Spearman with the ratings. All methods are taken as fitted, which flatters them, but on "
        f"pictures left out of fits: those that may not be fitted on. {_INTERVALS}"
    )
    return make_table("Shrunken copies", columns, rows, note)


def _cells(row: Agreement) -> tuple[Cell, ...]:
    return (row.count, row.spearman, row.pearson, row.accuracy, row.distance)


def _pair_cells(row: PairFigures) -> list[Cell]:
    won: list[Cell] = [row.won[strength] for strength in STRENGTHS]
    return [*won, row.ordered, row.ordered_all, row.null]


def _pair_means(rows: Sequence[PairFigures]) -> list[Cell]:
    columns = zip(*(_pair_cells(row) for row in rows), strict=True)
    return [
        sum(cell.value for cell in cells if isinstance(cell, Interval)) / len(rows)
        for cells in columns
    ]
