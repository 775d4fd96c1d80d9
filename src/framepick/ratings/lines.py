"""Lines of a text file of unknown origin, bounded in size and tolerant in encoding."""

from __future__ import annotations

import codecs
from pathlib import Path

from framepick.errors import SourceError, reason_of

MAX_BYTES = 256 * 2**20
MAX_LINES = 4_000_000


def read_lines(path: Path) -> list[str]:
    r"""Lines without their ends, which may be \n or \r\n.

    UTF-8 with or without a byte order mark; a line that is not UTF-8 is taken for Latin-1, and a
    file whose mark says so for UTF-16.

    Raises
    ------
    SourceError
        The file is missing, not a regular file, too large, or not text.
    """
    data = _read(path)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", errors="replace").encode()
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data:
        raise SourceError(f"{path}: is not a text file; give a table of ratings")
    lines = data.replace(b"\r\n", b"\n").split(b"\n", MAX_LINES)
    if len(lines) > MAX_LINES:
        raise SourceError(f"{path}: has more than {MAX_LINES} lines; split it")
    return [_decode(line) for line in lines]


def _read(path: Path) -> bytes:
    try:
        if not path.exists():
            raise SourceError(f"{path}: does not exist")
        if not path.is_file():
            raise SourceError(f"{path}: is not a regular file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({reason_of(error)})") from error
    if len(data) > MAX_BYTES:
        raise SourceError(f"{path}: is larger than {MAX_BYTES >> 20} MiB; split it")
    return data


def _decode(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")
