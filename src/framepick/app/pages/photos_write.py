"""The drawer that writes stars beside photos, and keeps the best of them elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from framepick.app.album import PHOTOS, Album
from framepick.app.pages.folders import folder_field, nearest_folder
from framepick.app.pages.session import plain, this_visit
from framepick.app.routes import address
from framepick.app.service import service
from framepick.app.uploads import size_text
from framepick.collection import RankedPhoto
from framepick.errors import FramepickError
from framepick.outputs.photos.best_files import copy_photo, place_photos
from framepick.outputs.photos.sidecars import write_sidecars
from framepick.outputs.text import counted
from framepick.photos.sorting import best_photos

OPEN = "photos-drawer"
"""What the session calls the number of the photos whose drawer is open."""
_MOST_LINES = 8
_ZIP, _FOLDER = "ZIP file", "Folder"


def _close() -> None:
    st.session_state[OPEN] = 0


@st.dialog(
    "Keep the best", position="right", width="medium", icon=":material/download:", on_dismiss=_close
)
def write_drawer(album: Album, min_stars: int) -> None:
    """Draw the drawer for the best of groups with so many stars or more."""
    best = best_photos(album.collection, min_stars) if album.collection else []
    st.markdown(f"###### {_what(len(best), min_stars)}")
    if best:
        _copies(album, best, min_stars)
    if not album.place.is_upload:
        st.divider()
        _sidecars(album)


def _what(number: int, min_stars: int) -> str:
    stars = f", with {min_stars} stars or more" if min_stars > 1 else ""
    if not number:
        return f"No photo is the best of a group{stars}"
    return f"{counted(number, 'photo')}: the best of each group{stars}"


def _copies(album: Album, best: Sequence[RankedPhoto], min_stars: int) -> None:
    place = st.segmented_control(
        "To", (_ZIP, _FOLDER), default=_ZIP, required=True, key="photos-to", width="stretch"
    )
    if place == _FOLDER:
        _to_folder(album, [photo.path for photo in best])
        return
    download = album.offer(min_stars)
    st.link_button(
        f"Download {plain(download.name)} · {size_text(download.size)}",
        f"{address(this_visit())}/download/{PHOTOS}",
        type="primary", icon=":material/download:", width="stretch",
    )  # fmt: skip


def _to_folder(album: Album, paths: Sequence[Path]) -> None:
    """Draw which folder copies go to, and make them."""
    first = album.place.paths[0]
    near = nearest_folder(str(first.parent))
    text = folder_field("Folder", f"photos-copy-{album.serial}", near / f"{first.stem} best")
    label = f"Copy {counted(len(paths), 'photo')}"
    if not st.button(label, type="primary", key="photos-copy", width="stretch"):
        return
    try:
        folder = service().roots.resolve(text)
    except FramepickError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    with st.spinner("Copying", show_time=True):
        failures = list(place_photos(paths, folder, copy_photo))
    if len(failures) < len(paths):
        done = counted(len(paths) - len(failures), "photo")
        st.success(f"{done} in {plain(str(folder))}", icon=":material/check_circle:")
    _lines(failures)


def _sidecars(album: Album) -> None:
    """Draw what writes sidecars, and write them."""
    photos = album.collection.photos if album.collection else ()
    st.markdown("###### Stars for other programs")
    st.caption(
        "XMP sidecars beside the photos: stars for all, green for the best of a group, red for "
        "what is vetoed. Photos stay as they are, and so do stars and labels of your own."
    )
    if not st.button(
        f"Write XMP for {counted(len(photos), 'photo')}", key="photos-xmp", width="stretch",
        icon=":material/sell:",
    ):  # fmt: skip
        return
    with st.spinner("Writing", show_time=True):
        notes = list(write_sidecars(photos))
    failed = [note.text for note in notes if note.is_failure]
    left = [note.text for note in notes if not note.is_failure]
    if len(failed) < len(photos):
        st.success("Stars and labels are written.", icon=":material/check_circle:")
    _lines(failed)
    if left:
        with st.expander(f"{counted(len(left), 'value')} of yours left as they are"):
            st.markdown("\n".join(f"- {plain(text)}" for text in left[:200]))


def _lines(failures: Sequence[str]) -> None:
    for text in failures[:_MOST_LINES]:
        st.error(plain(text), icon=":material/error:")
    if (more := len(failures) - _MOST_LINES) > 0:
        st.error(f"{more:,} more failed in the same way.")
