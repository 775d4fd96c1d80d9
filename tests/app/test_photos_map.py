"""The map on the photos page, driven as its widgets are."""

from __future__ import annotations

import http.client
import json
import re
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from framepick.app.routes import address
from framepick.app.service import Service
from framepick.mapping import CollectionMap
from framepick.photos.mapping import map_photos
from samples.clipmaker import load
from tests.app.photos_page import PhotosPage

NAMES = ("chelsea", "coffee", "rocket")


@pytest.fixture
def trip(tmp_path: Path) -> Path:
    """Give a folder of three parts each of three pictures."""
    folder = tmp_path / "trip"
    folder.mkdir()
    for name in NAMES:
        for place in range(3):
            part = load(name, (160, 120))[:, 20 * place : 20 * place + 100]
            Image.fromarray(np.ascontiguousarray(part)).save(folder / f"{name}{place}.png")
    return folder


def fetch(port: int, path: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as link:
        link.request("GET", path)
        answer = link.getresponse()
        return answer.status, answer.read()


def data_of(page: bytes) -> dict[str, Any]:
    found = re.search(rb'id="map">(.*?)</script>', page)
    assert found
    return dict(json.loads(found[1]))


def test_all_photos_lie_on_the_map_and_lead_to_their_pictures(
    service: Service, trip: Path, port: int
) -> None:
    page = PhotosPage(service).open(trip).choose("photos-view", "Map")
    base = f"{address(page.visit)}/album/{page.album.serial}"
    status, html = fetch(port, f"{base}/map")
    assert status == 200
    data = data_of(html)
    assert np.asarray(data["places"]).shape == (9, 2)
    assert sorted(data["names"]) == sorted(path.name for path in trip.iterdir())
    status, picture = fetch(port, f"{base}/{data['links'][0]}")
    assert status == 200
    assert picture[8:12] == b"WEBP"


def test_there_is_no_map_before_it_is_asked_for_and_none_without_the_token(
    service: Service, trip: Path, port: int
) -> None:
    page = PhotosPage(service).open(trip)
    assert fetch(port, f"{address(page.visit)}/album/{page.album.serial}/map")[0] == 404
    page.choose("photos-view", "Map")
    assert fetch(port, f"/framepick/guess/album/{page.album.serial}/map")[0] == 404


def test_too_few_photos_are_said(service: Service, trip: Path) -> None:
    for path in sorted(trip.iterdir())[2:]:
        path.unlink()
    page = PhotosPage(service).open(trip).choose("photos-view", "Map")
    assert "A map needs 8 photos or more; 2 of these can be shown." in page.texts


def test_without_what_maps_need_one_line_tells_what_to_install(
    service: Service, trip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openTSNE", None)
    page = PhotosPage(service).open(trip).choose("photos-view", "Map")
    [error] = page.test.error
    assert "pip install 'framepick[map]'" in page.texts
    assert "\n" not in error.value


class TestWithTastes:
    """Scores by tastes lie over the map, too."""

    @pytest.fixture
    def weights(self) -> None:
        """Name no weights: tastes need what is shipped beside them."""

    @pytest.fixture(autouse=True)
    def tastes(self, cache_folder: Path, learnt: Path) -> None:
        folder = cache_folder / "tastes"
        folder.mkdir()
        for name in ("anna", "berta"):
            (folder / f"{name}.safetensors").write_bytes(learnt.read_bytes())

    def test_tastes_are_compared_and_laid_out_once(
        self, service: Service, trip: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        laid_out: list[int] = []

        def noted(photos: Any) -> CollectionMap:
            laid_out.append(len(photos))
            return map_photos(photos)

        monkeypatch.setattr("framepick.app.album.mapping.map_photos", noted)
        page = PhotosPage(service).open(trip).choose("photos-view", "Map")
        assert self.views(page) == ["general score", "anna", "anna'"]
        page.choose("map-tastes", [])
        assert self.views(page) == ["general score"]
        assert laid_out == [9]

    def views(self, page: PhotosPage) -> list[str]:
        drawn = page.album.map
        assert drawn
        assert drawn.page
        data = data_of(drawn.page)
        liked = [name.startswith("rocket") for name in data["names"]]
        for view in data["views"][1:]:
            change = np.array(view["scores"]) - np.array(data["views"][0]["scores"])
            assert change[liked].mean() > change[np.invert(liked)].mean()
        return [view["name"] for view in data["views"]]
