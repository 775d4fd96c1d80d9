"""Makes docs/benchmarks.md and docs/benchmarks.svg of the figures that the benchmarks kept.

    python -m benchmarks.table

What was not measured is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.drawing import draw
from benchmarks.figures import kept

DOCS = Path(__file__).parents[1] / "docs"
UNIT_SECONDS = 64
_INTRODUCTION = """# Benchmarks

What the commands of `make bench` measured on one machine; times differ from machine to machine,
ratios less. The films are generated: shots of 2 to 10 s of photographs seen by a camera held by
hand, with grain, H.264, 25 frames a second; those of over two minutes repeat the same groups of
pictures in another order. Wall time is from the start of a process to its last file, with nothing
of the film in the cache. CPU time counts all cores, and memory all processes. The first two tables
are medians of several rounds; the others are single runs.

![Picking beside other tools, and the time it takes against the length of the film](benchmarks.svg)
"""


def page() -> str:
    """Write the page, section by section."""
    sections = (_machine, _end_to_end, _peers, _profile, _long_film, _quality, _plans, _lengths)
    tables = [list(section()) for section in sections]
    return "\n".join([_INTRODUCTION, *("\n".join(lines) for lines in tables if lines)])


def _machine() -> Iterator[str]:
    measured = [rows[0]["machine"] for name in ("length", "end_to_end") if (rows := kept(name))]
    for one in measured[:1]:
        libraries = ", ".join(f"{name} {found}" for name, found in one["libraries"].items())
        yield f"Machine: {one['processor']}, {one['cores']} cores; {one['system']}; {libraries}.\n"


def _end_to_end() -> Iterator[str]:
    rows = kept("end_to_end")[1:]
    if not rows:
        return
    yield "## Exact search against its limit\n"
    yield (
        "The limit is cores / (CPU time of decoding + resizing + measures + encoding of a frame), "
        "each measured alone in the same run. Other work on the machine may take a share of its "
        "cores; what processes that only count got of them is in the last column but one.\n"
    )
    yield from _table(
        "clip | decode | resize | measures | encode | limit | search | ratio | cores to be had "
        "| ratio by these",
        (
            f"{row['clip']} | "
            + " | ".join(f"{cost:.2f} ms" for cost in row["parts_ms"].values())
            + f" | {row['limit']:.0f} frames/s | {row['speed']:.0f} frames/s | {row['ratio']:.2f}"
            f" | {100 * row['free']:.0f} % | {row['ratio_of_free']:.2f}"
            for row in rows
        ),
    )


def _peers() -> Iterator[str]:
    rows = kept("peers")[1:]
    if not rows:
        return
    yield "## Beside other tools\n"
    yield (
        "On the same 1080p film of 64 s. They do not do the same: PySceneDetect finds cuts, and "
        "saves the image in the middle of each scene where that is said; ffmpeg's filter finds the "
        "frame of every hundred whose histogram is nearest to their mean. The networks were "
        "compiled by an earlier run.\n"
    )
    yield from _table(
        "what | wall time | CPU time | peak memory",
        (
            f"{row['name']} | {row['wall']:.1f} s | {row['cpu']:.1f} s | {row['peak']:.0f} MB"
            for row in rows
        ),
    )


def _profile() -> Iterator[str]:
    rows = [row for plan in ("auto", "exact") for row in kept(f"profile_{plan}")[1:]]
    if not rows:
        return
    yield "## Where the time of a pick goes\n"
    yield (
        "The same film, without the start of Python. *Own* is the processor time of the process "
        "that encodes, chooses and writes; *busy* the share of all cores that it and its decoders "
        "had: the rest is waiting.\n"
    )
    yield from _table(
        "plan | step | wall time | own | decoders | busy",
        (
            f"{row['plan']} | {row['step']} | {row['wall']:.1f} s | {row['own']:.1f} s"
            f" | {row['decoders']:.1f} s | {row['busy']:.0%}"
            for row in rows
        ),
    )


def _long_film() -> Iterator[str]:
    rows = kept("long_film")[1:]
    if not rows:
        return
    yield "## Fast against exact: sixteen minutes of different shots, 1080p\n"
    yield from _table(
        "plan | start to last file | CPU time | search | refine | frames decoded"
        " | first picks reported",
        (
            f"{row['plan']} | {row['wall']:.1f} s | {row['cpu']:.1f} s | "
            + (_found(row) if "seen" in row else " | | | ")
            for row in rows
        ),
    )


def _found(row: dict[str, Any]) -> str:
    return (
        f"{row['search_seconds']:.1f} s | {row['refine_seconds']:.1f} s | {row['seen']:,.0f}"
        f" | {_after(row['first_seconds'])}"
    )


def _after(seconds: float) -> str:
    return f"after {seconds:.1f} s" if seconds else "with the results"


def _quality() -> Iterator[str]:
    rows = kept("plans")[1:]
    if not rows:
        return
    yield "## What the fast plan finds\n"
    yield (
        "Sum over clips of (scores of its five picks - mean of the clip), in shares of what "
        "exact's picks reach, all read off exact's curve; clips of 2 to 4 minutes, 480p.\n"
    )
    yield from _table(
        "plan | share | 95 % interval | worst clip",
        (
            f"{_plan(str(row['plan']))} | {row['share']:.3f}"
            f" | {row['low']:.3f} to {row['high']:.3f} | {row['worst']:.2f}"
            for row in rows
            if "share" in row
        ),
    )


def _plan(name: str) -> str:
    return f"budget of {name}, no close look, replayed" if name[0].isdigit() else name


def _plans() -> Iterator[str]:
    rows = kept("length")[1:]
    pairs = [
        (exact, fast)
        for exact in rows
        for fast in rows
        if _film(exact) == _film(fast) and (exact["plan"], fast["plan"]) == ("exact", "fast")
    ]
    if not pairs:
        return
    yield "## Fast against exact: films that repeat their shots\n"
    yield from _table(
        "film | exact | fast | times as fast | search alone | CPU time | frames decoded",
        (
            f"{_length(exact)}, key frames {exact['gop_seconds']} s apart"
            f" | {exact['wall']:.1f} s | {fast['wall']:.1f} s"
            f" | {exact['wall'] / fast['wall']:.1f}"
            f" | {exact['search_seconds'] / fast['search_seconds']:.1f}"
            f" | {exact['cpu'] / fast['cpu']:.1f} | {100 * fast['seen'] / fast['frames']:.0f} %"
            for exact, fast in pairs
        ),
    )


def _lengths() -> Iterator[str]:
    rows = kept("length")[1:]
    if not rows:
        return
    yield "## Cost against length and size\n"
    yield from _table(
        "film | plan | wall time | CPU time | of playing time | peak memory",
        (
            f"{_length(row)} | {row['plan']} | {row['wall']:.1f} s"
            f" | {row['cpu']:.1f} s | {100 * row['wall'] / minutes(row) / 60:.0f} %"
            f" | {row['peak']:.0f} MB"
            for row in rows
            if row["gop_seconds"] == max(other["gop_seconds"] for other in rows)
        ),
    )


def minutes(row: dict[str, Any]) -> float:
    """Length of the film of a row of `benchmarks.length`."""
    return float(row["units"]) * UNIT_SECONDS / 60


def _length(row: dict[str, Any]) -> str:
    return f"{minutes(row):.1f} min, {row['height']}p"


def _film(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["height"], row["gop_seconds"], row["units"]


def _table(head: str, rows: Iterator[str]) -> Iterator[str]:
    """Give a table in Markdown; cells are parted by ` | `."""
    yield f"| {head} |"
    yield "|" + "---|" * len(head.split("|"))
    yield from (f"| {row} |" for row in rows)
    yield ""


def main() -> None:
    """Write the page and draw the picture."""
    (DOCS / "benchmarks.md").write_text(page())
    draw(kept("peers")[1:], kept("length")[1:], DOCS / "benchmarks.svg")


if __name__ == "__main__":
    main()
