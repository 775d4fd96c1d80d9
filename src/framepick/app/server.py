"""The web server of the app: Streamlit's pages and our own addresses, on this machine only."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from streamlit.runtime import Runtime

from framepick.app.routes import routes
from framepick.app.service import Service, begin
from framepick.app.settings import Settings
from framepick.app.theme import THEME
from framepick.console import say
from framepick.errors import unexpected

HOST = "127.0.0.1"
HOSTS = (HOST, "localhost")
MAIN = Path(__file__).parent / "script" / "main.py"


def options(port: int, *, is_headless: bool) -> Mapping[str, Any]:
    """Give the settings of Streamlit; no file and no variable of the user changes these."""
    return {
        "server.address": HOST,
        "server.port": port,
        "server.allowedHosts": list(HOSTS),
        "server.enableXsrfProtection": True,
        "server.enableCORS": True,
        "server.headless": is_headless,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.showEmailPrompt": False,
        "server.maxUploadSize": 1,  # its own uploads are held in memory; ours are not
        "server.enableStaticServing": False,
        "server.disconnectedSessionTTL": 20,
        "browser.gatherUsageStats": False,
        "browser.serverAddress": "localhost",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "client.toolbarMode": "minimal",
        "runner.magicEnabled": False,
        "global.developmentMode": False,
        "logger.level": "error",
        **THEME,
    }


def application() -> st.App:
    """Make the application, ready to be served."""
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS))
    return st.App(MAIN, routes=routes(), middleware=[hosts], on_script_error=_note_error)


def serve(settings: Settings, port: int, *, is_headless: bool) -> None:
    """Serve the app until the process is told to end.

    Raises
    ------
    OutputError
        No temporary folder can be made.
    """
    service = Service(settings, is_connected)
    begin(service)
    service.watch()
    sys.argv[1:] = []  # options are ours, not Streamlit's
    try:
        application().run(config=options(port, is_headless=is_headless))
    except KeyboardInterrupt:  # the usual way to end it
        pass
    finally:
        service.close()


def is_connected(session_id: str) -> bool:
    """Whether a browser is connected to a session."""
    return Runtime.exists() and Runtime.instance().is_active_session(session_id)


def _note_error(error: Exception) -> bool:
    """Say an unexpected error in one line; the page shows only that there is one."""
    say(unexpected(error))
    return False
