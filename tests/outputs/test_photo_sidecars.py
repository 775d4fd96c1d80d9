"""Sidecars of photos: stars and labels, beside what others keep there and never instead of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from framepick.collection import PhotoFacts, RankedPhoto
from framepick.outputs.photos.sidecars import sidecar_of, write_sidecars
from framepick.outputs.photos.xmp_edit import properties
from tests.outputs.test_xmp_edit import ATTRIBUTES, XMP
from tests.photos.made import facts


def ranked(path: Path, rating: int = 4, photo: PhotoFacts | None = None) -> RankedPhoto:
    return RankedPhoto(path, "00", photo or facts(), 1, 1, 2, True, rating, 50.0, ())


def said(path: Path) -> tuple[str | None, str | None]:
    """Rating and label of a sidecar."""
    found = properties(path.read_bytes())
    return found.get((XMP, "Rating")), found.get((XMP, "Label"))


def test_a_sidecar_has_stars_and_a_label(tmp_path: Path) -> None:
    assert list(write_sidecars([ranked(tmp_path / "a.jpg")])) == []
    assert said(tmp_path / "a.jpg.xmp") == ("4", "Green")


def test_what_framepick_wrote_is_updated(tmp_path: Path) -> None:
    first = ranked(tmp_path / "a.jpg")
    assert list(write_sidecars([first])) == []
    second = replace(first, rating=2, is_best=False)
    assert list(write_sidecars([second])) == []
    assert said(tmp_path / "a.jpg.xmp") == ("2", "")


def test_a_photo_that_is_alone_has_no_label_and_one_with_a_veto_a_red_one(tmp_path: Path) -> None:
    alone = replace(ranked(tmp_path / "a.jpg"), group_size=1)
    black = ranked(tmp_path / "b.jpg", 1, facts(veto="black"))
    assert list(write_sidecars([alone, black])) == []
    assert said(tmp_path / "a.jpg.xmp") == ("4", None)
    assert said(tmp_path / "b.jpg.xmp") == ("1", "Red")


def test_what_others_wrote_stays_and_a_rating_of_theirs_too(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg.xmp"
    path.write_text(ATTRIBUTES, encoding="utf-8")
    (note,) = write_sidecars([ranked(tmp_path / "a.jpg", 5)])
    assert note.text.startswith(f"{path}: has a rating")
    assert not note.is_failure
    assert said(path) == ("2", "Green")
    assert 'crs:Exposure2012="+0.35"' in path.read_text(encoding="utf-8")


def test_a_rating_that_was_changed_since_is_the_users(tmp_path: Path) -> None:
    photo = ranked(tmp_path / "a.jpg")
    assert list(write_sidecars([photo])) == []
    path = tmp_path / "a.jpg.xmp"
    path.write_text(path.read_text().replace('xmp:Rating="4"', 'xmp:Rating="1"'))
    (note,) = write_sidecars([photo])
    assert not note.is_failure
    assert said(path) == ("1", "Green")


@pytest.mark.parametrize("content", [b"", b"not XML", ATTRIBUTES.encode("utf-16")])
def test_a_sidecar_that_cannot_be_read_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jpg.xmp"
    path.write_bytes(content)
    (note,) = write_sidecars([ranked(tmp_path / "a.jpg")])
    assert note.text.startswith(f"{path}: ")
    assert note.is_failure
    assert path.read_bytes() == content


def test_a_sidecar_is_not_touched_where_nothing_changes(tmp_path: Path) -> None:
    photo = ranked(tmp_path / "a.jpg")
    list(write_sidecars([photo]))
    before = (tmp_path / "a.jpg.xmp").stat().st_mtime_ns
    list(write_sidecars([photo]))
    assert (tmp_path / "a.jpg.xmp").stat().st_mtime_ns == before


def test_raw_photos_have_sidecars_without_their_ending(tmp_path: Path) -> None:
    assert sidecar_of(tmp_path / "a.CR2") == tmp_path / "a.xmp"
    assert sidecar_of(tmp_path / "a.jpg") == tmp_path / "a.jpg.xmp"
    (tmp_path / "a.CR2.xmp").touch()
    assert sidecar_of(tmp_path / "a.CR2") == tmp_path / "a.CR2.xmp"


def test_photos_that_share_a_sidecar_leave_that_of_the_best(tmp_path: Path) -> None:
    shared = [ranked(tmp_path / "a.cr2", 5), ranked(tmp_path / "a.dng", 2)]
    assert list(write_sidecars(shared)) == []
    assert said(tmp_path / "a.xmp") == ("5", "Green")
