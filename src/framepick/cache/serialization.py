"""Filmstrips, detail measures and faces as records, a JSON header and raw bytes, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple
from itertools import accumulate, pairwise
from math import isfinite, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framepick.cache.records import Record
from framepick.faces.measures import Expression, Face, FrameFaces
from framepick.results import Filmstrip
from framepick.types import DetailMeasures, Moment

_KINDS = ("<f2", "<f4", "|u1")


def filmstrip_record(strip: Filmstrip) -> Record:
    """Write times and lengths into the header, and the JPEG files one after the other."""
    lengths = [len(picture) for picture in strip.pictures]
    header = {"seconds": strip.times_seconds.tolist(), "lengths": lengths}
    return Record(header, b"".join(strip.pictures))


def read_filmstrip(record: Record) -> Filmstrip:
    """Read what `filmstrip_record` wrote.

    Raises
    ------
    ValueError, TypeError, LookupError, ArithmeticError
        The record holds no such thing.
    """
    lengths = record.header["lengths"]
    if not all(type(length) is int and length >= 0 for length in lengths):
        raise ValueError("a picture has no length")
    edges = list(accumulate(lengths, initial=0))
    times = np.array(record.header["seconds"], np.float64)
    if edges[-1] != len(record.payload) or times.ndim != 1:
        raise ValueError("pictures or times do not fit")
    if not np.isfinite(times).all() or np.any(np.diff(times) < 0):
        raise ValueError("times do not rise")
    return Filmstrip(times, tuple(record.payload[start:end] for start, end in pairwise(edges)))


def detail_record(detail: DetailMeasures) -> Record:
    """Write shapes into the header, and the numbers one after the other, bit for bit."""
    structure, luma = plain(detail.structure), plain(detail.luma)
    header = {
        "pts": detail.moment.pts,
        "combing": float(detail.combing),
        "is_woven": bool(detail.is_woven),
        "structure": [structure.dtype.str, list(structure.shape)],
        "luma": [luma.dtype.str, list(luma.shape)],
    }
    return Record(header, structure.tobytes() + luma.tobytes())


def read_detail(record: Record, moment: Moment) -> DetailMeasures | None:
    """Read what `detail_record` wrote; None if it is of another frame than that of `moment`.

    Raises
    ------
    ValueError, TypeError, LookupError, ArithmeticError
        The record holds no such thing.
    """
    header = record.header
    combing, is_woven = header["combing"], header["is_woven"]
    if type(combing) is not float or not isfinite(combing):
        raise ValueError("combing is no number")
    if type(is_woven) is not bool:
        raise ValueError("a detail does not say whether it is woven")
    structure, rest = array_from(header["structure"], record.payload)
    luma, rest = array_from(header["luma"], rest)
    if rest or structure.ndim != 4 or luma.ndim != 2:
        raise ValueError("numbers of detail measures do not fit")
    if header["pts"] != moment.pts:  # damaged files count their frames in more than one way
        return None
    return DetailMeasures(moment, structure, luma, combing, is_woven)


def faces_record(frame_faces: FrameFaces) -> Record:
    """Write the numbers of each face, then those of its expression, into the header."""
    faces = [numbers_of(face) for face in frame_faces.faces]
    return Record({"pts": frame_faces.moment.pts, "faces": faces}, b"")


def read_faces(record: Record, moment: Moment) -> FrameFaces | None:
    """Read what `faces_record` wrote; None if it is of another frame than that of `moment`.

    Raises
    ------
    ValueError, TypeError, LookupError, ArithmeticError
        The record holds no such thing.
    """
    faces = tuple(face_from(numbers) for numbers in record.header["faces"])
    if record.header["pts"] != moment.pts:
        return None
    return FrameFaces(moment, faces)


def numbers_of(face: Face) -> list[float]:
    """Give the numbers of a face, then those of its expression."""
    box = (face.left, face.top, face.right, face.bottom, face.side_pixels, face.confidence)
    return [*box, *(astuple(face.expression) if face.expression else ())]


def face_from(numbers: Iterable[Any]) -> Face:
    """Read what `numbers_of` gave; raises as `read_faces` does."""
    values = [*numbers]
    if not all(type(value) is float and isfinite(value) for value in values):
        raise ValueError("a face holds more than numbers")
    left, top, right, bottom, side_pixels, confidence, *look = values
    if not (left < right and top < bottom):
        raise ValueError("a face has no extent")
    expression = Expression(*look) if look else None
    return Face(left, top, right, bottom, side_pixels, confidence, expression)


def plain(numbers: NDArray[Any]) -> NDArray[Any]:
    """Give numbers in the order of bytes that every machine reads alike."""
    return np.ascontiguousarray(numbers, numbers.dtype.newbyteorder("<"))


def array_from(described: Mapping[int, Any], payload: bytes) -> tuple[NDArray[Any], bytes]:
    """Read the array at the beginning of `payload`, and give what follows it.

    `described` are its type and its shape; raises as `read_detail` does.
    """
    kind, shape = described[0], described[1]
    if kind not in _KINDS or not all(type(side) is int and 0 < side < 4096 for side in shape):
        raise ValueError("numbers of an unknown kind")
    length = prod(shape) * np.dtype(kind).itemsize
    numbers = np.frombuffer(payload[:length], kind)
    return numbers.reshape(shape), payload[length:]
