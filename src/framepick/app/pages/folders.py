"""Browsers of the folders that may be opened."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import streamlit as st

from framepick.app.pages.session import key_of, plain
from framepick.app.roots import Listing
from framepick.app.service import service
from framepick.errors import FramepickError
from framepick.files import printable
from framepick.outputs.text import counted

_SHOWN = 300
"""Entries that are drawn; a name that is typed finds the others."""


def file_browser(
    key: str, endings: Sequence[str], *, icon: str = "movie", height: int = 300
) -> Path | None:
    """Draw the folders from where the viewer is; give a file that was clicked."""
    roots = service().roots
    here, listing = _listed(key, endings)
    _where(key, here)
    with st.container(height=height, border=True, key=f"{key}-files"):
        for folder in listing.folders[:_SHOWN]:
            if _row(folder.name, "folder", f"{key}-{key_of(folder)}"):
                _go(key, folder)
        for path in listing.files[:_SHOWN]:
            if _row(path.name, icon, f"{key}-{key_of(path)}"):
                return roots.resolve(path)
        if not listing.folders and not listing.files:
            st.caption("Nothing here that can be opened.")
        if listing.is_cut or len(listing.files) > _SHOWN or len(listing.folders) > _SHOWN:
            st.caption("There is more; type its name below.")
    return None


def folder_browser(key: str, endings: Sequence[str], kind: str, *, height: int = 240) -> Path:
    """Draw the folders from where the viewer is; give the folder that they are in.

    What it holds of `kind`, by the `endings` of names, is counted.
    """
    here, listing = _listed(key, endings)
    _where(key, here)
    with st.container(height=height, border=True, key=f"{key}-files"):
        for folder in listing.folders[:_SHOWN]:
            if _row(folder.name, "folder", f"{key}-{key_of(folder)}"):
                _go(key, folder)
        count = counted(len(listing.files), kind) if listing.files else f"No {kind}"
        st.caption(f"{'More than ' if listing.is_cut else ''}{count} directly in this folder.")
    return here


def _listed(key: str, endings: Sequence[str]) -> tuple[Path, Listing]:
    """Give the folder that the viewer is in, and what it holds; the first root if it is gone."""
    roots = service().roots
    here = Path(st.session_state.get(f"{key}-folder", roots.folders[0]))
    try:
        return here, roots.list(here, endings)
    except FramepickError as error:
        st.error(plain(str(error)))
        return roots.folders[0], roots.list(roots.folders[0], endings)


def folder_field(label: str, key: str, default: Path, *, height: int = 190) -> str:
    """Draw a field for the path of a folder, which need not exist, beside those that do.

    Gives what the field says. Only names that a browser can send back are offered.
    """
    st.session_state.setdefault(
        key, str(default if is_text(default) else service().roots.folders[0] / default.name)
    )
    text = st.text_input(label, key=key)
    with st.expander("Browse folders"):
        _folders(key, nearest_folder(text), height)
    return text


def _folders(key: str, here: Path, height: int) -> None:
    roots = service().roots
    others = [root for root in roots.folders if root != here]
    ways = [up] if (up := roots.parent(here)) else others
    with st.container(height=height, border=False, key=f"{key}-files"):
        for folder in ways:
            label = "Up" if up else str(folder)
            _folder_row(key, label, "arrow_upward" if up else "folder", folder)
        for folder in filter(is_text, roots.list(here, ()).folders[:_SHOWN]):
            _folder_row(key, folder.name, "folder", folder)


def is_text(path: Path) -> bool:
    """Whether a browser can send a path back: its name is UTF-8."""
    return printable(path) == str(path)


def _folder_row(key: str, name: str, icon: str, folder: Path) -> None:
    st.button(
        plain(name), icon=f":material/{icon}:", key=f"{key}-{icon}-{folder}", type="tertiary",
        width="stretch", on_click=st.session_state.__setitem__, args=(key, str(folder)),
    )  # fmt: skip


def nearest_folder(text: str) -> Path:
    """Give the folder that a path leads to, or the nearest above it; a root if it lies outside."""
    roots = service().roots
    with suppress(FramepickError, OSError):
        real = roots.resolve(text)
        places = [place for place in (real, *real.parents) if place.is_dir()]
        roots.list(places[0], ())
        return roots.resolve(places[0])
    return roots.folders[0]


def _where(key: str, here: Path) -> None:
    """Draw where the viewer is, with the ways up and to the other roots."""
    roots = service().roots
    up = roots.parent(here)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Up", key=f"{key}-up", disabled=up is None) and up:
            _go(key, up)
        if len(roots.folders) > 1 and here in roots.folders:
            chosen = st.selectbox(
                "Folder", roots.folders, roots.folders.index(here), key=f"{key}-root",
                label_visibility="collapsed",
            )  # fmt: skip
            if chosen != here:
                _go(key, chosen)
        else:
            st.caption(plain(str(here)), width="stretch")


def _row(name: str, icon: str, key: str) -> bool:
    return st.button(
        plain(name), icon=f":material/{icon}:", key=key, type="tertiary", width="stretch"
    )


def _go(key: str, folder: Path) -> None:
    st.session_state[f"{key}-folder"] = str(folder)
    st.rerun()
