"""A batch: how far it is, what has come of it, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

import streamlit as st

from framepick.app.batches import Job, Progress
from framepick.app.batches.progress import Item, Phase
from framepick.app.pages.open_video import open_video
from framepick.app.pages.registry import page_of
from framepick.app.pages.session import plain, this_visit
from framepick.app.routes import address
from framepick.app.service import service
from framepick.errors import FramepickError
from framepick.outputs.best_folder import best_document
from framepick.outputs.result_folders import BEST_FOLDER, INDEX_NAME
from framepick.outputs.text import clock, counted
from framepick.repick import read_run

_A_PAGE = 12
"""Results that are drawn at once."""
_MOST_FAILURES = 200
_LOOK_SECONDS = 1.5
_TITLES: dict[Phase, str] = {
    "looking": "Looking for videos",
    "working": "At work",
    "finishing": "Writing the overview",
    "stopping": "Stopping",
    "done": "Done",
    "stopped": "Stopped",
    "failed": "Not done",
}


def run(job: Job) -> bool:
    """Draw a batch; tell whether the viewer wants to leave it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{plain(job.request.folder.name or str(job.request.folder))}** &ensp; "
            f":small[:gray[results in {plain(str(job.request.out))}]]",
            width="stretch",
        )
        if st.button("Other batch", icon=":material/arrow_back:", key="leave"):
            return True
    # while it goes on the page looks again by itself
    every = _LOOK_SECONDS if job.is_running else None
    st.fragment(_body, run_every=every)(job, is_watched=every is not None)
    return False


def _body(job: Job, *, is_watched: bool) -> None:
    try:
        progress = service().batches.progress(job)
    except FramepickError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if is_watched and not progress.is_going:
        st.rerun()
    with st.container(border=True, key="batch-state"):
        _state(job, progress)
    if trouble := st.session_state.get("batch_error"):
        st.error(plain(trouble), icon=":material/error:")
    _best(job)
    _results(job, progress.results)
    _failures(progress.failures)


def _state(job: Job, progress: Progress) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="batch-head"):
        st.markdown(f"#### {_TITLES[progress.phase]}", width="stretch")
        _moves(job, progress)
    if progress.is_going:
        st.progress(progress.share, text=_pace(progress))
        if progress.status and progress.status.running:
            st.caption(_now(progress.status.running))
        st.caption("It goes on if you close this page, or the app.")
    else:
        st.markdown(_summary(progress))
        if progress.phase == "failed" and progress.message:
            st.error(plain(progress.message), icon=":material/error:")


def _moves(job: Job, progress: Progress) -> None:
    """Draw what can be done: stop it, go on, retry, read the overview."""
    if progress.is_going:
        label = "End at once" if progress.phase == "stopping" else "Stop"
        if st.button(label, icon=":material/stop:", key="batch-stop", help=_STOP_HELP):
            service().batches.stop(job)
            st.rerun()
        return
    if progress.failures and st.button("Retry failures", icon=":material/refresh:"):
        _again(job, retry_failed=True)
    label = "Look for new videos" if progress.phase == "done" else "Go on"
    if st.button(label, icon=":material/play_arrow:", key="batch-on"):
        _again(job, retry_failed=False)
    if (job.request.out / INDEX_NAME).is_file():
        st.link_button("Overview", _url(job, INDEX_NAME), icon=":material/open_in_new:")


_STOP_HELP = "What is done stays; the batch can go on from there later."


def _again(job: Job, *, retry_failed: bool) -> None:
    st.session_state["batch_error"] = ""
    try:
        service().batches.go_on(job, retry_failed=retry_failed)
    except FramepickError as error:
        st.session_state["batch_error"] = str(error)
    st.rerun()


def _pace(progress: Progress) -> str:
    failed = f"{len(progress.failures):,} failed" if progress.failures else ""
    return ", ".join(part for part in (progress.pace, failed) if part)


def _now(running: Sequence[tuple[str, float | None]]) -> str:
    parts = [plain(name) + ("" if share is None else f" {share:.0%}") for name, share in running]
    return "Now " + ", ".join(parts[:4]) + (" and others" if len(parts) > 4 else "")


def _summary(progress: Progress) -> str:
    parts = [f"{counted(len(progress.results), 'video')} with picks"]
    parts += [f"{len(progress.failures):,} failed"] if progress.failures else []
    if progress.phase == "stopped":
        parts.append("the rest is done when it goes on")
    return " · ".join(parts)


def _best(job: Job) -> None:
    """Draw the best picks of all videos, where some were asked for."""
    picks = best_document(job.request.out).get("picks", [])
    if not picks:
        return
    st.markdown("##### Best of all")
    urls = [_url(job, f"{BEST_FOLDER}/{one['file']}") for one in picks]
    pictures = [
        f'<a href="{url}" target="_blank"><img loading="lazy" src="{url}" alt="Number {rank}"></a>'
        for rank, url in enumerate(urls, 1)
    ]
    st.html(f'<div class="best-row">{"".join(pictures)}</div>')


def _results(job: Job, results: Sequence[Item]) -> None:
    if not results:
        return
    st.markdown("##### Videos")
    pages = -(-len(results) // _A_PAGE)
    page = st.pagination(pages, key="batch-page") if pages > 1 else 1
    shown = results[(page - 1) * _A_PAGE : page * _A_PAGE]
    for row in range(0, len(shown), 2):
        for column, item in zip(st.columns(2), shown[row : row + 2], strict=False):
            with column.container(border=True, key=f"result-{item.record.folder}"):
                _result(job, item)


def _result(job: Job, item: Item) -> None:
    record = item.record
    if (job.request.out / item.picture).is_file():
        picture = f'<img loading="lazy" alt="The picks" src="{_url(job, item.picture)}">'
        st.html(f'<div class="strip">{picture}</div>')
    length = record.facts.get("duration_seconds")
    facts = [counted(record.facts.get("picks", 0), "pick"), clock(length, 0) if length else ""]
    facts = [one for one in (*facts, record.reason) if one]
    text = f"**{plain(item.path.name)}**  \n:small[:gray[{plain(' · '.join(facts))}]]"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(text, width="stretch")
        if item.report:
            st.link_button("Report", _url(job, item.report), icon=":material/open_in_new:")
        if st.button("Open", icon=":material/movie:", key=f"open-{record.key}"):
            _open(job, item)


def _open(job: Job, item: Item) -> None:
    """Open a video of a batch as a film, with the settings that its picks were chosen by."""
    app, st.session_state["batch_error"] = service(), ""
    try:
        path = app.roots.resolve(item.path)
        config = read_run(job.request.out / item.record.folder).config
    except FramepickError as error:
        st.session_state["batch_error"] = str(error)
        st.rerun()
    if open_video(path, path.name, config=config):
        st.switch_page(page_of("Video"))
    st.session_state["batch_error"] = st.session_state["video_error"]
    st.rerun()


def _failures(failures: Sequence[Item]) -> None:
    if not failures:
        return
    st.markdown("##### Failed")
    with st.container(border=True, key="batch-failures"):
        for one in failures[:_MOST_FAILURES]:
            reason = one.record.reason.removeprefix(f"{one.path}: ")
            st.markdown(f"**{plain(one.path.name)}**  \n:small[:gray[{plain(reason)}]]")
        if len(failures) > _MOST_FAILURES:
            st.caption(f"{len(failures) - _MOST_FAILURES:,} more are in manifest.jsonl.")


def _url(job: Job, place: str) -> str:
    return escape(f"{address(this_visit())}/batch/{job.id}/{quote(place)}")
