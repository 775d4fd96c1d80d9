"""`framepick batch --watch`: works on what comes into folders until it is stopped."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from framepick.commands.batch_display import Display
from framepick.commands.shared import checked, fail, name_of
from framepick.console import say
from framepick.errors import FramepickError, UsageError, reason_of
from framepick.urls import MediaFile, place_of

if TYPE_CHECKING:
    from framepick.batch.engine import Engine
    from framepick.batch.run import Batch


def watched_places(
    inputs: Sequence[str], *, files_from: str | None, dry_run: bool
) -> list[MediaFile]:
    """Give the folders that are to be watched, or end the run with one line if they cannot be."""
    if files_from is not None or dry_run:
        other = "--dry-run" if dry_run else "--files-from"
        fail(UsageError(f"--watch and {other} exclude each other; choose one of them"))
    if not inputs:
        fail(UsageError("--watch needs folders; name at least one"))
    places = [checked(partial(place_of, name)) for name in inputs]
    for place in places:
        if isinstance(place, Path) and not os.path.isdir(place):
            fail(UsageError(f"{name_of(place)}: is not a folder; --watch takes folders only"))
    return places


def run_until_stopped(
    places: Sequence[MediaFile],
    settle_seconds: float,
    out: MediaFile,
    plan: Callable[[list[MediaFile]], Batch],
    engine: Engine,
    write: Callable[[Batch], object],
    shown: Display,
) -> None:
    """Watch `places`; ends by KeyboardInterrupt, or with one line if nothing can be written."""
    from framepick.batch.settling import Settling
    from framepick.batch.watching import Watch, run_watch

    watch = Watch(_finder(places, out), plan, Settling(settle_seconds))
    if not shown.quiet:
        say(f"watching {', '.join(name_of(str(one)) for one in places)}; Ctrl-C ends it")
    try:
        with shown.status() as show:
            checked(lambda: run_watch(watch, engine, show, write))
    except KeyboardInterrupt:
        say("stopped; the same command goes on from here")
        raise


def _finder(places: Sequence[MediaFile], out: MediaFile) -> Callable[[], list[MediaFile] | None]:
    """Give a function that finds the videos of `places`, None while one of these is gone.

    It says once what is wrong.
    """
    from framepick.batch.finding import find_videos

    told: set[str] = set()

    def tell(name: str, reason: str) -> None:
        if name not in told:
            told.add(name)
            say(f"{name_of(name)}: {reason}")

    def note(error: OSError) -> None:
        tell(os.fspath(error.filename), f"cannot be read ({reason_of(error)}) and is passed over")

    def find() -> list[MediaFile] | None:
        for place in places:
            if isinstance(place, Path) and not os.path.isdir(place):
                tell(str(place), "is gone; waiting until it is there again")
                return None
            told.discard(str(place))
        try:
            found = find_videos(places, out, note)
        except FramepickError as error:  # such as a store that cannot be reached
            tell(str(error), "trying again")
            return None
        return [video for video in found if video not in places]

    return find
