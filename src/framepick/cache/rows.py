"""What is kept of each frame, as rows of one structured array."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from framepick.types import MEASURES_DTYPE, Embeddings

FrameRows = NDArray[np.void]
"""(N,) rows of a `row_type`."""
MOST_FRAMES = 1 << 27
"""Frame indices stay below this: 25 days at 60 frames a second."""
_MOST_COLUMNS = 1 << 14


def row_type(aesthetic: int, content: int) -> np.dtype[Any]:
    """Layout of a frame: when, its view's checksum, measures, and both vectors as half floats.

    `aesthetic` and `content` are the vectors' numbers of columns, D and C.

    Raises
    ------
    ValueError
        These are no such numbers.
    """
    for columns in (aesthetic, content):
        if not 0 < columns <= _MOST_COLUMNS:
            raise ValueError(f"a vector cannot have {columns} columns")
    return np.dtype(
        [
            ("frame_index", np.int64),
            ("pts", np.int64),
            ("seconds", np.float64),
            ("checksum", np.int64),
            ("measures", MEASURES_DTYPE),
            ("aesthetic", np.float16, (aesthetic,)),
            ("content", np.float16, (content,)),
        ]
    )


def frame_rows(
    embeddings: Embeddings, checksums: NDArray[np.int64], measures: NDArray[np.void]
) -> FrameRows:
    """Rows of N frames, their `checksums` (N,) and `measures` (N,) of `MEASURES_DTYPE`."""
    layout = row_type(embeddings.aesthetic.shape[1], embeddings.content.shape[1])
    rows = np.empty(len(embeddings.moments), layout)
    rows["frame_index"] = [moment.frame_index for moment in embeddings.moments]
    rows["pts"] = [moment.pts for moment in embeddings.moments]
    rows["seconds"] = [moment.time_seconds for moment in embeddings.moments]
    rows["checksum"] = checksums
    rows["measures"] = measures
    rows["aesthetic"] = embeddings.aesthetic
    rows["content"] = embeddings.content
    return rows


def columns_of(layout: np.dtype[Any]) -> tuple[int, int]:
    """Columns of the aesthetic and the content vector in a row type.

    Raises
    ------
    ValueError
        It is no layout of `row_type`.
    """
    try:
        found = layout["aesthetic"].shape[0], layout["content"].shape[0]
    except (KeyError, IndexError) as error:
        raise ValueError(f"{layout} is no layout of frames") from error
    if layout != row_type(*found):
        raise ValueError(f"{layout} is no layout of frames")
    return found


def read_rows(payload: bytes, layout: np.dtype[Any]) -> FrameRows:
    """Rows as they were written, read-only.

    Raises
    ------
    ValueError
        They are not rows of `layout`, or say what no frame can.
    """
    rows: FrameRows = np.frombuffer(payload, layout)
    is_index = (rows["frame_index"] >= 0) & (rows["frame_index"] < MOST_FRAMES)
    truths = [rows["measures"][name].view(np.uint8) <= 1 for name in ("is_damaged", "is_title")]
    if not np.all(is_index & np.all(truths, axis=0) & np.isfinite(rows["seconds"])):
        raise ValueError("rows say what no frame can")
    return rows
