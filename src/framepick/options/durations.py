"""Lengths of time as options have them."""

from __future__ import annotations

import re

import typer

MAX_SECONDS = 1e6
"""Longest time that an option may name, about eleven days."""
_UNIT_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smh]?)", re.ASCII)


def seconds_of(text: str) -> float:
    """Give the seconds that a text such as 90, 30s, 1.5m or 1h means.

    Raises
    ------
    typer.BadParameter
        The text is not a time, or not one between zero and `MAX_SECONDS`.
    """
    seconds = handles_of(text)
    if not seconds:
        raise typer.BadParameter(f"{text!r} is not a time; write 30s, 2m or 1h")
    return seconds


def handles_of(text: str | float) -> float:
    """Give the seconds that a text such as 2s or 0 means.

    Raises
    ------
    typer.BadParameter
        The text is not a time, or one over `MAX_SECONDS`.
    """
    found = _DURATION.fullmatch(str(text).strip())  # typer gives the default as it is
    seconds = float(found[1]) * _UNIT_SECONDS[found[2]] if found else -1.0
    if not 0 <= seconds <= MAX_SECONDS:
        raise typer.BadParameter(f"{text!r} is not a time; write 2s or 1.5s")
    return seconds
