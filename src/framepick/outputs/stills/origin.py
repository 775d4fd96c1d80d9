"""When and where a frame was recorded, from what the container says of its recording."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_DAY = timedelta(days=1)
# clocks that were never set: QuickTime counts from the first, most others from the second
_EPOCHS = (date(1904, 1, 1), date(1970, 1, 1))
_DATE_AND_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*", re.ASCII)
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_PLACE = re.compile(
    rf"([+-])({_NUMBER})([+-])({_NUMBER})(?:([+-]{_NUMBER}))?(?:CRS[^/]*)?/?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the Earth, WGS 84."""

    latitude: float
    """Degrees, north is positive."""
    longitude: float
    """Degrees, east is positive."""
    altitude: float | None
    """Metres above the sea, None where unknown."""


def captured_at(recorded_at: str | None, time_seconds: float) -> datetime | None:
    """When the frame `time_seconds` after the first one was recorded, to the millisecond.

    Parameters
    ----------
    recorded_at
        Date and time in ISO 8601; the offset from UTC is kept as it is, also where there is none.

    Returns
    -------
    None where `recorded_at` holds no such time, or the day from which an unset clock counts.
    """
    try:
        start = datetime.fromisoformat((recorded_at or "").strip())
        if not _DATE_AND_TIME.match((recorded_at or "").strip()) or _is_unset(start):
            return None
        exact = start + timedelta(microseconds=round(time_seconds * 1e6) + 500)
    except (ValueError, OverflowError):
        return None
    return exact.replace(microsecond=exact.microsecond // 1000 * 1000)


def place_of(location: str | None) -> Place | None:
    """The place that an ISO 6709 text names, such as +48.5216+009.0576+341.000/.

    Degrees may have minutes and seconds, as in +4831.296+00903.456/. What is not such a text gives
    None, and so does 0 degrees both ways, which is what receivers without a fix write.
    """
    match = _PLACE.fullmatch((location or "").strip())
    if not match:
        return None
    latitude = _degrees(match[2], 2)
    longitude = _degrees(match[4], 3)
    if latitude is None or longitude is None or latitude > 90 or longitude > 180:
        return None
    if latitude == longitude == 0:
        return None
    altitude = float(match[5]) if match[5] else None
    if altitude is not None and abs(altitude) > 1e5:
        altitude = None
    return Place(_signed(match[1], latitude), _signed(match[3], longitude), altitude)


def _is_unset(start: datetime) -> bool:
    utc = start.astimezone(UTC) if start.tzinfo else start
    return any(abs(utc.date() - epoch) <= _DAY for epoch in _EPOCHS)


def _degrees(text: str, width: int) -> float | None:
    """Degrees of D, DM or DMS digits, whose degrees take `width` of them."""
    whole, _, fraction = text.partition(".")
    parts = [whole[:width], *re.findall("..", whole[width:])]
    if len(whole) not in (width, width + 2, width + 4):
        return None
    parts[-1] += f".{fraction}"
    degrees, minutes, seconds = (float(part) for part in [*parts, "0", "0"][:3])
    if minutes >= 60 or seconds >= 60:
        return None
    return degrees + minutes / 60 + seconds / 3600


def _signed(sign: str, value: float) -> float:
    return -value if sign == "-" else value
