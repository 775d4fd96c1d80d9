"""Reads a file or folder of any known format into a `RatedSet`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from framepick.errors import SourceError, UsageError, reason_of
from framepick.ratings import arod, ava, oasis, tables
from framepick.ratings.lines import read_lines
from framepick.ratings.rated import BrokenRow, RatedSet
from framepick.ratings.rows import LONGEST_TEXT, Layout, Row, quoted

_IMAGES = "images"
_TABLES = ("beauty.csv", "AVA.txt")
_ENDINGS = frozenset({".csv", ".tsv", ".txt"})
_SAMPLE_LINES = 50
_FORMATS = (
    oasis.recognise,
    tables.with_header,
    ava.recognise,
    arod.recognise,
    tables.without_header,
)
"""Asked in this order; the first that knows the lines reads them."""


def read_ratings(path: Path, pictures: Path | None = None) -> RatedSet:
    """Read an OASIS, AVA or AROD set or any table of path and score, told apart by content.

    `path` is the table or the folder that holds it. Pictures are looked for in the folder
    `pictures`, or relative to the table, and in images/ there; rows that cannot be used, and all
    but the first of one picture, are listed in `broken`.

    Raises
    ------
    UsageError
        The folder holds no table, or several.
    SourceError
        The table cannot be read, its format is not known, or no row of it can be used.
    """
    table = find_table(path)
    lines = read_lines(table)
    sample = list(islice((line for line in lines if line.strip()), _SAMPLE_LINES))
    if not sample:
        raise SourceError(f"{table}: is empty; a table needs rows of path and score")
    layout = next((found for ask in _FORMATS if (found := ask(sample))), None)
    if layout is None:
        raise SourceError(
            f"{table}: its first line {quoted(sample[0])} names no columns that are known; "
            "begin the table with a header such as path,score"
        )
    return _collect(table, lines, layout, pictures or table.parent)


def find_table(path: Path) -> Path:
    """Return the table itself, or the one in the folder `path`.

    Raises
    ------
    UsageError
        The folder holds no table, or several and none is called beauty.csv or AVA.txt.
    SourceError
        The folder cannot be read.
    """
    if not path.is_dir():
        return path
    for name in _TABLES:
        if (path / name).is_file():
            return path / name
    try:
        found = sorted(p for p in path.iterdir() if p.suffix.lower() in _ENDINGS and p.is_file())
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({reason_of(error)})") from error
    if len(found) == 1:
        return found[0]
    names = ", ".join(p.name for p in found[:3])
    what = f"several tables ({names}); name one of them" if found else "no table of ratings"
    raise UsageError(f"{path}: holds {what}")


def _collect(table: Path, lines: Sequence[str], layout: Layout, pictures: Path) -> RatedSet:
    rows: dict[Path, tuple[int, Row]] = {}
    broken: list[BrokenRow] = []
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    for number, line in islice(numbered, int(layout.has_header), None):
        try:
            row = layout.read(line)
            path = _find_picture(pictures, row.picture)
            if path in rows:
                raise ValueError(f"{quoted(row.picture)} is rated in line {rows[path][0]} already")
            rows[path] = number, row
        except ValueError as error:
            broken.append(BrokenRow(number, str(error)))
    if not rows:
        raise _nothing_left(table, broken)
    kept = [row for _, row in rows.values()]
    return _rated_set(layout.name or table.stem, layout.vote_values, kept, tuple(rows), broken)


def _find_picture(folder: Path, name: str) -> Path:
    for place in (folder, folder / _IMAGES):
        path = os.path.normpath(place / name)
        if os.path.isfile(path):
            return Path(path)
    raise ValueError(f"the picture {quoted(name)} is not there")


def _nothing_left(table: Path, broken: Sequence[BrokenRow]) -> SourceError:
    if not broken:
        return SourceError(f"{table}: has a header but no rows; a row needs a path and a score")
    first = broken[0]
    return SourceError(
        f"{table}: none of its {len(broken)} rows can be used, line {first.line}: {first.reason}; "
        f"pictures are looked for beside the table and in {_IMAGES}/, each needs a finite score"
    )


def _rated_set(
    name: str,
    vote_values: Sequence[float],
    rows: Sequence[Row],
    paths: tuple[Path, ...],
    broken: Sequence[BrokenRow],
) -> RatedSet:
    return RatedSet(
        name=name,
        paths=paths,
        score=np.array([row.score for row in rows]),
        votes=np.array([row.votes for row in rows], np.float64) if vote_values else None,
        vote_values=np.array(vote_values) if vote_values else None,
        category=np.array([row.category for row in rows], np.str_),
        theme=np.array([row.theme or row.picture[-LONGEST_TEXT:] for row in rows], np.str_),
        split=np.array([row.split for row in rows], np.str_),
        is_free=np.array([row.is_free for row in rows], np.bool_),
        broken=tuple(broken),
    )
