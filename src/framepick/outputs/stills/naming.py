"""Names of still files that every common file system takes."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from itertools import count
from types import MappingProxyType

from framepick.config import ImageFormat, OutputConfig
from framepick.name_template import Value, fill
from framepick.outputs.result_folders import name_key
from framepick.outputs.stills.sidecars import sidecar_names
from framepick.results import Pick, VideoResult
from framepick.timecode import Timecodes

ENDINGS: Mapping[ImageFormat, str] = {
    "jpeg": ".jpg",
    "png": ".png",
    "webp": ".webp",
    "tiff": ".tif",
    "avif": ".avif",
}
OTHER_NAMES = (
    "picks.json",
    "scores.parquet",
    "scores.csv",
    "candidates.csv",
    "report.html",
    "contact-sheet.jpg",
)
"""Files that lie beside stills; those of markers have none of the endings of stills."""
_MAX_BYTES = 240
_SIDECAR = ".xmp"
_EMPTY = "still"
# separators, what Windows forbids, control characters, marks that turn or hide text, no characters
_FORBIDDEN = re.compile(
    r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069'
    r"\ufeff\ufffd-\uffff\ud800-\udfff]"
)
# a name that begins so is hidden, or taken for an option
_BAD_START = re.compile(r"^[-.\s]+")
_BAD_END = re.compile(r"[.\s]+$")
# Windows takes these for devices, whatever follows a dot
_DEVICE = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(\.|$)", re.IGNORECASE
)
_JOINER = "\N{ZERO WIDTH JOINER}"


def still_names(
    result: VideoResult,
    rules: OutputConfig,
    clock: Timecodes,
    rated: Mapping[tuple[int, int], str] = MappingProxyType({}),
    occupied: Collection[str] = (),
) -> dict[int, str]:
    """File names of all picks, with their ending, by rank.

    No two are alike, nor are their sidecars, also where a file system compares without regard to
    case or to how accents are composed: later ranks get -2, -3, ... A name has at most 240 bytes,
    with the ending of a sidecar; where the template gives more, the stem is cut.

    A frame of `rated`, by its time stamp and index, keeps the name that its still has, if that is
    of the same format; names that are `occupied` are given to no other.
    """
    ending = ENDINGS[rules.image]
    taken = {name_key(name) for name in (*OTHER_NAMES, *occupied)}
    names = {}
    for pick in sorted(result.picks, key=lambda pick: pick.rank):
        earlier = rated.get((pick.moment.pts, pick.moment.frame_index), "")
        if earlier.endswith(ending):
            names[pick.rank] = earlier
            continue
        candidates = _candidates(rules.name, _values(result, pick, clock), ending)
        names[pick.rank] = _first_free(candidates, taken)
    return names


def free_still_name(
    result: VideoResult, pick: Pick, rules: OutputConfig, clock: Timecodes, taken: Collection[str]
) -> str:
    """File name of one pick, with its ending, beside the names that are `taken`."""
    keys = {name_key(name) for name in (*OTHER_NAMES, *taken)}
    candidates = _candidates(rules.name, _values(result, pick, clock), ENDINGS[rules.image])
    return _first_free(candidates, keys)


def time_text(time_seconds: float) -> str:
    """HH-MM-SS.mmm, as it stands in names."""
    seconds, milliseconds = divmod(_milliseconds(time_seconds), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}-{minutes:02d}-{seconds:02d}.{milliseconds:03d}"


def safe_name(text: str) -> str:
    """`text` with an underscore for what Linux, macOS or Windows does not allow in a file name."""
    text = _BAD_END.sub("", _BAD_START.sub("_", _FORBIDDEN.sub("_", text)))
    return f"_{text}" if _DEVICE.match(text) else text or _EMPTY


def _values(result: VideoResult, pick: Pick, clock: Timecodes) -> dict[str, Value]:
    moment = pick.moment
    timecode = clock.text_at(moment.time_seconds)
    return {
        "stem": os.fsencode(result.source.stem).decode(errors="replace"),
        "rank": pick.rank,
        "time": time_text(moment.time_seconds),
        "timecode": timecode.replace(":", "-").replace(";", "-"),
        "ms": _milliseconds(moment.time_seconds),
        "pts": moment.pts,
        "frame": moment.frame_index,
        "score": pick.score,
    }


def _milliseconds(time_seconds: float) -> int:
    return round(time_seconds * 1000)


def _candidates(template: str, values: dict[str, Value], ending: str) -> Iterator[str]:
    limit = _MAX_BYTES - len(ending) - len(_SIDECAR)
    fitted = cache(lambda limit: _fitted(template, values, limit))
    yield fitted(limit) + ending
    for number in count(2):
        suffix = f"-{number}"
        yield fitted(limit - len(suffix)) + suffix + ending


def _fitted(template: str, values: dict[str, Value], limit: int) -> str:
    """A safe name of at most `limit` bytes; only the stem gives way as long as it can."""
    stem = str(values["stem"])
    while True:
        text = safe_name(fill(template, {**values, "stem": stem}))
        if len(text.encode()) <= limit:
            return text
        if not stem:
            return safe_name(text.encode()[: limit - 1].decode(errors="ignore"))
        stem = stem[:-1].rstrip(_JOINER)


def _first_free(candidates: Iterator[str], taken: set[str]) -> str:
    for name in candidates:
        keys = {name_key(file) for file in (name, *sidecar_names(name, "both"))}
        if taken.isdisjoint(keys):
            taken |= keys
            return name
    raise AssertionError("candidates never end")
