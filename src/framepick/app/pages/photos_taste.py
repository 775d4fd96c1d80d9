"""Rounds of judging: a dozen photos to like or dislike, a taste that learns, the next dozen."""

from __future__ import annotations

import streamlit as st

from framepick.app.album import Album
from framepick.app.album.album import SMALL_SIDE
from framepick.app.album.tasting import Tasting
from framepick.app.pages.session import plain
from framepick.app.service import service
from framepick.errors import FramepickError
from framepick.outputs.taste_words import taste_lines
from framepick.taste.taste import Taste

_TASTING = "tasting"
_LIKE, _DISLIKE = ":material/thumb_up:", ":material/thumb_down:"
_COLUMNS = 4


def taste_round(album: Album) -> None:
    """Draw a round, what is learnt so far, and the way to use it."""
    left, right = st.columns([3, 1], gap="medium")
    with right:
        name = st.text_input("Name", "mine", key="taste-name", help="One that is there learns on.")
    try:
        tasting = _tasting(album, name.strip())
    except FramepickError as error:
        left.error(plain(str(error)), icon=":material/error:")
        return
    with right:
        _learnt(album, tasting.taste)
    with left:
        _round(album, tasting)


def _tasting(album: Album, name: str) -> Tasting:
    known = st.session_state.get(_TASTING)
    if isinstance(known, tuple) and known[:2] == (album.serial, name):
        tasting: Tasting = known[2]
        return tasting
    tasting = Tasting(album, name, service().settings.weights)
    st.session_state[_TASTING] = (album.serial, name, tasting)
    return tasting


def _round(album: Album, tasting: Tasting) -> None:
    if not tasting.round:
        st.info("All of these photos are judged.", icon=":material/check_circle:")
        return
    st.markdown("###### Which do you like? Leave out what you do not mind.")
    likes, dislikes = _judgements(album, tasting)
    is_asked = st.button(
        "Learn, and show the next", type="primary", key="taste-learn", width="stretch",
        disabled=not (likes or dislikes),
    )  # fmt: skip
    if not is_asked:
        return
    try:
        with st.spinner("Learning"):
            tasting.judge(likes, dislikes)
    except FramepickError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if album.taste:
        album.order(tasting.taste)
    st.rerun()


def _judgements(album: Album, tasting: Tasting) -> tuple[list[int], list[int]]:
    """Draw the photos of a round; give what is liked and what is disliked of them."""
    likes: list[int] = []
    dislikes: list[int] = []
    with st.container(key="taste-round"):
        columns = st.columns(_COLUMNS, gap="small")
        for place, number in enumerate(tasting.round):
            with columns[place % _COLUMNS].container(key=f"taste-{album.serial}-{number}"):
                if picture := album.picture(number, SMALL_SIDE):
                    st.image(picture, width="stretch")
                judged = st.segmented_control(
                    "Judgement", (_LIKE, _DISLIKE), key=f"judge-{album.serial}-{number}",
                    label_visibility="collapsed", width="stretch",
                )  # fmt: skip
            likes += [number] if judged == _LIKE else []
            dislikes += [number] if judged == _DISLIKE else []
    return likes, dislikes


def _learnt(album: Album, taste: Taste | None) -> None:
    """Draw what is learnt, and whether the photos are in order by it."""
    if taste is None:
        st.caption("Ten likes and ten dislikes are a good start. Two or three rounds do.")
        return
    st.markdown("\n".join(f"- {plain(line)}" for line in taste_lines(taste)))
    if taste.label is None:
        return
    is_on = st.toggle("Sort these photos by it", album.taste is not None, key="taste-sort")
    if is_on != (album.taste is not None):
        album.order(taste if is_on else None)
