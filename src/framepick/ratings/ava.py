"""AVA.txt of Murray, Marchesotti, Perronnin, "AVA" (2012): votes 1 to 10 from DPChallenge.

A line holds index, picture number, ten vote counts, two semantic tags (0: none) and the number of
the challenge that the picture was entered for, with blanks between them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from framepick.ratings.rows import Layout, Row, count, mean_vote

VALUES = tuple(float(value) for value in range(1, 11))
_FIELDS = 15
_LINE = re.compile(rf"\s*(-?\d+\s+){{{_FIELDS - 1}}}-?\d+\s*")


def recognise(lines: Sequence[str]) -> Layout | None:
    """Return the layout if one of `lines` is fifteen whole numbers, otherwise None."""
    if any(_LINE.fullmatch(line) for line in lines):
        return Layout("AVA", read_row, vote_values=VALUES)
    return None


def read_row(line: str) -> Row:
    """Read one line; the theme is the challenge, the category the first tag."""
    fields = line.split()
    if len(fields) != _FIELDS:
        raise ValueError(f"has {len(fields)} fields, AVA has {_FIELDS}")
    _, picture, *votes, first_tag, second_tag, challenge = (count(field) for field in fields)
    tag = first_tag or second_tag
    return Row(
        picture=f"{picture}.jpg",
        score=mean_vote(votes, VALUES),
        votes=tuple(votes),
        category=f"tag {tag}" if tag else "",
        theme=f"challenge {challenge}",
    )
