"""Commands and requests that follow events, and never hold up a session."""

from __future__ import annotations

import base64
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import psutil
import pytest

from framepick.errors import UsageError
from framepick.live.events import Event
from framepick.live.hooks import Command, Hooks, Post
from tests.conftest import wait_for

LONG_SECONDS = 20.0


def kept(still: str = "live/cam/a.jpg", **values: str | float) -> Event:
    facts: dict[str, str | float | int | bool | None] = {"still": still, "score": 4.5}
    facts |= {"rating": 4, "time_seconds": 12.25}
    return Event("kept", 13.0, "a.jpg  12.250 s", facts | values)


def is_gone(number: int) -> bool:
    """Tell whether a process has ended, or waits for whoever started it to look."""
    try:
        return bool(psutil.Process(number).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def noting(path: Path, *arguments: str) -> str:
    """A command that appends its arguments to a file, as JSON on a line."""
    code = "import json, sys; open(sys.argv[1], 'a').write(json.dumps(sys.argv[2:]) + chr(10))"
    quoted = [json.dumps(one) for one in (sys.executable, "-c", code, str(path))]
    return " ".join([*quoted, *arguments])


def noted(path: Path) -> list[list[str]]:
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def told_by(*hooks: Command | Post, events: list[Event]) -> list[Event]:
    """Play events to hooks; give all that was told."""
    told: list[Event] = []
    running = Hooks(hooks, told.append)
    for event in events:
        running(event)
    running.close(LONG_SECONDS)
    return told


def test_each_argument_stays_one_whatever_is_filled_in(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    still = str(tmp_path / 'it\'s a "b" $(touch x); rm *.jpg')
    line = noting(notes, "{still}", "'at {time} of {event}'", "--score={score}", "{name}", "{{x}}")
    events = [kept(still)]
    assert told_by(Command(line), events=events) == events
    assert noted(notes) == [[still, "at 12.25 of kept", "--score=4.5", Path(still).name, "{x}"]]
    assert not (tmp_path / "x").exists()


def test_the_path_of_a_still_is_absolute(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    told_by(Command(noting(notes, "{still}")), events=[kept("live/cam/a.jpg")])
    assert noted(notes) == [[str(Path.cwd() / "live/cam/a.jpg")]]


def test_only_kept_stills_count_unless_all_events_are_asked_for(tmp_path: Path) -> None:
    some, every = tmp_path / "some", tmp_path / "every"
    events = [Event("opened", 1.0, "the source is open"), kept(), Event("lost", 20.0, "it is gone")]
    told_by(
        Command(noting(some, "{name}")), Command(noting(every, "{event}", "{still}")), events=events
    )
    assert noted(some) == [["a.jpg"]]
    assert sorted(one[0] for one in noted(every)) == ["kept", "lost", "opened"]
    assert ["lost", ""] in noted(every)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "is empty"),
        ("echo 'a", "cannot be split"),
        ("echo {sill}", "no {sill}, only {still}"),
    ],
)
def test_a_command_that_cannot_be_run_is_refused_at_once(line: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        Command(line)


def test_each_kind_of_failure_is_told_once(tmp_path: Path) -> None:
    fails = Command(f"{json.dumps(sys.executable)} -c 'raise SystemExit(3)'")
    missing = Command(str(tmp_path / "no-such-program"))
    told = told_by(fails, missing, events=[kept(), kept(), kept()])
    warnings = sorted(event.text for event in told if event.kind == "warning")
    assert len(warnings) == 2
    assert "status 3" in warnings[0] + warnings[1]
    assert "No such file" in warnings[0] + warnings[1]


def test_a_command_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c',"
        " 'import time; time.sleep(60)']);"
        f" open({str(tmp_path / 'id')!r}, 'w').write(str(p.pid)); time.sleep(60)"
    )
    hangs = Command(f"{json.dumps(sys.executable)} -c {json.dumps(code)}", limit_seconds=2.0)
    told = told_by(hangs, events=[kept()])
    assert "took more than 2 s" in told[-1].text
    child = int((tmp_path / "id").read_text())
    assert wait_for(lambda: is_gone(child))


class Slow:
    """A hook that goes on until it may end."""

    what = "slow"

    def __init__(self) -> None:
        self.may_end = Flag()
        self.begun = 0

    def wants(self, event: Event) -> bool:
        return True

    def do(self, event: Event) -> str | None:
        self.begun += 1
        self.may_end.wait(LONG_SECONDS)
        return None


def test_a_session_never_waits_and_few_run_at_once() -> None:
    slow, told = Slow(), list[Event]()
    hooks = Hooks([slow], told.append)
    for _ in range(500):
        hooks(kept())  # 500 times as long as the test may take, if it waited
    assert sum(event.kind == "kept" for event in told) == 500
    assert slow.begun <= 2
    assert any("too many are waiting" in event.text for event in told)
    hooks.close(0.05)
    assert "had not ended" in told[-1].text
    slow.may_end.set()


def test_a_hook_that_hangs_does_not_hold_up_another(tmp_path: Path) -> None:
    slow = Slow()
    hooks = Hooks([slow, Command(noting(tmp_path / "notes", "{name}"))], lambda _: None)
    for _ in range(3):
        hooks(kept())
    deadline = time.monotonic() + LONG_SECONDS
    while len(noted(tmp_path / "notes")) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(noted(tmp_path / "notes")) == 3
    slow.may_end.set()
    hooks.close(LONG_SECONDS)


@dataclass
class Receiver:
    """A server that takes what is posted."""

    url: str = ""
    bodies: list[dict[str, object]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: int = 200
    is_slow: Flag = field(default_factory=Flag)
    may_go_on: Flag = field(default_factory=Flag)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    it = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            it.bodies.append(json.loads(body))
            it.headers.append(dict(self.headers.items()))
            if it.is_slow.is_set():
                it.may_go_on.wait(LONG_SECONDS)
            self.send_response(it.answer)
            self.send_header("Location", it.url + "elsewhere")
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    it.url = f"http://127.0.0.1:{server.server_port}/"
    yield it
    it.may_go_on.set()
    server.shutdown()
    server.server_close()


def test_the_facts_of_kept_stills_are_posted_as_json(receiver: Receiver) -> None:
    told_by(Post(receiver.url), events=[Event("opened", 1.0, "open"), kept(score=5.25)])
    assert [body["event"] for body in receiver.bodies] == ["kept"]
    assert receiver.bodies[0]["score"] == 5.25
    assert receiver.headers[0]["Content-Type"] == "application/json"


def test_credentials_are_sent_and_never_told(receiver: Receiver) -> None:
    url = receiver.url.replace("//", "//me:p%40ss@")
    receiver.answer = 500
    told = told_by(Post(url), events=[kept()])
    pair = receiver.headers[0]["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(pair) == b"me:p@ss"
    assert "answers 500" in told[-1].text
    assert all("ss" not in event.text for event in told[1:])


def test_a_redirection_is_not_followed(receiver: Receiver) -> None:
    receiver.answer = 302
    told = told_by(Post(receiver.url), events=[kept()])
    assert len(receiver.bodies) == 1
    assert "answers 302" in told[-1].text


def test_a_receiver_that_is_slow_or_dead_is_told(receiver: Receiver) -> None:
    receiver.is_slow.set()
    slow = Post(receiver.url, limit_seconds=0.3)
    dead = Post("http://127.0.0.1:9/")
    told = told_by(slow, dead, events=[kept(), kept()])
    texts = sorted(event.text for event in told if event.kind == "warning")
    assert len(texts) == 2
    assert any("does not answer in time" in text for text in texts)
    assert any("refused" in text.lower() for text in texts)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a/b", "me:pass@host/", "http://", ""])
def test_only_web_addresses_are_posted_to(url: str) -> None:
    with pytest.raises(UsageError, match="--post") as caught:
        Post(url)
    assert "pass" not in str(caught.value)
