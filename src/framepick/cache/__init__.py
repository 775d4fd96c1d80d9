"""What was seen of a video once, so that it need not be decoded or encoded again."""

from framepick.cache.entry import Entry, Remembered
from framepick.cache.fingerprint import fingerprint
from framepick.cache.rows import FrameRows, frame_rows
from framepick.cache.shelf import Shelf, default_folder, default_limit

__all__ = [
    "Entry",
    "FrameRows",
    "Remembered",
    "Shelf",
    "default_folder",
    "default_limit",
    "fingerprint",
    "frame_rows",
]
