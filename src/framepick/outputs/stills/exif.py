"""The facts of a still as EXIF 2.32."""

from __future__ import annotations

from datetime import datetime

from framepick.outputs.stills import ifd
from framepick.outputs.stills.ifd import Field
from framepick.outputs.stills.notes import StillNotes
from framepick.outputs.stills.origin import Place

EXIF_DIRECTORY, GPS_DIRECTORY = 0x8769, 0x8825
ORIENTATION = 0x0112
_MARK = b"Exif\0\0"
_PERCENT = {1: 1, 2: 25, 3: 50, 4: 75, 5: 99}
"""Rating in percent, as Windows counts stars."""
_ARC_PARTS = 10_000


def exif_block(notes: StillNotes, width: int, height: int, with_orientation: bool = True) -> bytes:
    """EXIF as pictures carry it, for a still of `width` times `height` pixels."""
    inner = inner_directories(notes)
    inner[EXIF_DIRECTORY] += [
        ifd.raw(0x9101, b"\1\2\3\0"),  # ComponentsConfiguration: Y, Cb, Cr
        ifd.long(0xA002, width),  # PixelXDimension
        ifd.long(0xA003, height),  # PixelYDimension
    ]
    main = [*main_fields(notes), ifd.short(0x0213, 1)]  # YCbCrPositioning: centred
    if not with_orientation:
        main = [field for field in main if field.tag != ORIENTATION]
    return _MARK + b"".join(ifd.tiff_file(main, inner))


def main_fields(notes: StillNotes) -> list[Field]:
    """Fields of the first directory."""
    return [
        ifd.text(0x010E, notes.description),  # ImageDescription
        ifd.short(ORIENTATION, 1),  # upright
        ifd.rational(0x011A, (72, 1)),  # XResolution
        ifd.rational(0x011B, (72, 1)),  # YResolution
        ifd.short(0x0128, 2),  # ResolutionUnit: inch
        ifd.text(0x0131, notes.software),  # Software
        ifd.short(0x4746, notes.rating),  # Rating
        ifd.short(0x4749, _PERCENT[notes.rating]),  # RatingPercent
    ]


def inner_directories(notes: StillNotes) -> dict[int, list[Field]]:
    """The directories of EXIF and of GPS, by the tag that points to them."""
    exif = [
        ifd.raw(0x9000, b"0232"),  # ExifVersion
        ifd.raw(0xA000, b"0100"),  # FlashpixVersion
        ifd.short(0xA001, 1),  # ColorSpace: sRGB
    ]
    if notes.captured_at:
        exif += _capture_fields(notes.captured_at)
    if not notes.place:
        return {EXIF_DIRECTORY: exif}
    return {EXIF_DIRECTORY: exif, GPS_DIRECTORY: _place_fields(notes.place)}


def _capture_fields(captured_at: datetime) -> list[Field]:
    text = captured_at.isoformat(sep=" ", timespec="milliseconds")  # ... 10:20:30.123+02:00
    fields = [
        ifd.text(0x9003, text[:19].replace("-", ":")),  # DateTimeOriginal
        ifd.text(0x9004, text[:19].replace("-", ":")),  # DateTimeDigitized
        ifd.text(0x9291, text[20:23]),  # SubSecTimeOriginal
        ifd.text(0x9292, text[20:23]),  # SubSecTimeDigitized
    ]
    if offset := text[23:29]:
        fields += [ifd.text(0x9011, offset), ifd.text(0x9012, offset)]  # OffsetTimeOriginal, ...
    return fields


def _place_fields(place: Place) -> list[Field]:
    fields = [
        ifd.octets(0, b"\2\3\0\0"),  # GPSVersionID
        ifd.text(1, "S" if place.latitude < 0 else "N"),
        _arc(2, place.latitude),
        ifd.text(3, "W" if place.longitude < 0 else "E"),
        _arc(4, place.longitude),
        ifd.text(18, "WGS-84"),  # GPSMapDatum
    ]
    if place.altitude is not None:
        metres = round(abs(place.altitude) * 1000)
        fields += [ifd.octets(5, bytes([place.altitude < 0])), ifd.rational(6, (metres, 1000))]
    return fields


def _arc(tag: int, degrees: float) -> Field:
    """Degrees, minutes and seconds."""
    minutes, seconds = divmod(round(abs(degrees) * 3600 * _ARC_PARTS), 60 * _ARC_PARTS)
    whole, minutes = divmod(minutes, 60)
    return ifd.rational(tag, (whole, 1), (minutes, 1), (seconds, _ARC_PARTS))
