"""The command line: parse, call, print. Everything heavy is imported when a command runs."""

from __future__ import annotations

import json
import math
import os
import signal
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

import framepick
from framepick.console import one_line, prepare, progress, put, say
from framepick.errors import FramepickError, UsageError
from framepick.options import (
    Count,
    Depth,
    Device,
    Format,
    Image,
    Input,
    Inputs,
    Json,
    Markers,
    MinGap,
    Name,
    Out,
    PlanChoice,
    PlanName,
    Precision,
    Quality,
    Refine,
    Runtime,
    Scores,
    Sidecar,
    Sidecars,
    Table,
    Weights,
)

if TYPE_CHECKING:
    from framepick.pipeline import Eye, Progress
    from framepick.sinks.rules import KeepRules

Result = TypeVar("Result")

EXIT_FAILED_INPUT = 1
EXIT_WRONG_CALL = 2
EXIT_INTERRUPTED = 130
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

app = typer.Typer(
    name="framepick",
    help="Find the best frames of a video, the ones that people would choose.",
    epilog="Exit codes: 0 all done, 1 some input failed (the others are done), 2 wrong call, "
    "130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def pick(
    inputs: Inputs,
    count: Count = 5,
    out: Out = Path("picks"),
    min_gap: MinGap = 1.0,
    format: Format = Image.JPEG,
    quality: Quality = 95,
    depth: Depth = 8,
    name: Name = "{stem}_{rank:02}_{time}",
    sidecar: Sidecars = Sidecar.NONE,
    markers: Markers = "",
    plan: PlanChoice = PlanName.EXACT,
    refine: Refine = True,
    scores: Scores = Table.PARQUET,
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
    as_json: Json = False,
) -> None:
    """Pick the best frames of videos: stills, report and picks.json in OUT/NAME.EXT/."""
    from framepick.picking import PickRules
    from framepick.pipeline import VideoConfig, pick_video
    from framepick.refine import RefineRules
    from framepick.sinks.overview import Entry, entry
    from framepick.sinks.results import REPORT_NAME, result_folder, write_run_overview

    if not math.isfinite(min_gap):
        _fail(UsageError(f"--min-gap must be a number of seconds, not {min_gap}"))
    keep = _keep_rules(
        image=format.value,
        quality=quality,
        depth=depth,
        name=name,
        sidecar=sidecar.value,
        markers=tuple(part.strip() for part in markers.split(",") if part.strip()),
        table=scores.value,
    )
    eye = _eye(weights, device, runtime, precision)
    rules = PickRules(count=count, min_gap_seconds=min_gap)
    refining = RefineRules() if refine else None
    config = VideoConfig(rules, plan=plan.value, refine=refining, keep=keep)
    taken: set[Path] = set()
    entries: list[Entry] = []

    def run(path: Path, tell: Progress) -> Report:
        folder = result_folder(out, path, taken)
        result, written = pick_video(path, folder, eye, config, tell)
        entries.append(entry(result, written.previews, _name(Path(folder.name) / REPORT_NAME)))
        shown = [{**row, "still": _name(folder / row["still"])} for row in written.rows]
        notes = [result.shortfall] if result.shortfall else []
        if result.error_count:
            notes.insert(0, f"damaged, decoding errors passed over: {result.error_count}")
        return [_line(row, as_json, _pick_line) for row in shown], notes

    def failed(path: Path, error: FramepickError) -> None:
        entries.append(Entry(name=str(path), failure=str(error)))

    try:
        _for_each(inputs, run, failed)
    finally:
        if len(entries) > 1:
            _checked(lambda: write_run_overview(entries, out))


@app.command()
def score(
    source: Input,
    out: Annotated[Path, typer.Option(help="Table to write: FILE.csv or FILE.parquet.")],
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
) -> None:
    """Write the score of every frame of a video to a table."""
    from framepick.pipeline import score_video
    from framepick.plans import ExactPlan
    from framepick.sinks.tables import check_table_name, write_scores

    _checked(lambda: check_table_name(out))
    eye = _eye(weights, device, runtime, precision)

    def run(path: Path, tell: Progress) -> Report:
        samples, curve = score_video(path, eye, ExactPlan(), tell)
        write_scores(samples, curve, out)
        return [], []

    _for_each([source], run)


@app.command()
def photos(
    inputs: Annotated[
        list[Path], typer.Argument(metavar="FOLDER|FILE...", help="Photos, or folders of them.")
    ],
    out: Annotated[Path, typer.Option(help="Table to write: FILE.csv.")],
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
) -> None:
    """Score photos: a table of path, score and error."""
    from framepick.pipeline import score_photos
    from framepick.sinks.tables import write_photo_scores
    from framepick.sources.photos import find_photos

    if out.suffix.lower() != ".csv":
        _fail(UsageError(f"{_name(out)}: photos are scored to a .csv table; end the name in it"))
    found = find_photos(inputs)
    if not found:
        _fail(UsageError(f"{_name(inputs[0])}: holds no photos; name another folder, or files"))
    eye = _eye(weights, device, runtime, precision)
    with progress("photos") as tell:
        rows, failed = [], 0
        for row in score_photos(found, eye):
            rows.append((_name(row.path), row.score, row.error))
            failed += row.error is not None
            if row.error:
                say(row.error)
            tell(len(rows), len(found))
    _checked(lambda: write_photo_scores(rows, out))
    if failed:
        raise typer.Exit(EXIT_FAILED_INPUT)


@app.command()
def info(
    inputs: Annotated[
        list[Path] | None, typer.Argument(metavar="[INPUT...]", help="Video files.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what is known of videos; without one, what this machine encodes with."""
    from framepick.sources.video import VideoSource
    from framepick.types import ViewSpec

    if not inputs:
        _show_runtimes(as_json)
        return

    def run(path: Path, _: Progress) -> Report:
        with VideoSource(path, ViewSpec(64)) as source:
            facts = source.info
        row = {
            "source": _name(path),
            "width": facts.width,
            "height": facts.height,
            "codec": facts.codec,
            "container": facts.container,
            "frame_rate": str(facts.frame_rate) if facts.frame_rate else None,
            "duration_seconds": facts.duration_seconds,
            "packets": facts.packet_count,
            "key_frames": facts.key_frame_count,
            "start_timecode": facts.start_timecode,
        }
        return [_line(row, as_json, _info_lines)], []

    _for_each(inputs, run)


def _show_runtimes(as_json: bool) -> None:
    from dataclasses import asdict

    from framepick.encoding import available_runtimes

    for runtime in available_runtimes():
        chosen = ", taken unless another is asked for" if runtime.is_chosen else ""
        text = f"{runtime.name} on {runtime.device}, {runtime.precision}{chosen}"
        put(json.dumps(asdict(runtime)) if as_json else text)


@app.command()
def train(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG.toml", help="What to train, and on what.")
    ],
) -> None:
    """Train weights as a configuration says, going on where an interrupted run stopped."""
    from framepick.training.config import read_config
    from framepick.training.run import train as run

    settings = _checked(lambda: read_config(config))
    with progress(settings.name, unit="steps") as tell:
        outcome = _checked(lambda: run(settings, config, tell, say))
    for name, value in outcome.figures.items():
        put(one_line(f"{name}: {value:.4g}"))
    put(one_line(_name(outcome.weights)))


class RatedSplit(StrEnum):
    """Which rated pictures count."""

    TRAIN = "train"
    DEV = "dev"
    ALL = "all"


@app.command()
def evaluate(
    weights: Annotated[
        Path, typer.Argument(metavar="WEIGHTS", help="Weights (.safetensors with their card).")
    ],
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Rated photos: a table, or the folder it is in.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for figures.json and figures.md.")],
    photos: Annotated[
        Path | None, typer.Option(help="Photos to make fault pairs of; no ratings needed.")
    ] = None,
    videos: Annotated[
        list[Path] | None, typer.Option(help="Videos, or folders of them, for steadiness.")
    ] = None,
    baselines: Annotated[
        Path | None, typer.Option(help="Folder of pretrained networks to compare with.")
    ] = None,
    split: Annotated[
        RatedSplit, typer.Option(help="Rated photos that count; those of no split are in train.")
    ] = RatedSplit.TRAIN,
    device: Device = "auto",
) -> None:
    """Measure weights against people's ratings, on fault pairs, clips and stored copies."""
    from framepick.evaluation.evaluate import EvaluationConfig
    from framepick.evaluation.evaluate import evaluate as measure
    from framepick.evaluation.report import check_place, save_report, to_text

    _checked(lambda: check_place(out))
    config = EvaluationConfig(split.value, photos, tuple(videos or ()), baselines)
    report = _checked(lambda: measure(weights, data, config, device, say))
    try:
        _checked(lambda: save_report(report, out))
    finally:  # hours of work are shown even where they cannot be kept
        put("\n".join(map(one_line, to_text(report).splitlines())))
    say(f"these figures are in {_name(out)}: figures.json, figures.md")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"framepick {framepick.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def main() -> NoReturn:
    """Run the command line; every failure is one line on standard error and an exit code."""
    prepare()
    for number in _ENDINGS[1:]:  # asked to end, or the terminal was closed
        signal.signal(number, signal.default_int_handler)
    try:
        app()
    except SystemExit as end:
        if end.code == EXIT_INTERRUPTED:
            say("interrupted; results that were complete are kept")
        raise
    except FramepickError as error:  # such as standard output that is full
        say(str(error))
        sys.exit(EXIT_FAILED_INPUT)
    except Exception as error:
        if "FRAMEPICK_TRACEBACK" in os.environ:
            raise
        reason = " ".join(str(error).split())
        say(f"unexpected {type(error).__name__}: {reason} (FRAMEPICK_TRACEBACK=1 shows where)")
        sys.exit(EXIT_FAILED_INPUT)
    finally:
        for number in _ENDINGS:  # all is done: what comes now must not break the clearing up
            signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


def _eye(weights: Path | None, device: str, runtime: str, precision: str) -> Eye:
    from framepick.pipeline import load_eye

    return _checked(lambda: load_eye(weights, device, runtime, precision))


Report = tuple[list[str], list[str]]
"""What is printed of an input: lines of results, and notes."""


def _for_each(
    inputs: list[Path],
    run: Callable[[Path, Progress], Report],
    on_failure: Callable[[Path, FramepickError], None] = lambda path, error: None,
) -> None:
    """Run each input once; one that fails is reported and the next one is taken."""
    failed = False
    for path in _each_once(inputs):
        try:
            with progress(_name(Path(path.name))) as tell:
                results, notes = run(path, tell)
            for line in results:
                put(line)
            for note in notes:
                say(f"{_name(path)}: {note}")
        except FramepickError as error:
            failed = True
            say(str(error))
            on_failure(path, error)
    if failed:
        raise typer.Exit(EXIT_FAILED_INPUT)


def _each_once(inputs: list[Path]) -> list[Path]:
    """Leave out inputs that name a file again, in the same or another spelling."""
    first: dict[str, Path] = {}
    for path in inputs:
        first.setdefault(os.path.abspath(path), path)
    return list(first.values())


def _keep_rules(**options: Any) -> KeepRules:
    from framepick.sinks.rules import KeepRules

    try:
        return KeepRules(**options)
    except ValueError as error:
        _fail(UsageError(str(error)))


def _checked(call: Callable[[], Result]) -> Result:
    try:
        return call()
    except FramepickError as error:
        _fail(error)


def _fail(error: FramepickError) -> NoReturn:
    say(str(error))
    code = EXIT_WRONG_CALL if isinstance(error, UsageError) else EXIT_FAILED_INPUT
    raise typer.Exit(code)


def _line(row: dict[str, Any], as_json: bool, to_text: Callable[[dict[str, Any]], str]) -> str:
    return json.dumps(row, ensure_ascii=False) if as_json else to_text(row)


def _pick_line(row: dict[str, Any]) -> str:
    return one_line(
        f"{row['still']}  {row['time_seconds']:.3f} s  "
        f"score {row['score']:.3f}  {', '.join(row['reasons'])}"
    )


def _info_lines(row: dict[str, Any]) -> str:
    facts = ((name.replace("_", " "), value) for name, value in row.items() if value)
    lines = [one_line(f"{name}: {value}") for name, value in facts]
    return "\n".join(lines)


def _name(path: Path) -> str:
    from framepick.sinks.results import printable

    return printable(path)


if __name__ == "__main__":
    main()
