"""The best frames of videos."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framepick.commands.shared import (
    Report,
    checked,
    fail,
    for_each,
    line,
    load,
    name_of,
    open_cache,
    process_start,
)
from framepick.console import one_line, say
from framepick.errors import FramepickError, UsageError
from framepick.options import (
    Budget,
    Cache,
    Count,
    Depth,
    Device,
    Format,
    Hardware,
    HardwareName,
    Image,
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
    from framepick.config import OutputConfig
    from framepick.session import Progress
    from framepick.types import Pick


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
    plan: PlanChoice = PlanName.AUTO,
    budget: Budget = None,
    refine: Refine = True,
    scores: Scores = Table.PARQUET,
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
    cache: Cache = True,
    hwaccel: Hardware = HardwareName.OFF,
    as_json: Json = False,
) -> None:
    """Pick the best frames of videos: stills, report and picks.json in OUT/NAME.EXT/."""
    from framepick.config import PickConfig, RefineConfig, VideoConfig
    from framepick.outputs.folder import REPORT_NAME, result_folder, write_run_overview
    from framepick.outputs.overview import Entry, entry
    from framepick.pipeline import pick_video

    if not math.isfinite(min_gap):
        fail(UsageError(f"--min-gap must be a number of seconds, not {min_gap}"))
    if budget and plan == PlanName.EXACT:
        fail(UsageError("--budget and --plan exact exclude each other; name one of them"))
    keep = _output_config(
        image=format.value,
        quality=quality,
        depth=depth,
        name=name,
        sidecar=sidecar.value,
        markers=tuple(part.strip() for part in markers.split(",") if part.strip()),
        table=scores.value,
    )
    store = open_cache(cache)
    model = load(weights, device, runtime, precision)
    rules = PickConfig(count=count, min_gap_seconds=min_gap)
    refining = RefineConfig() if refine else None
    config = VideoConfig(rules, plan.value, budget, refining, keep, hwaccel.value)
    taken: set[Path] = set()
    entries: list[Entry] = []

    def run(path: Path, tell: Progress) -> Report:
        folder = result_folder(out, path, taken)
        so_far = partial(_say_so_far, path)
        start = process_start()
        result, written = pick_video(path, folder, model, config, tell, so_far, store, start)
        entries.append(entry(result, written.previews, name_of(Path(folder.name) / REPORT_NAME)))
        shown = [{**row, "still": name_of(folder / row["still"])} for row in written.rows]
        notes = [result.shortfall] if result.shortfall else []
        if result.error_count:
            notes.insert(0, f"damaged, decoding errors passed over: {result.error_count}")
        if budget and result.timeline is None:
            notes.append("can only be read in order, so all was looked at, whatever the budget")
        return [line(row, as_json, _pick_line) for row in shown], notes

    def failed(path: Path, error: FramepickError) -> None:
        entries.append(Entry(name=str(path), failure=str(error)))

    try:
        for_each(inputs, run, failed)
    finally:
        if len(entries) > 1:
            checked(lambda: write_run_overview(entries, out))


def _output_config(**options: Any) -> OutputConfig:
    from framepick.config import OutputConfig

    try:
        return OutputConfig(**options)
    except ValueError as error:
        fail(UsageError(str(error)))


def _say_so_far(path: Path, picks: Sequence[Pick]) -> None:
    times = ", ".join(f"{pick.moment.time_seconds:.3f} s" for pick in picks)
    say(f"{name_of(path)}: so far the best are at {times}")


def _pick_line(row: dict[str, Any]) -> str:
    return one_line(
        f"{row['still']}  {row['time_seconds']:.3f} s  "
        f"score {row['score']:.3f}  {', '.join(row['reasons'])}"
    )
