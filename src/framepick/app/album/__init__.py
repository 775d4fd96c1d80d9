"""Photos that are open: measured once, put in order, and shown as their viewer wants."""

from framepick.app.album.album import Album, Place

PHOTOS = "photos"
"""What the session calls the photos that are open."""

__all__ = ["PHOTOS", "Album", "Place"]
