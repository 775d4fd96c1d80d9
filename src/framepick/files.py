"""Writing so that a final name always holds a whole result: first a hidden name, then a rename.

Hidden names tell their owner, so that several processes never write to one of them, and what a
process left that was killed can be removed.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from framepick.errors import OutputError, reason_of
from framepick.owner import OWNER_BYTES, OWNER_PATTERN, Owner, new_owner
from framepick.urls import MediaFile

LOCK_SUFFIX = ".lock"
_PARTIAL = ".partial"
_PROBE_BYTES = 1 << 20
_MAX_NAME_BYTES = 255
_HIDDEN_BYTES = len("..") + len(LOCK_SUFFIX) + OWNER_BYTES + len(_PARTIAL)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a hidden path in the same folder; it becomes `path` if the block succeeds.

    Raises
    ------
    OutputError
        The file cannot be written; nothing is left behind.
    """
    partial = partial_path(path, new_owner())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        os.replace(partial, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            partial.unlink()


@contextmanager
def whole_folder(folder: Path, last: str) -> Iterator[Path]:
    """Yield a hidden folder; if the block succeeds, it becomes `folder` with one rename.

    If `folder` holds files already, they stay, unless a new one has their name, and the new ones
    are moved there one by one, `last` at the end.

    Raises
    ------
    OutputError
        Something cannot be written; nothing half written is left behind.
    """
    partial = partial_path(folder, new_owner())
    try:
        partial.mkdir(parents=True)
        yield partial
        with suppress(FileNotFoundError):  # an empty folder may be in the way of the rename
            if not os.listdir(folder):
                folder.rmdir()
        if folder.exists():
            _move_files(partial, folder, last)
        else:
            os.rename(partial, folder)
    except OSError as error:
        raise cannot_write(folder, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def fit_name(stem: str, rest: str) -> str:
    """`stem` + `rest`, the stem cut so that file systems take the name and its hidden forms."""
    limit = _MAX_NAME_BYTES - _HIDDEN_BYTES - len(os.fsencode(rest))
    # what is not UTF-8 becomes an underscore, as every file system takes it
    text = os.fsencode(stem).decode(errors="replace").replace("\N{REPLACEMENT CHARACTER}", "_")
    return text.encode()[:limit].decode(errors="ignore") + rest


def partial_path(path: Path, owner: Owner) -> Path:
    """The hidden name under which `owner` writes what will be `path`."""
    limit = _MAX_NAME_BYTES - _HIDDEN_BYTES
    return path.with_name(f".{_cut(path.name, limit)}.{owner.token}{_PARTIAL}")


def remove_partials(path: Path, is_leftover: Callable[[Owner], bool]) -> None:
    """Remove the hidden names beside `path` of the owners for which `is_leftover` is true."""
    cut = re.escape(_cut(path.name, _MAX_NAME_BYTES - _HIDDEN_BYTES))
    pattern = re.compile(rf"\.{cut}\.({OWNER_PATTERN}){re.escape(_PARTIAL)}")
    with suppress(OSError):
        for name in os.listdir(path.parent):
            found = pattern.fullmatch(name)
            owner = Owner.parse(found[1]) if found else None
            if owner and is_leftover(owner):
                _remove(path.with_name(name))


def check_space(folder: Path) -> None:
    """Make sure that a file of `_PROBE_BYTES` can be written to `folder`.

    Raises
    ------
    OutputError
        It cannot, such as on a full disk.
    """
    probe = partial_path(folder / "space", new_owner())
    try:
        probe.write_bytes(bytes(_PROBE_BYTES))
    except OSError as error:
        raise cannot_write(folder, error) from error
    finally:
        with suppress(OSError):
            probe.unlink()


def remove_leftovers(folder: Path) -> None:
    """Remove what processes that have ended left half written directly in `folder`."""
    pattern = re.compile(rf"\..*\.({OWNER_PATTERN}){re.escape(_PARTIAL)}", re.DOTALL)
    with suppress(OSError):
        for name in os.listdir(folder):
            found = pattern.fullmatch(name)
            owner = Owner.parse(found[1]) if found else None
            if owner and owner.is_gone() is True:
                _remove(folder / name)


def printable(path: MediaFile | str) -> str:
    """Text for any file name, also one that is not UTF-8."""
    return os.fsencode(str(path)).decode("utf-8", errors="backslashreplace")


def is_hidden_name(name: str) -> bool:
    """Whether a name is one of those under which results are locked or written."""
    return name.startswith(".") and name.endswith((LOCK_SUFFIX, _PARTIAL))


def cannot_write(path: Path, error: OSError) -> OutputError:
    """The error for a path that cannot be written."""
    return OutputError(
        f"{path}: cannot be written ({reason_of(error)}); free some space or choose another place"
    )


def _move_files(partial: Path, folder: Path, last: str) -> None:
    for name in sorted(os.listdir(partial), key=lambda name: (name == last, name)):
        os.replace(partial / name, folder / name)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
        return
    shutil.rmtree(path, ignore_errors=True)


def _cut(name: str, limit: int) -> str:
    return os.fsdecode(os.fsencode(name)[:limit])
