"""Templates of file names, such as {stem}_{rank:02}_{time}."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from string import Formatter

Value = str | int | float

SAMPLE: Mapping[str, Value] = {
    "stem": "",
    "rank": 1,
    "time": "00-00-12.345",
    "timecode": "01-00-12-10",
    "ms": 12345,
    "pts": 1111050,
    "frame": 370,
    "score": 1.234567,
}
"""Every field that a template may use, with a value of the kind it has."""
_LONGEST_BYTES = 120
# the part of format specifications that needs no more than a value: no nesting, no locale, and no
# width that fills the memory
_SPEC = re.compile(r"(.?[<>=^])?[-+ ]?#?0?[0-9]{0,2}[,_]?(\.[0-9]{1,2})?[bdoxXeEfFgGs%]?")


def check_template(template: str) -> None:
    """Make sure that a template of file names can be filled.

    Raises
    ------
    ValueError
        It cannot; the text says what would do.
    """
    try:
        _check_separators(template)
        for name, spec in _fields(template):
            _check_field(name, spec)
        _check_extent(template)
    except ValueError as error:
        raise ValueError(f"name template {template!r}: {error}") from None


def fill(template: str, values: Mapping[str, Value]) -> str:
    """The text of a checked template with `values` of the fields of `SAMPLE`."""
    return template.format_map(values)


def _fields(template: str) -> Iterator[tuple[str, str]]:
    """Names of the fields and their format specifications, in order."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"{error}; write {{{{ and }}}} for braces that are no field") from None
    for _, name, spec, conversion in parts:
        if conversion:
            raise ValueError(f"!{conversion} cannot be used in it; leave it out")
        if name is not None:
            yield name, spec or ""


def _check_separators(template: str) -> None:
    if "/" in template or "\\" in template:
        reason = "holds a folder separator, but stills lie beside picks.json"
        raise ValueError(f"{reason}; leave out / and \\, or choose another output folder")


def _check_field(name: str, spec: str) -> None:
    if name not in SAMPLE:
        raise ValueError(f"there is no field {{{name}}}; use {', '.join(SAMPLE)}")
    try:
        if not _SPEC.fullmatch(spec):
            raise ValueError
        format(SAMPLE[name], spec)
    except ValueError:
        kind = "text" if isinstance(SAMPLE[name], str) else "a number"
        way_out = "write such as {rank:02} or {score:.2f}"
        raise ValueError(f"{name} is {kind} and has no format {spec!r}; {way_out}") from None


def _check_extent(template: str) -> None:
    if not fill(template, {**SAMPLE, "stem": "x"}).strip(" ."):
        raise ValueError("it is empty; write such as {stem}_{rank:02}")
    length = len(fill(template, SAMPLE).encode(errors="replace"))
    if length > _LONGEST_BYTES:
        reason = f"takes {length} bytes beside the stem, of at most {_LONGEST_BYTES}"
        raise ValueError(f"{reason}; make it shorter")
