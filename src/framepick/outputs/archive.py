"""Files as one ZIP archive that is made while it is read, so that it is never held as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import RawIOBase
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from framepick.files import printable

_CHUNK_BYTES = 1 << 20


class _Pipe(RawIOBase):
    """Takes what is written until it is read."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def zipped(files: Iterable[tuple[str, Path]]) -> Iterator[bytes]:
    """Give the content of an archive of `files`, piece by piece; each has its name within.

    They are stored as they are: pictures do not get smaller.

    Raises
    ------
    OSError
        A file cannot be read.
    """
    pipe = _Pipe()
    with ZipFile(pipe, "w", ZIP_STORED) as archive:
        for name, path in files:
            entry = ZipInfo.from_file(path, printable(name), strict_timestamps=False)
            # sizes are known only at the end of a file, when its header is gone already
            with path.open("rb") as file, archive.open(entry, "w", force_zip64=True) as inside:
                while chunk := file.read(_CHUNK_BYTES):
                    inside.write(chunk)
                    yield pipe.take()
    yield pipe.take()


def files_below(folder: Path) -> list[tuple[str, Path]]:
    """Give all files of a folder, in the order of their names within."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted((path.relative_to(folder).as_posix(), path) for path in found)
