"""XMP sidecars of photos: stars and a label, beside what other programs keep there.

Raw photos have IMG.xmp, as Lightroom, Bridge and Capture One name it; all others have IMG.jpg.xmp,
as darktable and digiKam do, so that a raw photo and its JPEG never share one. A raw photo that has
IMG.cr2.xmp only keeps that.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import framepick
from framepick.collection import RankedPhoto
from framepick.errors import FramepickError, OutputError, reason_of
from framepick.files import whole_file
from framepick.outputs.photos.xmp_edit import RDF, Name, properties, with_properties
from framepick.sources.photo_files import is_raw

_XMP = "http://ns.adobe.com/xap/1.0/"
_OWN = "urn:framepick:photo:1.0/"
_PREFIXES = {_XMP: "xmp", _OWN: "framepick"}
_RATING, _LABEL = "Rating", "Label"
_BEST, _VETOED = "Green", "Red"
_UNSET = ("", "0")


@dataclass(frozen=True, slots=True)
class SidecarNote:
    """What there is to say of a sidecar."""

    text: str
    """One line that names it."""
    is_failure: bool
    """It could not be written; else somebody's own rating or label was left."""


def write_sidecars(photos: Iterable[RankedPhoto]) -> Iterator[SidecarNote]:
    """Write the sidecar of every photo; tell which could not be, or hold what was left.

    Where several photos share one, it has what the best of them gets.
    """
    written: set[Path] = set()
    for photo in photos:
        path = sidecar_of(photo.path)
        if path not in written:
            written.add(path)
            try:
                values = {_RATING: str(photo.rating), _LABEL: label_of(photo)}
                yield from (SidecarNote(text, False) for text in _write(path, values))
            except FramepickError as error:
                yield SidecarNote(str(error), True)


def sidecar_of(photo: Path) -> Path:
    """Path of the sidecar of a photo."""
    full, short = photo.with_name(f"{photo.name}.xmp"), photo.with_suffix(".xmp")
    is_short = is_raw(photo) and (short.exists() or not full.exists())
    return short if is_short else full


def label_of(photo: RankedPhoto) -> str:
    """Colour of a photo: the best of several similar ones is green, one with a veto is red."""
    if photo.facts.veto:
        return _VETOED
    return _BEST if photo.is_best and photo.group_size > 1 else ""


def _write(path: Path, values: dict[str, str]) -> Iterator[str]:
    """Write a sidecar, and tell which of `values` were left as somebody else set them."""
    try:
        before = path.read_bytes() if path.exists() else None
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({reason_of(error)}); left as it is") from error
    try:
        document = _new_document() if before is None else before
        known = properties(document)
        wanted = {name: text for name, text in values.items() if text or _is_ours(name, known)}
        new = {name: text for name, text in wanted.items() if _may_set(name, known)}
        named = {(uri, name): text for name, text in new.items() for uri in (_XMP, _OWN)}
        after = with_properties(document, named, _PREFIXES) if new else document
    except ValueError as error:
        raise OutputError(f"{path}: holds {error}; left as it is") from error
    if after != before:
        with whole_file(path) as partial:
            partial.write_bytes(after)
            if before is not None:
                shutil.copymode(path, partial)
    for name in sorted(wanted.keys() - new.keys()):
        yield f"{path}: has a {name.lower()} that framepick did not set; left as it is"


def _may_set(name: str, known: Mapping[Name, str]) -> bool:
    """Whether nobody else has set a property: it is not there, empty, or as it was written."""
    return known.get((_XMP, name), "").strip() in _UNSET or _is_ours(name, known)


def _is_ours(name: str, known: Mapping[Name, str]) -> bool:
    there = known.get((_XMP, name))
    return there is not None and there == known.get((_OWN, name))


def _new_document() -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="framepick {framepick.__version__}">\n'
        f' <rdf:RDF xmlns:rdf="{RDF}">\n'
        '  <rdf:Description rdf:about=""/>\n'
        " </rdf:RDF>\n</x:xmpmeta>\n"
    ).encode()
