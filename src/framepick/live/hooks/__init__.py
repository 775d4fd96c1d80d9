"""Commands and requests that follow the events of a session, beside it."""

from framepick.live.hooks.command import Command
from framepick.live.hooks.post import Post
from framepick.live.hooks.runner import Hook, Hooks

__all__ = ["Command", "Hook", "Hooks", "Post"]
