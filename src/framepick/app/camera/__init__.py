"""A camera that is watched by the server for one browser session."""

from framepick.app.camera.camera import Camera, Kept

__all__ = ["Camera", "Kept"]
