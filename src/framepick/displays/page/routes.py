"""What the page's server answers, apart from how it is sent."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from threading import Event as Flag
from time import monotonic
from urllib.parse import parse_qs

from framepick.displays.page.shown import as_json
from framepick.live.state import Watched

REPORT = "report.html"
_FILES = {"live.css": "text/css", "live.js": "text/javascript"}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a request."""

    code: int
    type: str = "text/plain"
    body: bytes = b""


NOT_FOUND = Reply(404, body=b"There is nothing here.")


class Routes:
    """Answers requests about one session."""

    def __init__(self, watch: Watched) -> None:
        self._watch = watch
        self.left = Flag()
        """Set once a page has all that it wants after the end."""
        self._asked_at = -1.0
        self._pages: Mapping[str, Callable[[str], Reply]] = {
            "": lambda _: self._page(),
            "state": self._state,
            "picture": lambda _: self._picture(),
            "report": lambda _: self._report(),
        }

    def get(self, path: str, query: str) -> Reply:
        """Answer a GET."""
        if path in _FILES:
            return Reply(200, _FILES[path], _resource(path))
        folder, _, name = path.partition("/")
        if name:
            return self._still(folder, name)
        answer = self._pages.get(path)
        return answer(query) if answer else NOT_FOUND

    def post(self, path: str) -> Reply:
        """Do what a POST asks for."""
        match path:
            case "press" | "stop":
                self._watch.commands.put(path)
            case "left":
                self.left.set()
            case _:
                return NOT_FOUND
        return Reply(204)

    def is_watched(self, seconds: float) -> bool:
        """Say whether a page has asked for the state in the last `seconds`."""
        return monotonic() - self._asked_at < seconds

    def _page(self) -> Reply:
        text = Template(_resource("live.html").decode())
        page = text.substitute(source=escape(self._watch.state.source))
        return Reply(200, "text/html", page.encode())

    def _state(self, query: str) -> Reply:
        self._asked_at = monotonic()
        self._watch.want_pictures()
        state = self._watch.state
        text = json.dumps(as_json(state, _number(query)), allow_nan=False)
        return Reply(200, "application/json", text.encode())

    def _picture(self) -> Reply:
        picture = self._watch.state.picture
        return Reply(200, "image/jpeg", picture) if picture else NOT_FOUND

    def _report(self) -> Reply:
        return self._file(REPORT)

    def _still(self, folder: str, name: str) -> Reply:
        """Give a still of the session, or its small copy, by the name that the state gives it."""
        state = self._watch.state
        known = {one.name: one for one in (*state.kept, *((state.best,) if state.best else ()))}
        if name not in known:
            return NOT_FOUND
        match folder:
            case "small":
                return Reply(200, "image/jpeg", known[name].thumbnail)
            case "still":
                return self._file(name)
        return NOT_FOUND

    def _file(self, name: str) -> Reply:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        try:
            return Reply(200, kind, (self._watch.folder / name).read_bytes())
        except OSError:
            return NOT_FOUND


@cache
def _resource(name: str) -> bytes:
    return files("framepick.displays.page").joinpath(name).read_bytes()


def _number(query: str) -> float:
    """Read `after=1.5`; 0 if it is anything else."""
    try:
        return float(parse_qs(query).get("after", ["0"])[0])
    except ValueError:
        return 0.0
