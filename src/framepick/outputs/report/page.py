"""The frame of every page: styles and scripts within, nothing from outside, by policy."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

import framepick

_PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="framepick $version">
<meta name="referrer" content="no-referrer">
<title>$title</title>
<style>$style</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
$body
<footer class="foot">Made by framepick $version. This page needs no network and sends nothing.
</footer>
$data
<script>$script</script>
</body>
</html>
"""


def page(title: str, body: str, scripts: Sequence[str], data: str = "") -> str:
    """A whole page; `title` is plain text, `body` and `data` are HTML, `scripts` name files."""
    before, after = frame(title, scripts, data)
    return before + body + after


def frame(
    title: str, scripts: Sequence[str], data: str = "", *, has_files: bool = False
) -> tuple[str, str]:
    """What stands before and after the body of a page; arguments are as for `page`.

    Pictures are part of the page, unless it `has_files` beside it.
    """
    style = stylesheet()
    code = f'"use strict";\n(() => {{\n{script(scripts)}}})();\n'
    policy = "; ".join(
        (
            "default-src 'none'",
            "img-src 'self' file:" if has_files else "img-src data:",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(code)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    values = {
        "policy": escape(policy, quote=False).replace('"', "&quot;"),
        "version": escape(framepick.__version__),
        "title": escape(title),
        "style": style,
        "data": data,
        "script": code,
    }
    before, _, after = _PAGE.partition("$body")
    return Template(before).substitute(values), Template(after).substitute(values)


def stylesheet() -> str:
    """The styles of all pages."""
    return _text("style.css")


def script(names: Sequence[str]) -> str:
    """Scripts one after the other; `names` are those of their files."""
    return "\n".join(map(_text, names))


def embedded(name: str, value: Any) -> str:
    """JSON for a script to read by the element's `name`; nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return f'<script type="application/json" id="{name}">{text}</script>'


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _text(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
