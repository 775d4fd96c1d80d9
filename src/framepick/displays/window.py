"""A window that shows a session, where OpenCV was built with windows."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event as Flag
from threading import Thread

import cv2
import numpy as np

from framepick.displays.page.shown import stars_of
from framepick.errors import UsageError
from framepick.live.state import LiveState, Watched
from framepick.types import Pixels

_TITLE = "framepick live"
_WAIT_MS = 60
_WHITE, _SHADE = (255, 255, 255), (0, 0, 0)


def window_front() -> Callable[[Watched], Callable[[], None]]:
    """Give what shows a session in a window.

    Raises
    ------
    UsageError
        This OpenCV opens no windows.
    """
    try:
        cv2.namedWindow(_TITLE, cv2.WINDOW_NORMAL)
    except cv2.error:
        raise UsageError(
            "--view window: the installed OpenCV opens no windows; use --view page, or install "
            "opencv-python in place of opencv-python-headless"
        ) from None
    cv2.destroyWindow(_TITLE)
    return _begin


def _begin(watch: Watched) -> Callable[[], None]:
    stop = Flag()
    thread = Thread(target=_show, args=(watch, stop), daemon=True, name="window")
    thread.start()

    def end() -> None:
        stop.set()
        thread.join(1.0)

    return end


def _show(watch: Watched, stop: Flag) -> None:
    """Show pictures until told to stop, or the window is closed, which ends the session."""
    cv2.namedWindow(_TITLE, cv2.WINDOW_NORMAL)
    while not stop.is_set():
        watch.want_pictures()
        cv2.imshow(_TITLE, drawn(watch.state))
        key = cv2.waitKey(_WAIT_MS) & 0xFF
        is_closed = cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) < 1
        if key == ord(" "):
            watch.commands.put("press")
        elif key in (ord("q"), 27) or is_closed:
            watch.commands.put("stop")
            break
    cv2.destroyWindow(_TITLE)


def drawn(state: LiveState) -> Pixels:
    """Draw the newest picture (H, W, 3), BGR, with what is known of it in two lines."""
    coded = np.frombuffer(state.picture, np.uint8)
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR) if len(coded) else None
    picture = np.zeros((360, 640, 3), np.uint8) if decoded is None else decoded.astype(np.uint8)
    for line, text in enumerate(_lines(state)):
        at = (12, 26 + 26 * line)
        for colour, thickness in ((_SHADE, 4), (_WHITE, 1)):
            cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.6, colour, thickness, 16)
    return picture


def _lines(state: LiveState) -> tuple[str, str]:
    stars = stars_of(state.percentile)
    score = f"{state.score:.2f} {'*' * stars}" if stars else state.status
    best = f"best {state.best.score:.2f}, " if state.best else ""
    return score, f"{best}{state.kept_count} kept, {state.rate:.1f}/s   space keeps, q ends"
