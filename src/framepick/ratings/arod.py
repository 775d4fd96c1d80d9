"""Lists of url;faves;views as published with the AROD set.

The score is log F / log V for F faves in V views: Schwarz, Wieschollek, Lensch, "Will People Like
Your Image?" (2018), equation 1. Rows for which it says nothing are skipped rather than smoothed:
without a fave log F has no value (the lowest rated pictures of the paper's study had one), one view
gives log V = 0, and more faves than views cannot be.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from framepick.ratings.rows import Layout, Row, count, quoted

_HEADER = "url;faves;views"
_LINE = re.compile(r"\s*\w+://.*;\s*-?\d+\s*;\s*-?\d+\s*")


def recognise(lines: Sequence[str]) -> Layout | None:
    """Return the layout if one of `lines` is an address and two whole numbers, otherwise None."""
    has_header = bool(lines) and lines[0].strip().lower() == _HEADER
    if has_header or any(_LINE.fullmatch(line) for line in lines):
        return Layout("AROD", read_row, has_header)
    return None


def read_row(line: str) -> Row:
    """Read one line; the picture is the last part of the address's path."""
    fields = line.rsplit(";", 2)
    if len(fields) != 3:
        raise ValueError(f"has {len(fields)} fields, url;faves;views has 3")
    address, faves, views = (field.strip() for field in fields)
    picture = re.split(r"[?#]", address)[0].rpartition("/")[2]
    if not picture:
        raise ValueError(f"{quoted(address)} names no file")
    return Row(picture, score=popularity(count(faves), count(views)))


def popularity(faves: int, views: int) -> float:
    """Return log `faves` / log `views`, 0 to 1; ValueError where that has no meaning."""
    if faves < 1:
        raise ValueError("has no faves, so that log faves has no value")
    if views < 2:
        raise ValueError(f"has {views} views, so that log faves / log views has no value")
    if faves > views:
        raise ValueError(f"has more faves ({faves}) than views ({views})")
    return math.log(faves) / math.log(views)
