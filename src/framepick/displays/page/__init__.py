"""A live session as a web page of this machine."""

from framepick.displays.page.front import Page

__all__ = ["Page"]
