"""The video page of one browser session, driven as its widgets are."""

from __future__ import annotations

import re
from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from framepick.app.desk import Desk
from framepick.app.service import Service
from tests.app.patience import SLOW
from tests.conftest import wait_for


def video_page() -> None:
    from framepick.app.pages.video import show

    show()


class Page:
    """The page of one browser session."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.test = AppTest.from_function(video_page, default_timeout=SLOW).run()

    @property
    def desk(self) -> Desk:
        visit = self.service.visits.get(self.test.session_state["visit"])
        assert visit
        desk = visit.open["video"]
        assert isinstance(desk, Desk)
        return desk

    def open(self, path: Path | str) -> Page:
        self.test.text_input[0].input(str(path))
        self.button("Open").click()
        self.test.run()
        return self

    def ready(self) -> Page:
        assert wait_for(lambda: not self.desk.view.shown.is_busy, SLOW)
        self.test.run()
        assert not self.test.exception
        return self

    def button(self, label: str) -> Button:
        found = [one for one in self.test.button if one.label == label]
        assert found, f"{label} is none of {[one.label for one in self.test.button]}"
        return found[0]

    def press(self, label: str) -> Page:
        self.button(label).click()
        self.test.run()
        return self.ready()

    def slide(self, label: str, value: float) -> Page:
        [slider] = [one for one in self.test.slider if one.label == label]
        slider.set_value(value)
        self.test.run()
        return self.ready()

    def look_at(self, rank: int) -> Page:
        self.desk.look_at_rank(rank)
        self.test.run()
        return self

    @property
    def frames(self) -> list[int]:
        assert self.desk.result
        return [pick.moment.frame_index for pick in self.desk.result.picks]

    @property
    def texts(self) -> str:
        test = self.test
        found = [*test.markdown, *test.caption, *test.error, *test.warning, *test.success]
        return re.sub(r"\\(.)", r"\1", "\n".join(one.value for one in found))
