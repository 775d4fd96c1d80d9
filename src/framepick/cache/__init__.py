"""Keeps scored frames of videos, and measured photos, so that none is decoded or encoded again."""

from framepick.cache.entry import CachedFrames, CacheEntry
from framepick.cache.fingerprint import fingerprint, fingerprint_of
from framepick.cache.frame_sets import SetKind
from framepick.cache.photo_cache import MeasuredPhoto, PhotoCache
from framepick.cache.rows import FrameRows, frame_rows
from framepick.cache.store import Cache, default_folder, default_limit, networks_folder

__all__ = [
    "Cache",
    "CacheEntry",
    "CachedFrames",
    "FrameRows",
    "MeasuredPhoto",
    "PhotoCache",
    "SetKind",
    "default_folder",
    "default_limit",
    "fingerprint",
    "fingerprint_of",
    "frame_rows",
    "networks_folder",
]
