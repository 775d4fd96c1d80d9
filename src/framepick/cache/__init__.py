"""What was seen of a video once, so that it need not be decoded or encoded again."""

from framepick.cache.entry import Entry, Remembered
from framepick.cache.fingerprint import fingerprint
from framepick.cache.rows import FrameRows, frame_rows
from framepick.cache.store import Cache, default_folder, default_limit

__all__ = [
    "Cache",
    "Entry",
    "FrameRows",
    "Remembered",
    "default_folder",
    "default_limit",
    "fingerprint",
    "frame_rows",
]
