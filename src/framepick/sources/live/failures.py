"""Says in one line why a live source fails, without naming it: names may hold passwords."""

from __future__ import annotations

import errno

import av

from framepick.errors import SourceError

_REASONS = {
    errno.ENOENT: "there is no such device",
    errno.ENODEV: "the device is gone",
    errno.EBUSY: "another program uses it",
    errno.EACCES: "it may not be opened; on Linux the user must be in the group video",
    errno.ECONNREFUSED: "nobody answers at that address",
    errno.ETIMEDOUT: "it does not answer",
    errno.EHOSTUNREACH: "its host cannot be reached",
    errno.EIO: "it cannot be read",
}
_CLASSES = {
    av.error.HTTPUnauthorizedError: "it asks for another user and password",
    av.error.HTTPForbiddenError: "it forbids access",
    av.error.HTTPNotFoundError: "the server has no such stream",
    av.error.InvalidDataError: "it sends what is no video",
    av.error.ExitError: "it does not answer",
}


def why_failed(error: Exception) -> str:
    """Give the reason of an error; never a name or an address."""
    if isinstance(error, SourceError):
        return str(error)
    for kind, text in _CLASSES.items():
        if isinstance(error, kind):
            return text
    number = getattr(error, "errno", None)
    if number in _REASONS:
        return _REASONS[number]
    text = getattr(error, "strerror", None) or type(error).__name__
    return text[:1].lower() + text[1:]
