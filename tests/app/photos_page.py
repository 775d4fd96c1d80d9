"""The photos page of one browser session, driven as its widgets are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from framepick.app.album import PHOTOS, Album
from framepick.app.album.data import album_data
from framepick.app.service import Service
from framepick.app.visits import Visit
from tests.app.patience import SLOW
from tests.conftest import wait_for


def photos_page() -> None:
    from framepick.app.pages.photos import show

    show()


class PhotosPage:
    """The page of one browser session."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.test = AppTest.from_function(photos_page, default_timeout=SLOW).run()

    @property
    def visit(self) -> Visit:
        visit = self.service.visits.get(self.test.session_state["visit"])
        assert visit
        return visit

    @property
    def album(self) -> Album:
        album = self.visit.open[PHOTOS]
        assert isinstance(album, Album)
        return album

    def open(self, folder: Path) -> PhotosPage:
        self.test.session_state["photos-folder"] = str(folder)
        self.test.run()
        return self.press("photos-open").ready()

    def ready(self) -> PhotosPage:
        assert wait_for(lambda: not self.album.is_busy, SLOW)
        self.test.run()
        assert not self.test.exception
        return self

    def press(self, key: str) -> PhotosPage:
        self.test.button(key=key).click()
        self.test.run()
        assert not self.test.exception
        return self

    def choose(self, key: str, value: Any) -> PhotosPage:
        self.test.button_group(key=key).set_value(value)
        self.test.run()
        assert not self.test.exception
        return self

    @property
    def texts(self) -> str:
        test = self.test
        found = [*test.markdown, *test.caption, *test.error, *test.success, *test.info]
        return re.sub(r"\\(.)", r"\1", "\n".join(one.value for one in found))

    @property
    def photos(self) -> list[dict[str, Any]]:
        photos: list[dict[str, Any]] = album_data(self.album)["photos"]
        return photos
