"""The command that picks again from a film that was searched before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framepick.commands.pick import notes_of, pick_lines
from framepick.commands.shared import Report, checked, fail, for_each, for_taste, load, open_cache
from framepick.commands.times import picking_times, time_of
from framepick.console import put
from framepick.errors import UsageError
from framepick.format_names import crop_ratios
from framepick.options.frames import FRAMES, End, Exclude, Include, MinGap, PerScene, PerShot, Start
from framepick.options.machine import Device, Precision, Runtime, Taste, Threads, Weights
from framepick.options.results import CropPictures, Crops, Json

if TYPE_CHECKING:
    from framepick.aesthetic import AestheticModel
    from framepick.cache import Cache
    from framepick.config import VideoConfig
    from framepick.protocols import Progress
    from framepick.repick import Changes
    from framepick.results import VideoResult

Results = Annotated[
    list[Path],
    typer.Argument(
        readable=False, metavar="DIR", help="Result folders of framepick pick, or folders of them."
    ),
]
Count = Annotated[
    int | None,
    typer.Option(
        "--count",
        "-n",
        min=1,
        metavar="N",
        help="Number of frames to pick; as many as before if not given.",
        rich_help_panel=FRAMES,
    ),
]
Variety = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        metavar="0..1",
        help="How much showing something else counts beside the score; as before if not given.",
        rich_help_panel=FRAMES,
    ),
]
Swap = Annotated[
    list[str] | None,
    typer.Option(
        metavar="N=TIME",
        help="Take the frame of this time in place of pick N; all others stay.",
        rich_help_panel=FRAMES,
    ),
]
Pin = Annotated[
    list[int] | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Keep pick N, now and in later choices.",
        rich_help_panel=FRAMES,
    ),
]
Veto = Annotated[
    list[int] | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Never take pick N again, nor what is near, and what shows the same last of all; the "
        "others stay.",
        rich_help_panel=FRAMES,
    ),
]


def repick(
    results: Results,
    count: Count = None,
    min_gap: MinGap = None,
    variety: Variety = None,
    per_shot: PerShot = None,
    per_scene: PerScene = None,
    start: Start = None,
    end: End = None,
    exclude: Exclude = None,
    include: Include = None,
    swap: Swap = None,
    pin: Pin = None,
    veto: Veto = None,
    crop: Crops = "",
    crop_pictures: CropPictures = False,
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
    taste: Taste = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Pick again from what is kept of a film: another count, range, picks or crops.

    All other settings stay as they were. Pins, vetoes, exclusions and included frames add up;
    framepick pick starts afresh.
    """
    from framepick.repick import expanded

    times = checked(lambda: picking_times(start, end, exclude, include))
    choice = {name: value for name, value in times.items() if value}
    numbers = {
        "count": count,
        "min_gap_seconds": min_gap,
        "variety": variety,
        "per_shot": per_shot,
        "per_scene": per_scene,
    }
    choice |= {name: value for name, value in numbers.items() if value is not None}
    output = checked(lambda: _output(crop, crop_pictures))
    changes = checked(lambda: _changes(choice, swap or (), pin or (), veto or (), output))
    folders = expanded(results)
    if len(folders) > 1 and (changes.swaps or changes.pins or changes.vetoes):
        fail(UsageError("--swap, --pin and --veto name picks of one result; name its folder alone"))
    model = load(weights, device, runtime, precision, threads, at_once=False, taste=taste)
    run = _Run(changes, model, open_cache(True), threads, as_json, weights)
    for_each(folders, run.repick, as_json, has_bar=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """One call of `framepick repick`."""

    changes: Changes
    model: AestheticModel
    cache: Cache | None
    threads: int | None
    as_json: bool
    weights: Path | None

    def repick(self, folder: Path, tell: Progress) -> Report:
        """Pick again from the video of one result, and write the result anew."""
        from framepick.config import config_hash
        from framepick.outputs.result_folders import locked_result
        from framepick.repick import changed, read_run
        from framepick.videos import pick_again

        earlier = read_run(folder)
        config, kept = changed(earlier, self.changes)
        if earlier.encoder_id != self.model.encoder.encoder_id:
            raise UsageError(
                f"{folder}: was made by other weights, on another device or in another precision; "
                "name those with --weights, --device and --precision, or run framepick pick again"
            )
        model = self._with_taste(folder, config)
        config = for_taste(config, model)
        settings = f"{self.model.encoder.encoder_id} {config_hash(config)}"
        with locked_result(folder, earlier.video, settings):
            result, written = pick_again(
                earlier.video,
                folder,
                model,
                config,
                kept,
                partial(self._answer, folder),
                tell,
                self.cache,
                self.threads,
            )
        return [], notes_of(result, written, config)

    def _with_taste(self, folder: Path, config: VideoConfig) -> AestheticModel:
        """Give the model with the taste of the call, or else with that of the earlier run."""
        from framepick.taste.files import known_taste

        if self.model.taste or config.taste is None:
            return self.model
        taste = known_taste(config.taste, self.weights)
        if taste is None:
            raise UsageError(
                f"{folder}: was picked by the taste {config.taste}, which is not among yours; name "
                "it with --taste, or run framepick pick again"
            )
        return replace(self.model, taste=taste)

    def _answer(self, folder: Path, result: VideoResult) -> None:
        """Print the picks, whose stills are still to be written."""
        from framepick.outputs.rows import rows_to_write

        for line in pick_lines(rows_to_write(result, folder), folder, self.as_json):
            put(line)


def _changes(
    choice: dict[str, Any],
    swaps: Sequence[str],
    pins: Sequence[int],
    vetoes: Sequence[int],
    output: dict[str, Any],
) -> Changes:
    from framepick.repick import Changes

    return Changes(choice, dict(map(_swap, swaps)), tuple(pins), tuple(vetoes), output)


def _output(crop: str, crop_pictures: bool) -> dict[str, Any]:
    """Give the fields of `OutputConfig` that the options set."""
    from framepick.config import OutputConfig

    ratios = crop_ratios(crop)
    try:
        OutputConfig(crops=ratios)
    except ValueError as error:
        raise UsageError(str(error)) from None
    given = {"crops": ratios, "crop_pictures": crop_pictures}
    return {name: value for name, value in given.items() if value}


def _swap(text: str) -> tuple[int, Any]:
    rank, equals, time = text.partition("=")
    if not equals or not rank.strip().isdecimal():
        raise UsageError(f"--swap {text!r} names no pick; write N=TIME, such as 3=1:23.4")
    return int(rank), time_of("--swap", time)
