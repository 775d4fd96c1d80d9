"""Reads TOML tables into frozen dataclasses, and validates keys, types and bounds.

A field's type determines what is read; `within` adds bounds. Unknown keys are errors, so that a
misspelt one is not silently ignored.
"""

from __future__ import annotations

import math
import os
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from framepick.errors import UsageError

Record = TypeVar("Record")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_NAMES = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


@dataclass(frozen=True, slots=True)
class Place:
    """The file and key of a value, for messages and for relative paths."""

    file: Path
    key: str = ""

    def of(self, name: str) -> Place:
        """Return the place of key `name` in this table."""
        return replace(self, key=f"{self.key}.{name}" if self.key else name)

    def error(self, reason: str) -> UsageError:
        """Return a UsageError that names the file and key."""
        return UsageError(f"{self.file}: {self.key + ' ' if self.key else ''}{reason}")


def within(
    *,
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
    words: tuple[str, ...] = (),
    is_input: bool = False,
) -> dict[str, Any]:
    """Return bounds as the metadata of a field.

    `words` are the texts that it accepts, beside a path where its type allows one; `is_input` paths
    must exist when the file is read.
    """
    return {"least": least, "above": above, "most": most, "words": words, "is_input": is_input}


def read_record(kind: type[Record], table: object, place: Place) -> Record:
    """Read `table` as the dataclass `kind`.

    Raises
    ------
    UsageError
        A key is unknown or missing, or a value is of the wrong type or out of bounds.
    """
    if not isinstance(table, Mapping):
        raise place.error(f"must be a table, not {table!r}")
    hints, known = get_type_hints(kind), {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    for key in table:
        if key not in known:
            raise place.of(key).error(f"is not known; known there are {', '.join(known)}")
    for name, one in known.items():
        if name not in table and one.default is MISSING and one.default_factory is MISSING:
            raise place.of(name).error("is missing; add it")
    values = {
        name: _value(hints[name], table[name], place.of(name), known[name])
        for name in known
        if name in table
    }
    try:
        return kind(**values)
    except ValueError as error:
        raise place.error(f"is wrong: {error}; correct it") from error


def _value(hint: Any, value: object, place: Place, of: Field[Any]) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        return _one_of(get_args(hint), value, place, of)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise place.error(f"must be a list, not {value!r}; put it in brackets")
        inner = get_args(hint)[0]
        return tuple(_value(inner, v, place.of(str(i)), of) for i, v in enumerate(value))
    if is_dataclass(hint):
        return read_record(hint, value, place)  # type: ignore[arg-type]
    if hint is Path:
        return _path(value, place, of)
    if get_origin(hint) is not None:  # any other table, which is read elsewhere
        return value
    return _plain(hint, value, place, of)


def _one_of(kinds: tuple[Any, ...], value: object, place: Place, of: Field[Any]) -> Any:
    """Read a union: an accepted word, otherwise the type that fits the value."""
    if str in kinds and value in of.metadata.get("words", ()):
        return value
    rest = [kind for kind in kinds if kind not in (types.NoneType, str)]
    if not rest:
        return _plain(str, value, place, of)
    if isinstance(value, str) and Path not in rest:
        raise place.error(f"must be {_wanted(rest[0], of)}, not {value!r}")
    return _value(rest[0], value, place, of)


def _plain(hint: Any, value: object, place: Place, of: Field[Any]) -> Any:
    fits: dict[Any, Callable[[], bool]] = {
        float: lambda: isinstance(value, int | float) and not isinstance(value, bool),
        int: lambda: isinstance(value, int) and not isinstance(value, bool),
    }
    good = fits.get(hint, lambda: isinstance(value, hint))()
    if not good or not _is_within(value, of):
        raise place.error(f"must be {_wanted(hint, of)}, not {value!r}")
    return float(value) if hint is float else value  # type: ignore[arg-type]


def _is_within(value: Any, of: Field[Any]) -> bool:
    if isinstance(value, str):
        return not of.metadata.get("words") or value in of.metadata["words"]
    if isinstance(value, bool):
        return True
    least, above, most = (of.metadata.get(name) for name in ("least", "above", "most"))
    return (
        math.isfinite(value)
        and (least is None or value >= least)
        and (above is None or value > above)
        and (most is None or value <= most)
    )


def _wanted(hint: Any, of: Field[Any]) -> str:
    words = [f'"{word}"' for word in of.metadata.get("words", ())]
    if hint is str and words:
        return f"one of {', '.join(words)}"
    bounds = [
        f"{text} {of.metadata[name]:g}"
        for name, text in (("least", "from"), ("above", "above"), ("most", "up to"))
        if of.metadata.get(name) is not None
    ]
    return " or ".join([" ".join([_NAMES.get(hint, "a path"), *bounds]), *words])


def _path(value: object, place: Place, of: Field[Any]) -> Path:
    if not isinstance(value, str) or not value:
        raise place.error(f"must be {_wanted(Path, of)}, not {value!r}")

    def known(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if not os.environ.get(name):
            raise place.error(f"needs the variable {name}, which is not set; set it to a folder")
        return os.environ[name]

    path = place.file.absolute().parent / Path(_VARIABLE.sub(known, value)).expanduser()
    if of.metadata.get("is_input") and not path.exists():
        raise place.error(f"names {path}, where there is nothing; correct the path")
    return Path(os.path.normpath(path))
