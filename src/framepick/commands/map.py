"""The command that draws a map of photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framepick.commands.photo_run import Failures
from framepick.commands.photos import PhotoInputs, find_all, name_of_inputs
from framepick.commands.places import check_folder
from framepick.commands.shared import EXIT_FAILED_INPUT, checked, fail, load, name_of, open_cache
from framepick.console import progress, put
from framepick.errors import UsageError
from framepick.options.machine import MACHINE, Cache, Device, Precision, Runtime, Threads, Weights
from framepick.options.results import RESULTS

if TYPE_CHECKING:
    from framepick.cache import PhotoCache
    from framepick.photos import MeasuredFile
    from framepick.photos.measuring import PhotoMeter
    from framepick.taste.taste import Taste

MapOut = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        readable=False,
        metavar="FILE",
        help="Page to write, .html.",
        rich_help_panel=RESULTS,
    ),
]
Tastes = Annotated[
    list[str] | None,
    typer.Option(
        "--taste",
        metavar="NAME|FILE",
        help="Show scores by a taste, too; several are compared.",
        rich_help_panel=MACHINE,
    ),
]


def map_photos(
    inputs: PhotoInputs,
    out: MapOut = Path("map.html"),
    taste: Tastes = None,
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
    cache: Cache = True,
    threads: Threads = None,
) -> None:
    """Draw a map of photos: similar ones close to each other, over how they score."""
    from framepick.extras import require_extra
    from framepick.photos.measuring import PhotoMeter
    from framepick.photos.sorting import photo_cache
    from framepick.taste.files import load_taste, place_of

    if out.suffix.lower() != ".html" or out.is_dir():
        fail(UsageError(f"{name_of(out)}: is no name of a page; name a file that ends in .html"))
    checked(lambda: check_folder(out.parent))
    checked(lambda: require_extra("map", "a map"))
    failures = Failures()
    paths = find_all(inputs, failures)
    tastes = checked(lambda: [load_taste(place_of(one), weights) for one in taste or ()])
    store = open_cache(cache)
    model = load(weights, device, runtime, precision, threads)
    with photo_cache(store, model.encoder.encoder_id) as kept:
        photos = _measured(PhotoMeter(model, kept, threads), paths, failures)
        checked(lambda: _write(photos, tastes, name_of_inputs(inputs), out, kept))
    put(f"map of {len(photos):,} photos: {name_of(out)}")
    failures.report_rest()
    if failures.count:
        raise typer.Exit(EXIT_FAILED_INPUT)


def _measured(meter: PhotoMeter, paths: list[Path], failures: Failures) -> list[MeasuredFile]:
    """Measure photos but those that cannot be read, which are reported, or show nothing."""
    from framepick.collection import PhotoFailure

    found = []
    with progress("photos", unit="photos") as tell:
        for done, one in enumerate(meter.measure(paths), 1):
            if isinstance(one, PhotoFailure):
                failures.add_photo(one.path, one.error)
            elif not one.facts.veto:
                found.append(one)
            tell(done, len(paths))
    return found


def _write(
    photos: list[MeasuredFile], tastes: list[Taste], title: str, out: Path, kept: PhotoCache
) -> None:
    from framepick.files import whole_file
    from framepick.photos.mapping import write_photo_map

    with whole_file(out) as new:
        write_photo_map(photos, tastes, title, kept, out.parent, new)
