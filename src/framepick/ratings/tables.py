"""Tables of path and score, as people export them.

With a header, columns are found by their names; without one, the first column is the path and the
second the score. Fields are parted by tabs, semicolons, commas or else blanks; where it is not the
comma, numbers may have a decimal comma.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from framepick.ratings.rows import LONGEST_TEXT, Layout, Row, mean_vote, number, quoted

PICTURE = (
    "path", "image", "file", "filename", "image_path", "image_name", "file_name", "file_path",
    "picture", "photo",
)  # fmt: skip
SCORE = (
    "score", "rating", "mean", "mos", "value", "mean_score", "score_mean",
    "mean_rating", "rating_mean", "beauty_mean", "beauty",
)  # fmt: skip
CATEGORY = ("category",)
THEME = ("theme", "group")
SPLIT = ("split",)
IS_FREE = ("cc0", "is_free", "free", "licence_free", "license_free")
"""Names of columns, best first; case does not matter, blanks and hyphens count as underscores."""

_DELIMITERS = "\t;, "
_PICTURE_NAME = re.compile(r".+\.(jpe?g|png|webp|tiff?|bmp|gif|avif|heic)", re.IGNORECASE)
_YES = frozenset({"true", "yes", "1", "t", "y"})


@dataclass(frozen=True, slots=True)
class Columns:
    """The positions of a row's fields."""

    delimiter: str
    width: int
    """Number of fields."""
    picture: int
    score: int | None
    """None: the score is the mean of the votes."""
    votes: tuple[int, ...] = ()
    vote_values: tuple[float, ...] = ()
    category: int | None = None
    theme: int | None = None
    split: int | None = None
    is_free: int | None = None


def with_header(lines: Sequence[str]) -> Layout | None:
    """Return the layout if the first of `lines` names a picture column and a score or votes."""
    for delimiter in _DELIMITERS if lines else "":
        if columns := find_columns(header_names(lines[0], delimiter), delimiter):
            read = partial(read_row, columns=columns)
            return Layout("", read, has_header=True, vote_values=columns.vote_values)
    return None


def without_header(lines: Sequence[str]) -> Layout | None:
    """Return the layout if most of `lines` have as many fields, and the first is no header."""
    for delimiter in _DELIMITERS:
        widths = Counter(len(_split_or_nothing(line, delimiter)) for line in lines)
        width, lines_of_width = widths.most_common(1)[0] if widths else (0, 0)
        if width >= 2 and 2 * lines_of_width > len(lines):
            columns = Columns(delimiter, width, picture=0, score=1)
            read = partial(read_row, columns=columns)
            return Layout("", read) if _is_row(lines[0], columns) else None
    return None


def header_names(line: str, delimiter: str) -> list[str]:
    """Split `line` into normalised column names."""
    return [re.sub(r"[\s-]+", "_", f.lower()) for f in _split_or_nothing(line, delimiter)]


def find_columns(names: Sequence[str], delimiter: str) -> Columns | None:
    """Columns by their `names`; None if there is no picture, or neither a score nor votes."""

    def find(aliases: Sequence[str]) -> int | None:
        return next((names.index(alias) for alias in aliases if alias in names), None)

    found = {int(n[1:]): i for i, n in enumerate(names) if re.fullmatch(r"v\d{1,3}", n)}
    votes = dict(sorted(found.items())) if len(found) > 1 else {}
    picture, score = find(PICTURE), find(SCORE)
    if picture is None or (score is None and not votes):
        return None
    return Columns(
        delimiter,
        len(names),
        picture,
        score,
        tuple(votes.values()),
        tuple(float(value) for value in votes),
        find(CATEGORY),
        find(THEME),
        find(SPLIT),
        find(IS_FREE),
    )


def read_row(line: str, columns: Columns) -> Row:
    """Read one line; ValueError says what is wrong with it."""
    fields = split(line, columns.delimiter)
    if len(fields) != columns.width:
        raise ValueError(f"has {len(fields)} fields, the table has {columns.width}")
    to_number = partial(number, decimal_comma=columns.delimiter != ",")
    votes = tuple(to_number(fields[index]) for index in columns.votes)
    mean = mean_vote(votes, columns.vote_values) if votes else math.nan
    if not (picture := fields[columns.picture]):
        raise ValueError("names no picture")
    return Row(
        picture,
        mean if columns.score is None else to_number(fields[columns.score]),
        votes,
        _text(fields, columns.category),
        _text(fields, columns.theme),
        _text(fields, columns.split),
        _text(fields, columns.is_free).lower() in _YES,
    )


def split(line: str, delimiter: str) -> list[str]:
    """Fields without blanks around them; ValueError if quotes do not close."""
    if delimiter == " ":
        return line.split()
    try:
        # line by line, so that an open quote spoils one row and not all that follow
        fields = next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise ValueError(f"cannot be split into fields ({error})") from None
    return [field.strip() for field in fields]


def _split_or_nothing(line: str, delimiter: str) -> list[str]:
    try:
        return split(line, delimiter)
    except ValueError:
        return []


def _is_row(line: str, columns: Columns) -> bool:
    try:
        read_row(line, columns)
    except ValueError:
        # a broken first row still begins with a picture's name; a header of unknown names does not
        fields = _split_or_nothing(line, columns.delimiter) or [""]
        return _PICTURE_NAME.fullmatch(fields[0]) is not None
    return True


def _text(fields: Sequence[str], column: int | None) -> str:
    text = "" if column is None else fields[column]
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"{quoted(text)} has more than {LONGEST_TEXT} characters")
    return text
