"""What is written beside the stills: if one of these files fails, the others are still written."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from framepick.errors import FramepickError, OutputError
from framepick.outputs.earlier import free_name


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be written."""

    file: str
    reason: str


@dataclass(slots=True)
class SideProducts:
    """Writes files into `folder`, under names that are not `taken`, and notes what fails."""

    folder: Path
    taken: Collection[str]
    names: list[str] = field(default_factory=list)
    """Files written, in order."""
    failures: list[Failure] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    """Names of the user's files that are in the way, and where ours went instead."""

    def write(self, name: str, write: Callable[[Path], object]) -> str | None:
        """Have `write` write the file `name`; give the name that it has, None if that failed."""
        free = free_name(name, self.taken)
        if not self.attempt(name, lambda: write(self.folder / free)):
            with suppress(OSError):
                (self.folder / free).unlink()
            return None
        self.names.append(free)
        if free != name:
            self.renamed[name] = free
        return free

    def attempt(self, name: str, action: Callable[[], object]) -> bool:
        """Call `action` and give whether it succeeded; an exception is recorded under `name`."""
        try:
            action()
        except Exception as error:
            self.failures.append(Failure(name, _reason(error)))
            return False
        return True


def _reason(error: BaseException) -> str:
    """One line; the message of an unexpected error is preceded by its type."""
    if isinstance(error, OutputError) and isinstance(error.__cause__, OSError):
        error = error.__cause__
    text = " ".join(str(getattr(error, "strerror", None) or error).split())
    return (
        text if isinstance(error, OSError | FramepickError) else f"{type(error).__name__}: {text}"
    )
