"""The facts that stills carry: ratings, when and where, EXIF, XMP and sidecars."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

import framepick
from framepick.config import ImageFormat, OutputConfig
from framepick.outputs.stills.notes import StillNotes, rating_of
from framepick.outputs.stills.origin import Place, captured_at, place_of
from framepick.outputs.stills.saving import save_still
from framepick.outputs.stills.sidecars import sidecar_names, write_sidecar
from framepick.outputs.stills.xmp import NAMESPACES, xmp_document, xmp_packet
from framepick.timecode import Timecodes
from framepick.types import Still
from tests.kept import DROP_CLOCK, deep_picture, notes_at, picture

FORMATS: list[ImageFormat] = ["jpeg", "png", "webp", "tiff", "avif"]
EXIF, GPS = 0x8769, 0x8825
HOSTILE = '<script>alert("&")<script> \x00\x01\x0b\ufffe\udcff ]]> {rank} é \N{FAMILY}.mp4'


def xmp_of(data: bytes) -> dict[str, Any]:
    """Properties by prefixed name; lists and structures as lists and dicts."""
    root = ElementTree.fromstring(data)  # noqa: S314 - it was written a moment ago
    described = root.find("{*}RDF/{*}Description")
    assert described is not None
    return {_short(child.tag): _value(child) for child in described}


def _value(element: ElementTree.Element) -> Any:
    inner = next(iter(element), None)
    if inner is None:
        return element.text or ""
    if _short(inner.tag) == "rdf:Description":
        return {_short(child.tag): child.text for child in inner}
    return [item.text for item in inner]


def _short(tag: str) -> str:
    uri, _, name = tag[1:].partition("}")
    return f"{next(prefix for prefix, known in NAMESPACES.items() if known == uri)}:{name}"


def embedded(notes: StillNotes, image: ImageFormat, folder: Path) -> tuple[Any, dict[str, Any]]:
    """EXIF and XMP as Pillow reads them from a file."""
    path = folder / "still"
    save_still(Still(picture(), notes.moment), path, OutputConfig(image=image), notes)
    with Image.open(path) as opened:
        exif, xmp = opened.getexif(), opened.info["xmp"]
        exif.get_ifd(EXIF)
        exif.get_ifd(GPS)
    return exif, xmp_of(xmp)


@pytest.mark.parametrize("image", FORMATS)
def test_exif_is_read_back_from_every_format(image: ImageFormat, tmp_path: Path) -> None:
    notes = notes_at(recorded_at="2024-05-01T10:20:30+0200", location="+48.5216-009.0576+341.000/")
    exif, _ = embedded(notes, image, tmp_path)
    assert exif[0x010E] == notes.description
    assert exif[0x0131] == f"framepick {framepick.__version__}"
    assert exif.get(0x0112, 1) == 1
    assert (exif[0x4746], exif[0x4749]) == (4, 75)
    inner = exif.get_ifd(EXIF)
    assert inner[0x9003] == inner[0x9004] == "2024:05:01 10:20:42"
    assert inner[0x9291] == inner[0x9292] == "345"
    assert inner[0x9011] == inner[0x9012] == "+02:00"
    assert inner[0xA001] == 1
    if image != "tiff":
        assert (inner[0xA002], inner[0xA003]) == (96, 64)
    gps = exif.get_ifd(GPS)
    assert (gps[1], gps[3]) == ("N", "W")
    assert [float(part) for part in gps[2]] == [48, 31, 17.76]
    assert [float(part) for part in gps[4]] == [9, 3, 27.36]
    assert float(gps[6]) == 341


@pytest.mark.parametrize("image", FORMATS)
def test_xmp_is_read_back_from_every_format(image: ImageFormat, tmp_path: Path) -> None:
    notes = notes_at(recorded_at="2024-05-01T10:20:30+0200", location="+48.5216-009.0576+341.000/")
    _, xmp = embedded(notes, image, tmp_path)
    assert xmp["xmp:Rating"] == "4"
    assert xmp["xmp:CreatorTool"] == f"framepick {framepick.__version__}"
    for name in ("xmp:CreateDate", "exif:DateTimeOriginal", "photoshop:DateCreated"):
        assert xmp[name] == "2024-05-01T10:20:42.345+02:00"
    assert xmp["dc:source"] == "clip.mp4"
    assert xmp["dc:description"] == [notes.description]
    assert xmp["exif:GPSLatitude"] == "48,31.296000N"
    assert xmp["exif:GPSLongitude"] == "9,3.456000W"
    assert (xmp["exif:GPSAltitude"], xmp["exif:GPSAltitudeRef"]) == ("341000/1000", "0")
    assert {name: value for name, value in xmp.items() if name.startswith("framepick:")} == {
        "framepick:Rank": "1",
        "framepick:Score": "1.234568",
        "framepick:Percentile": "31.23",
        "framepick:PercentileInVideo": "99.9",
        "framepick:PercentileReference": "OASIS",
        "framepick:TimeSeconds": "12.345",
        "framepick:Timecode": "01:00:12:10",
        "framepick:TimecodeRate": "30/1",
        "framepick:TimecodeIsNominal": "False",
        "framepick:Pts": "1111050",
        "framepick:TimeBase": "1/90000",
        "framepick:FrameIndex": "370",
        "framepick:Reasons": list(notes.reasons),
    }


@pytest.mark.parametrize("image", ["png", "tiff"])
def test_deep_stills_carry_the_same_facts(image: ImageFormat, tmp_path: Path) -> None:
    notes = notes_at(recorded_at="2024-05-01T10:20:30Z", location="+48.5216+009.0576/")
    deep = tmp_path / "deep"
    save_still(
        Still(deep_picture(), notes.moment), deep, OutputConfig(image=image, depth=16), notes
    )
    exif, xmp = embedded(notes, image, tmp_path)
    with Image.open(deep) as opened:
        assert opened.getexif().get_ifd(EXIF) == exif.get_ifd(EXIF)
        assert opened.getexif().get_ifd(GPS) == exif.get_ifd(GPS)
        assert xmp_of(opened.info["xmp"]) == xmp


def test_a_still_of_unknown_time_and_place_says_nothing_of_them(tmp_path: Path) -> None:
    exif, xmp = embedded(notes_at(), "jpeg", tmp_path)
    assert not exif.get_ifd(GPS)
    assert not {0x9003, 0x9004, 0x9011, 0x9291} & set(exif.get_ifd(EXIF))
    assert not [name for name in xmp if "Date" in name or "GPS" in name]


@pytest.mark.parametrize("image", FORMATS)
def test_hostile_names_and_reasons_arrive_as_text(image: ImageFormat, tmp_path: Path) -> None:
    notes = replace(notes_at(source=HOSTILE), reasons=("a < b & c > d", "line\nbreak \x02"))
    exif, xmp = embedded(notes, image, tmp_path)
    assert xmp["dc:source"].startswith('<script>alert("&")<')
    assert "\\xff" in xmp["dc:source"]
    assert "é \N{FAMILY}.mp4" in xmp["dc:source"]
    assert xmp["framepick:Reasons"] == ["a < b & c > d", "line\nbreak \\x02"]
    description = exif[0x010E]
    if isinstance(description, str) and "é" not in description:  # read as Latin-1
        description = description.encode("latin-1").decode()
    assert "é \N{FAMILY}.mp4" in description


def test_the_packet_says_its_encoding_and_the_document_too() -> None:
    notes = notes_at(source="é.mp4")
    assert xmp_packet(notes).startswith('<?xpacket begin="\ufeff" id="'.encode())
    assert xmp_packet(notes).endswith(b'<?xpacket end="w"?>')
    assert xmp_document(notes).startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    assert xmp_of(xmp_document(notes)) == xmp_of(xmp_packet(notes))


def test_a_drop_frame_time_code_is_named_as_xmp_names_it() -> None:
    xmp = xmp_of(xmp_document(notes_at(61.0, clock=DROP_CLOCK)))
    assert xmp["xmpDM:startTimecode"] == {
        "xmpDM:timeFormat": "2997DropTimecode",
        "xmpDM:timeValue": "01;01;01;00",
    }
    assert xmp["framepick:Timecode"] == "01:01:01;00"


@pytest.mark.parametrize(
    ("rate", "is_drop", "name"),
    [
        (Fraction(24000, 1001), False, "23976Timecode"),
        (Fraction(24), False, "24Timecode"),
        (Fraction(25), False, "25Timecode"),
        (Fraction(30000, 1001), False, "2997NonDropTimecode"),
        (Fraction(60000, 1001), True, "5994DropTimecode"),
        (Fraction(60000, 1001), False, "5994NonDropTimecode"),
        (Fraction(60), False, "60Timecode"),
    ],
)
def test_rates_that_xmp_knows_are_named(rate: Fraction, is_drop: bool, name: str) -> None:
    clock = Timecodes(rate, is_drop, start_frame=0, is_nominal=False)
    xmp = xmp_of(xmp_document(notes_at(clock=clock)))
    assert xmp["xmpDM:startTimecode"]["xmpDM:timeFormat"] == name


@pytest.mark.parametrize(
    "rate", [Fraction(48), Fraction(120), Fraction(25, 2), Fraction(2997, 100)]
)
def test_rates_that_xmp_does_not_know_are_left_to_our_own_names(rate: Fraction) -> None:
    clock = Timecodes(rate, is_drop=False, start_frame=0, is_nominal=True)
    xmp = xmp_of(xmp_document(notes_at(clock=clock)))
    assert "xmpDM:startTimecode" not in xmp
    assert Fraction(xmp["framepick:TimecodeRate"]) == rate
    assert xmp["framepick:TimecodeIsNominal"] == "True"


@pytest.mark.parametrize(
    ("percentile", "stars"),
    [(0, 1), (0.9, 1), (1, 2), (4.9, 2), (5, 3), (19.9, 3), (20, 4), (49.9, 4), (50, 5), (100, 5)],
)
def test_stars_are_shares_of_the_reference(percentile: float, stars: int) -> None:
    assert rating_of(percentile) == stars


UTC_START = datetime(2024, 5, 1, 10, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("2024-05-01T10:20:30.000000Z", UTC_START),
        ("2024-05-01 10:20:30", UTC_START.replace(tzinfo=None)),
        (" 2024-05-01T10:20:30+00:00\n", UTC_START),
        ("2024-05-01T10:20:30.25Z", UTC_START + timedelta(milliseconds=250)),
    ],
)
def test_a_frame_is_recorded_after_the_start_of_its_video(text: str, start: datetime) -> None:
    assert captured_at(text, 0.0) == start
    # 29.97 frames a second: frame 100, to the millisecond
    assert captured_at(text, 100 * 1001 / 30000) == start + timedelta(milliseconds=3337)


def test_the_offset_of_the_container_stays_as_it_is() -> None:
    moment = captured_at("2024-05-01T23:59:59.900+0530", 0.2)
    assert moment is not None
    assert moment.isoformat() == "2024-05-02T00:00:00.100000+05:30"
    assert moment.tzinfo == timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "yesterday",
        "2024",
        "2024-05-01",
        "2024-13-01T10:20:30Z",
        "2024-05-01T25:00:00Z",
        "0000-00-00T00:00:00Z",
        "1904-01-01T00:00:00.000000Z",
        "1970-01-01T00:00:00Z",
        "1970-01-01T02:00:00+0200",
        "1969-12-31T19:00:00-0500",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+1400",
        "\u0662\u0660\u0662\u0664-05-01T10:20:30Z",
    ],
)
def test_times_that_cannot_be_are_ignored(text: str | None) -> None:
    assert captured_at(text, 3600.0) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("+48.5216+009.0576+341.000/", Place(48.5216, 9.0576, 341.0)),
        ("+48.5216-009.0576/", Place(48.5216, -9.0576, None)),
        ("-33.8688+151.2093-003.5CRSWGS_84/", Place(-33.8688, 151.2093, -3.5)),
        ("+4830+00915/", Place(48.5, 9.25, None)),
        ("+4830.5-00915.75/", Place(48 + 30.5 / 60, -(9 + 15.75 / 60), None)),
        ("+483015-0091530+10", Place(48 + 30.25 / 60, -(9 + 15.5 / 60), 10.0)),
        ("+90+180/", Place(90.0, 180.0, None)),
        ("+00-009/", Place(0.0, -9.0, None)),
    ],
)
def test_places_are_read_as_iso_6709_writes_them(text: str, place: Place) -> None:
    found = place_of(text)
    assert found is not None
    assert found.latitude == pytest.approx(place.latitude, abs=1e-9)
    assert found.longitude == pytest.approx(place.longitude, abs=1e-9)
    assert found.altitude == place.altitude


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "here",
        "+48.5216",
        "48.5216+009.0576/",
        "+91+009/",
        "+48+181/",
        "+4860+00915/",
        "+485+009/",
        "+48.5216+9.0576/",
        "+00.0000+000.0000/",
        "+00.0000+000.0000+000.000/",
        "+48.5216+009.0576/<script>",
        "+\u0664\u0668+009/",
    ],
)
def test_places_that_cannot_be_are_ignored(text: str | None) -> None:
    assert place_of(text) is None


def test_places_round_to_whole_arcs_and_below_the_sea_is_said(tmp_path: Path) -> None:
    notes = notes_at(location="-09.9999999999-179.9999999999-12.5/")
    exif, xmp = embedded(notes, "jpeg", tmp_path)
    gps = exif.get_ifd(GPS)
    assert [float(part) for part in gps[2]] == [10, 0, 0]
    assert [float(part) for part in gps[4]] == [180, 0, 0]
    assert (gps[1], gps[3], gps[5], float(gps[6])) == ("S", "W", b"\1", 12.5)
    assert xmp["exif:GPSLatitude"] == "10,0.000000S"
    assert (xmp["exif:GPSAltitude"], xmp["exif:GPSAltitudeRef"]) == ("12500/1000", "1")


def test_sidecars_hold_the_facts_of_the_file(tmp_path: Path) -> None:
    notes = notes_at(recorded_at="2024-05-01T10:20:30Z", location="+48.5216+009.0576/")
    still = tmp_path / "clip_01.jpg"
    save_still(Still(picture(), notes.moment), still, OutputConfig(), notes)
    names = sidecar_names(still.name, "both")
    assert names == ["clip_01.xmp", "clip_01.jpg.xmp"]
    for name in names:
        write_sidecar(notes, tmp_path / name)
    with Image.open(still) as opened:
        facts = xmp_of(opened.info["xmp"])
    for name in names:
        assert xmp_of((tmp_path / name).read_bytes()) == facts


def test_without_sidecars_there_are_no_names_of_any() -> None:
    assert sidecar_names("clip_01.jpg", "none") == []
