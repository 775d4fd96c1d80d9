"""FCPXML 1.10, for Final Cut Pro 10.6 and later and for recent versions of Resolve.

Times are exact at any rate, but Final Cut edits at the usual rates only, from 23.976 to 60.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from framepick.outputs.timelines.media import Media
from framepick.outputs.timelines.sequence import Mark, Segment, Sequence
from framepick.outputs.timelines.xml import Element, document, element

_VERSION = "1.10"
_FORMAT, _ASSET = "r1", "r2"
_RATES: Mapping[int, str] = {
    32000: "32k",
    44100: "44.1k",
    48000: "48k",
    88200: "88.2k",
    96000: "96k",
    176400: "176.4k",
    192000: "192k",
}
"""Sample rates of sequences; Final Cut takes its own where none is said."""
_STEREO = 2


def fcpxml(sequence: Sequence) -> str:
    """A library with one project; markers sit on its clips, as Final Cut knows no others.

    Candidates are to-do markers, which Final Cut shows in red.
    """
    project = element("project", _sequence(sequence), name=sequence.title)
    return document(
        element(
            "fcpxml",
            element("resources", _format(sequence.media), _asset(sequence.media)),
            element("library", element("event", project, name="Picks")),
            version=_VERSION,
        )
    )


def _format(media: Media) -> Element:
    return element(
        "format",
        id=_FORMAT,
        frameDuration=_time(media, 1),
        width=str(media.width),
        height=str(media.height),
    )


def _asset(media: Media) -> Element:
    return element(
        "asset",
        element("media-rep", kind="original-media", src=media.url),
        id=_ASSET,
        name=media.name,
        start=_time(media, media.clock.start_frame),
        duration=_time(media, media.frame_count),
        hasVideo="1",
        format=_FORMAT,
        **_sound_of_asset(media),
    )


def _sound_of_asset(media: Media) -> dict[str, str]:
    if not media.sounds:
        return {}
    return {
        "hasAudio": "1",
        "audioSources": str(len(media.sounds)),
        "audioChannels": str(media.channel_count),
        "audioRate": str(media.sounds[0].rate),
    }


def _sequence(sequence: Sequence) -> Element:
    media = sequence.media
    spine = element(
        "spine", *(_clip(sequence, offset, segment) for offset, segment in sequence.placed())
    )
    return element(
        "sequence",
        spine,
        format=_FORMAT,
        duration=_time(media, sequence.frame_count),
        tcStart=_time(media, sequence.start_frame),
        tcFormat=_counting(media),
        **_sound_of_sequence(media),
    )


def _sound_of_sequence(media: Media) -> dict[str, str]:
    if not media.sounds:
        return {}
    first = media.sounds[0]
    # several streams are the tracks of one recording, not a surround mix
    many = "surround" if first.channels > _STEREO else "stereo"
    layout = {"audioLayout": "mono" if media.channel_count == 1 else many}
    rate = _RATES.get(first.rate)
    return layout | ({"audioRate": rate} if rate else {})


def _clip(sequence: Sequence, offset: int, segment: Segment) -> Element:
    media = sequence.media
    return element(
        "asset-clip",
        *(_marker(media, mark) for mark in segment.marks),
        ref=_ASSET,
        offset=_time(media, sequence.start_frame + offset),  # on the timeline, from its tcStart
        name=segment.name,
        start=_time(media, media.clock.start_frame + segment.start),  # by the source's time code
        duration=_time(media, segment.length),
        format=_FORMAT,
        tcFormat=_counting(media),
    )


def _marker(media: Media, mark: Mark) -> Element:
    return element(
        "marker",
        start=_time(media, media.clock.start_frame + mark.frame),
        duration=_time(media, 1),
        value=mark.name,
        **({"completed": "0"} if mark.is_candidate else {}),
        note=mark.note,
    )


def _counting(media: Media) -> str:
    return "DF" if media.clock.is_drop else "NDF"


def _time(media: Media, frames: int) -> str:
    """Seconds of so many frames as an exact fraction, such as 1001/30000s."""
    return f"{Fraction(frames) / media.clock.rate}s"
