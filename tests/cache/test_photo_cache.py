"""What was measured of photos is kept by their content; files that stay as they were are known."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framepick.cache import Cache, MeasuredPhoto, PhotoCache
from framepick.collection import PhotoFacts
from framepick.errors import SourceError
from tests.photos.made import face, facts

ENCODER = "an encoder"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"a photo")
    return path


def opened(tmp_path: Path, encoder: str = ENCODER) -> PhotoCache:
    return Cache(tmp_path / "cache").open_photos(encoder)


def same(one: Any, other: Any) -> bool:
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)]
    return all(np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in pairs)


@pytest.mark.parametrize(
    "known",
    [
        facts(),
        facts(30, 1.25, score=3.3, moment=-0.5, veto="black", faces=[face(), face(0.1)], layout=1),
    ],
    ids=["plain", "with all"],
)
def test_facts_and_thumbnail_come_back_as_they_were(
    tmp_path: Path, photo: Path, known: PhotoFacts
) -> None:
    with opened(tmp_path) as cache:
        content = cache.fingerprint_of(photo)
        assert cache.facts(content) is None
        cache.keep({content: MeasuredPhoto(known, (b"small", b"smaller", b"smallest"))})
    with opened(tmp_path) as cache:
        found = cache.facts(cache.fingerprint_of(photo))
        assert found is not None
        rounded = known.content.astype(np.float16).astype(np.float32)
        assert np.array_equal(found.content, rounded)
        object.__setattr__(found, "content", known.content)
        assert same(found, known)
        assert cache.thumbnail(content, 0) == b"small"
        assert cache.thumbnail(content, 2) == b"smallest"


def test_a_photo_that_was_moved_is_known_by_its_content(tmp_path: Path, photo: Path) -> None:
    with opened(tmp_path) as cache:
        before = cache.fingerprint_of(photo)
        photo.rename(tmp_path / "b.jpg")
        assert cache.fingerprint_of(tmp_path / "b.jpg") == before


def test_a_file_whose_size_and_time_are_known_is_not_read_again(
    tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as cache:
        before = cache.fingerprint_of(photo)
    read: list[Path] = []
    monkeypatch.setattr("framepick.cache.photo_cache.fingerprint", read.append)
    with opened(tmp_path) as cache:
        assert cache.fingerprint_of(photo) == before
        assert read == []
        os.utime(photo, ns=(0, photo.stat().st_mtime_ns + 1))
        cache.fingerprint_of(photo)
        assert read == [photo]


def test_a_file_that_was_changed_is_another_photo(tmp_path: Path, photo: Path) -> None:
    with opened(tmp_path) as cache:
        before = cache.fingerprint_of(photo)
        photo.write_bytes(b"another")
        os.utime(photo, ns=(0, 1))
        assert cache.fingerprint_of(photo) != before


def test_other_encoders_know_nothing(tmp_path: Path, photo: Path) -> None:
    with opened(tmp_path) as cache:
        content = cache.fingerprint_of(photo)
        cache.keep({content: MeasuredPhoto(facts(), (b"small", b"smaller", b"smallest"))})
    with opened(tmp_path, "another encoder") as cache:
        assert cache.facts(content) is None


def test_a_missing_file_is_an_error_of_one_line(tmp_path: Path) -> None:
    with opened(tmp_path) as cache, pytest.raises(SourceError, match="does not exist"):
        cache.fingerprint_of(tmp_path / "none.jpg")


def test_a_damaged_file_is_forgotten(tmp_path: Path, photo: Path) -> None:
    with opened(tmp_path) as cache:
        cache.keep(
            {
                cache.fingerprint_of(photo): MeasuredPhoto(
                    facts(), (b"small", b"smaller", b"smallest")
                )
            }
        )
    (entry,) = (tmp_path / "cache").glob("*.framepick")
    entry.write_bytes(b"no database" * 1000)
    with opened(tmp_path) as cache:
        assert cache.is_on
        assert cache.facts(cache.fingerprint_of(photo)) is None


def test_where_nothing_can_be_kept_photos_are_read(tmp_path: Path, photo: Path) -> None:
    with Cache(tmp_path / "cache", 0).open_photos(ENCODER) as cache:
        content = cache.fingerprint_of(photo)
        cache.keep({content: MeasuredPhoto(facts(), (b"small", b"smaller", b"smallest"))})
        assert not cache.is_on
        assert cache.facts(content) is None
        assert cache.thumbnail(content, 0) is None


def test_photos_count_towards_the_cache_and_can_be_cleared(tmp_path: Path, photo: Path) -> None:
    with opened(tmp_path) as cache:
        cache.keep(
            {
                cache.fingerprint_of(photo): MeasuredPhoto(
                    facts(), (b"small", b"smaller", b"smallest")
                )
            }
        )
    store = Cache(tmp_path / "cache")
    assert store.clear() > 0
    assert store.size() == 0
