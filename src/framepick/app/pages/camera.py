"""A camera of the server: its picture, the curve, what is kept, and the stills afterwards."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

import streamlit as st

from framepick.app.camera import Camera, Kept
from framepick.app.frame import framed
from framepick.app.pages.camera_new import new_camera
from framepick.app.pages.session import plain, this_visit
from framepick.app.routes import CAMERA, address
from framepick.app.uploads import size_text
from framepick.outputs.result_folders import REPORT_NAME
from framepick.outputs.text import clock, counted

_LOOK_SECONDS = 1.0


def show() -> None:
    """Draw the page: the session that goes on or has ended, else what starts one."""
    camera = this_visit().open.get(CAMERA)
    if not isinstance(camera, Camera) or camera.stage == "failed":
        st.title("Camera")
        if new_camera(camera.error if isinstance(camera, Camera) else ""):
            st.rerun()
        return
    stage, is_shown = camera.stage, camera.routes is not None
    if stage == "over":
        _over(camera)
        return
    st.fragment(_look, run_every=_LOOK_SECONDS)(camera, stage, is_shown=is_shown)
    if is_shown:
        url = f"{address(this_visit())}/{CAMERA}/"
        framed(url, f"camera-{id(camera)}", "Live session", has_keys=True)
    else:
        _head(camera, "opening", "Cancel", "close")


def _look(camera: Camera, stage: str, *, is_shown: bool) -> None:
    """Draw the page anew once the session is further than it shows."""
    if camera.stage != stage or (camera.routes is not None) != is_shown:
        st.rerun()


def _head(camera: Camera, facts: str, leave: str, icon: str) -> None:
    """Draw what is watched, and the way out."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(camera.source)}** &ensp; :small[:gray[{facts}]]", width="stretch")
        if st.button(leave, icon=f":material/{icon}:", key="camera-leave"):
            this_visit().replace(CAMERA, None)
            st.rerun()


def _over(camera: Camera) -> None:
    stills = camera.stills
    facts = counted(len(stills), "still") + (", the best first" if len(stills) > 1 else "")
    _head(camera, facts, "New session", "arrow_back")
    if stills:
        _files(camera)
    else:
        st.info("Nothing was kept. Watch for longer, or keep what is shown with the space bar.")
    st.html(f'<div class="stills">{"".join(map(_cell, stills))}</div>')


def _files(camera: Camera) -> None:
    """Draw where the files are, and the way to them."""
    if download := camera.download:
        st.caption("They are gone soon after you close this page: download what you want to keep.")
    else:
        st.caption(f"They are in {plain(str(camera.folder))}.")
    with st.container(horizontal=True):
        if download:
            label = f"Download all · {size_text(download.size)}"
            url = f"{address(this_visit())}/download/{CAMERA}"
            st.link_button(label, url, type="primary", icon=":material/download:")
        if camera.folder and (camera.folder / REPORT_NAME).is_file():
            st.link_button("Report", _url(REPORT_NAME), icon=":material/open_in_new:")


def _cell(still: Kept) -> str:
    url, name = _url(still.name), escape(still.name)
    facts = f"{'★' * still.rating} {still.score:.2f} at {clock(still.seconds, 1)} · {still.reason}"
    return (
        f'<figure><a href="{url}" target="_blank"><img loading="lazy" src="{url}" alt=""></a>'
        f'<figcaption>{escape(facts)}<br><a href="{url}" download="{name}">{name}</a>'
        "</figcaption></figure>"
    )


def _url(name: str) -> str:
    return f"{address(this_visit())}/{CAMERA}-files/{quote(name)}"
