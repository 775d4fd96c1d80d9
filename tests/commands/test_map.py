"""`framepick map`: one page with all photos, where tastes are compared."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from samples.clipmaker import load
from tests.command_line import framepick
from tests.tiny import tiny_weights

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "trip"
    folder.mkdir()
    for name in ("chelsea", "coffee", "rocket"):
        for place in range(3):
            part = load(name, (160, 120))[:, 20 * place : 20 * place + 100]
            Image.fromarray(np.ascontiguousarray(part)).save(folder / f"{name} {place}.jpg")
    return folder


def data_of(page: str) -> dict[str, object]:
    found = re.search(r'id="map">(.*?)</script>', page)
    assert found
    return dict(json.loads(found[1]))


def test_a_map_has_all_photos_and_links_to_them(tmp_path: Path, photos: Path) -> None:
    weights = tiny_weights(tmp_path)
    done = framepick(tmp_path, "map", photos, "-o", "trip.html", "--weights", weights)
    assert done.returncode == 0, done.stderr
    data = data_of((tmp_path / "trip.html").read_text(encoding="utf-8"))
    assert np.asarray(data["places"]).shape == (9, 2)
    assert "./trip/coffee%202.jpg" in np.asarray(data["links"])


def test_photos_are_sorted_with_their_map_beside_the_report(tmp_path: Path, photos: Path) -> None:
    weights = tiny_weights(tmp_path)
    done = framepick(tmp_path, "photos", photos, "-o", "sorted", "--map", "--weights", weights)
    assert done.returncode == 0, done.stderr
    data = data_of((tmp_path / "sorted" / "map.html").read_text(encoding="utf-8"))
    assert "./../trip/coffee%202.jpg" in np.asarray(data["links"])
    report = (tmp_path / "sorted" / "report.html").read_text(encoding="utf-8")
    assert 'href="./map.html"' in report
    done = framepick(tmp_path, "photos", photos, "-o", "sorted", "--weights", weights)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "sorted" / "map.html").exists()


def test_too_few_photos_are_sorted_without_a_map_and_that_is_told(
    tmp_path: Path, photos: Path
) -> None:
    weights = tiny_weights(tmp_path)
    few = sorted(photos.iterdir())[:3]
    done = framepick(tmp_path, "photos", *few, "-o", "sorted", "--map", "--weights", weights)
    assert done.returncode == 1
    [told] = done.stderr.splitlines()
    assert "at least 8 pictures" in told
    assert (tmp_path / "sorted" / "report.html").exists()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("trip", "-o", "map.png"), "ends in .html"),
        (("trip/coffee 0.jpg",), "at least 8 pictures"),
        (("trip", "--taste", "nobody.safetensors"), "nobody.safetensors"),
    ],
)
def test_what_cannot_be_mapped_is_told_in_one_line(
    tmp_path: Path, photos: Path, given: tuple[str, ...], told: str
) -> None:
    done = framepick(tmp_path, "map", *given, "--weights", tiny_weights(tmp_path))
    assert done.returncode != 0
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "map.html").exists()
