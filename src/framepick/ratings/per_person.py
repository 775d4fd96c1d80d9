"""Tables of who gave which picture which score, as FLICKR-AES and PARA publish them.

FLICKR-AES has the columns worker, imagePair and score; PARA has userId, imageName and
aestheticScore, attributes of the picture such as lightScore, and the five personality traits of the
person, personality-O to personality-N. Columns are found by their names.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framepick.errors import SourceError
from framepick.ratings.lines import read_lines
from framepick.ratings.rated import BrokenRow
from framepick.ratings.rows import number
from framepick.types import Floats, Rows

TRAITS = ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")
_PERSON = ("worker", "user", "userid", "user_id", "rater", "person")
_PICTURE = ("imagepair", "imagename", "image_name", "image", "picture", "path", "file")
_SCORE = ("score", "aestheticscore", "rating")
_ATTRIBUTE_END = "score"


@dataclass(frozen=True, slots=True, eq=False)
class PersonalRatings:
    """M scores that R people gave to N pictures."""

    people: tuple[str, ...]
    pictures: tuple[str, ...]
    """Names as the table has them."""
    person: Rows
    """(M,) row of `people`."""
    picture: Rows
    """(M,) row of `pictures`."""
    score: Floats
    """(M,)"""
    traits: Floats | None
    """(R, 5) of `TRAITS` as the table has them; None where it does not."""
    attributes: Mapping[str, Floats]
    """(M,) what people said of attributes of the picture, by name; NaN where nothing."""
    broken: tuple[BrokenRow, ...]
    """Rows of the table that were skipped."""

    def __len__(self) -> int:
        return len(self.score)

    def mean_scores(self) -> Floats:
        """Mean score (N,) of each picture."""
        counts = np.bincount(self.picture, minlength=len(self.pictures))
        totals = np.bincount(self.picture, self.score, minlength=len(self.pictures))
        return np.asarray(totals / np.maximum(counts, 1))


@dataclass(frozen=True, slots=True)
class _Line:
    person: str
    picture: str
    score: float
    traits: tuple[float, ...]
    attributes: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Columns:
    person: int
    picture: int
    score: int
    traits: tuple[int, ...]
    attributes: Mapping[str, int]

    def read(self, fields: Sequence[str]) -> _Line:
        """Read a row; raises `ValueError` if it has no such fields."""
        if len(fields) <= max(self.person, self.picture, self.score, *self.traits):
            raise ValueError(f"has {len(fields)} fields")
        person, picture = fields[self.person].strip(), fields[self.picture].strip()
        if not (person and picture):
            raise ValueError("names no person or no picture")
        return _Line(
            person,
            picture,
            number(fields[self.score]),
            tuple(number(fields[at]) for at in self.traits),
            tuple(_number_or_nan(fields, at) for at in self.attributes.values()),
        )


def read_personal(path: Path) -> PersonalRatings:
    """Read a table of scores by person.

    Raises
    ------
    SourceError
        It cannot be read, has no such columns, or no row that can be used.
    """
    rows = csv.reader(line for line in read_lines(path) if line.strip())
    columns = _columns(path, next(rows, []))
    good: list[_Line] = []
    broken: list[BrokenRow] = []
    for at, fields in enumerate(rows, 2):
        try:
            good.append(columns.read(fields))
        except ValueError as error:
            broken.append(BrokenRow(at, str(error)))
    if not good:
        raise SourceError(f"{path}: holds no scores; give a table of person, picture and score")
    return _ratings(good, broken, columns)


def _columns(path: Path, header: Sequence[str]) -> _Columns:
    names = {name.strip().lower(): at for at, name in enumerate(header)}

    def one(known: Sequence[str], what: str) -> int:
        for name in known:
            if name in names:
                return names[name]
        raise SourceError(f"{path}: has no column of {what}; name one {known[0]}")

    found = one(_PERSON, "people"), one(_PICTURE, "pictures"), one(_SCORE, "scores")
    traits = [names.get(f"personality-{trait[0]}", names.get(trait)) for trait in TRAITS]
    known = tuple(at for at in traits if at is not None)
    return _Columns(*found, known if len(known) == len(TRAITS) else (), _attributes(names, found))


def _attributes(names: Mapping[str, int], taken: Sequence[int]) -> dict[str, int]:
    return {
        name.removesuffix(_ATTRIBUTE_END): at
        for name, at in names.items()
        if name.endswith(_ATTRIBUTE_END) and at not in taken
    }


def _number_or_nan(fields: Sequence[str], at: int) -> float:
    try:
        return number(fields[at])
    except (ValueError, IndexError):
        return float("nan")


def _ratings(
    good: Sequence[_Line], broken: Sequence[BrokenRow], columns: _Columns
) -> PersonalRatings:
    people = {name: at for at, name in enumerate(dict.fromkeys(one.person for one in good))}
    pictures = {name: at for at, name in enumerate(dict.fromkeys(one.picture for one in good))}
    traits = {one.person: one.traits for one in good}
    attributes = np.array([one.attributes for one in good], np.float64)
    return PersonalRatings(
        tuple(people),
        tuple(pictures),
        np.array([people[one.person] for one in good], np.int64),
        np.array([pictures[one.picture] for one in good], np.int64),
        np.array([one.score for one in good], np.float64),
        np.array([traits[name] for name in people]) if columns.traits else None,
        dict(_by_name(columns, attributes)),
        tuple(broken),
    )


def _by_name(columns: _Columns, attributes: Floats) -> Iterator[tuple[str, Floats]]:
    for at, name in enumerate(columns.attributes):
        yield name, attributes[:, at]
