"""The commands that learn tastes, show and forget them, and name photos to judge next."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from framepick.commands.shared import (
    EXIT_FAILED_INPUT,
    checked,
    fail,
    json_line,
    load,
    name_of,
    open_cache,
)
from framepick.commands.times import frame_at
from framepick.console import one_line, put, say
from framepick.errors import OutputError, UsageError, reason_of
from framepick.options.machine import Cache, Device, Precision, Runtime, Threads, Weights
from framepick.options.results import Json
from framepick.options.taste import (
    Add,
    AnyTaste,
    Dislike,
    Known,
    Like,
    MaybePhotos,
    Number,
    Overwrite,
    Photos,
    TasteName,
    TasteOut,
    ThisPhoto,
)

if TYPE_CHECKING:
    from framepick.judging import Seen, Viewer
    from framepick.taste.pictures import Judged, Pictures
    from framepick.taste.taste import Taste

taste_app = typer.Typer(
    name="taste",
    help="Learn a taste from likes and dislikes, and score by it.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_EXTREMES = 5
_MOST_FAILURES = 5


@taste_app.command()
def learn(
    like: Like = None,
    dislike: Dislike = None,
    out: TasteOut = "mine",
    add: Add = False,
    overwrite: Overwrite = False,
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
    cache: Cache = True,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Learn a taste from what you like and dislike; ten of each are a good start."""
    from framepick.taste.files import SUFFIX, load_taste, new_taste, place_of, save_taste
    from framepick.taste.learning import learn as learn_from
    from framepick.taste.reference import load_reference

    place = checked(lambda: place_of(out))
    if not (like or dislike):
        fail(UsageError("name what you like with --like, and what you dislike with --dislike"))
    if place.exists() and not (add or overwrite):
        fail(UsageError(f"{name_of(place)}: is there already; --add to it, or --overwrite it"))
    earlier = checked(lambda: load_taste(place, weights)) if add and place.exists() else None
    reference = checked(lambda: load_reference(weights))
    with _viewer(weights, device, runtime, precision, threads, cache) as viewer:
        sides = [_seen(viewer, inputs or ()) for inputs in (like, dislike)]
    judged = _judged(sides, earlier)
    name = place.name.removesuffix(SUFFIX)
    taste = checked(lambda: new_taste(name, judged, learn_from(judged, reference), reference))
    checked(lambda: save_taste(taste, place))
    _tell(taste, place, as_json)
    if any(side.failures for side in sides):
        raise typer.Exit(EXIT_FAILED_INPUT)


@taste_app.command()
def show(
    name: AnyTaste = None,
    photos: MaybePhotos = None,
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
    cache: Cache = True,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Show what a taste has learnt, in words and figures."""
    from framepick.taste.files import load_taste, place_of

    if name is None:
        _list(weights, as_json)
        return
    place = checked(lambda: place_of(name))
    taste = checked(lambda: load_taste(place, weights))
    _tell(taste, place, as_json)
    if photos:
        with _viewer(weights, device, runtime, precision, threads, cache) as viewer:
            _show_extremes(taste, _seen(viewer, map(str, photos)), as_json)


@taste_app.command()
def forget(name: TasteName) -> None:
    """Remove a taste."""
    from framepick.taste.files import check_is_taste, place_of

    place = checked(lambda: place_of(name))
    checked(lambda: check_is_taste(place))
    try:
        place.unlink()
    except OSError as error:
        fail(OutputError(f"{place}: cannot be removed ({reason_of(error)})"))
    put(f"forgotten: {name_of(place)}")


@taste_app.command(name="next")
def next_round(
    photos: Photos,
    taste: Known = None,
    count: Number = 12,
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
    cache: Cache = True,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Name the photos whose judgement would teach a taste most."""
    from framepick.taste.files import load_taste, place_of
    from framepick.taste.reference import load_reference
    from framepick.taste.rounds import next_to_judge

    known = checked(lambda: load_taste(place_of(taste), weights)) if taste else None
    reference = checked(lambda: load_reference(weights))
    with _viewer(weights, device, runtime, precision, threads, cache) as viewer:
        seen = _seen(viewer, map(str, photos))
    pictures = _pictures(seen, photos)
    judged = known.judged if known else None
    rows = next_to_judge(pictures, judged, reference, count)
    _print_names([seen.names[row] for row in rows.tolist()], as_json)


@taste_app.command()
def similar(
    photo: ThisPhoto,
    photos: Photos,
    count: Number = 12,
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
    cache: Cache = True,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Name the photos that are most like a given one."""
    from framepick.taste.reference import load_reference
    from framepick.taste.rounds import similar_to

    reference = checked(lambda: load_reference(weights))
    with _viewer(weights, device, runtime, precision, threads, cache) as viewer:
        one = _pictures(_seen(viewer, [str(photo)]), [photo])
        seen = _seen(viewer, map(str, photos))
    rows = similar_to(_pictures(seen, photos), one, reference, count)
    _print_names([seen.names[row] for row in rows.tolist()], as_json)


@contextmanager
def _viewer(
    weights: Path | None,
    device: str,
    runtime: str,
    precision: str,
    threads: int | None,
    cache: bool,
) -> Iterator[Viewer]:
    from framepick.judging import Viewer
    from framepick.photos.sorting import photo_cache

    store = open_cache(cache)
    model = load(weights, device, runtime, precision, threads)
    with photo_cache(store, model.encoder.encoder_id) as kept:
        yield Viewer(model, kept, store, threads)


def _seen(viewer: Viewer, inputs: Iterable[str]) -> Seen:
    """Look at what was named; what cannot be read is reported."""
    paths, frames = [], []
    for text in inputs:
        frame = None if os.path.lexists(text) else checked(partial(frame_at, text))
        if frame:
            frames.append(frame)
        else:
            paths.append(Path(text))
    seen = checked(lambda: viewer.look_at(paths, frames))
    for failure in seen.failures[:_MOST_FAILURES]:
        say(failure)
    if (more := len(seen.failures) - _MOST_FAILURES) > 0:
        say(f"{more:,} more cannot be read")
    return seen


def _judged(sides: Sequence[Seen], earlier: Taste | None) -> Judged:
    from framepick.judging import added, judged_of

    new = checked(lambda: judged_of(sides[0].pictures, sides[1].pictures))
    if new is None:
        fail(UsageError("none of the pictures can be read; name others"))
    return added(earlier.judged, new) if earlier else new


def _pictures(seen: Seen, inputs: Sequence[Path]) -> Pictures:
    if seen.pictures is None:
        fail(UsageError(f"{name_of(inputs[0])}: holds no photos that can be read; name others"))
    return seen.pictures


def _tell(taste: Taste, place: Path, as_json: bool) -> None:
    """Print what a taste has learnt."""
    from framepick.outputs.taste_words import described_taste, taste_lines

    if as_json:
        put(json_line({"taste": name_of(place), **described_taste(taste)}))
        return
    for text in taste_lines(taste):
        put(one_line(text))
    commands = "pick, score, photos, map, batch, live and repick"
    say(f"{name_of(place)}: use it with --taste in {commands}")


def _list(weights: Path | None, as_json: bool) -> None:
    from framepick.outputs.taste_words import judged_line
    from framepick.taste.files import SUFFIX, load_taste, user_folder

    folder = user_folder()
    found = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    for place in found:
        try:
            card = load_taste(place, weights).card
        except UsageError as error:
            say(str(error))
            continue
        row = {"taste": name_of(place), **asdict(card)}
        put(json_line(row) if as_json else one_line(judged_line(card)))
    if not found:
        say(f"{name_of(folder)}: holds no tastes; learn one with framepick taste learn")


def _show_extremes(taste: Taste, seen: Seen, as_json: bool) -> None:
    """Print the best and the worst photos by a taste."""
    if seen.pictures is None:
        return
    scores, general = taste.score(seen.pictures), seen.pictures.scores
    order = (-scores).argsort(kind="stable").tolist()
    rows = dict.fromkeys([*order[:_EXTREMES], *order[-_EXTREMES:]])
    for row in rows:
        name, personal, usual = name_of(seen.names[row]), float(scores[row]), float(general[row])
        facts = {"source": name, "score": round(personal, 6), "general_score": round(usual, 6)}
        text = f"{personal:.2f} (general {usual:.2f})  {name}"
        put(json_line(facts) if as_json else one_line(text))


def _print_names(names: Sequence[str], as_json: bool) -> None:
    for name in names:
        shown = name_of(name)
        put(json_line({"source": shown}) if as_json else one_line(shown))
