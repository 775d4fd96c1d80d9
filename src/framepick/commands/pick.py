"""The command that picks the best frames of videos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from framepick.commands.pick_settings import video_config
from framepick.commands.places import check_folder
from framepick.commands.shared import (
    EXIT_FAILED_INPUT,
    Report,
    checked,
    each_once,
    for_each,
    for_taste,
    line,
    load,
    name_of,
    open_cache,
    process_start,
)
from framepick.console import one_line, say
from framepick.errors import FramepickError
from framepick.options.editing import Chapters, Handles, MarkCandidates, Markers, MediaRoot, Selects
from framepick.options.frames import (
    Budget,
    Count,
    End,
    Exclude,
    Include,
    KeepTitles,
    MinGap,
    PerScene,
    PerShot,
    PlanChoice,
    PlanName,
    Prefer,
    PreferenceName,
    Refine,
    Start,
    Stream,
    Variety,
)
from framepick.options.inputs import Inputs
from framepick.options.machine import (
    Cache,
    Device,
    Hardware,
    HardwareName,
    Precision,
    Runtime,
    Taste,
    Threads,
    Weights,
)
from framepick.options.results import (
    CropPictures,
    Crops,
    Depth,
    Format,
    HeatMaps,
    Json,
    Name,
    Out,
    Quality,
    Scores,
    Sidecar,
    Sidecars,
    Table,
)

if TYPE_CHECKING:
    from framepick.aesthetic import AestheticModel
    from framepick.cache import Cache as CacheStore
    from framepick.config import VideoConfig
    from framepick.outputs.folder import Written
    from framepick.outputs.overview import OverviewItem
    from framepick.outputs.result_folders import Claim
    from framepick.outputs.side_products import Failure
    from framepick.protocols import Progress
    from framepick.results import Pick, VideoResult


def pick(
    inputs: Inputs,
    count: Count = 5,
    out: Out = Path("picks"),
    min_gap: MinGap = None,
    variety: Variety = 0.5,
    per_shot: PerShot = None,
    per_scene: PerScene = None,
    start: Start = None,
    end: End = None,
    exclude: Exclude = None,
    include: Include = None,
    format: Format = "jpeg",
    quality: Quality = 95,
    depth: Depth = 8,
    name: Name = "{stem}_{rank:02}_{time}",
    sidecar: Sidecars = Sidecar.NONE,
    markers: Markers = "",
    mark_candidates: MarkCandidates = False,
    selects: Selects = "",
    handles: Handles = 2.0,
    media_root: MediaRoot = None,
    chapters: Chapters = "",
    crop: Crops = "",
    crop_pictures: CropPictures = False,
    heat_maps: HeatMaps = False,
    plan: PlanChoice = PlanName.AUTO,
    budget: Budget = None,
    refine: Refine = True,
    keep_titles: KeepTitles = False,
    prefer: Prefer = PreferenceName.AUTO,
    scores: Scores = Table.PARQUET,
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
    taste: Taste = None,
    cache: Cache = True,
    hwaccel: Hardware = HardwareName.OFF,
    stream: Stream = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Pick the best frames of videos: stills, a report and picks.json for each."""
    config = video_config(locals(), inputs)  # all options, by the names that they have here
    from framepick.config import config_hash
    from framepick.outputs.result_folders import claims_of

    checked(lambda: check_folder(out))
    store = open_cache(cache)
    model = load(weights, device, runtime, precision, threads, taste=taste, cache=cache)
    config = for_taste(config, model)
    claims = claims_of(out, each_once(inputs), f"{model.encoder.encoder_id} {config_hash(config)}")
    run = _Run(out, claims, model, config, store, threads, as_json)
    try:
        for_each(inputs, run.pick, as_json, run.note_failure)
    finally:
        run.write_overview()
    if run.failures:
        raise typer.Exit(EXIT_FAILED_INPUT)


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """One call of `framepick pick`: its settings, and what has come of its videos."""

    out: Path
    claims: Mapping[Path, Claim]
    """Claims to result folders, by video."""
    model: AestheticModel
    config: VideoConfig
    cache: CacheStore | None
    threads: int | None
    as_json: bool
    items: list[OverviewItem] = field(default_factory=list)
    """The videos so far, as the overview shows them."""
    failures: list[Failure] = field(default_factory=list)
    """Files beside stills that could not be written."""

    def pick(self, path: Path, tell: Progress) -> Report:
        """Pick from one video and write its results."""
        from framepick.outputs.overview import overview_item, overview_pictures
        from framepick.outputs.result_folders import result_folder
        from framepick.videos import pick_video

        found = partial(_say_so_far, path)
        start = process_start()
        with result_folder(self.claims[path], partial(_say_of, path)) as folder:
            result, written = pick_video(
                path, folder, self.model, self.config, tell, found, self.cache, start, self.threads
            )
        report = written.report and name_of(Path(folder.name) / written.report)
        self.items.append(
            overview_item(result, report, overview_pictures(result, written.previews))
        )
        self.failures.extend(written.failures)
        lines = pick_lines(written.rows, folder, self.as_json)
        return lines, notes_of(result, written, self.config)

    def note_failure(self, path: Path, error: FramepickError) -> None:
        """Show a failed video in the overview."""
        from framepick.outputs.overview import OverviewItem

        self.items.append(OverviewItem(name=str(path), failure=str(error)))

    def write_overview(self) -> None:
        """Write the page over all videos, where there are several."""
        from framepick.outputs.folder import write_run_overview

        if len(self.items) > 1:
            checked(lambda: write_run_overview(self.items, self.out))


def pick_lines(rows: Sequence[Mapping[str, Any]], folder: Path, as_json: bool) -> list[str]:
    """Give what is printed of each pick; `rows` are those of picks.json."""
    shown = ({**row, "still": name_of(folder / row["still"])} for row in rows)
    return [line(row, as_json, _pick_line) for row in shown]


def notes_of(result: VideoResult, written: Written, config: VideoConfig) -> list[str]:
    """Give what else there is to say of a result."""
    from framepick.outputs.sentences import notes_on

    notes = notes_on(result)
    if config.budget_seconds and result.timeline is None:
        notes.append("can only be read in order, so every frame was scored, whatever the budget")
    notes += [f"{one.file} could not be written ({one.reason})" for one in written.failures]
    renamed = written.renamed.items()
    notes += [f"{name} was changed since and stays; the new one is {new}" for name, new in renamed]
    return notes


def _say_of(path: Path, note: str) -> None:
    say(f"{name_of(path)}: {note}")


def _say_so_far(path: Path, picks: Sequence[Pick]) -> None:
    times = ", ".join(f"{pick.moment.time_seconds:.3f} s" for pick in picks)
    say(f"{name_of(path)}: the best frames so far are at {times}")


def _pick_line(row: dict[str, Any]) -> str:
    return one_line(
        f"{row['still']}  {row['time_seconds']:.3f} s  "
        f"score {row['score']:.3f}  {'; '.join(reason['text'] for reason in row['reasons'])}"
    )
