"""OUT/best: the best stills of all videos of a batch once more, by rank, and best.json."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

import framepick
from framepick.errors import OutputError
from framepick.files import fit_name, remove_partials, whole_file, whole_folder
from framepick.locks import Lock, check_not_lost
from framepick.outputs.earlier import EarlierFiles, digest_of, free_name
from framepick.outputs.folder import write_json
from framepick.outputs.result_folders import BEST_FOLDER, BEST_NAME, read_document

_WAIT_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class BestPick:
    """One of the best picks of all videos."""

    rank: int
    """1 is the best."""
    folder: str
    """Name of the result's folder in the folder of results."""
    still: str
    """File name of the still, in that folder."""
    facts: Mapping[str, Any]
    """What best.json says of it besides."""


def best_document(out: Path) -> dict[str, Any]:
    """Read best.json of the results in `out`; nothing if there is none that can be read."""
    document = read_document(out / BEST_FOLDER / BEST_NAME)
    return document if "framepick" in document else {}


def write_best(picks: Sequence[BestPick], out: Path, facts: Mapping[str, Any]) -> None:
    """Put the stills of `picks` into OUT/best, as hard links or copies, and write best.json.

    Stills of an earlier choice are removed, but for those that were changed since. `facts` head
    best.json.

    Raises
    ------
    OutputError
        Something cannot be written, or the folder has a best.json that is not framepick's.
    """
    folder = out / BEST_FOLDER
    with _reserved(folder) as earlier:
        with whole_folder(folder, last=BEST_NAME) as new:
            rows = list(_placed(picks, out, new, earlier))
            written: dict[str, str | None] = {
                row["file"]: digest_of(new / row["file"]) for row in rows
            }
            files = {**written, BEST_NAME: None}
            document = {"framepick": framepick.__version__, **facts, "picks": rows, "files": files}
            write_json(new / BEST_NAME, document)
            check_not_lost(folder)
            if earlier.document:
                with whole_file(folder / BEST_NAME) as announced:
                    write_json(announced, earlier.announcement(written))
        for name in earlier.untouched - files.keys():
            with suppress(OSError):  # the new choice is complete, whatever stays beside it
                (folder / name).unlink()


@contextmanager
def _reserved(folder: Path) -> Iterator[EarlierFiles]:
    """Have `folder` to oneself, after another run that writes there; yield what lies in it."""
    lock = Lock(folder, {"source": BEST_FOLDER})
    while not lock.acquire():
        sleep(_WAIT_SECONDS)
    try:
        remove_partials(folder, lambda owner: True)
        earlier = EarlierFiles.read(folder, BEST_NAME)
        if BEST_NAME in earlier.present and "framepick" not in earlier.document:
            raise OutputError(
                f"{folder / BEST_NAME}: is not of framepick; move it or choose another folder"
            )
        yield earlier
    finally:
        lock.release()


def _placed(
    picks: Sequence[BestPick], out: Path, new: Path, earlier: EarlierFiles
) -> Iterator[dict[str, Any]]:
    """Put each still into the folder `new`, and describe it."""
    digits = max(2, len(str(len(picks))))
    for pick in picks:
        still = out / pick.folder / pick.still
        rest = f"_{pick.facts['time_seconds']:.3f}s{still.suffix}"
        name = free_name(fit_name(f"{pick.rank:0{digits}}_{pick.folder}", rest), earlier.taken)
        _link_or_copy(still, new / name)
        place = f"{pick.folder}/{pick.still}"
        yield {"rank": pick.rank, "file": name, "still": place, **pick.facts}


def _link_or_copy(still: Path, path: Path) -> None:
    try:
        os.link(still, path)
    except OSError:  # a file system without hard links, or with too many of this file
        shutil.copy2(still, path)
