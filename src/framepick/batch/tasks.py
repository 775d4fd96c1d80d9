"""The files of a batch, and whether there is anything to do for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from framepick.batch.ledger import Record, Version
from framepick.batch.stored.staging import fingerprint_at
from framepick.errors import SourceError
from framepick.outputs.result_folders import Claim, claims_of
from framepick.urls import MediaFile, UrlFile

Action = Literal["do", "keep", "leave failed", "skip", "other shard"]


@dataclass(frozen=True, slots=True)
class Task:
    """One file to work on."""

    path: MediaFile
    version: Version
    is_shared_name: bool
    """Another file of the batch has the same name."""

    def claim(self, out: Path) -> Claim:
        """Give the claim to a folder for the result in `out`."""
        settings = f"{self.version.encoder} {self.version.config}"
        return Claim(out, self.path, self.is_shared_name, settings)

    def message(self) -> dict[str, Any]:
        """Give the task as JSON takes it."""
        version = self.version
        return {
            "path": str(self.path),
            "size": version.size,
            "mtime_ns": version.mtime_ns,
            "etag": version.etag,
            "is_shared_name": self.is_shared_name,
        }


@dataclass(frozen=True, slots=True)
class Rules:
    """Which files are worked on again."""

    retry_failed: bool = False
    verify: bool = False
    """Read files again whose size and time are the same."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be done for one file, and what is known of it."""

    task: Task
    key: str
    action: Action
    record: Record | None = None
    """The record that stands where nothing is done, and the newest one else."""
    is_touched: bool = False
    """The file has another time than `record`, which stands as its content is the same."""


def tasks_of(paths: Iterable[MediaFile], out: Path, config: str, encoder: str) -> list[Task]:
    """Give the tasks of files, with the version that each has now."""
    claims = claims_of(out, paths, "")
    return [
        Task(path, version_of(path, config, encoder), claim.is_shared_name)
        for path, claim in claims.items()
    ]


def version_of(path: MediaFile, config: str, encoder: str) -> Version:
    """Look at a file as it is now; one that has a URL was looked at when it was listed."""
    if isinstance(path, UrlFile):
        return Version(path.size, path.mtime_ns, config, encoder, path.etag)
    try:
        found = path.stat()
    except (OSError, ValueError):  # opening it tells what is wrong
        return Version(-1, 0, config, encoder)
    return Version(found.st_size, found.st_mtime_ns, config, encoder)


def planned(
    task: Task, key: str, record: Record | None, has_result: Callable[[str], bool], rules: Rules
) -> Planned:
    """Decide what to do for a file, of which `record` is the newest; reads little or nothing.

    `has_result` tells by its name whether the folder of a result is there.
    """
    if record is None or not _has_same_settings(record.version, task.version):
        return Planned(task, key, "do", record)
    is_touched = record.version != task.version
    if record.state == "failed":
        again = rules.retry_failed or is_touched
        return Planned(task, key, "do" if again else "leave failed", record)
    is_read = is_touched or rules.verify
    if not has_result(record.folder) or (is_read and not _has_same_content(task, record)):
        return Planned(task, key, "do", record)
    if not is_touched:
        return Planned(task, key, "keep", record)
    return Planned(task, key, "keep", replace(record, version=task.version), is_touched)


def _has_same_settings(one: Version, other: Version) -> bool:
    return (one.config, one.encoder) == (other.config, other.encoder)


def _has_same_content(task: Task, record: Record) -> bool:
    if task.version.size != record.version.size:
        return False
    if task.version.etag and record.version.etag:
        return task.version.etag == record.version.etag
    try:
        return fingerprint_at(task.path) == record.fingerprint
    except SourceError:
        return False
