"""The command that starts the app."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Annotated

import typer

from framepick.byte_size import bytes_of
from framepick.commands.shared import checked, fail
from framepick.errors import UsageError
from framepick.options.machine import Weights

_PORT = 8501


def _size(text: str) -> int:
    try:
        return bytes_of(str(text))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


Roots = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[FOLDER]...",
        readable=False,
        help="Folders that the app may open files of; your home folder if none is named.",
    ),
]
Port = Annotated[
    int,
    typer.Option(
        min=0, max=65535, metavar="N", help="Port on this machine; 0 for any that is free."
    ),
]
Browser = Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")]
UploadLimit = Annotated[
    int,
    typer.Option(parser=_size, metavar="SIZE", help="Largest file that may be uploaded, as 500M."),
]


def app(
    roots: Roots = None,
    port: Port = _PORT,
    browser: Browser = True,
    upload_limit: UploadLimit = "4G",  # type: ignore[assignment]
    weights: Weights = None,
) -> None:
    """Start the app: see the curve, judge the picks and keep the best, in a browser.

    It answers this machine only, until Ctrl-C ends it.
    """
    from framepick.extras import require_extra

    checked(lambda: require_extra("app", "the app"))
    from framepick.app.roots import Roots as OpenFolders
    from framepick.app.server import HOST, serve
    from framepick.app.settings import Settings

    folders = checked(lambda: OpenFolders.of(roots or [Path.home()]))
    if port and not _is_free(HOST, port):
        fail(UsageError(f"--port {port}: is taken; choose another, or 0 for any that is free"))
    settings = Settings(folders, upload_limit, weights)
    checked(lambda: serve(settings, port, is_headless=not browser))


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
