"""A film as its component draws it: the report's data, with what a viewer needs beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from framepick.app.film.ahead import beside
from framepick.app.film.film import View
from framepick.app.film.shown import Shown
from framepick.outputs.report.film import film
from framepick.outputs.report.pictures import fitting_strip, size_of
from framepick.outputs.sentences import sentence
from framepick.outputs.stills.notes import rating_of
from framepick.outputs.text import clock
from framepick.results import Filmstrip, Pick, VideoResult
from framepick.timecode import Timecodes, timecodes

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
    data["picks"] = [one | _facts(pick, result, code) for one, pick in pairs]
    return data


def _facts(pick: Pick, result: VideoResult, code: Timecodes) -> dict[str, Any]:
    second = pick.runner_up
    return {
        "frame": pick.moment.frame_index,
        "clock": clock(pick.moment.time_seconds, 2),
        "rating": rating_of(pick.percentile),
        "reasons": [sentence(reason) for reason in pick.reasons],
        "beside": beside(result, pick.row),
        "second": second and second.moment.frame_index,
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
