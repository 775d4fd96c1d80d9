"""Beauty of the OASIS pictures: Kurdi, Lozano, Banaji (2017), rated by Brielmann, Pelli (2019).

beauty.csv beside images/ has a header with image and beauty_mean, ratings run from 1 to 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from framepick.ratings import tables
from framepick.ratings.rows import Layout, Row

_LOWEST, _HIGHEST = 1.0, 7.0


def recognise(lines: Sequence[str]) -> Layout | None:
    """Return the layout if the first line names image and beauty_mean, otherwise None."""
    layout = tables.with_header(lines)
    names = set(tables.header_names(lines[0], ",")) if lines else set()
    if layout is None or not {"image", "beauty_mean"} <= names:
        return None

    def read_row(line: str) -> Row:
        row = layout.read(line)
        if not _LOWEST <= row.score <= _HIGHEST:
            raise ValueError(f"beauty {row.score:g} does not lie between 1 and 7")
        return row

    return replace(layout, name="OASIS", read=read_row)
