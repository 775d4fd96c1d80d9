"""What starts a live session: its source, what is kept, and where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from framepick.app.camera import Camera
from framepick.app.camera.source import camera_address, file_address, stream_address
from framepick.app.pages.folders import file_browser, folder_field, is_text
from framepick.app.pages.open_video import ENDINGS
from framepick.app.pages.session import plain, this_visit
from framepick.app.pages.video_settings import PREFERENCES
from framepick.app.routes import CAMERA
from framepick.app.service import service
from framepick.errors import FramepickError
from framepick.live.running import LiveConfig
from framepick.sources.live import Address
from framepick.sources.live.cameras import cameras

_SOURCES = {"camera": "Camera", "stream": "Address", "file": "Video file"}
_MODES = {
    "peak": "Moments",
    "best": "Best of all",
    "every": "Every so often",
    "press": "Only by key",
    "sweep": "Sweep",
}
_MEANINGS = {
    "peak": "Each moment that stands out is kept.",
    "best": "The best of the whole session are kept; better ones take the place of others.",
    "every": "The best of each stretch of time is kept.",
    "press": "What is shown is kept when you press the space bar.",
    "sweep": "Sweep over a scene: an arrow leads to the best view, which is kept.",
}
_KEY_TOO = "The space bar keeps what is shown, in every mode."
_PRIVATE, _FOLDER = "Download", "A folder"

Source = Callable[[], Address]
"""Gives what is to be watched, or an error that says why not."""


def new_camera(error: str) -> bool:
    """Draw what a session needs to know, and why the last one failed; tell whether one began."""
    st.caption("The camera is one of the computer that runs this app. Nothing leaves it.")
    left, right = st.columns([1.2, 1], gap="medium")
    with left:
        st.markdown("###### Source")
        source = _source()
        trouble = st.empty()
    with right:
        st.markdown("###### What to keep")
        values, out = _settings()
        is_asked = st.button(
            "Watch", type="primary", icon=":material/videocam:", width="stretch",
            key="camera-start", disabled=source is None,
        )  # fmt: skip
    if is_asked and source:
        error = _begun(source, values, out)
        if not error:
            return True
    if error:
        trouble.error(plain(error), icon=":material/error:")
    return False


def _source() -> Source | None:
    found = cameras()
    kind = st.segmented_control(
        "Kind of source", list(_SOURCES), default="camera" if found else "stream",
        format_func=_SOURCES.__getitem__, key="camera-kind", label_visibility="collapsed",
    )  # fmt: skip
    match kind:
        case "camera":
            names = {one.device: one.name for one in found}
            if not names:
                st.info("No camera was found. On Linux your user must be in the group video.")
                return None
            device = st.radio("Camera", list(names), format_func=names.__getitem__, key="device")
            return lambda: camera_address(device)
        case "stream":
            text = st.text_input(
                "Address of a stream", placeholder="rtsp://user:password@camera/stream",
                key="camera-stream", help="As of an IP camera: rtsp, http, srt, rtmp, udp or tcp.",
            )  # fmt: skip
            return (lambda: stream_address(text)) if text.strip() else None
        case "file":
            return _file()
    return None


def _file() -> Source | None:
    st.caption("It is played as if it were filmed now.")
    if chosen := file_browser("camera", ENDINGS, height=200):
        if is_text(chosen):
            st.session_state["camera-file"] = str(chosen)
        else:
            st.error(plain(f"{chosen.name}: a browser cannot send this name back; rename the file"))
    path = st.text_input("Path", key="camera-file", placeholder="or the path of a video")
    return (lambda: file_address(path, service().roots)) if path.strip() else None


def _settings() -> tuple[dict[str, Any], str]:
    mode = st.segmented_control(
        "Keep", list(_MODES), default="peak", format_func=_MODES.__getitem__, key="camera-mode",
        label_visibility="collapsed",
    ) or "peak"  # fmt: skip
    st.caption(_MEANINGS[mode] + ("" if mode == "press" else f" {_KEY_TOO}"))
    values: dict[str, Any] = {"mode": mode}
    if mode == "best":
        values["count"] = st.slider("Stills", 1, 60, 5, key="camera-count")
    if mode == "every":
        values["every_seconds"] = float(st.slider("Seconds", 2, 120, 10, key="camera-every"))
    values["prefer"] = st.segmented_control(
        "Prefer", list(PREFERENCES), default="auto", width="stretch",
        format_func=PREFERENCES.__getitem__, key="camera-prefer",
        help="What decides between frames that are as good as each other. Auto: a good face, "
        "where there is one.",
    ) or "auto"  # fmt: skip
    values["keeps_clips"] = st.toggle(
        "Clips, too", key="camera-clips", help="The seconds around each still, as a video."
    )
    return values, _place()


def _place() -> str:
    where = st.segmented_control(
        "Stills go to", [_PRIVATE, _FOLDER], default=_PRIVATE, width="stretch", key="camera-place",
        help="To be downloaded when the session is over, or to a folder of this computer.",
    )  # fmt: skip
    if where != _FOLDER:
        return ""
    return folder_field("Folder", "camera-out", service().roots.folders[0] / "live")


def _begun(source: Source, values: dict[str, Any], out: str) -> str:
    """Begin a session; give why that failed, '' if it did not."""
    visit, app = this_visit(), service()
    try:
        folder = app.roots.resolve(out) if out else visit.new_folder()
        camera = Camera(source(), folder, app.films.model, LiveConfig(**values), is_private=not out)
    except FramepickError as error:
        return str(error)
    visit.replace(CAMERA, camera)
    return ""
