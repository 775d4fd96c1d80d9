"""Says in one line why a live source fails, without naming it: names may hold passwords."""

from __future__ import annotations

import errno

import av

from framepick.errors import SourceError

_NO_VIDEO = (
    "it is no video that is read live; playlists, web pages and single pictures are not, name the "
    "stream itself"
)
_REASONS = {
    errno.ENOENT: "there is no such device",
    errno.ENODEV: "the device is gone",
    errno.ENXIO: "the device is gone",
    errno.ENOTTY: "it is no camera",
    errno.EINVAL: _NO_VIDEO,
    errno.EBUSY: "another program uses it; close that",
    errno.EACCES: "it may not be opened; on Linux the user must be in the group video",
    errno.ECONNREFUSED: "nobody answers at that address; check host and port",
    errno.ETIMEDOUT: "it does not answer; check the address",
    errno.EHOSTUNREACH: "its host cannot be reached; check the network",
    errno.ENETUNREACH: "its host cannot be reached; check the network",
    errno.EADDRINUSE: "another program listens at that port; choose another",
    errno.EADDRNOTAVAIL: "that address is not one of this machine",
    errno.EIO: "it cannot be read; check the name of its host",
    errno.ENOSPC: "no space left on device",
}
_ABSENT = (
    errno.ENOENT,
    errno.ENODEV,
    errno.ECONNREFUSED,
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
)
_CLASSES = {
    av.error.HTTPUnauthorizedError: "it asks for another user and password",
    av.error.HTTPForbiddenError: "it forbids access; check user and password",
    av.error.HTTPNotFoundError: "the server has no such stream; check the path",
    av.error.HTTPServerError: "the server fails",
    av.error.InvalidDataError: _NO_VIDEO,
    av.error.ExitError: "it does not answer; check the address",
    av.error.ProtocolNotFoundError: "it is sent by a protocol that is not read",
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


def why_broken(error: Exception) -> str:
    """Give the reason of an error while an open source was read."""
    if isinstance(error, av.error.ExitError | av.error.TimeoutError):
        return "it sends nothing any more"
    is_unplugged = getattr(error, "errno", None) in (errno.ENODEV, errno.ENXIO)
    return "the device is gone" if is_unplugged else "it broke off"


def is_absent(error: Exception) -> bool:
    """Whether nothing is there that could be opened; to ask again costs nothing."""
    return getattr(error, "errno", None) in _ABSENT


def is_denied(error: Exception) -> bool:
    """Whether a source refuses this user and password; many lock out who asks too often."""
    return isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError)
