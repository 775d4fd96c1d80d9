"""The result of a collection of photos: a folder with photos.json, tables, report and sheet."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import framepick
from framepick.collection import PhotoCollection
from framepick.errors import OutputError
from framepick.files import remove_partials, whole_file, whole_folder
from framepick.locks import Lock, check_not_lost, holder_of
from framepick.outputs.earlier import EarlierFiles, digest_of
from framepick.outputs.photos.pictures import PictureOf
from framepick.outputs.photos.report import write_photo_report
from framepick.outputs.photos.rows import (
    describe_failure,
    describe_photo,
    photo_table,
    write_photo_csv,
    write_photo_parquet,
)
from framepick.outputs.photos.sheet import write_photo_sheet
from framepick.outputs.result_folders import REPORT_NAME
from framepick.outputs.side_products import Failure, SideProducts

PHOTOS_NAME = "photos.json"
SHEET_NAME = "contact-sheet.jpg"
WritePage = Callable[[Path], object]
"""Writes a page to a path; other pages lie beside it."""
NO_PAGES: Mapping[str, WritePage] = MappingProxyType({})
_STEM = "photos"


@contextmanager
def photo_folder(folder: Path) -> Iterator[EarlierFiles]:
    """Reserve `folder`, which need not exist, for this run; yield what lies in it.

    Raises
    ------
    OutputError
        Another run writes to it, or it holds a photos.json that is not framepick's.
    """
    lock = Lock(folder, {"source": str(folder)})
    if not lock.acquire():
        holder = holder_of(folder)
        raise OutputError(
            f"{folder}: is being written by another run ({holder}); wait for it to end or choose "
            "another folder"
        )
    try:
        remove_partials(folder, lambda owner: True)
        yield _earlier(folder)
    finally:
        lock.release()


def _earlier(folder: Path) -> EarlierFiles:
    earlier = EarlierFiles.read(folder, PHOTOS_NAME)
    if PHOTOS_NAME in earlier.present and "framepick" not in earlier.document:
        raise OutputError(
            f"{folder / PHOTOS_NAME}: is not of framepick; move it or choose another folder"
        )
    return earlier


def is_up_to_date(earlier: EarlierFiles, run: str) -> bool:
    """Whether a folder holds, complete and unchanged, what the run named `run` would write."""
    files = earlier.document.get("files")
    if earlier.document.get("run") != run or not isinstance(files, dict):
        return False
    return files.keys() - {PHOTOS_NAME} <= earlier.untouched


def write_collection(
    collection: PhotoCollection,
    earlier: EarlierFiles,
    name: str,
    run: str,
    picture: PictureOf,
    pages: Mapping[str, WritePage] = NO_PAGES,
) -> tuple[Sequence[Failure], dict[str, str]]:
    """Write all that is kept of a collection into the folder of `earlier` files.

    `name` heads the report, which links to `pages`; `run` names what the result depends on. Files
    of an earlier result are replaced, but for those that the user changed. Gives what could not be
    written, and the names of files that had to make way for those of the user.

    Raises
    ------
    OutputError
        photos.json cannot be written, or another run writes to the folder.
    """
    folder = earlier.folder
    with whole_folder(folder, last=PHOTOS_NAME) as new:
        side = SideProducts(new, earlier.taken)
        _write_side_products(collection, folder, name, side, picture, pages)
        written: dict[str, str | None] = {one: digest_of(new / one) for one in os.listdir(new)}
        failures = [asdict(failure) for failure in side.failures]
        facts = {"run": run, "not_written": failures, "files": {**written, PHOTOS_NAME: None}}
        _write_json(new / PHOTOS_NAME, {**_document(collection), **facts})
        check_not_lost(folder)
        if earlier.document:
            with whole_file(folder / PHOTOS_NAME) as photos:
                _write_json(photos, earlier.announcement(written))
    for old in earlier.untouched - written.keys() - {PHOTOS_NAME}:
        with suppress(OSError):  # the new result is complete, whatever stays beside it
            (folder / old).unlink()
    return tuple(side.failures), side.renamed


def _write_side_products(
    collection: PhotoCollection,
    folder: Path,
    name: str,
    side: SideProducts,
    picture: PictureOf,
    pages: Mapping[str, WritePage],
) -> None:
    table = photo_table(collection)
    names = [
        side.write(SHEET_NAME, partial(write_photo_sheet, collection, name, picture)),
        side.write(f"{_STEM}.csv", partial(write_photo_csv, table)),
        side.write(f"{_STEM}.parquet", partial(write_photo_parquet, table)),
        *(side.write(page, write) for page, write in pages.items()),
    ]
    beside = [PHOTOS_NAME, *(one for one in names if one)]
    report = partial(write_photo_report, collection, folder, name, beside, picture)
    side.write(REPORT_NAME, report)


def _document(collection: PhotoCollection) -> dict[str, Any]:
    taste = {"taste": collection.taste} if collection.taste else {}
    return {
        **taste,
        "framepick": framepick.__version__,
        "encoder": collection.encoder_id,
        "percentile_reference": collection.reference,
        "photo_count": len(collection.photos),
        "group_count": len(collection.groups),
        "photos": [describe_photo(photo) for photo in collection.photos],
        "failures": [describe_failure(failure) for failure in collection.failures],
    }


def _write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
