"""What a live session looks like in a terminal (pure)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from framepick.console import one_line
from framepick.displays.terminal.curve import curve_lines
from framepick.displays.terminal.picture import picture_lines
from framepick.live.state import KeptStill, LiveState
from framepick.outputs.stills.notes import rating_of

TITLES = {
    "connecting": ("connecting", "yellow"),
    "watching": ("watching", "green"),
    "lost": ("lost", "red"),
    "ended": ("ended", "red"),
    "closing": ("saving", "yellow"),
    "over": ("session over", "bright_black"),
}
"""Words and colours of each status."""
SHOWN_STILLS = 4
CURVE_ROWS = 8
PICTURE_COLUMNS = 32
LEAST_COLUMNS = 84
"""A narrower terminal shows no picture."""
PICK, CURVE, SOFT = "orange3", "sky_blue2", "bright_black"


def live_view(state: LiveState, columns: int, has_keys: bool) -> RenderableType:
    """Draw a session `columns` wide."""
    parts: list[RenderableType] = [_head(state), Text(), _middle(state, columns), Text()]
    parts += [_now(state), _figures(state), Text(), *_stills(state), Text()]
    parts.append(_line(_message(state), TITLES[state.status][1] if state.trouble else SOFT))
    if state.status in ("connecting", "watching", "lost"):
        parts.append(_help(has_keys))
    return Group(*parts)


def _head(state: LiveState) -> RenderableType:
    title, colour = TITLES[state.status]
    table = Table.grid(expand=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column(justify="right", no_wrap=True)
    left = Text.assemble((one_line(state.source), "bold"), (f"   keeps {state.mode}", SOFT))
    right = Text.assemble((f"  ● {title}", colour), f"  {clock(state.seconds)}")
    table.add_row(left, right)
    return table


def _middle(state: LiveState, columns: int) -> RenderableType:
    """Draw the curve, beside the picture where there is room for it."""
    picture: list[Text] = []
    if state.picture and columns >= LEAST_COLUMNS:
        picture = picture_lines(state.picture, PICTURE_COLUMNS, CURVE_ROWS + 1)
    taken = max((len(line) for line in picture), default=0)
    curve = curve_lines(state, columns - (taken + 2 if taken else 0), CURVE_ROWS)
    if not taken:
        return Text("\n").join(curve)
    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_row(Text("\n").join(picture), Text("\n").join(curve))
    return table


def _now(state: LiveState) -> RenderableType:
    shown = Text.assemble(("now ", SOFT), _score_now(state), ("   best ", SOFT), _score_best(state))
    guide = state.guide
    if guide and state.status == "watching":
        shown.append(f"   {arrow(guide.dx, guide.dy)} {guide.state}", f"bold {PICK}")
    return shown


def arrow(dx: float | None, dy: float | None) -> str:
    """Give the arrow that is nearest to a direction, right and down positive; none without one."""
    if dx is None or dy is None:
        return ""
    eighth = round(math.atan2(dy, dx) / (math.pi / 4)) % 8
    return "→↘↓↙←↖↑↗"[eighth]


def _score_now(state: LiveState) -> Text:
    if state.status != "watching" or not math.isfinite(state.score):
        return Text("-", SOFT)
    stars = _stars(rating_of(state.percentile))
    text = Text.assemble((f"{state.score:.2f} ", "bold"), stars)
    return text.append(f"  {state.veto}", "red") if state.veto else text


def _score_best(state: LiveState) -> Text:
    best = state.best
    if best is None:
        return Text("none yet", SOFT)
    return Text.assemble(
        (f"{best.score:.2f} ", "bold"), _stars(best.rating), f" at {clock(best.seconds)}"
    )


def _figures(state: LiveState) -> RenderableType:
    if state.status != "watching":
        return Text()
    shown = (
        f"{state.rate:.1f} of {state.came_rate:.1f} frames/s",
        f"age {1000 * state.age_seconds:.0f} ms",
        f"{state.dropped:,} not scored",
        f"recent past {state.ring_bytes / 2**20:.1f} MiB",
    )
    return _line("   ".join(shown), SOFT)


def _stills(state: LiveState) -> Sequence[RenderableType]:
    if not state.kept:
        return [Text("Stills appear here as they are kept.", SOFT)]
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, ratio=2, overflow="ellipsis")
    table.add_column(no_wrap=True, ratio=3, overflow="ellipsis", style=SOFT)
    for still in reversed(state.kept[-SHOWN_STILLS:]):
        table.add_row(*_row(still, still is state.best))
    return [Text.assemble(("kept ", SOFT), (f"{state.kept_count}", "bold")), table]


def _row(still: KeptStill, is_best: bool) -> tuple[Text, ...]:
    return (
        Text(f"{clock(still.seconds):>7}"),
        Text(f"{still.score:.2f}", f"bold {PICK}" if is_best else ""),
        _stars(still.rating),
        Text(one_line(still.name)),
        Text(one_line(still.reason)),
    )


def _message(state: LiveState) -> str:
    if state.status == "lost":
        retry = math.ceil(state.retry_seconds or 0)
        again = f"trying again in {retry} s" if retry else "trying again now"
        return f"{state.trouble}; {again}"
    return state.message


def _help(has_keys: bool) -> Text:
    if not has_keys:
        return Text("Ctrl-C ends the session", SOFT)
    return Text.assemble(
        ("space", "bold"),
        (" keeps what is shown   ", SOFT),
        ("q", "bold"),
        (" ends the session", SOFT),
    )


def _stars(count: int) -> Text:
    return Text.assemble(("★" * count, "yellow"), ("★" * (5 - count), "grey30"))


def _line(text: str, style: str) -> Text:
    return Text(one_line(text), style, no_wrap=True, overflow="ellipsis")


def clock(seconds: float) -> str:
    """Write a time as 0:07, 12:34 or 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
