"""When and with what a photo was taken, as its EXIF says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import ExifTags, Image

_Base, _Ifd = ExifTags.Base, ExifTags.IFD
_TIMES = (
    (_Base.DateTimeOriginal, _Base.SubsecTimeOriginal, _Base.OffsetTimeOriginal),
    (_Base.DateTimeDigitized, _Base.SubsecTimeDigitized, _Base.OffsetTimeDigitized),
)
"""Tags of a time, of its fraction of a second and of its offset; the first time that is there
counts. That of the last change of the file says nothing about when the photo was taken."""
_CAMERA = (_Base.Make, _Base.Model)
_OFFSET_FORM = "%z"


@dataclass(frozen=True, slots=True)
class Capture:
    """When and with what a photo was taken, as far as that is known."""

    at: datetime | None = None
    """Time on the camera's clock, with its time zone where the camera knew it."""
    camera: str = ""
    """Make, model and serial number of the camera; '' where unknown."""

    @property
    def seconds(self) -> float | None:
        """The time as seconds since 1970, good for differences between photos of one camera.

        A time without a zone counts as UTC.
        """
        if self.at is None:
            return None
        return (self.at if self.at.tzinfo else self.at.replace(tzinfo=UTC)).timestamp()


def capture_of(exif: Image.Exif) -> Capture:
    """Read when and with what a photo was taken; what is missing or malformed is unknown."""
    details = exif.get_ifd(_Ifd.Exif)
    times = (_time(details, *tags) for tags in _TIMES)
    names = [exif.get(tag) for tag in _CAMERA] + [details.get(_Base.BodySerialNumber)]
    camera = " ".join(text for text in map(_text, names) if text)
    return Capture(next((time for time in times if time), None), camera)


def _time(details: dict[int, Any], at: int, fraction: int, offset: int) -> datetime | None:
    try:
        time = datetime.strptime(_text(details.get(at)), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    digits = _text(details.get(fraction))
    if digits.isascii() and digits.isdigit():
        time += timedelta(seconds=float(f"0.{digits}"))
    try:
        zone = datetime.strptime(_text(details.get(offset)), _OFFSET_FORM).tzinfo
    except ValueError:
        zone = None
    return time.replace(tzinfo=zone)


def _text(value: Any) -> str:
    """Give a value as text without padding; some cameras write bytes, and pad with zeros."""
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")
    return text.strip("\0 ")
