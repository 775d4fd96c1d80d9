"""What the formats share: a row, the layout of a table, and validated fields."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

LONGEST_TEXT = 200
"""Characters of a category, theme or split: all rows of a column take as much as the longest."""

_LARGEST_COUNT = 2**53
"""Above, floats no longer tell whole numbers apart."""


@dataclass(frozen=True, slots=True)
class Row:
    """One parsed line."""

    picture: str
    """Absolute path, or one relative to the table or to images/ beside it."""
    score: float
    votes: tuple[float, ...] = ()
    category: str = ""
    theme: str = ""
    split: str = ""
    is_free: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read the lines of one table."""

    name: str
    """The set, empty where the format does not tell."""
    read: Callable[[str], Row]
    """Reads a line; ValueError says what is wrong with it."""
    has_header: bool = False
    vote_values: tuple[float, ...] = ()


def number(text: str, *, decimal_comma: bool = False) -> float:
    """Parse a finite number; ValueError where it is none."""
    try:
        # Python would take 1_0 for ten
        value = float("_" if "_" in text else text.replace(",", ".") if decimal_comma else text)
    except ValueError:
        raise ValueError(f"{quoted(text)} is not a number") from None
    if not math.isfinite(value):
        raise ValueError(f"{quoted(text)} is not finite")
    return value


def count(text: str) -> int:
    """Parse a whole number from 0; ValueError where it is none."""
    value = number(text)
    if not 0 <= value <= _LARGEST_COUNT or value != int(value):
        raise ValueError(f"{quoted(text)} is not a count")
    return int(value)


def mean_vote(votes: Iterable[float], values: Iterable[float]) -> float:
    """Average `values` weighted by `votes`; ValueError if some are negative or all are 0."""
    weights = tuple(votes)
    if min(weights) < 0:
        raise ValueError("a number of votes is negative")
    total = sum(weights)
    if total == 0:
        raise ValueError("nobody voted")
    if total > _LARGEST_COUNT:
        raise ValueError("has more votes than can be counted")
    return sum(w * v for w, v in zip(weights, values, strict=True)) / total


def quoted(text: str) -> str:
    """Quote the start of `text` for messages, with unprintable characters escaped."""
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
