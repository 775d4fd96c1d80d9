"""The evaluation report: tables as text, markdown and JSON."""

from __future__ import annotations

import json
import math
import os
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framepick.errors import OutputError
from framepick.evaluation.bootstrap import Interval
from framepick.files import whole_file

Cell = Interval | float | int | str | None
"""The value of a table cell; None for an empty one."""
_EMPTY = "-"
_WIDTH = 100
"""Width of the text; wider tables are split into blocks, each with the row names."""
_GAP = "  "


@dataclass(frozen=True, slots=True)
class Row:
    """One method, category or kind and its figures."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table; every row has a cell for every column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    """A note printed below the table."""

    def __post_init__(self) -> None:
        if any(len(row.cells) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.title}: every row needs {len(self.columns)} cells")


@dataclass(frozen=True, slots=True)
class Report:
    """All tables of one evaluation."""

    weights: str
    """Name of the weights, from their card."""
    encoder_id: str
    data: str
    """Description of the data."""
    tables: tuple[Table, ...]


def to_text(report: Report) -> str:
    """Format the report as aligned text, for a terminal."""
    parts = [_heading(report)]
    for table in report.tables:
        note = textwrap.wrap(table.note, _WIDTH)
        parts.append("\n".join([table.title, *_lines(_grid(table)), *note]))
    return "\n\n".join(parts)


def to_markdown(report: Report) -> str:
    """Format the report as a markdown document."""
    parts = [f"# {_heading(report)}"]
    for table in report.tables:
        head, *rows = [[cell.replace("|", "\\|") for cell in line] for line in _grid(table)]
        rule = ["---"] * len(head)
        lines = [f"| {' | '.join(line)} |" for line in (head, rule, *rows)]
        note = ["", table.note] if table.note else []
        parts.append("\n".join([f"## {table.title}", "", *lines, *note]))
    return "\n\n".join(parts) + "\n"


def to_json(report: Report) -> str:
    """Format the report as JSON with full precision; non-finite numbers are null."""
    fields = {
        "weights": report.weights,
        "encoder_id": report.encoder_id,
        "data": report.data,
        "tables": [
            {
                "title": table.title,
                "note": table.note,
                "rows": [
                    {"name": row.name}
                    | {
                        column: _value(cell)
                        for column, cell in zip(table.columns, row.cells, strict=True)
                    }
                    for row in table.rows
                ],
            }
            for table in report.tables
        ],
    }
    return json.dumps(fields, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def check_place(folder: Path) -> None:
    """Check, before hours of work, that a report can be written to `folder`; nothing is created.

    Raises OutputError where it cannot.
    """
    there = next(place for place in (folder, *folder.parents, Path()) if os.path.exists(place))
    if not there.is_dir():
        raise OutputError(f"{folder}: cannot be made, {there} is a file; choose another place")
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(f"{folder}: cannot be written (no permission); choose another place")


def save_report(report: Report, folder: Path) -> tuple[str, ...]:
    """Write figures.json and figures.md to `folder`, and give these names.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    texts = {"figures.json": to_json(report), "figures.md": to_markdown(report)}
    for name, text in texts.items():
        with whole_file(folder / name) as partial:
            partial.write_text(text, encoding="utf-8")
    return tuple(texts)


def _heading(report: Report) -> str:
    return f"{report.weights} on {report.data}"


def _grid(table: Table) -> list[list[str]]:
    head = ["", *table.columns]
    return [head, *([row.name, *(_text(cell) for cell in row.cells)] for row in table.rows)]


def _lines(grid: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of the grid, its columns in as few blocks as fit the width."""
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    lines: list[str] = []
    for block in _blocks(widths):
        lines += [""] if lines else []
        for row in grid:
            lines.append(_GAP.join(row[at].ljust(widths[at]) for at in (0, *block)).rstrip())
    return lines


def _blocks(widths: Sequence[int]) -> list[list[int]]:
    """Return the column numbers of each block, beside the first column."""
    blocks: list[list[int]] = [[]]
    for at in range(1, len(widths)):
        wide = widths[0] + sum(len(_GAP) + widths[other] for other in (*blocks[-1], at))
        if blocks[-1] and wide > _WIDTH:
            blocks.append([])
        blocks[-1].append(at)
    return blocks


def _text(cell: Cell) -> str:
    if isinstance(cell, Interval):
        if math.isnan(cell.low):
            return _text(cell.value)
        return f"{cell.value:.3f} [{cell.low:.3f}, {cell.high:.3f}]"
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return _EMPTY
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)


def _value(cell: Cell) -> Any:
    if isinstance(cell, Interval):
        return {name: _value(getattr(cell, name)) for name in ("value", "low", "high")}
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    return cell


def make_table(
    title: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[Cell]]], note: str = ""
) -> Table:
    """Build a table of rows (name, cells)."""
    return Table(
        title, tuple(columns), tuple(Row(name, tuple(cells)) for name, cells in rows), note
    )
