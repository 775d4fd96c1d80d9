"""Writing so that a final name always holds a whole result: first a hidden name, then a rename."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from framepick.errors import OutputError

_PARTIAL = ".partial"
_MAX_NAME_BYTES = 255


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a hidden path in the same folder; it becomes `path` if the block succeeds.

    Raises
    ------
    OutputError
        The file cannot be written; nothing is left behind.
    """
    partial = path.with_name(_hidden(path.name))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        os.replace(partial, path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            partial.unlink()


@contextmanager
def whole_folder(folder: Path, last: str) -> Iterator[Path]:
    """Yield a hidden folder; if the block succeeds, its files move to `folder`, `last` at the end.

    Files that lie in `folder` already stay, unless a new one has their name.

    Raises
    ------
    OutputError
        Something cannot be written; nothing half written is left behind.
    """
    partial = folder.with_name(_hidden(folder.name))
    try:
        shutil.rmtree(partial, ignore_errors=True)  # of a run that was killed
        partial.mkdir(parents=True)
        yield partial
        folder.mkdir(exist_ok=True)
        for name in sorted(os.listdir(partial), key=lambda name: (name == last, name)):
            os.replace(partial / name, folder / name)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def fit_name(stem: str, rest: str) -> str:
    """`stem` + `rest`, the stem cut so that file systems take the name (255 bytes)."""
    room = _MAX_NAME_BYTES - len(_PARTIAL) - 1 - len(os.fsencode(rest))
    # what is not UTF-8 becomes an underscore, as every file system takes it
    text = os.fsencode(stem).decode(errors="replace").replace("\N{REPLACEMENT CHARACTER}", "_")
    return text.encode()[:room].decode(errors="ignore") + rest


def _hidden(name: str) -> str:
    return fit_name(f".{name}", _PARTIAL)


def _cannot_write(path: Path, error: OSError) -> OutputError:
    reason = (error.strerror or str(error)).lower()
    return OutputError(f"{path}: cannot be written ({reason}); make room or choose another place")
