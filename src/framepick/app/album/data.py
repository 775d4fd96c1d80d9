"""Photos as their component draws them."""

from __future__ import annotations

from typing import Any

from framepick.app.album.album import SMALL_SIDE, Album
from framepick.collection import RankedPhoto
from framepick.outputs.sentences import sentence
from framepick.outputs.text import shown

LARGE_SIDE, FULL_SIDE = 1600, 4096
"""Longer sides in pixels: of a picture that fills the screen, and of one that is zoomed into."""
PHOTO_SIDES = (SMALL_SIDE, LARGE_SIDE, FULL_SIDE)
"""Sizes of pictures that are given."""
_MOST_FACES = 8


def album_data(album: Album) -> dict[str, Any]:
    """Give all photos as JSON, in order of rank."""
    photos = album.collection.photos if album.collection else ()
    return {
        "version": album.version,
        "sides": PHOTO_SIDES,
        "photos": [_photo(one, album.ids[one.path]) for one in photos],
    }


def _photo(photo: RankedPhoto, number: int) -> dict[str, Any]:
    facts = photo.facts
    faces = sorted(facts.faces[:_MOST_FACES], key=lambda face: face.left)
    return {
        "id": number,
        "name": shown(photo.path.name),
        "group": photo.group,
        "stars": photo.rating,
        "score": round(facts.shown_score, 2),
        "veto": facts.veto,
        "why": [_capital(sentence(reason)) for reason in photo.reasons],
        "size": facts.size,
        "at": facts.capture.at.isoformat() if facts.capture.at else "",
        "faces": [[round(at, 4) for at in (f.left, f.top, f.right, f.bottom)] for f in faces],
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
