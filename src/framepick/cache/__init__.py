"""Keeps the scored frames of videos, so that they need not be decoded or encoded again."""

from framepick.cache.entry import CachedFrames, CacheEntry
from framepick.cache.fingerprint import fingerprint
from framepick.cache.frame_sets import SetKind
from framepick.cache.rows import FrameRows, frame_rows
from framepick.cache.store import Cache, default_folder, default_limit

__all__ = [
    "Cache",
    "CacheEntry",
    "CachedFrames",
    "FrameRows",
    "SetKind",
    "default_folder",
    "default_limit",
    "fingerprint",
    "frame_rows",
]
