"""The facts of a still as XMP."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction

from framepick.outputs.stills.notes import StillNotes
from framepick.outputs.stills.origin import Place

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "framepick": "urn:framepick:still:1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpDM": "http://ns.adobe.com/xmp/1.0/DynamicMedia/",
}
_NTSC = Fraction(1000, 1001)
_EVEN_RATES = (24, 25, 30, 50, 60)
_NTSC_NAMES = {24: "23976", 30: "2997", 60: "5994"}
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Property = tuple[str, str]
"""Name with its prefix, and value as XML."""


def xmp_packet(notes: StillNotes) -> bytes:
    """XMP as it is embedded in a picture, UTF-8."""
    begin = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    return f'{begin}\n{_meta(notes)}<?xpacket end="w"?>'.encode()


def xmp_document(notes: StillNotes) -> bytes:
    """XMP as a file of its own, UTF-8."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_meta(notes)}'.encode()


def _meta(notes: StillNotes) -> str:
    spaces = "".join(
        f'\n    xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items() if prefix != "rdf"
    )
    lines = "".join(f"   <{name}>{value}</{name}>\n" for name, value in _properties(notes))
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="{_xml(notes.software)}">\n'
        f' <rdf:RDF xmlns:rdf="{NAMESPACES["rdf"]}">\n'
        f'  <rdf:Description rdf:about=""{spaces}>\n'
        f"{lines}  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n"
    )


def _properties(notes: StillNotes) -> Iterator[Property]:
    yield "xmp:Rating", str(notes.rating)
    yield "xmp:CreatorTool", _xml(notes.software)
    yield from _capture(notes)
    yield "dc:source", _xml(notes.source)
    yield "dc:description", _default_language(notes.description)
    yield "tiff:Orientation", "1"
    yield "exif:ColorSpace", "1"
    if notes.place:
        yield from _place(notes.place)
    if time_format := _time_format(notes):
        separator = ";" if ";" in notes.timecode else ":"
        value = re.sub("[:;]", separator, notes.timecode)
        yield (
            "xmpDM:startTimecode",
            _structure(("xmpDM:timeFormat", time_format), ("xmpDM:timeValue", value)),
        )
    yield from _own(notes)


def _capture(notes: StillNotes) -> Iterator[Property]:
    if notes.captured_at:
        text = notes.captured_at.isoformat(timespec="milliseconds")
        for name in ("xmp:CreateDate", "exif:DateTimeOriginal", "photoshop:DateCreated"):
            yield name, text


def _place(place: Place) -> Iterator[Property]:
    yield "exif:GPSVersionID", "2.3.0.0"
    yield "exif:GPSLatitude", _arc(place.latitude, "NS")
    yield "exif:GPSLongitude", _arc(place.longitude, "EW")
    yield "exif:GPSMapDatum", "WGS-84"
    if place.altitude is not None:
        yield "exif:GPSAltitudeRef", str(int(place.altitude < 0))
        yield "exif:GPSAltitude", f"{round(abs(place.altitude) * 1000)}/1000"


def _arc(degrees: float, sides: str) -> str:
    """Degrees and minutes, as in 48,31.296000N."""
    whole, parts = divmod(round(abs(degrees) * 60_000_000), 60_000_000)
    return f"{whole},{parts // 1_000_000}.{parts % 1_000_000:06d}{sides[degrees < 0]}"


def _time_format(notes: StillNotes) -> str | None:
    """What XMP calls the time code, None where it knows no such rate."""
    rate = notes.timecode_rate
    if rate in _EVEN_RATES:
        return f"{rate}Timecode"
    whole = round(rate)
    if rate != whole * _NTSC or whole not in _NTSC_NAMES:
        return None
    drop = "" if whole == 24 else "Drop" if ";" in notes.timecode else "NonDrop"
    return f"{_NTSC_NAMES[whole]}{drop}Timecode"


def _own(notes: StillNotes) -> Iterator[Property]:
    """What no other namespace has a name for; values as in picks.json."""
    moment = notes.moment
    facts = {
        "Rank": notes.rank,
        "Score": round(notes.score, 6),
        "Percentile": round(notes.percentile, 2),
        "PercentileInVideo": round(notes.percentile_in_video, 2),
        "PercentileReference": notes.reference,
        "TimeSeconds": moment.time_seconds,
        "Timecode": notes.timecode,
        "TimecodeRate": _ratio(notes.timecode_rate),
        "TimecodeIsNominal": notes.timecode_is_nominal,
        "Pts": moment.pts,
        "TimeBase": _ratio(moment.time_base),
        "FrameIndex": moment.frame_index,
    }
    for name, value in facts.items():
        yield f"framepick:{name}", _xml(str(value))
    yield "framepick:Reasons", _sequence(notes.reasons)


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _default_language(text: str) -> str:
    return f'<rdf:Alt><rdf:li xml:lang="x-default">{_xml(text)}</rdf:li></rdf:Alt>'


def _sequence(texts: Iterable[str]) -> str:
    return f"<rdf:Seq>{''.join(f'<rdf:li>{_xml(text)}</rdf:li>' for text in texts)}</rdf:Seq>"


def _structure(*parts: Property) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in parts)
    return f"<rdf:Description>{inner}</rdf:Description>"


def _xml(text: str) -> str:
    """`text` for XML; characters that XML cannot hold become hexadecimal escapes."""
    return html.escape(_NO_XML.sub(lambda match: f"\\x{ord(match[0]):02x}", text))
