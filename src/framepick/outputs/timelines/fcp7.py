"""Final Cut Pro 7 XML (xmeml 5), which Premiere and Resolve read.

The format has whole rates and those divided by 1.001 only; others are rounded. Sound has a track
for each channel, linked to the pictures clip by clip.
"""

from __future__ import annotations

from collections.abc import Iterator

from framepick.outputs.timelines.media import Media
from framepick.outputs.timelines.sequence import Colour, Mark, Segment, Sequence
from framepick.outputs.timelines.xml import Element, document, element
from framepick.timecode import is_ntsc

# Premiere's own colours of markers, as it writes them: alpha, blue, green, red
_PREMIERE_COLOURS: dict[Colour, int] = {
    "red": 0xFF362CD2,
    "yellow": 0xFF2BA1D0,
    "blue": 0xFFFC8D42,
    "cyan": 0xFFD6F419,
    "green": 0xFF378671,
    "purple": 0xFFB18BAF,
}
_BITS = 16
"""Depth that the format wants to be told; programs look at the file itself."""


def fcp7_xml(sequence: Sequence) -> str:
    """A sequence with its markers on itself, or on its clips if they go with those."""
    media = sequence.media
    sound = [_sound(sequence)] if media.sounds else []
    made = element(
        "sequence",
        _leaf("name", sequence.title),
        _leaf("duration", sequence.frame_count),
        _rate(media),
        _timecode(media, sequence.start_frame),
        element("media", _video(sequence), *sound),
        *(_marker(mark, frame) for frame, mark in sequence.ruler_marks()),
        id="sequence-1",
    )
    return document(element("xmeml", made, version="5"))


def _video(sequence: Sequence) -> Element:
    form = element("format", _characteristics(sequence.media))
    return element("video", form, _track(sequence, 0))


def _sound(sequence: Sequence) -> Element:
    form = element("format", _sound_characteristics(sequence.media.sounds[0].rate))
    tracks = (_track(sequence, channel) for channel in _channels(sequence.media))
    outputs = _leaf("numOutputChannels", sequence.media.channel_count)
    return element("audio", outputs, form, *tracks)


def _channels(media: Media) -> range:
    """Numbers of the sound channels, from 1; the pictures are number 0."""
    return range(1, media.channel_count + 1)


def _track(sequence: Sequence, channel: int) -> Element:
    clips = (
        _clip_item(sequence, number, offset, segment, channel)
        for number, (offset, segment) in enumerate(sequence.placed(), start=1)
    )
    return element("track", *clips, _leaf("enabled", "TRUE"), _leaf("locked", "FALSE"))


def _clip_item(
    sequence: Sequence, number: int, offset: int, segment: Segment, channel: int
) -> Element:
    media = sequence.media
    is_first = number == 1 and channel == 0
    return element(
        "clipitem",
        _leaf("name", segment.name),
        _leaf("enabled", "TRUE"),
        _leaf("duration", media.frame_count),
        _rate(media),
        _leaf("in", segment.start),
        _leaf("out", segment.end),
        _leaf("start", offset),
        _leaf("end", offset + segment.length),
        _file(media) if is_first else element("file", id="file-1"),
        *_source_track(channel),
        *_links(media, number),
        *(_marker(m, m.frame) for m in sequence.clip_marks(segment) if not channel),
        id=_identity(number, channel),
    )


def _identity(number: int, channel: int) -> str:
    return f"clipitem-{number}" + (f"-a{channel}" if channel else "")


def _source_track(channel: int) -> Iterator[Element]:
    if channel:
        yield element("sourcetrack", _leaf("mediatype", "audio"), _leaf("trackindex", channel))


def _links(media: Media, number: int) -> Iterator[Element]:
    """Link the clip of this number to those of its sound and pictures; one alone has no links."""
    for channel in (0, *_channels(media)) if media.sounds else ():
        yield element(
            "link",
            _leaf("linkclipref", _identity(number, channel)),
            _leaf("mediatype", "audio" if channel else "video"),
            _leaf("trackindex", channel or 1),
            _leaf("clipindex", number),
        )


def _file(media: Media) -> Element:
    sounds = (
        element("audio", _sound_characteristics(one.rate), _leaf("channelcount", one.channels))
        for one in media.sounds
    )
    return element(
        "file",
        _leaf("name", media.name),
        _leaf("pathurl", _path_url(media.url)),
        _rate(media),
        _leaf("duration", media.frame_count),
        _timecode(media, media.clock.start_frame),
        element("media", element("video", _characteristics(media)), *sounds),
        id="file-1",
    )


def _path_url(url: str) -> str:
    """The URL as Premiere writes it: file://localhost/films/a.mov, file://localhost/D%3a/a.mov."""
    head, drive, rest = url[:8], url[8:10], url[10:]
    if head != "file:///":  # of a server
        return url
    return "file://localhost/" + (f"{drive[0]}%3a" if drive[1:] == ":" else drive) + rest


def _characteristics(media: Media) -> Element:
    return element(
        "samplecharacteristics",
        _rate(media),
        _leaf("width", media.width),
        _leaf("height", media.height),
        _leaf("anamorphic", "FALSE"),
        _leaf("pixelaspectratio", "square"),
        _leaf("fielddominance", "none"),
    )


def _sound_characteristics(rate: int) -> Element:
    return element("samplecharacteristics", _leaf("depth", _BITS), _leaf("samplerate", rate))


def _timecode(media: Media, start_frame: int) -> Element:
    clock = media.clock
    return element(
        "timecode",
        _rate(media),
        _leaf("string", clock.text(start_frame - clock.start_frame)),
        _leaf("frame", start_frame),
        _leaf("displayformat", "DF" if clock.is_drop else "NDF"),
    )


def _rate(media: Media) -> Element:
    clock = media.clock
    ntsc = "TRUE" if is_ntsc(clock.rate) else "FALSE"
    return element("rate", _leaf("timebase", clock.base), _leaf("ntsc", ntsc))


def _marker(mark: Mark, frame: int) -> Element:
    return element(
        "marker",
        _leaf("comment", mark.note),
        _leaf("name", mark.name),
        _leaf("in", frame),
        _leaf("out", -1),  # a point, not a stretch
        _leaf("pproColor", _PREMIERE_COLOURS[mark.colour]),
    )


def _leaf(tag: str, value: str | int) -> Element:
    return element(tag, text=str(value))
