"""Sends kept stills' facts to an address of the user."""

from __future__ import annotations

import base64
import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from framepick.errors import UsageError
from framepick.live.events import Event

POST_SECONDS = 10.0
"""An address that takes longer to answer is given up."""


class _NoRedirects(HTTPRedirectHandler):
    """Takes a redirection for a failure: facts go to the address that was named, or nowhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Post:
    """POSTs each `kept` event as JSON; the still itself stays where it is.

    A user and a password in the address are sent as basic authentication and told to nobody.

    Raises
    ------
    UsageError
        The address is not one of http:// or https://.
    """

    what = "--post"

    def __init__(self, url: str, limit_seconds: float = POST_SECONDS) -> None:
        self._limit_seconds = limit_seconds
        self._opener = build_opener(_NoRedirects)
        self._url, self._headers = _parts(url)

    def wants(self, event: Event) -> bool:
        """Say whether an event is sent."""
        return event.kind == "kept"

    def do(self, event: Event) -> str | None:
        """Send it; give what went wrong, without the address."""
        facts = {"event": event.kind, "seconds": event.seconds, "text": event.text, **event.values}
        request = Request(self._url, json.dumps(facts).encode(), self._headers, method="POST")  # noqa: S310
        try:
            with self._opener.open(request, timeout=self._limit_seconds) as answer:
                answer.read(1)
        except HTTPError as error:
            with error:
                return f"it answers {error.code}"
        except URLError as error:
            return _reason(error.reason)
        except (OSError, HTTPException, ValueError) as error:
            return _reason(error)
        return None


def _parts(url: str) -> tuple[str, dict[str, str]]:
    """Give an address without user and password, and the headers that go with it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UsageError("--post: it is no address") from None
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError("--post: it must begin with http:// or https:// and a host")
    headers = {"Content-Type": "application/json", "User-Agent": "framepick"}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    place = f"[{host}]" if ":" in host else host
    place += f":{port}" if port else ""
    return urlunsplit((parts.scheme, place, parts.path or "/", parts.query, "")), headers


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    return getattr(error, "strerror", None) or type(error).__name__
