"""framepick finds the best frames of a video or a folder of photos."""

__version__ = "0.1.0"
