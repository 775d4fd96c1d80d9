"""The page of a live session, asked over HTTP and looked at in a browser."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from framepick.displays.page import Page
from framepick.errors import UsageError
from framepick.live.state import Guide
from tests.displays.scripted import (
    NAN,
    ScriptedWatch,
    before_the_first,
    jpeg,
    made_state,
    still,
)


class Client:
    """Asks a page's server as a browser does."""

    def __init__(self, page: Page, watch: ScriptedWatch) -> None:
        self.page, self.watch = page, watch
        parts = urlsplit(page.url)
        self.host, self.root = parts.netloc, parts.path

    def ask(
        self, path: str, method: str = "GET", root: str | None = None, **headers: str
    ) -> tuple[HTTPResponse, bytes]:
        with closing(HTTPConnection(self.host, timeout=5)) as connection:
            asked = {name.replace("_", "-"): value for name, value in headers.items()}
            whole = (self.root if root is None else root) + path
            connection.request(method, whole, headers={"Host": self.host} | asked)
            answer = connection.getresponse()
            return answer, answer.read()

    def state(self, query: str = "") -> dict[str, Any]:
        answer, body = self.ask("state" + query)
        assert answer.status == 200
        state: dict[str, Any] = json.loads(body, parse_constant=_no_constant)
        return state


def _no_constant(name: str) -> float:
    raise AssertionError(f"{name} is no JSON")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    page, watch = Page(), ScriptedWatch(tmp_path)
    end = page(watch)
    yield Client(page, watch)
    end()


def test_the_page_comes_with_all_that_it_needs_and_asks_nobody_else(client: Client) -> None:
    answer, body = client.ask("")
    assert answer.status == 200
    assert b"http://" not in body.replace(b"rtsp://", b"")
    assert b"https://" not in body
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    for name in ("live.css", "live.js"):
        assert name.encode() in body
        assert client.ask(name)[0].status == 200


def test_the_server_listens_on_this_machine_only(client: Client) -> None:
    assert client.host.startswith("127.0.0.1:")
    port = int(client.host.rpartition(":")[2])
    with socket.socket() as other:
        other.settimeout(1)
        assert other.connect_ex(("127.0.0.2", port)) != 0


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", ""])
def test_another_host_name_is_refused(client: Client, host: str) -> None:
    for path in ("", "state", "picture"):
        answer, body = client.ask(path, Host=host)
        assert answer.status == 403
        assert b"porch" not in body


def test_without_the_token_nothing_is_shown_and_nothing_done(client: Client) -> None:
    for root in ("/", "/wrong/", client.root.upper().swapcase()):
        assert client.ask("state", root=root)[0].status == 403
        assert client.ask("stop", "POST", root=root)[0].status == 403
    assert client.watch.ordered() == []


def test_another_site_cannot_order_anything(client: Client) -> None:
    answer, _ = client.ask("stop", "POST", Origin="http://evil.example")
    assert answer.status == 403
    assert client.watch.ordered() == []


def test_buttons_reach_the_session(client: Client) -> None:
    origin = f"http://{client.host}"
    assert client.ask("press", "POST", Origin=origin)[0].status == 204
    assert client.ask("stop", "POST", Origin=origin)[0].status == 204
    assert client.ask("format", "POST", Origin=origin)[0].status == 404
    assert client.watch.ordered() == ["press", "stop"]


def test_reading_orders_nothing(client: Client) -> None:
    assert client.ask("stop")[0].status == 404
    assert client.watch.ordered() == []


def test_pictures_are_wanted_only_while_a_page_looks(client: Client) -> None:
    assert client.watch.pictures_wanted == 0
    client.state()
    assert client.watch.pictures_wanted == 1


def test_only_the_new_part_of_the_curve_is_sent(client: Client) -> None:
    whole = client.state()["curve"]
    assert len(whole["seconds"]) == len(client.watch.state.times_seconds)
    for at in (0, 100, len(whole["seconds"]) - 1):
        after = client.state(f"?after={whole['seconds'][at]}")["curve"]
        for name, values in whole.items():
            assert after[name] == values[at + 1 :]


@pytest.mark.parametrize("query", ["?after=", "?after=never", "?after=nan", "?what"])
def test_a_strange_question_is_answered_all_the_same(client: Client, query: str) -> None:
    client.state(query)


def test_numbers_that_are_not_there_are_null(client: Client) -> None:
    client.watch.state = before_the_first()
    state = client.state()
    assert state["score"] is None
    assert state["percentile"] is None
    assert state["stars"] == 0
    seconds = made_state().times_seconds
    client.watch.state = made_state(raw=np.full(len(seconds), NAN))
    assert client.state()["curve"]["raw"] == [None] * len(seconds)


def test_the_newest_picture_is_given_and_its_number_changes_with_it(client: Client) -> None:
    assert client.ask("picture")[1] == client.watch.state.picture
    before = client.state()["picture"]
    assert client.state()["picture"] == before
    client.watch.state = made_state(picture=jpeg(hue=99))
    assert client.state()["picture"] != before


def test_stills_of_the_session_are_given_and_no_other_files(client: Client, tmp_path: Path) -> None:
    odd = still(7, name='a "b" & <c> #1 é.jpg')
    client.watch.state = made_state(kept=[odd], best=odd)
    (tmp_path / odd.name).write_bytes(b"the full still")
    (tmp_path / "picks.json").write_bytes(b"secret")
    quoted = "a%20%22b%22%20%26%20%3Cc%3E%20%231%20%C3%A9.jpg"
    assert client.ask(f"still/{quoted}")[1] == b"the full still"
    assert client.ask(f"small/{quoted}")[1] == odd.thumbnail
    for path in (
        "still/picks.json",
        "still/..%2Fpicks.json",
        "still/%2Fetc%2Fpasswd",
        "picks.json",
    ):
        assert client.ask(path)[0].status == 404


def test_a_used_port_is_told_in_one_line(client: Client) -> None:
    port = int(client.host.rpartition(":")[2])
    with pytest.raises(UsageError, match=f"--port {port}: cannot be used"):
        Page(port)


def test_the_end_does_not_wait_for_a_client_that_hangs(tmp_path: Path) -> None:
    page = Page()
    end = page(ScriptedWatch(tmp_path))
    parts = urlsplit(page.url)
    with socket.create_connection((parts.hostname, parts.port)) as hanging:
        hanging.sendall(b"GET /")
        end()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((parts.hostname, parts.port), 1)


Look = Callable[[Client], Any]


@pytest.fixture
def look(browser: Any) -> Iterator[Look]:
    """Open the page in Chromium; whatever goes wrong in it fails the test."""
    context = browser.new_context(viewport={"width": 1366, "height": 900})
    faults: list[str] = []

    def opened(client: Client) -> Any:
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: _note_foreign(faults, request.url, client.host))
        page.goto(client.page.url)
        return page

    yield opened
    context.close()
    assert faults == []


def _note_foreign(faults: list[str], url: str, host: str) -> None:
    if not url.startswith(("data:", "blob:", f"http://{host}/")):
        faults.append(url)


def _shows(page: Any, where: str, text: str) -> None:
    page.wait_for_function(
        "([where, text]) => document.querySelector(where).innerText.includes(text)",
        arg=[where, text],
        timeout=5000,
    )


def test_a_browser_shows_each_state(client: Client, look: Look) -> None:
    client.watch.state = before_the_first()
    page = look(client)
    _shows(page, "#cover", "Connecting")
    client.watch.state = made_state(guide=Guide("back to the left", -0.3, 0.0))
    _shows(page, "#status", "Watching")
    _shows(page, "#score", "4.37")
    _shows(page, "#guide", "back to the left")
    page.wait_for_function("() => document.querySelector('#picture').naturalWidth === 640")
    assert page.locator("#strip button").count() == 3
    assert "rotate(180.0)" in page.inner_html("#arrow")
    client.watch.state = made_state(veto="out of focus")
    _shows(page, "#veto", "out of focus")
    assert page.locator("#arrow").is_hidden()
    client.watch.state = made_state(status="lost", trouble="the device is gone", retry_seconds=3.2)
    _shows(page, "#cover", "The device is gone.")
    _shows(page, "#cover", "Trying again in 4 s.")
    client.watch.state = made_state(status="closing")
    _shows(page, "#cover", "Saving")


def test_names_and_reasons_are_text_in_a_browser(client: Client, look: Look) -> None:
    evil = "<img src=x onerror=alert(1)>"
    bad = still(9, name="a b#&?.jpg", reason=evil)
    client.watch.state = made_state(
        source=evil, mode=evil, message=evil, kept=[bad], best=bad, veto=evil
    )
    page = look(client)
    for where in ("#source", "#mode", "#message", "#veto", "#strip", "#best-text"):
        _shows(page, where, evil)
    page.wait_for_function("() => document.querySelector('#strip img').naturalWidth === 320")


def test_keys_and_buttons_of_a_browser_reach_the_session(client: Client, look: Look) -> None:
    page = look(client)
    _shows(page, "#status", "Watching")
    page.keyboard.press("Space")
    page.click("#keep")
    page.keyboard.press("Space")  # the focus is no more on the button, which would count it twice
    page.click("#stop")
    _shows(page, "#stop", "End now?")
    page.click("#stop")
    page.wait_for_timeout(300)
    assert client.watch.ordered() == ["press", "press", "press", "stop"]


def test_a_still_opens_large(client: Client, look: Look, tmp_path: Path) -> None:
    (tmp_path / client.watch.state.kept[2].name).write_bytes(jpeg(1280, 720))
    page = look(client)
    page.locator("#strip button").first.click()
    page.wait_for_function("() => document.querySelector('#large img').naturalWidth === 1280")
    page.keyboard.press("Escape")
    assert page.locator("#large").is_hidden()


def test_the_report_can_be_opened_after_the_server_has_gone(
    browser: Any, look: Look, tmp_path: Path
) -> None:
    page, watch = Page(), ScriptedWatch(tmp_path)
    end = page(watch)
    client = Client(page, watch)
    (tmp_path / "report.html").write_text(
        "<!DOCTYPE html><title>t</title><h1>All of it</h1><a href='x.jpg'>x</a>"
        "<script>document.body.dataset.ran = 'yes'</script>"
    )
    shown = look(client)
    _shows(shown, "#status", "Watching")
    watch.state = made_state(status="over", message="3 stills in live/porch")
    end()
    _shows(shown, "#cover", "Session over")
    _shows(shown, "#cover-more", "Open the report")
    with shown.context.expect_page() as opening:
        shown.click("#cover-more a")
    opening.value.wait_for_selector("body[data-ran=yes]")
    assert opening.value.inner_text("h1") == "All of it"


def test_a_session_that_is_gone_is_told(look: Look, tmp_path: Path) -> None:
    page, watch = Page(), ScriptedWatch(tmp_path)
    end = page(watch)
    shown = look(Client(page, watch))
    _shows(shown, "#status", "Watching")
    end()
    _shows(shown, "#status", "No answer")
