"""The app in Chromium, used as a viewer would."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.app.browsing import PHONE, STAGE, has_no_sideways_scrolling, opened, picks, settled
from tests.app.serving import Server
from tests.conftest import wait_for


@pytest.fixture
def page(browser: Any, server: Server) -> Iterator[Any]:
    """Give the first page."""
    with opened(browser, server) as page:
        page.wait_for_selector(".hero")
        yield page


def upload(page: Any, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "video/mp4", "buffer": content}
    page.locator("input[type=file]").set_input_files(file)


def left_in(server: Server) -> list[Path]:
    """Every file below the server's temporary folder, which may vanish while it is walked."""
    return [Path(folder, name) for folder, _, names in os.walk(server.temporary) for name in names]


def test_from_an_upload_to_files_of_two_kept_frames(page: Any, server: Server, film: Path) -> None:
    upload(page, "../../x.mp4", film.read_bytes())
    page.wait_for_selector(STAGE)
    assert page.get_by_text("x.mp4", exact=True).count() == 1
    assert wait_for(lambda: {path.name for path in left_in(server)} == {"x.mp4"}, 60)
    first = settled(page, 5)
    assert page.locator("#curve").evaluate("c => c.width") > 300
    # a click on the curve shows the frame there
    box = page.locator("#plot").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.6)
    page.get_by_text("Not among the picks").wait_for()
    # a slider brings another pick
    page.get_by_role("slider", name="Picks Picks").focus()
    page.keyboard.press("ArrowRight")
    six = settled(page, 6)
    # the frame after a pick takes its place
    page.locator("#tray li").nth(1).click()
    page.get_by_text("Pick 2").first.wait_for()
    page.locator("#screen").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name=re.compile("Use for pick 2")).click()
    other = str(int(six[1]) + 1)
    assert wait_for(lambda: other in picks(page), 60)
    page.wait_for_selector(STAGE)
    assert six[1] not in picks(page)
    # two are kept, by their keys
    for rank in (1, 2):
        page.locator("#tray li").nth(rank - 1).click()
        page.get_by_text(f"Pick {rank}").first.wait_for()
        page.get_by_role("button", name="Keep").and_(page.locator(":enabled")).wait_for()
        page.keyboard.press("k")
        page.get_by_role("button", name="Kept").wait_for()
    assert wait_for(lambda: page.locator("#tray .kept").count() == 2, 20)
    # undo takes the last one back, and it is kept again
    page.get_by_role("button", name="Undo").click()
    assert wait_for(lambda: page.locator("#tray .kept").count() == 1, 20)
    page.get_by_role("button", name="Keep").and_(page.locator(":enabled")).click()
    assert wait_for(lambda: page.locator("#tray .kept").count() == 2, 20)
    page.wait_for_selector(STAGE)
    kept = sorted(map(int, picks(page)[:2]))
    # both are exported, and their files are in the archive
    page.get_by_role("button", name=re.compile("^Export")).and_(page.locator(":enabled")).click()
    page.get_by_role("radio", name="PNG").click()
    page.get_by_role("button", name="Export 2 frames").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("x picks.zip")).click()
    assert download.value.suggested_filename == "x picks.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        document = json.loads(archive.read("x.mp4/picks.json"))
        assert sorted(row["frame_index"] for row in document["picks"]) == kept
        for row in document["picks"]:
            still = Image.open(io.BytesIO(archive.read(f"x.mp4/{row['still']}")))
            assert (still.format, still.size) == ("PNG", (320, 180))
    page.keyboard.press("Escape")
    page.get_by_text("ready to download").wait_for(state="hidden")
    assert first


REFUSED = [
    ("text.mp4", b"not a film", "text.mp4: is not a video that can be read"),
    ("big.mp4", bytes(2_200_000), "big.mp4: is larger than 2.1 MB"),
    ("empty.mp4", b"", "empty.mp4: it is empty"),
]


@pytest.mark.parametrize(("name", "content", "message"), REFUSED)
def test_what_is_no_film_is_a_clear_message(
    page: Any, server: Server, name: str, content: bytes, message: str
) -> None:
    upload(page, name, content)
    page.get_by_text(message).first.wait_for()
    assert page.get_by_text("Traceback").count() == 0


def test_a_sound_file_is_a_clear_message(page: Any, media: Any) -> None:
    upload(page, "song.mp4", media("audio_only.mp4").read_bytes())
    page.get_by_text(re.compile("song.mp4: .*no video")).first.wait_for()


def test_uploads_are_gone_soon_after_the_tab_is_closed(server: Server) -> None:
    assert wait_for(lambda: not left_in(server), 60)


def test_a_first_result_takes_two_clicks_and_a_phone_shows_it_without_sideways_scrolling(
    browser: Any, server: Server
) -> None:
    with opened(browser, server, options=PHONE) as page:
        page.get_by_role("button", name="Try it on a sample").click()
        page.wait_for_selector(STAGE)
        tray = page.locator("#tray li").first.bounding_box()
        assert tray["y"] + tray["height"] < 844
        assert has_no_sideways_scrolling(page)
        assert page.locator(".desk").evaluate("e => e.scrollWidth <= e.clientWidth + 1")
