"""The command that measures weights: on rated photos, or on rated footage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framepick.commands.shared import checked, fail, name_of, open_cache
from framepick.console import one_line, put, say
from framepick.errors import UsageError
from framepick.options.machine import Cache, Device

if TYPE_CHECKING:
    from framepick.evaluation.report import Report

PHOTOS, FOOTAGE = "On rated photos", "On rated footage"


class RatedSplit(StrEnum):
    """Splits of the rated photos."""

    TRAIN = "train"
    DEV = "dev"
    ALL = "all"


class FootageUse(StrEnum):
    """Which clips of rated footage are measured."""

    TRAIN = "train"
    EVALUATE = "evaluate"
    ALL = "all"


WeightsFile = Annotated[
    Path | None,
    typer.Argument(
        readable=False,
        metavar="WEIGHTS",
        help="Weights (.safetensors with their card); the shipped ones if none are named.",
        show_default=False,
    ),
]
RatedPhotos = Annotated[
    Path | None,
    typer.Argument(
        readable=False,
        metavar="DATA",
        help="Rated photos: a table, or its folder.",
        show_default=False,
    ),
]
Figures = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        readable=False,
        metavar="DIR",
        help="Folder for figures.json and figures.md; of footage also frames.csv, picks.csv and "
        "picks.jpg. Without it, figures are only printed.",
    ),
]
Photos = Annotated[
    Path | None,
    typer.Option(
        readable=False,
        metavar="DIR",
        help="Photos to make distortion pairs of; they need no ratings.",
        rich_help_panel=PHOTOS,
    ),
]
Videos = Annotated[
    list[Path] | None,
    typer.Option(
        readable=False,
        metavar="PATH",
        help="Videos, or folders of them, to measure how steady scores are.",
        rich_help_panel=PHOTOS,
    ),
]
Baselines = Annotated[
    Path | None,
    typer.Option(
        readable=False, metavar="DIR", help="Folder of pretrained networks to compare with."
    ),
]
Split = Annotated[
    RatedSplit,
    typer.Option(
        help="Rated photos to measure on; those without a split are in train.",
        rich_help_panel=PHOTOS,
    ),
]
Footage = Annotated[
    Path | None,
    typer.Option(
        readable=False,
        metavar="DIR",
        help="Folder of rated footage, instead of DATA: clips.csv, ratings.csv and clips/.",
        rich_help_panel=FOOTAGE,
    ),
]
Use = Annotated[FootageUse, typer.Option(help="Clips that count.", rich_help_panel=FOOTAGE)]
Against = Annotated[
    list[Path] | None,
    typer.Option(
        readable=False,
        metavar="FILE",
        help="Other weights to measure beside; may be given several times.",
        rich_help_panel=FOOTAGE,
    ),
]
WholeRuns = Annotated[
    bool,
    typer.Option(
        "--picks/--no-picks",
        help="Measure the picks of whole runs, too, not only the scores of rated frames.",
        rich_help_panel=FOOTAGE,
    ),
]


def evaluate(
    weights: WeightsFile = None,
    data: RatedPhotos = None,
    out: Figures = None,
    photos: Photos = None,
    videos: Videos = None,
    split: Split = RatedSplit.TRAIN,
    footage: Footage = None,
    use: Use = FootageUse.ALL,
    against: Against = None,
    picks: WholeRuns = True,
    cache: Cache = True,
    baselines: Baselines = None,
    device: Device = "auto",
) -> None:
    """Measure weights on people's ratings: of photos, or of frames of videos."""
    from framepick.evaluation.report import check_place
    from framepick.extras import require_extra

    checked(lambda: require_extra("training", "framepick evaluate"))
    if out:
        checked(lambda: check_place(out))
    if footage:
        if data or photos or videos:
            fail(UsageError("--footage goes without rated photos, --photos and --videos"))
        others = tuple(against or ())
        _on_footage(weights, footage, out, device, use, picks, others, baselines, cache)
    elif data and weights:
        if against:
            fail(UsageError("--against goes with --footage only"))
        _on_photos(weights, data, out, device, split, photos, tuple(videos or ()), baselines)
    else:
        fail(UsageError("nothing to measure on; name WEIGHTS and DATA, or --footage DIR"))


def _on_photos(
    weights: Path,
    data: Path,
    out: Path | None,
    device: str,
    split: RatedSplit,
    photos: Path | None,
    videos: tuple[Path, ...],
    baselines: Path | None,
) -> None:
    from framepick.evaluation.evaluate import EvaluationConfig
    from framepick.evaluation.evaluate import evaluate as measure
    from framepick.evaluation.report import save_report

    config = EvaluationConfig(split.value, photos, videos, baselines)
    report = checked(lambda: measure(weights, data, config, device, say))
    _show(report, out, lambda folder: save_report(report, folder))


def _on_footage(
    weights: Path | None,
    footage: Path,
    out: Path | None,
    device: str,
    use: FootageUse,
    picks: bool,
    against: tuple[Path, ...],
    baselines: Path | None,
    cache: bool,
) -> None:
    from framepick.evaluation.footage.measure import FootageConfig, measure_footage

    config = FootageConfig(use.value, picks, against, baselines, run_cache=open_cache(cache))
    found = checked(lambda: measure_footage(weights, footage, config, device, say))
    _show(found.report, out, found.save)


def _show(report: Report, out: Path | None, save: Callable[[Path], Sequence[str]]) -> None:
    """Print a report, and keep it in the folder `out` where one is named.

    `save` gives the names of the files that it has written.
    """
    from framepick.evaluation.report import to_text

    files: Sequence[str] = ()
    try:
        if out:
            files = checked(lambda: save(out))
    finally:  # hours of work are shown even where they cannot be kept
        put("\n".join(map(one_line, to_text(report).splitlines())))
    if out:
        say(f"these figures are in {name_of(out)}: {', '.join(files)}")
