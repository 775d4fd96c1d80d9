"""The photos page, driven as its widgets are."""

from __future__ import annotations

import json
import zipfile
from contextlib import closing
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from framepick.app.album import PHOTOS, Album, Place
from framepick.app.album.album import named_apart
from framepick.app.routes import address
from framepick.app.service import Service
from framepick.cache import Cache, default_folder, default_limit
from samples.clipmaker import load
from tests.app.photos_page import PhotosPage
from tests.conftest import wait_for


@pytest.fixture
def trip(tmp_path: Path) -> Path:
    """Give a folder of three photos, which tiny weights take for alike, and a text beside them."""
    folder = tmp_path / "trip"
    folder.mkdir()
    for name, picture, quality in (("a", "chelsea", 95), ("b", "chelsea", 40), ("c", "rocket", 95)):
        Image.fromarray(load(picture, (360, 240))).save(folder / f"{name}.jpg", quality=quality)
    (folder / "text.jpg").write_text("no picture")
    return folder


@pytest.fixture
def photos(service: Service) -> PhotosPage:
    return PhotosPage(service)


def fetch(port: int, path: str) -> tuple[int, bytes]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()


def test_similar_photos_are_one_group_and_the_best_says_so(photos: PhotosPage, trip: Path) -> None:
    photos.open(trip)
    assert "3 photos · 1 group of similar ones" in photos.texts
    assert {one["group"] for one in photos.photos} == {1}
    assert photos.photos[0]["why"][0] == "Best of 3 similar photos"


def test_a_photo_that_cannot_be_read_is_said(photos: PhotosPage, trip: Path) -> None:
    photos.open(trip)
    assert "text.jpg: is not a picture that can be read" in photos.texts


def test_a_folder_without_photos_is_said_and_another_can_be_chosen(
    photos: PhotosPage, trip: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    photos.open(tmp_path / "empty")
    assert "empty: holds no photos; choose another folder" in photos.texts
    photos.press("photos-close").open(trip)
    assert "3 photos" in photos.texts


def test_progress_is_shown_while_photos_are_measured(
    photos: PhotosPage, trip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Album, "is_busy", True)
    photos.test.session_state["photos-folder"] = str(trip)
    photos.test.run()
    photos.press("photos-open")
    assert "every photo is looked at" in photos.texts


def test_photos_outside_of_the_roots_are_not_read(
    photos: PhotosPage, trip: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.jpg"
    Image.fromarray(load("coffee", (90, 60))).save(secret)
    (trip / "link.jpg").symlink_to(secret)
    (trip / "folder").symlink_to(secret.parent)
    photos.open(trip)
    assert {one["name"] for one in photos.photos} == {"a.jpg", "b.jpg", "c.jpg"}


def test_stars_are_written_beside_photos_that_stay_as_they_are(
    photos: PhotosPage, trip: Path
) -> None:
    before = {path: path.read_bytes() for path in trip.glob("*.jpg")}
    photos.open(trip)
    best, *_, last = [one["name"] for one in photos.photos]
    (trip / f"{last}.xmp").write_text("mine")
    photos.press("photos-write").press("photos-xmp")
    assert "Green" in (trip / f"{best}.xmp").read_text()
    assert f"{last}.xmp" in photos.texts
    assert (trip / f"{last}.xmp").read_text() == "mine"
    assert {path: path.read_bytes() for path in before} == before


def test_the_best_are_copied_to_a_folder(photos: PhotosPage, trip: Path, tmp_path: Path) -> None:
    photos.open(trip).press("photos-write").choose("photos-to", "Folder")
    photos.test.text_input(key=f"photos-copy-{photos.album.serial}").input(str(tmp_path / "best"))
    photos.test.run()
    photos.press("photos-copy")
    assert [path.name for path in (tmp_path / "best").iterdir()] == [photos.photos[0]["name"]]
    assert "1 photo in" in photos.texts


def test_a_place_outside_of_the_roots_is_refused(photos: PhotosPage, trip: Path) -> None:
    photos.open(trip).press("photos-write").choose("photos-to", "Folder")
    photos.test.text_input(key=f"photos-copy-{photos.album.serial}").input("/etc/best")
    photos.test.run()
    photos.press("photos-copy")
    assert "outside of the folders" in photos.texts


def test_the_threshold_says_which_photos_are_kept(photos: PhotosPage, trip: Path) -> None:
    photos.open(trip).choose("photos-least", photos.photos[0]["stars"]).press("photos-write")
    assert (
        f"1 photo: the best of each group, with {photos.photos[0]['stars']} stars" in photos.texts
    )


def test_nothing_is_kept_of_black_photos(photos: PhotosPage, trip: Path) -> None:
    for name in ("a", "b", "c"):
        Image.new("RGB", (360, 240)).save(trip / f"{name}.jpg")
    photos.open(trip).press("photos-write")
    assert "No photo is the best of a group" in photos.texts
    assert {one["veto"] for one in photos.photos} == {"black"}


def test_the_best_are_downloaded_and_no_other_session_can(
    photos: PhotosPage, trip: Path, port: int, service: Service
) -> None:
    photos.open(trip).press("photos-write")
    status, content = fetch(port, f"{address(photos.visit)}/download/{PHOTOS}")
    assert status == 200
    with zipfile.ZipFile(BytesIO(content)) as archive:
        [name] = archive.namelist()
        assert name == photos.photos[0]["name"]
        assert archive.read(name) == (trip / name).read_bytes()
    other = service.visits.begin("another browser")
    assert fetch(port, f"{address(other)}/download/{PHOTOS}")[0] == 404


SIDES = [(640, (360, 240)), (4096, (360, 240))]


@pytest.mark.parametrize(("side", "size"), SIDES)
def test_pictures_are_given_in_the_sizes_that_are_shown(
    photos: PhotosPage, trip: Path, port: int, side: int, size: tuple[int, int]
) -> None:
    album = photos.open(trip).album
    number = photos.photos[0]["id"]
    base = f"{address(photos.visit)}/album/{album.serial}"
    status, content = fetch(port, f"{base}/{number}/{side}")
    assert status == 200
    assert Image.open(BytesIO(content)).size == size
    assert fetch(port, f"{base}/{number}/5000")[0] == 404
    assert fetch(port, f"{base}/99/640")[0] == 404
    names = [one["name"] for one in json.loads(fetch(port, base)[1])["photos"]]
    assert sorted(names) == ["a.jpg", "b.jpg", "c.jpg"]
    photos.press("photos-close")
    assert fetch(port, base)[0] == 404


def test_uploaded_photos_get_no_sidecars(photos: PhotosPage, trip: Path, service: Service) -> None:
    cache = Cache(default_folder(), default_limit())
    place = Place("2 photos", (trip / "a.jpg", trip / "c.jpg"), is_upload=True)
    album = Album(place, service.films.model, cache, lambda _: True)
    photos.visit.replace(PHOTOS, album)
    photos.ready().press("photos-write")
    assert all(one.key != "photos-xmp" for one in photos.test.button)
    assert "1 photo: the best of each group" in photos.texts


def test_files_of_one_name_are_told_apart() -> None:
    paths = [Path("x/a.jpg"), Path("y/A.jpg"), Path("z/a.jpg")]
    assert [name for name, _ in named_apart(paths)] == ["a.jpg", "A-2.jpg", "a-3.jpg"]


def test_photos_that_are_closed_while_they_are_measured_are_let_go(
    service: Service, trip: Path
) -> None:
    cache = Cache(default_folder(), default_limit())
    album = Album(Place("trip", (trip,)), service.films.model, cache, lambda _: True)
    album.close()
    assert wait_for(lambda: not album.is_busy, 30)
    assert album.picture(0, 640) is None


def test_a_heat_map_is_given_of_a_photo_and_of_nothing_else(
    photos: PhotosPage, trip: Path, port: int
) -> None:
    album = photos.open(trip).album
    base = f"{address(photos.visit)}/album/{album.serial}"
    status, content = fetch(port, f"{base}/{photos.photos[0]['id']}/heat")
    assert status == 200
    with Image.open(BytesIO(content)) as heat:
        assert heat.size == (360, 240)
    assert fetch(port, f"{base}/99/heat")[0] == 404
