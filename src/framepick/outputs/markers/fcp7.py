"""Final Cut Pro 7 XML (xmeml 5), which Premiere and Resolve read.

The format has whole rates and those divided by 1.001 only; others are rounded.
"""

from __future__ import annotations

from framepick.outputs.markers.timeline import Colour, Mark, MarkedClip
from framepick.outputs.markers.xml import Element, document, element
from framepick.timecode import is_ntsc

# Premiere's own colours of markers, as it writes them: alpha, blue, green, red
_PREMIERE_COLOURS: dict[Colour, int] = {
    "red": 0xFF362CD2,
    "yellow": 0xFF2BA1D0,
    "blue": 0xFFFC8D42,
    "cyan": 0xFFD6F419,
    "green": 0xFF378671,
}


def fcp7_xml(clip: MarkedClip) -> str:
    """A sequence with the source as its only clip and markers on the sequence itself."""
    sequence = element(
        "sequence",
        _leaf("name", clip.title),
        _leaf("duration", clip.frame_count),
        _rate(clip),
        _timecode(clip),
        element("media", _video(clip)),
        *(_marker(mark) for mark in clip.marks),
        id="sequence-1",
    )
    return document(element("xmeml", sequence, version="5"))


def _video(clip: MarkedClip) -> Element:
    track = element("track", _clip_item(clip), _leaf("enabled", "TRUE"), _leaf("locked", "FALSE"))
    return element("video", element("format", _characteristics(clip)), track)


def _clip_item(clip: MarkedClip) -> Element:
    return element(
        "clipitem",
        _leaf("name", clip.name),
        _leaf("enabled", "TRUE"),
        _leaf("duration", clip.frame_count),
        _rate(clip),
        _leaf("in", 0),
        _leaf("out", clip.frame_count),
        _leaf("start", 0),
        _leaf("end", clip.frame_count),
        _file(clip),
        id="clipitem-1",
    )


def _file(clip: MarkedClip) -> Element:
    return element(
        "file",
        _leaf("name", clip.name),
        _leaf("pathurl", clip.url.replace("file:///", "file://localhost/", 1)),
        _rate(clip),
        _leaf("duration", clip.frame_count),
        _timecode(clip),
        element("media", element("video", _characteristics(clip))),
        id="file-1",
    )


def _characteristics(clip: MarkedClip) -> Element:
    return element(
        "samplecharacteristics",
        _rate(clip),
        _leaf("width", clip.width),
        _leaf("height", clip.height),
        _leaf("anamorphic", "FALSE"),
        _leaf("pixelaspectratio", "square"),
        _leaf("fielddominance", "none"),
    )


def _timecode(clip: MarkedClip) -> Element:
    return element(
        "timecode",
        _rate(clip),
        _leaf("string", clip.clock.text(0)),
        _leaf("frame", clip.clock.start_frame),
        _leaf("displayformat", "DF" if clip.clock.is_drop else "NDF"),
    )


def _rate(clip: MarkedClip) -> Element:
    clock = clip.clock
    ntsc = "TRUE" if is_ntsc(clock.rate) else "FALSE"
    return element("rate", _leaf("timebase", clock.base), _leaf("ntsc", ntsc))


def _marker(mark: Mark) -> Element:
    return element(
        "marker",
        _leaf("comment", mark.note),
        _leaf("name", mark.name),
        _leaf("in", mark.frame),
        _leaf("out", -1),  # a point, not a stretch
        _leaf("pproColor", _PREMIERE_COLOURS[mark.colour]),
    )


def _leaf(tag: str, value: str | int) -> Element:
    return element(tag, text=str(value))
