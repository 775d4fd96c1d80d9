"""What there is to say of the frame that is looked at, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

import streamlit as st

from framepick.app.desk import Decision, Desk
from framepick.app.pages.session import plain
from framepick.app.service import service
from framepick.app.verdicts import Verdicts, add, keep, pin, rate, reject, swap, unpin
from framepick.errors import FramepickError
from framepick.outputs.report.figures import vetoed_stretches
from framepick.outputs.sentences import NO_PICKS, notes_on, sentence
from framepick.outputs.stills.notes import rating_of
from framepick.outputs.text import clock, counted, share
from framepick.results import Pick, VideoResult

_WAITING = {
    "opening": "Opening the film.",
    "searching": "The curve and the first pictures grow while every moment is looked at.",
    "choosing": "The best frames are being compared at full size.",
}


def details(desk: Desk) -> None:
    """Draw what is known of the frame that is looked at, with all that can be done."""
    result, shown = desk.result, desk.view.shown
    if result is None:
        if shown.stage in _WAITING:
            st.caption(_WAITING[shown.stage])
        return
    pick = desk.pick_of(desk.looked) or (desk.pick_of_rank(1) if desk.looked is None else None)
    with st.container(border=True, key="details"):
        if pick:
            _of_pick(desk, result, pick)
        elif desk.looked is not None:
            _of_frame(desk, result, desk.looked)
        else:
            st.caption(_WAITING.get(shown.stage, NO_PICKS))
    _moves(desk, result)
    if shown.stage == "ready":
        _notes(result)


def _of_pick(desk: Desk, result: VideoResult, pick: Pick) -> None:
    frame = pick.moment.frame_index
    given = desk.verdicts.stars.get(frame)
    stars = "★" * (given or rating_of(pick.percentile))
    st.markdown(f"**Pick {pick.rank}** · {clock(pick.moment.time_seconds, 2)} · {stars}")
    reasons = [sentence(reason) for reason in pick.reasons]
    st.markdown("\n".join(f"- {plain(_capital(text))}" for text in reasons))
    st.caption(
        plain(
            f"{_capital(share(pick.percentile_in_video))} of this film, "
            f"{share(pick.percentile)} of the reference pictures"
        )
    )
    is_kept, is_pinned = frame in desk.verdicts.kept, frame in desk.verdicts.pinned
    _act(
        desk,
        "Kept" if is_kept else "Keep",
        "K",
        (lambda v, _: unpin(v, frame)) if is_kept else (lambda v, _: keep(v, pick)),
        "Keeps this frame for good, whatever else is picked. Kept frames can be exported alone, "
        "and the table of scores marks them.",
        is_on=is_kept,
    )
    first, second = st.columns(2, gap="small")
    with first:
        _act(
            desk,
            "Pinned" if is_pinned else "Pin",
            "P",
            (lambda v, _: unpin(v, frame)) if is_pinned else (lambda v, _: pin(v, pick)),
            "Stays among the picks whatever you set.",
            is_on=is_pinned and not is_kept,
        )
    with second:
        _act(
            desk,
            "Reject",
            "X",
            lambda v, r: reject(v, r, pick),
            "Another frame takes its place. Nothing is deleted; it can be let in again. The table "
            "of scores marks it.",
        )
    _stars(desk, frame, given or 0)
    _heat(desk, pick)


def _heat(desk: Desk, pick: Pick) -> None:
    """Draw which parts of a pick lift its score, where that is asked for."""
    tip = "Orange lifts the score, blue lowers it."
    if not st.toggle("Heat map", key="heat", help=tip) or not desk.view.shown.is_final:
        return
    try:
        with st.spinner("Looking at each part"):
            st.image(_heat_map(desk.view.film.content, pick.moment.frame_index, desk, pick))
    except FramepickError as error:
        st.error(plain(desk.message(str(error))))


@st.cache_data(max_entries=64, show_spinner=False)
def _heat_map(content: str, frame_index: int, _desk: Desk, _pick: Pick) -> bytes:
    """Give the heat map of a frame, which stays what it is."""
    return service().heat_maps.of(_desk.still(_pick))


def _of_frame(desk: Desk, result: VideoResult, frame: int) -> None:
    seconds = desk.seconds_of(frame)
    if seconds is None:
        st.caption("This frame was not searched.")
        return
    st.markdown(f"**Frame {frame:,}** · {clock(seconds, 2)}")
    veto = next((text for first, last, text in _spans(result) if first <= seconds <= last), "")
    st.caption(plain(f"Vetoed: {veto}") if veto else "Not among the picks.")
    if before := desk.pick_before:
        _act(
            desk,
            f"Use for pick {before.rank}",
            "S",
            lambda v, r: swap(v, r, before, seconds),
            "This frame takes the place of the pick; all others stay.",
            is_on=True,
        )
    _act(
        desk,
        "Add as a pick",
        "A",
        lambda v, r: add(v, r, seconds),
        "One pick more; all others stay.",
    )
    _stars(desk, frame, desk.verdicts.stars.get(frame, 0))


def _stars(desk: Desk, frame: int, given: int) -> None:
    with st.container(horizontal=True, gap=None, key="stars"):
        for stars in range(1, 6):
            wanted = 0 if stars == given else stars
            _act(
                desk,
                "★" if stars <= given else "☆",
                str(stars),
                partial(_rated, frame, wanted),
                f"{counted(stars, 'star')} of yours; press again for none. "
                "Exported stills carry your stars in place of those by score.",
                kind="tertiary",
            )


def _rated(frame: int, stars: int, verdicts: Verdicts, _: VideoResult) -> Verdicts:
    return rate(verdicts, frame, stars)


def _moves(desk: Desk, result: VideoResult) -> None:
    """Draw the ways from pick to pick, the loupe and the way back."""
    with st.container(key="moves"):
        _ways(desk, result)


def _ways(desk: Desk, result: VideoResult) -> None:
    ranks = [pick.rank for pick in result.picks]
    here = desk.pick_of(desk.looked) or desk.pick_before or desk.pick_of_rank(1)
    for column, (label, key, by) in zip(
        st.columns(2, gap="small"), (("Previous", "Left", -1), ("Next", "Right", 1)), strict=True
    ):
        is_asked = column.button(
            label, shortcut=key, key=f"go-{by}", disabled=not ranks, width="stretch"
        )
        if is_asked and here:
            desk.look_at_rank((here.rank - 1 + by) % len(ranks) + 1)
            st.rerun(scope="fragment")
    first, second = st.columns([1, 1.1], gap="small")
    is_loupe = bool(st.session_state.get("loupe"))
    label, tip = (
        "Fit" if is_loupe else "100 %",
        "Every pixel; the pointer moves it.",
    )
    if first.button(label, shortcut="Space", key="go-loupe", help=tip, width="stretch"):
        st.session_state["loupe"] = not is_loupe
        st.rerun(scope="fragment")
    if second.button(
        "Undo", shortcut="Mod+Z", key="undo", disabled=not desk.can_undo, width="stretch"
    ):
        desk.undo()
        st.rerun()


def _act(
    desk: Desk,
    label: str,
    key: str,
    decision: Decision,
    tip: str,
    *,
    is_on: bool = False,
    kind: Literal["secondary", "tertiary"] = "secondary",
) -> None:
    """Draw a button that decides something."""
    is_pressed = st.button(
        label,
        shortcut=key,
        key=f"act-{key}",
        type="primary" if is_on else kind,
        help=tip,
        disabled=kind != "tertiary" and not desk.view.shown.is_final,
        width="content" if kind == "tertiary" else "stretch",
    )
    if is_pressed:
        desk.decide(decision)
        st.rerun()


def _notes(result: VideoResult) -> None:
    for note in notes_on(result):
        st.warning(plain(_capital(note)))
    spans = _spans(result)
    if spans:
        with st.expander(f"{len(spans):,} vetoed"):
            for first, last, text in spans[:200]:
                st.caption(f"{clock(first, 2)} to {clock(last, 2)} · {plain(text)}")


def _spans(result: VideoResult) -> Sequence[tuple[float, float, str]]:
    times = result.curve.times_seconds
    return [
        (float(times[one.first]), float(times[one.last]), one.text)
        for one in vetoed_stretches(result)
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
