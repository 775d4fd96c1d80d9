"""The report of a video and the page over several: what they hold, and how they behave."""

from __future__ import annotations

import base64
import itertools
import json
import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest

from framepick.config import PickConfig, VideoConfig
from framepick.filmstrip import FilmstripRecorder
from framepick.outputs.overview import (
    OverviewItem,
    overview_item,
    overview_pictures,
    write_overview,
)
from framepick.outputs.previews import Previews
from framepick.outputs.report import write_report
from framepick.outputs.report.film import MAX_SAMPLES
from framepick.outputs.sentences import sentence
from framepick.reasons import Reason, ReasonCode
from framepick.results import Filmstrip, VideoResult
from framepick.timecode import timecodes
from tests.browsing import Opened, opened
from tests.made_results import made_previews, made_result, made_rows, picture

NO_OTHERS = Reason(ReasonCode.NO_OTHER_FRAMES, {"picked": 3, "requested": 5})
ALL_BLACK = Reason(ReasonCode.ALL_HARD_VETOED, {"picked": 0, "requested": 3})
OUT_OF_FOCUS, MOTION_BLUR = Reason(ReasonCode.OUT_OF_FOCUS), Reason(ReasonCode.MOTION_BLUR)
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u2028\n\udcff.mp4"


@dataclass
class Page(HTMLParser):
    """What a page is made of."""

    text: str
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    data: str = ""
    heading: str = ""
    within: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.within = "data" if ("id", "film") in attrs else tag

    def handle_data(self, data: str) -> None:
        if self.within == "data":
            self.data += data
        elif self.within not in ("style", "script"):
            self.words.append(data)

    def handle_endtag(self, tag: str) -> None:
        self.within = ""

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def film(self) -> dict[str, Any]:
        film: dict[str, Any] = json.loads(self.data)
        return film

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.words).split())


def report(result: VideoResult, folder: Path, previews: Previews | None = None) -> Page:
    path = folder / "report.html"
    made = previews if previews is not None else made_previews(result)
    write_report(result, made_rows(result), made, path)
    return Page(path.read_text(encoding="utf-8"))


def levels(packed: dict[str, Any]) -> np.ndarray:
    values = np.frombuffer(base64.b64decode(packed["levels"]), "<u2")
    return np.where(values == 65535, np.nan, packed["lowest"] + values * packed["step"])


def test_the_page_carries_the_whole_curve(tmp_path: Path) -> None:
    result = made_result(1000, 4, black=slice(200, 260), rate=Fraction(30000, 1001))
    film = report(result, tmp_path).film
    curve = result.curve
    steps = np.frombuffer(base64.b64decode(film["times"]["steps"]), "<u4")
    times = (film["times"]["first"] + np.cumsum(steps)) / film["times"]["per_second"]
    np.testing.assert_allclose(times, curve.times_seconds, atol=6e-6)
    for name, values in (
        ("smoothed", curve.smoothed),
        ("raw", curve.raw),
        ("spread", np.sqrt(curve.variance)),
    ):
        np.testing.assert_allclose(levels(film[name]), values, atol=1e-4)
    assert film["shots"] == list(range(0, 1000, 100))
    assert [(first, last) for first, last, _ in film["vetoes"]] == [(200, 259)]
    assert [pick["row"] for pick in film["picks"]] == [pick.row for pick in result.picks]


def test_a_longer_film_than_a_page_holds_is_thinned_but_keeps_its_picks(tmp_path: Path) -> None:
    result = made_result(MAX_SAMPLES + 10, 3, size=(32, 18), shot_frames=5000)
    film = report(result, tmp_path).film
    steps = np.frombuffer(base64.b64decode(film["times"]["steps"]), "<u4")
    times = np.cumsum(steps) / film["times"]["per_second"]
    assert len(times) < MAX_SAMPLES
    for pick in film["picks"]:
        assert times[pick["row"]] == pytest.approx(pick["time"], abs=1e-4)


def test_an_hour_with_fifty_picks_stays_under_five_megabytes(tmp_path: Path) -> None:
    views = [picture((90, 160), seed) for seed in range(20)]  # with grain: hard to compress
    result = made_result(108_000, 50, shot_frames=200)
    recorder = FilmstripRecorder(result.info)
    recorder.add(np.arange(0.0, 3600.0, 2.25), itertools.islice(itertools.cycle(views), 1600))
    result = replace(result, filmstrip=recorder.filmstrip())
    report(result, tmp_path, made_previews(result, side=640))
    assert 3_000_000 < (tmp_path / "report.html").stat().st_size < 5_000_000


def test_names_from_outside_stay_text(tmp_path: Path) -> None:
    result = made_result(300, 2, name=HOSTILE, reference=HOSTILE)
    page = report(result, tmp_path)
    assert len(page.all("script")) == 2
    assert all((image["src"] or "").startswith("data:image/jpeg") for image in page.all("img"))
    assert not [name for _, tag in page.tags for name in tag if name.startswith("on")]
    assert page.said.count("<script>alert(1)</script>") == 1


def test_links_lead_to_the_stills_whatever_their_names(tmp_path: Path) -> None:
    result = made_result(300, 2, name="javascript:a b#?%<ü>.mp4")
    page = report(result, tmp_path)
    links = [link["href"] or "" for link in page.all("a") if link["href"] != "#content"]
    for row in made_rows(result):
        mine = [link for link in links if unquote(link) == f"./{row['still']}"]
        assert len(mine) == 2
        assert not set(mine[0]) & set(' #?<>"')


def test_nothing_is_fetched_from_anywhere(tmp_path: Path) -> None:
    page = report(made_result(), tmp_path)
    policy = page.all("meta")[1]["content"] or ""
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.findall(r"(?:https?:)?//[a-z]", re.sub(r"base64,\S+", "", page.text))
    assert {"link", "iframe", "object", "form"}.isdisjoint(name for name, _ in page.tags)


def test_the_page_says_why_and_how(tmp_path: Path) -> None:
    result = made_result(
        300, 3, black=slice(40, 60), error_count=2, shortfall=NO_OTHERS,
        config=VideoConfig(PickConfig(5)),
        relative_vetoes={100: OUT_OF_FOCUS, 101: OUT_OF_FOCUS, 150: MOTION_BLUR},
    )  # fmt: skip
    said = report(result, tmp_path).said
    for text in (
        sentence(NO_OTHERS), "2 decoding errors", sentence(result.picks[0].reasons[0]),
        sentence(Reason(ReasonCode.LATER)), sentence(OUT_OF_FOCUS), sentence(MOTION_BLUR),
        "23 frames",
        "better than 79 % of the reference pictures", "test-encoder", "150 frames per second",
        "pictures of the test", "Runner-up",
    ):  # fmt: skip
        assert text in said


def test_vetoed_frames_that_touch_are_told_in_one_line(tmp_path: Path) -> None:
    fade = Reason(ReasonCode.FADE)
    relative_vetoes = {10: MOTION_BLUR, 11: OUT_OF_FOCUS, 12: OUT_OF_FOCUS, 50: fade}
    result = made_result(relative_vetoes=relative_vetoes, black=slice(80, 90))
    page = report(result, tmp_path)
    assert len(page.all("tr")) == 4
    assert (
        f"00:00:00:10 00:00:00:12 3 {sentence(OUT_OF_FOCUS)}, {sentence(MOTION_BLUR)}" in page.said
    )


def test_files_beside_the_page_are_linked(tmp_path: Path) -> None:
    result = made_result(300, 0)
    write_report(result, [], Previews(), tmp_path / "r.html", ["a b.jpg", "x.otio"])
    page = Page((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert {"./a%20b.jpg", "./x.otio"} <= {link["href"] for link in page.all("a")}


def test_every_picture_has_a_text_and_every_card_a_name(tmp_path: Path) -> None:
    result = made_result()
    page = report(result, tmp_path)
    texts = [image["alt"] or "" for image in page.all("img")]
    codes = [row["timecode"] for row in made_rows(result)]
    for rank, code in enumerate(codes, 1):
        assert f"Pick {rank}, {code}" in texts
    assert sum(text.startswith("Runner-up of pick") for text in texts) == 3
    ids = {tag["id"] for _, tag in page.tags if "id" in tag}
    assert {card["aria-labelledby"] for card in page.all("article")} <= ids


def test_a_runner_up_without_a_preview_is_shown_by_the_filmstrip(tmp_path: Path) -> None:
    result = made_result(300, 2)
    only_picks = replace(result, picks=[replace(p, runner_up=None) for p in result.picks])
    page = report(result, tmp_path, made_previews(only_picks))
    assert len(page.all("img")) == 4
    bare = replace(result, filmstrip=Filmstrip(np.zeros(0), ()))
    page = report(bare, tmp_path, made_previews(only_picks))
    assert len(page.all("img")) == 2
    assert "No picture of this frame" in page.said


@pytest.mark.parametrize(
    ("frames", "picks", "black"),
    [(300, 0, slice(0, 300)), (1, 1, slice(0, 0)), (1, 0, slice(0, 1))],
)
def test_the_least_film_has_a_report(tmp_path: Path, frames: int, picks: int, black: slice) -> None:
    page = report(made_result(frames, picks, black=black), tmp_path)
    assert len(page.all("article")) == picks


def test_the_overview_tells_of_every_input(tmp_path: Path) -> None:
    result = made_result(name="clips/one.mp4")
    entries = [
        overview_item(
            result, "one.mp4/report.html", overview_pictures(result, made_previews(result))
        ),
        OverviewItem(HOSTILE, failure=f"{HOSTILE}: holds no video"),
        overview_item(replace(result, picks=[], shortfall=ALL_BLACK), "a b/report.html"),
    ]
    write_overview(entries, tmp_path / "report.html")
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    links = [link["href"] for link in page.all("a")]
    assert "./one.mp4/report.html" in links
    assert "./one.mp4/report.html#pick-2" in links
    assert "./a%20b/report.html" in links
    assert len(page.all("img")) == 3
    assert len(page.all("script")) == 1
    for text in ("clips/one.mp4", "holds no video", "1 failed", sentence(ALL_BLACK)):
        assert text in page.said


def test_the_overview_of_many_inputs_stays_small(tmp_path: Path) -> None:
    pictures = overview_pictures(made_result(), made_previews(made_result()))
    heavy = overview_item(
        made_result(), "one/report.html", tuple(picture + bytes(8000) for picture in pictures)
    )
    write_overview([heavy] * 500, tmp_path / "report.html")
    assert (tmp_path / "report.html").stat().st_size < 10_000_000


# In a browser


def test_the_page_opens_shows_its_picks_and_answers_the_mouse(browser: Any, tmp_path: Path) -> None:
    result = made_result(
        600, 5, name=HOSTILE, black=slice(300, 360), relative_vetoes={100: OUT_OF_FOCUS}
    )
    report(result, tmp_path)
    it = opened(browser, tmp_path / "report.html")
    assert it.page.locator(".pin").count() == 5
    assert it.page.locator("article").count() == 5
    it.point(0.25)
    assert "Score" in it.tip
    assert it.page.locator("#tip img").evaluate("image => image.naturalWidth") == 160
    it.point(0.55)
    assert "Vetoed: black" in it.tip
    assert not it.faults


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(60000, 1001), Fraction(24)])
def test_the_page_and_the_tables_write_the_same_time_codes(
    browser: Any, tmp_path: Path, rate: Fraction
) -> None:
    result = made_result(4000, 2, rate=rate)
    result = replace(result, info=replace(result.info, start_timecode="00:58:59:00"))
    report(result, tmp_path)
    code = timecodes(result.info, result.curve.times_seconds)
    it = opened(browser, tmp_path / "report.html")
    it.page.locator("#plot").focus()
    rows = {"Home": 0, "End": 3999}
    for key, row in rows.items():
        it.page.keyboard.press(key)
        assert it.tip.startswith(code.text_at(result.curve.times_seconds[row]))
    for share in (0.1, 0.37, 0.5, 0.71, 0.93):
        it.point(share)
        it.page.wait_for_timeout(60)
        time = float(it.page.locator("#plot").get_attribute("aria-valuenow"))
        assert it.tip.startswith(code.text_at(time))


def test_keys_zoom_move_and_go_from_pick_to_pick(browser: Any, tmp_path: Path) -> None:
    result = made_result(600, 3)
    report(result, tmp_path)
    it = opened(browser, tmp_path / "report.html")
    plot = it.page.locator("#plot")
    plot.focus()
    it.page.keyboard.press("Home")
    for rank in (1, 2, 3):
        it.page.keyboard.press("n")
        assert f"Pick {rank}" in it.tip
        assert f"Pick {rank}" in plot.get_attribute("aria-valuetext")
    it.page.keyboard.press("+")
    assert it.page.locator("#whole").is_enabled()
    it.page.keyboard.press("ArrowRight")
    assert "Pick" not in it.tip
    it.page.keyboard.press("0")
    assert it.page.locator("#whole").is_disabled()
    it.page.keyboard.press("p")
    it.page.keyboard.press("Enter")
    it.page.wait_for_function("location.hash === '#pick-3'", timeout=5000)  # else a TimeoutError
    assert not it.faults


def test_dragging_the_wheel_and_the_buttons_zoom(browser: Any, tmp_path: Path) -> None:
    report(made_result(600, 3, black=slice(300, 330)), tmp_path)
    it = opened(browser, tmp_path / "report.html")
    whole = it.page.locator("#whole")
    it.point(0.2)
    it.page.mouse.down()
    it.point(0.4)
    it.page.mouse.up()
    assert whole.is_enabled()
    it.point(0.0)
    assert it.tip.splitlines()[0] in ("00:00:04:00", "00:00:03:29", "00:00:04:01")
    whole.click()
    assert whole.is_disabled()
    it.point(0.5)
    it.page.mouse.wheel(0, -300)
    it.page.wait_for_timeout(60)
    assert whole.is_enabled()
    whole.click()
    it.page.get_by_role("button", name="Show", exact=True).first.click()
    assert "Vetoed: black" in it.tip
    assert not it.faults


@pytest.mark.parametrize("frames", [1, 300])
def test_an_empty_film_opens_without_a_fault(browser: Any, tmp_path: Path, frames: int) -> None:
    result = made_result(frames, 0, black=slice(0, frames))
    report(result, tmp_path)
    it = opened(browser, tmp_path / "report.html")
    it.point(0.5)
    assert "Vetoed: black" in it.tip
    assert not it.faults


def test_the_page_fits_a_phone_in_light_and_dark(browser: Any, tmp_path: Path) -> None:
    result = made_result(600, 12, name="a_name_without_a_space_" * 8 + ".mp4")
    report(result, tmp_path)
    grounds = []
    for scheme in ("light", "dark"):
        it = opened(
            browser, tmp_path / "report.html", color_scheme=scheme, has_touch=True,
            is_mobile=True, viewport={"width": 390, "height": 844},
        )  # fmt: skip
        width = it.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390
        box = it.page.locator("#plot").bounding_box()
        it.page.touchscreen.tap(box["x"] + 200, box["y"] + 150)
        assert "from the start" in it.tip
        grounds.append(it.page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert not it.faults
    assert grounds[0] != grounds[1]


def test_two_fingers_zoom(browser: Any, tmp_path: Path) -> None:
    report(made_result(600, 3), tmp_path)
    it = opened(browser, tmp_path / "report.html", has_touch=True)
    box = it.page.locator("#plot").bounding_box()
    devices = it.page.context.new_cdp_session(it.page)

    def touch(kind: str, *places: float) -> None:
        points = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + 150, "id": at}
            for at, x in enumerate(places)
        ]
        devices.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.45, 0.55)
    for step in range(1, 9):
        touch("touchMove", 0.45 - step * 0.04, 0.55 + step * 0.04)
    touch("touchEnd")
    it.page.wait_for_timeout(60)
    assert it.page.locator("#whole").is_enabled()
    it.page.touchscreen.tap(box["x"] + 0.2 * box["width"], box["y"] + 150)
    it.page.wait_for_timeout(60)
    time = float(it.page.locator("#plot").get_attribute("aria-valuenow"))
    assert 8 < time < 10  # of 20 seconds, before the pinch it was near 3.5
    assert not it.faults


def test_the_theme_can_be_switched(browser: Any, tmp_path: Path) -> None:
    report(made_result(), tmp_path)
    it = opened(browser, tmp_path / "report.html", color_scheme="light")
    seen = []
    for _ in range(3):
        seen.append(it.page.evaluate("document.documentElement.dataset.theme"))
        it.page.locator("#theme").click()
    assert seen == ["light", "light", "dark"]


@pytest.mark.slow
def test_an_hour_is_smooth_to_move_about_in(browser: Any, tmp_path: Path) -> None:
    report(made_result(108_000, 50, shot_frames=240), tmp_path)
    page = browser.new_context(viewport={"width": 1366, "height": 900}).new_page()
    page.add_init_script(
        """window.spent = [];
        const ask = window.requestAnimationFrame.bind(window);
        window.requestAnimationFrame = (draw) => ask((time) => {
          const start = performance.now();
          draw(time);
          window.spent.push(performance.now() - start);
        });"""
    )
    page.goto((tmp_path / "report.html").as_uri())
    it = Opened(page, [])
    for step in range(60):
        it.point(0.3 + step / 200)
        if step % 3 == 0:
            page.mouse.wheel(0, -120 if step < 30 else 120)
        page.wait_for_timeout(15)
    spent = page.evaluate("window.spent")
    print(f"{len(spent)} frames, median {np.median(spent):.1f} ms, worst {max(spent):.1f} ms")
    assert np.median(spent) < 16
