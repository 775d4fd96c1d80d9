"""Which sources the app may watch: cameras, addresses of streams, and files within the roots."""

from __future__ import annotations

from framepick.app.roots import Roots
from framepick.errors import UsageError
from framepick.sources.live import Address, address_of


def camera_address(device: str) -> Address:
    """Give the address of a camera, by its device as `cameras` lists it.

    Raises
    ------
    SourceError
        There is no such camera.
    """
    return address_of(device)


def stream_address(text: str) -> Address:
    """Give the address of a stream, as a user types it.

    Raises
    ------
    UsageError
        It is no address.
    SourceError
        No such kind of stream is read.
    """
    if "://" not in text:
        raise UsageError(
            f"{text.strip() or 'nothing'}: is no address; type one as rtsp://camera/stream"
        )
    return address_of(text.strip())


def file_address(path: str, roots: Roots) -> Address:
    """Give the address of a file that is played as if it was filmed now.

    Raises
    ------
    UsageError
        It lies outside of the roots, or is no file.
    """
    real = roots.resolve(path)
    if not real.is_file():
        raise UsageError(f"{path}: there is no such file")
    return address_of(str(real), as_live=True)
