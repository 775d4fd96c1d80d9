"""A film as its component draws it: the report's data, with what a viewer needs beside it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framepick.app.film.film import View
from framepick.app.film.shown import Shown
from framepick.outputs.report.film import film
from framepick.outputs.report.pictures import fitting_strip, size_of
from framepick.outputs.sentences import sentence
from framepick.outputs.stills.notes import rating_of
from framepick.outputs.text import clock
from framepick.results import Candidate, Filmstrip, Pick, RunnerUp, VideoResult
from framepick.timecode import Timecodes, timecodes

_MOST_SCENES = 24
_NO_STRIP = Filmstrip(np.empty(0), ())


def film_data(view: View, shown: Shown, known_version: int) -> dict[str, Any]:
    """Give what changes as JSON; the film itself only in another version than is known."""
    data: dict[str, Any] = {
        "version": shown.version,
        "stage": shown.stage,
        "done": shown.done,
        "total": shown.total,
        "is_final": shown.is_final,
        "error": shown.error,
        "closed": view.film.is_closed,
    }
    if shown.result is not None and shown.version != known_version:
        data["film"] = drawn(shown.result)
    return data


def drawn(result: VideoResult) -> dict[str, Any]:
    """Give a result as the report's chart draws it, pictures by their names."""
    code = timecodes(result.info, result.frame_times_seconds)
    rows = [{"timecode": code.text_at(pick.moment.time_seconds)} for pick in result.picks]
    strip, _ = fitting_strip(result.filmstrip)
    size = list(size_of(strip.pictures[0])) if strip.pictures else [16, 9]
    data = film(result, rows, _NO_STRIP, size)
    times = [round(time, 4) for time in strip.times_seconds.tolist()]
    data["strip"] |= {"times": times, "pictures": _names(strip).tolist()}
    data["frames"] = result.samples.frame_index.tolist()
    pairs = zip(data["picks"], result.picks, strict=True)
    data["picks"] = [one | _facts(pick, result) for one, pick in pairs]
    data["scenes"] = [_thumb(one, code) for one in _scenes(result)]
    return data


def _scenes(result: VideoResult) -> list[Candidate]:
    """The best frames of scenes that no pick is from, in order of time."""
    scenes = [one for one in result.candidates if one.kind == "scene"]
    best = sorted(scenes, key=lambda one: -one.score)[:_MOST_SCENES]
    return sorted(best, key=lambda one: one.moment.time_seconds)


def _takes(pick: Pick, result: VideoResult) -> list[dict[str, Any]]:
    """What comes second near a pick, and its alternates; each frame once."""
    code = timecodes(result.info, result.frame_times_seconds)
    others = [
        one for one in result.candidates if one.kind == "alternate" and one.of_rank == pick.rank
    ]
    takes = {one.moment.frame_index: _thumb(one, code) for one in others}
    if second := pick.runner_up:
        takes.pop(second.moment.frame_index, None)
        takes = {second.moment.frame_index: _thumb(second, code, "runner-up")} | takes
    return list(takes.values())


def _thumb(one: Candidate | RunnerUp, code: Timecodes, note: str = "") -> dict[str, Any]:
    seconds = one.moment.time_seconds
    return {
        "frame": one.moment.frame_index,
        "time": seconds,
        "clock": clock(seconds, 2),
        "note": note,
        "timecode": code.text_at(seconds),
    }


def _facts(pick: Pick, result: VideoResult) -> dict[str, Any]:
    return {
        "frame": pick.moment.frame_index,
        "clock": clock(pick.moment.time_seconds, 2),
        "rating": rating_of(pick.percentile),
        "reasons": [sentence(reason) for reason in pick.reasons],
        "takes": _takes(pick, result),
        "crops": [asdict(crop) for crop in result.crops.get(pick.moment, ())],
    }


def strip_picture(shown: Shown, at: int) -> bytes | None:
    """Give a picture of the filmstrip by its name."""
    if shown.result is None:
        return None
    strip = shown.result.filmstrip
    found = np.flatnonzero(_names(strip) == at)
    return strip.pictures[int(found[0])] if len(found) else None


def _names(strip: Filmstrip) -> NDArray[np.int64]:
    """Names of pictures that stay with them while others come."""
    return np.rint(strip.times_seconds * 10_000).astype(np.int64)
