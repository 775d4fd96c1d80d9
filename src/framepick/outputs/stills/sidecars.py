"""Sidecars: the facts of a still beside it, as XMP, in the two customs of naming."""

from __future__ import annotations

from pathlib import Path

from framepick.config import Sidecar
from framepick.outputs.stills.notes import StillNotes
from framepick.outputs.stills.xmp import xmp_document


def sidecar_names(still_name: str, sidecar: Sidecar) -> list[str]:
    """Names of the sidecars of a still: Lightroom's x.xmp, darktable's x.jpg.xmp."""
    names = {
        "lightroom": f"{still_name.rpartition('.')[0]}.xmp",
        "darktable": f"{still_name}.xmp",
    }
    wanted = tuple(names) if sidecar == "both" else (sidecar,)
    return [name for custom, name in names.items() if custom in wanted]


def write_sidecar(notes: StillNotes, path: Path) -> None:
    """Write the facts of a still to the file `path`."""
    path.write_bytes(xmp_document(notes))
