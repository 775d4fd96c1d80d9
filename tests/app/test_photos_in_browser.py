"""The photos page in Chromium, used as a viewer would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from samples.clipmaker import load
from tests.app.browsing import PHONE, has_no_sideways_scrolling, opened
from tests.app.patience import SLOW
from tests.app.serving import Server, served
from tests.conftest import wait_for


@pytest.fixture
def photos(browser: Any, server: Server) -> Iterator[Any]:
    """Give the page of photos."""
    with opened(browser, server, "photos") as page:
        yield page


def transforms(page: Any) -> list[str]:
    found: list[str] = page.locator(".frame img").evaluate_all("l => l.map(e => e.style.transform)")
    return found


def test_a_group_is_unfolded_compared_and_its_stars_written(photos: Any, footage: Path) -> None:
    photos.get_by_role("button", name="Sort these photos").click()
    photos.locator("#wall .group").wait_for()
    assert photos.locator(".tile").count() == 1
    # the others are behind the best
    photos.get_by_role("button", name="+ 2").click()
    assert photos.locator(".tile").count() == 3
    photos.locator(".tile").first.locator("img").evaluate("e => e.decode()")
    # two of them side by side
    for name in ("a.jpg", "b.jpg"):
        photos.get_by_role("checkbox", name=f"Compare {name}").check(force=True)
    photos.get_by_role("button", name="Compare", exact=True).click()
    panes = photos.locator(".pane")
    assert panes.count() == 2
    assert panes.first.locator(".face").count() >= 1
    # what is zoomed in one is zoomed in both, and moved as well
    fitted = transforms(photos)
    assert len(set(fitted)) == 1
    box = panes.first.locator(".frame").bounding_box()
    photos.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5)
    photos.mouse.wheel(0, -400)
    assert wait_for(lambda: transforms(photos) != fitted, 20)
    zoomed = transforms(photos)
    assert len(set(zoomed)) == 1
    photos.mouse.down()
    photos.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.52)
    photos.mouse.up()
    moved = transforms(photos)
    assert len(set(moved)) == 1
    assert moved != zoomed
    # a face is looked at in both
    panes.first.locator(".face").first.click()
    assert wait_for(lambda: transforms(photos) != moved, 20)
    assert len(set(transforms(photos))) == 1
    photos.keyboard.press("Escape")
    assert panes.first.is_hidden()
    # stars go beside the photos
    photos.get_by_role("button", name="Keep the best").click()
    photos.get_by_role("button", name="Write XMP for 3 photos").click()
    photos.get_by_text("Stars and labels are written.").wait_for()
    assert {path.name for path in footage.glob("*.xmp")} == {f"{name}.jpg.xmp" for name in "abc"}


def test_photos_that_are_dropped_are_sorted_and_downloaded(
    photos: Any, footage: Path, tmp_path: Path
) -> None:
    files = [str(footage / f"{name}.jpg") for name in "abc"]
    photos.locator("input[type=file]").set_input_files(files)
    photos.get_by_text("3 photos · 1 group of similar ones").wait_for()
    best = photos.locator(".tile").first.get_attribute("data-name")
    photos.get_by_role("button", name="Keep the best").click()
    with photos.expect_download() as download:
        photos.get_by_role("link", name="Download 3 photos best.zip").click()
    assert best.encode() in Path(download.value.path()).read_bytes()


def test_the_map_fills_the_page_and_a_photo_opens_from_it(
    browser: Any, tmp_path: Path, weights: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for place in range(8):
        picture = load("coffee" if place < 4 else "rocket", (160, 120))
        Image.fromarray(picture[:, 5 * place :]).save(folder / f"{place}.png")
    with (
        served(tmp_path, folder, weights=weights) as server,
        opened(browser, server, "photos") as page,
    ):
        page.get_by_role("button", name="Sort these photos").click()
        page.get_by_role("radio", name="Map").click()
        inner = page.frame_locator("iframe[title='Map of the photos']")
        atlas = inner.get_by_role("img", name="Map of 8 photos")
        box = atlas.bounding_box()
        assert box["width"] > 1200
        assert box["y"] + box["height"] < 900
        # the middle of a photo is found by its place, and opens by a click
        left, top = page.frames[-1].evaluate(
            "() => { const at = JSON.parse(document.getElementById('map').textContent).places[7];"
            " return at; }"
        )
        assert wait_for(lambda: atlas.evaluate("e => e.width > 0"), SLOW)
        with page.context.expect_page() as coming:
            atlas.click(position={"x": left * box["width"], "y": top * box["height"]})
        assert wait_for(lambda: coming.value.evaluate("document.images[0]?.naturalWidth > 0"), SLOW)


def test_a_phone_shows_photos_without_sideways_scrolling(browser: Any, server: Server) -> None:
    with opened(browser, server, "photos", PHONE) as page:
        page.get_by_role("button", name="Sort these photos").click()
        tile = page.locator(".tile").first
        tile.wait_for()
        assert tile.bounding_box()["y"] < 844
        assert has_no_sideways_scrolling(page)
