"""Rounds of judging on the photos page, driven as its widgets are."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from framepick.app.service import Service
from framepick.taste.files import load_taste
from samples.clipmaker import load
from tests.app.photos_page import PhotosPage

LIKE, DISLIKE = ":material/thumb_up:", ":material/thumb_down:"
LIKED = ("chelsea", "astronaut")


@pytest.fixture
def weights() -> None:
    """Name no weights: tastes need what is shipped beside them."""


@pytest.fixture
def tastes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of the user's tastes."""
    folder = tmp_path / "tastes"
    monkeypatch.setenv("FRAMEPICK_TASTES", str(folder))
    return folder


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    """Give a folder of parts of four pictures, of which two are liked."""
    folder = tmp_path / "zoo"
    folder.mkdir()
    for name in (*LIKED, "coffee", "rocket"):
        picture = load(name, (400, 300))
        for place in range(5):
            left, top = 35 * place, 14 * place
            part = Image.fromarray(picture[top : top + 220, left : left + 240])
            part.save(folder / f"{name}{place}.png")
    return folder


def judge(page: PhotosPage) -> int:
    """Judge all photos that are asked about by what they show; give how many there were."""
    asked = [one for one in page.test.button_group if str(one.key).startswith("judge-")]
    for one in asked:
        number = int(str(one.key).rpartition("-")[2])
        photo = page.album.photo(number)
        assert photo
        one.set_value(LIKE if photo.path.name.startswith(LIKED) else DISLIKE)
    page.test.run()
    page.press("taste-learn")
    return len(asked)


def test_rounds_teach_a_taste_that_the_photos_are_sorted_by(
    service: Service, zoo: Path, tastes: Path
) -> None:
    page = PhotosPage(service).open(zoo).choose("photos-view", "Your taste")
    assert page.test.button(key="taste-learn").disabled
    assert judge(page) == 12
    first = load_taste(tastes / "mine.safetensors")
    assert first.card.likes + first.card.dislikes == 12
    # the next round asks about the others
    assert judge(page) == 8
    assert load_taste(tastes / "mine.safetensors").card.likes == 10
    assert "All of these photos are judged." in page.texts
    assert "10 likes and 10 dislikes" in page.texts
    page.test.toggle(key="taste-sort").set_value(True)
    page.test.run()
    best = [photo["name"] for photo in page.photos if not photo["veto"]][:4]
    assert all(name.startswith(LIKED) for name in best)
    assert page.album.taste


def test_a_taste_learns_on_where_it_was_left(service: Service, zoo: Path, tastes: Path) -> None:
    page = PhotosPage(service).open(zoo).choose("photos-view", "Your taste")
    judge(page)
    again = PhotosPage(service).open(zoo).choose("photos-view", "Your taste")
    assert judge(again) == 8


def test_a_name_that_no_taste_can_have_is_said(service: Service, zoo: Path, tastes: Path) -> None:
    page = PhotosPage(service).open(zoo).choose("photos-view", "Your taste")
    page.test.text_input(key="taste-name").input("a:b")
    page.test.run()
    assert "is no name of a taste" in page.texts
    assert not page.test.exception


def test_a_taste_that_is_damaged_is_said(service: Service, zoo: Path, tastes: Path) -> None:
    tastes.mkdir()
    (tastes / "mine.safetensors").write_text("no taste")
    page = PhotosPage(service).open(zoo).choose("photos-view", "Your taste")
    assert "is no taste that can be read" in page.texts
    assert (tastes / "mine.safetensors").read_text() == "no taste"
