"""Names the content of a file without reading all of it."""

from __future__ import annotations

import stat
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from framepick.errors import SourceError, reason_of

BLOCK_BYTES = 1 << 16
BLOCKS = 16
"""The first and the last of a file, and 14 spread evenly between them."""
_DIGEST_BYTES = 20


def fingerprint(path: Path) -> str:
    """Name a file's content: the same for a copy, also one renamed or touched.

    It is made of the size and of 16 blocks of 64 kB; a file of up to 1 MB is read whole. What
    changes in a larger file between those blocks and keeps its size is not noticed: a byte flipped
    by a failing disk, say. Any edit or new export of a video changes its size, head or tail.

    Raises
    ------
    SourceError
        There is no such file, it is not a regular one, or it cannot be read.
    """
    try:
        size = _size(path)
        with path.open("rb") as file:
            return fingerprint_of(file, size)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({reason_of(error)})") from error


def fingerprint_of(file: BinaryIO, size: int) -> str:
    """Give the `fingerprint` of an open file of so many bytes.

    Raises
    ------
    OSError
        It cannot be read.
    """
    digest = blake2b(size.to_bytes(8, "little"), digest_size=_DIGEST_BYTES)
    for offset, length in _blocks(size):
        file.seek(offset)
        digest.update(file.read(length))
    return digest.hexdigest()


def _size(path: Path) -> int:
    """Bytes of a regular file; others, such as pipes, may never end or cannot be read twice."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise SourceError(f"{path}: is not a regular file; save it to disk first")
    return found.st_size


def _blocks(size: int) -> list[tuple[int, int]]:
    """Offset and length of each block to read."""
    if size <= BLOCKS * BLOCK_BYTES:
        return [(0, size)]
    return [((size - BLOCK_BYTES) * n // (BLOCKS - 1), BLOCK_BYTES) for n in range(BLOCKS)]
