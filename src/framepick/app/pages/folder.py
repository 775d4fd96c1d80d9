"""A folder of videos: a batch is started here, watched, stopped, and its results are opened."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from framepick.app.batches import Job
from framepick.app.pages.folder_new import new_batch
from framepick.app.pages.folder_run import run
from framepick.app.pages.session import plain
from framepick.app.service import service

_CHOSEN = "batch"
_NEW = "new"


def show() -> None:
    """Draw the page: the batch that was chosen, else one at work, else what starts one."""
    jobs = service().batches.jobs()
    chosen = st.session_state.get(_CHOSEN)
    job = next((one for one in jobs if one.id == chosen), None)
    if job is None and chosen != _NEW:
        job = next((one for one in jobs if one.is_running), None)
    if job is not None:
        if run(job):
            _choose(_NEW)
        return
    st.title("Folder")
    if started := new_batch():
        _choose(started.id)
    if earlier := _earlier(jobs):
        _choose(earlier.id)


def _choose(name: str) -> None:
    st.session_state[_CHOSEN] = name
    st.rerun()


def _earlier(jobs: Sequence[Job]) -> Job | None:
    """Draw the batches of before; give one that was clicked."""
    if not jobs:
        return None
    st.markdown("###### Earlier batches")
    with st.container(key="earlier-files", gap="small"):
        for job in jobs:
            icon = "progress_activity" if job.is_running else "folder_open"
            text = f"{job.request.folder} → {job.request.out}"
            button = st.button(
                plain(text), icon=f":material/{icon}:", key=f"job-{job.id}",
                type="tertiary", width="stretch",
            )  # fmt: skip
            if button:
                return job
    return None
