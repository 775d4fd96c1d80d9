"""Batches that the app starts: processes of their own, which go on whatever becomes of the app."""

from framepick.app.batches.batches import Batches
from framepick.app.batches.job import Job, Request
from framepick.app.batches.progress import Progress

__all__ = ["Batches", "Job", "Progress", "Request"]
