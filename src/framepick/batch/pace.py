"""How fast a batch goes, and when it will be done (pure)."""

from __future__ import annotations

_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def rate_text(done: int, seconds: float) -> str:
    """Give files a minute, or an hour where that is few; '' before the first."""
    if not done or seconds <= 0:
        return ""
    a_minute = done / seconds * 60
    return f"{a_minute:.0f} a minute" if a_minute >= 10 else f"{a_minute * 60:.0f} an hour"


def seconds_left(done: int, total: int, seconds: float) -> float | None:
    """Give the seconds that the rest takes at this pace; None before the first is done."""
    return (total - done) * seconds / done if done else None


def duration_text(seconds: float) -> str:
    """Give a length of time in its two largest units, such as 6 h 40 min."""
    rest = max(0, round(seconds))
    for at, (unit, size) in enumerate(_UNITS):
        if rest >= size or size == 1:
            more = rest % size // _UNITS[at + 1][1] if size > 1 else 0
            first = f"{rest // size} {unit}"
            return f"{first} {more} {_UNITS[at + 1][0]}" if more else first
    raise AssertionError  # the last unit is 1


def status_text(done: int, total: int, before: int, seconds: float) -> str:
    """Give "37 of 5,000, 12 a minute, 6 h 40 min left"; `before` were done by earlier runs."""
    parts = [f"{done:,} of {total:,}", rate_text(done - before, seconds)]
    left = seconds_left(done - before, total - before, seconds)
    if left is not None and done < total:
        parts.append(f"{duration_text(left)} left")
    return ", ".join(part for part in parts if part)
