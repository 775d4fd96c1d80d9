"""The drawer that writes a film's frames to files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st

from framepick.app.desk import Desk
from framepick.app.download import Download
from framepick.app.export import Export, Exported
from framepick.app.film import Wanted
from framepick.app.pages.export_files import files_wanted
from framepick.app.pages.folders import folder_field, nearest_folder
from framepick.app.pages.session import plain, this_visit
from framepick.app.routes import address
from framepick.app.service import service
from framepick.app.uploads import size_text
from framepick.app.verdicts import kept_alone
from framepick.errors import FramepickError
from framepick.outputs.text import counted

EXPORT = "export"
"""What the session calls the export of the film that is open."""
OPEN = "export-of"
"""What the session calls the content of the film whose drawer is open."""
_FILES = "export-output"
_LOOK_SECONDS = 0.2
_ZIP, _FOLDER = "ZIP file", "Folder"


def _close() -> None:
    st.session_state[OPEN] = ""
    _forget()


def _forget() -> None:
    this_visit().replace(EXPORT, None)


@st.dialog(
    "Export", position="right", width="medium", icon=":material/download:", on_dismiss=_close
)
def export(desk: Desk) -> None:
    """Draw the drawer: what to write and where, then how that goes."""
    opened = this_visit().open.get(EXPORT)
    under_way = opened if isinstance(opened, Export) and opened.desk is desk else None
    form, outcome = st.empty(), st.container()
    if under_way is None:
        with form.container():
            under_way = _form(desk)
    if under_way is not None:
        form.empty()
        with outcome:
            _follow(under_way)


def _form(desk: Desk) -> Export | None:
    """Draw all choices; give the export once it has begun."""
    wanted = _frames(desk)
    output = files_wanted(desk, st.session_state.get(_FILES, wanted.config.output))
    folder = _place(desk)
    trouble = st.empty()
    label = f"Export {counted(wanted.config.pick.count, 'frame')}"
    is_asked = st.button(
        label, key="export-go", type="primary", width="stretch", disabled=output is None
    )
    if output is None or not is_asked:
        return None
    st.session_state[_FILES] = output
    try:
        place = service().roots.resolve(folder) if folder else None
    except FramepickError as error:
        trouble.error(plain(str(error)), icon=":material/error:")
        return None
    return _begin(desk, replace(wanted, config=replace(wanted.config, output=output)), place)


def _begin(desk: Desk, wanted: Wanted, place: Path | None) -> Export:
    visit = this_visit()
    begun = Export(desk, wanted, place or visit.new_folder(), is_private=place is None)
    visit.replace(EXPORT, begun)
    return begun


def _frames(desk: Desk) -> Wanted:
    """Draw which frames are written."""
    result, verdicts = desk.result, desk.verdicts
    every = counted(len(result.picks) if result else 0, "pick")
    if not verdicts.kept:
        st.caption(f"All {every}. Keep some with K to write those alone.")
        return verdicts.wanted
    kept, all_of_them = f"{len(verdicts.kept):,} kept", f"All {every}"
    chosen = st.segmented_control(
        "Frames", (kept, all_of_them), default=kept, key="export-frames", width="stretch",
        required=True,
    )  # fmt: skip
    return kept_alone(verdicts) if chosen == kept else verdicts.wanted


def _place(desk: Desk) -> str:
    """Draw where files go; give the folder, '' where they are downloaded."""
    chosen = st.segmented_control(
        "To", (_ZIP, _FOLDER), default=_ZIP, key="export-place", width="stretch", required=True
    )
    if chosen != _FOLDER:
        return ""
    near = nearest_folder(str(desk.path.parent))
    return folder_field("Folder", "export-folder", near / "picks")


def _follow(under_way: Export) -> None:
    """Look after an export until it is done, then draw what came of it."""
    if under_way.is_busy:
        with st.spinner("Writing frames at full size", show_time=True):
            line = st.empty()
            while not under_way.wait(_LOOK_SECONDS):
                line.empty()  # here the page may go on to something else
    if under_way.error:
        st.error(plain(under_way.error), icon=":material/error:")
    elif exported := under_way.done:
        _done(exported, under_way.download)
    st.button("Export again", icon=":material/arrow_back:", key="export-again", on_click=_forget)


def _done(exported: Exported, download: Download | None) -> None:
    """Draw what was written, and the way to it."""
    written = exported.written
    stills = counted(len(written.rows), "frame")
    if download is None:
        st.success(f"{stills} written to a folder.", icon=":material/check_circle:")
        st.code(str(exported.folder), language=None, wrap_lines=True)
    else:
        st.success(f"{stills} ready to download.", icon=":material/check_circle:")
        _download(download)
    for failure in written.failures:
        st.warning(plain(f"{failure.file}: {failure.reason}"), icon=":material/warning:")
    for name, other in written.renamed.items():
        st.info(plain(f"{name} is yours, so the new one is {other}"))
    _files(sorted(path.name for path in exported.folder.iterdir()))


def _download(download: Download) -> None:
    visit = this_visit()
    st.link_button(
        f"Download {plain(download.name)} · {size_text(download.size)}",
        f"{address(visit)}/download/{EXPORT}",
        type="primary",
        icon=":material/download:",
        width="stretch",
    )


def _files(names: Sequence[str]) -> None:
    with st.expander(counted(len(names), "file"), expanded=len(names) < 16):
        st.markdown("\n".join(f"- {plain(name)}" for name in names))
