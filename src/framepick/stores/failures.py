"""What the libraries of object stores raise, as the few errors that there are here (pure).

An error of one object is an `OSError`, as of a file. One that all objects would have, such as
wrong credentials or no network, is a `StoreError`.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from framepick.errors import FramepickError, StoreError

_CREDENTIALS = frozenset(
    {
        "AuthorizationHeaderMalformed",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
    }
)
_CREDENTIAL_WORDS = ("credential", "token", "profile", "refresh")
_BUCKET = frozenset({"NoSuchBucket", "InvalidBucketName"})
_OVERLOADED = frozenset({errno.EBUSY, errno.EREMOTEIO, errno.ETIMEDOUT})
_LIBRARIES = ("aiobotocore", "aiohttp", "botocore", "google", "requests")


@contextmanager
def as_few_errors(url: str) -> Iterator[None]:
    """Turn what is raised in the block on `url`.

    Raises
    ------
    StoreError
        The store does not let us in, or cannot be reached.
    OSError
        This object cannot be read or written.
    """
    try:
        yield
    except FramepickError:
        raise
    except Exception as error:
        raise _translated(url, error) from error


@contextmanager
def missing_is_bucket(url: str) -> Iterator[None]:
    """Turn errors as `as_few_errors` does, where nothing but the bucket can be missing.

    Some stores say no more than that something is.
    """
    try:
        with as_few_errors(url):
            yield
    except FileNotFoundError as error:
        raise _no_bucket(url) from error


def _translated(url: str, error: Exception) -> StoreError | OSError:
    code = _code(error)
    if code in _BUCKET:
        return _no_bucket(url)
    if code in _CREDENTIALS or _is_of_credentials(error):
        return StoreError(
            f"{url}: the store does not accept the credentials ({_reason(error)}); "
            "set them as its own tools take them, such as with AWS_PROFILE or "
            "GOOGLE_APPLICATION_CREDENTIALS"
        )
    if type(error).__name__ == "FileExpired":
        return OSError(errno.EIO, "it changed while it was read")
    if _is_of_network(error):
        return StoreError(
            f"{url}: the store cannot be reached ({_reason(error)}); "
            "check the network and the address, and run the same command again"
        )
    return _of_object(error)


def _no_bucket(url: str) -> StoreError:
    return StoreError(f"{url}: there is no such bucket; check its name")


def _of_object(error: Exception) -> OSError:
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError(errno.ENOENT, "there is no such object")
    if isinstance(error, FileExistsError):
        return FileExistsError(errno.EEXIST, "the object exists")
    if isinstance(error, PermissionError) or getattr(error, "code", None) == 403:
        return PermissionError(errno.EACCES, "access denied")
    number = error.errno if isinstance(error, OSError) else None
    return OSError(number or errno.EIO, _reason(error))


def _code(error: BaseException | None) -> str:
    """Give the code of an answer of S3 that an error comes from; '' if there is none."""
    while error is not None:
        response: Any = getattr(error, "response", None)
        if isinstance(response, dict):
            return str(response.get("Error", {}).get("Code", ""))
        error = error.__cause__
    return ""


def _is_of_credentials(error: Exception) -> bool:
    if getattr(error, "code", None) == 401:
        return True
    name = type(error).__name__.lower()
    is_theirs = type(error).__module__.startswith(_LIBRARIES)
    return is_theirs and any(word in name for word in _CREDENTIAL_WORDS)


def _is_of_network(error: Exception) -> bool:
    if isinstance(error, TimeoutError | ConnectionError):
        return True
    if isinstance(error, OSError) and error.errno in _OVERLOADED:
        return True
    status = getattr(error, "code", None)
    is_overloaded = isinstance(status, int) and (status == 429 or status >= 500)
    return is_overloaded or (type(error).__module__.startswith(_LIBRARIES) and not _code(error))


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()).rstrip(".") or type(error).__name__
