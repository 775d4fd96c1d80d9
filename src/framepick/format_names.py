"""Names of file formats as users write them."""

from __future__ import annotations

from collections.abc import Iterator

_IMAGE_NAMES = {"jpg": "jpeg", "tif": "tiff"}
_MARKER_NAMES = {
    "premiere": "fcp7",
    "xmeml": "fcp7",
    "finalcut": "fcpxml",
    "fcpx": "fcpxml",
    "davinci": "resolve",
    "edl": "resolve",
    "opentimelineio": "otio",
}
_CHAPTER_NAMES = {"webvtt": "vtt", "subrip": "srt"}


def image_format(text: str) -> str:
    """Give the name of a file format for what a user calls it: jpeg for jpg, JPG or .jpg."""
    name = text.strip().lower().removeprefix(".")
    return _IMAGE_NAMES.get(name, name)


def marker_formats(text: str) -> tuple[str, ...]:
    """Give the marker formats that a comma-separated list names, each once: fcp7 for premiere."""
    return tuple(dict.fromkeys(_MARKER_NAMES.get(name, name) for name in _names(text)))


def selects_formats(text: str) -> tuple[str, ...]:
    """Give the formats of selects that a comma-separated list names, each once.

    Resolve reads FCPXML: its EDL holds no clips.
    """
    names = {**_MARKER_NAMES, "davinci": "fcpxml", "resolve": "fcpxml", "edl": "edl"}
    return tuple(dict.fromkeys(names.get(name, name) for name in _names(text)))


def chapter_formats(text: str) -> tuple[str, ...]:
    """Give the chapter formats that a comma-separated list names, each once: vtt for webvtt."""
    return tuple(dict.fromkeys(_CHAPTER_NAMES.get(name, name) for name in _names(text)))


def crop_ratios(text: str) -> tuple[str, ...]:
    """Give the shapes of crops that a comma-separated list names, each once: 16:9 for 16x9."""
    return tuple(dict.fromkeys(name.replace("x", ":") for name in _names(text)))


def _names(text: str) -> Iterator[str]:
    parts = (part.strip().lower().removeprefix(".") for part in text.split(","))
    return (part for part in parts if part)
