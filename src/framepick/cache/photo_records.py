"""What was measured of a photo as a record, a JSON header and raw bytes, and back."""

from __future__ import annotations

from datetime import datetime
from math import isfinite

import numpy as np

from framepick.cache.records import Record
from framepick.cache.serialization import array_from, face_from, numbers_of, plain
from framepick.collection import LUMA_GRID, PhotoFacts
from framepick.measures import LOOK
from framepick.reasons import ReasonCode
from framepick.sources.capture import Capture


def facts_record(facts: PhotoFacts, content: str) -> Record:
    """Write the vector, the structure and the luma one after the other, all else into the header.

    `content` is the photo's fingerprint.
    """
    vector, structure = plain(facts.content.astype(np.float16)), plain(facts.structure)
    luma_grid = plain(facts.luma_grid)
    at = facts.capture.at
    header = {
        "content": content,
        "size": list(facts.size),
        "captured_at": at and at.isoformat(),
        "camera": facts.capture.camera,
        "score": facts.score,
        "moment": facts.moment,
        "luma": facts.luma,
        "veto": facts.veto,
        "faces": [numbers_of(face) for face in facts.faces],
        "look": facts.look.tolist(),
        "vector": [vector.dtype.str, list(vector.shape)],
        "structure": [structure.dtype.str, list(structure.shape)],
        "luma_grid": [luma_grid.dtype.str, list(luma_grid.shape)],
    }
    return Record(header, vector.tobytes() + structure.tobytes() + luma_grid.tobytes())


def read_facts(record: Record) -> PhotoFacts:
    """Read what `facts_record` wrote.

    Raises
    ------
    ValueError, TypeError, LookupError, ArithmeticError
        The record holds no such thing.
    """
    header = record.header
    width, height = header["size"]
    vector, rest = array_from(header["vector"], record.payload)
    structure, rest = array_from(header["structure"], rest)
    luma_grid, rest = array_from(header["luma_grid"], rest)
    numbers = [header["score"], header["moment"], header["luma"]]
    if rest or (vector.ndim, structure.ndim) != (1, 4) or not all(map(isfinite, numbers)):
        raise ValueError("numbers of a photo do not fit")
    if luma_grid.shape != (LUMA_GRID, LUMA_GRID) or luma_grid.dtype != np.uint8:
        raise ValueError("the luma of a photo does not fit")
    look = np.array(header["look"], np.float32)
    if look.shape != (len(LOOK),) or not np.isfinite(look).all():
        raise ValueError("the look of a photo does not fit")
    at = header["captured_at"]
    return PhotoFacts(
        size=(int(width), int(height)),
        capture=Capture(datetime.fromisoformat(at) if at else None, str(header["camera"])),
        score=float(header["score"]),
        moment=float(header["moment"]),
        luma=float(header["luma"]),
        veto=ReasonCode(header["veto"]).value if header["veto"] else "",
        content=vector.astype(np.float32),
        look=look,
        luma_grid=luma_grid,
        structure=structure,
        faces=tuple(face_from(numbers) for numbers in header["faces"]),
    )
