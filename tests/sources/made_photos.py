"""A raw photo and a HEIC photo, built from their parts."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import av
import numpy as np
from PIL import Image

from framepick.outputs.stills.ifd import Field, long, octets, short, text, tiff_file
from framepick.types import Pixels
from samples.clipmaker import write

_EXIF, _SUB_DIRECTORIES, _STRIP_OFFSETS, _STRIP_BYTE_COUNTS = 34665, 330, 273, 279


def write_dng(path: Path, preview: Pixels | None, captured_at: str = "", turn: int = 1) -> None:
    """Write a DNG with a mosaic of grey and, where there is one, a JPEG preview.

    `turn` is its EXIF orientation.
    """
    side = 64
    mosaic = np.full((side, side), 2000, "<u2").tobytes()
    if preview is None:
        raw = [*_mosaic_fields(side), *_camera(turn)]
        path.write_bytes(b"".join(tiff_file(raw, {}, [mosaic])))
        return
    jpeg = io.BytesIO()
    Image.fromarray(preview).save(jpeg, "JPEG", quality=95)
    height, width = preview.shape[:2]
    main = [
        long(254, 1), long(256, width), long(257, height), short(258, 8, 8, 8), short(259, 7),
        short(262, 6), short(277, 3), long(278, height), *_camera(turn),
    ]  # fmt: skip

    def built(mosaic_at: int) -> bytes:
        raw = [*_mosaic_fields(side)]
        raw += [long(_STRIP_OFFSETS, mosaic_at), long(_STRIP_BYTE_COUNTS, len(mosaic))]
        inner = {_SUB_DIRECTORIES: raw, _EXIF: [text(0x9003, captured_at), text(0x9291, "25")]}
        return b"".join(tiff_file(main, inner, [jpeg.getvalue()]))

    path.write_bytes(built(len(built(0))) + mosaic)


def _camera(turn: int) -> list[Field]:
    return [text(271, "Made"), text(272, "Raw"), short(274, turn), octets(50706, b"\1\4\0\0")]


def _mosaic_fields(side: int) -> list[Field]:
    return [
        long(254, 0), long(256, side), long(257, side), short(258, 16), short(259, 1),
        short(262, 32803), short(277, 1), long(278, side), short(33421, 2, 2),
        octets(33422, b"\0\1\1\2"),
    ]  # fmt: skip


def write_heic(path: Path, pixels: Pixels) -> None:
    """Write a HEIC photo of one picture."""
    height, width = pixels.shape[:2]
    movie = path.with_suffix(".mp4")
    write(movie, [pixels], codec="libx265")
    data = movie.read_bytes()
    with av.open(str(movie)) as made:
        coded = bytes(next(iter(made.demux(video=0))))
    movie.unlink()
    at = data.index(b"hvcC") - 4
    hvcc = data[at : at + struct.unpack_from(">I", data, at)[0]]
    path.write_bytes(_heif(hvcc, coded, width, height))


def _heif(hvcc: bytes, coded: bytes, width: int, height: int) -> bytes:
    kind = _box(b"ftyp", b"heic\0\0\0\0mif1heic")
    size = _full_box(b"ispe", struct.pack(">II", width, height))
    shared = _box(b"ipco", hvcc + size)
    used = _full_box(b"ipma", struct.pack(">IHB", 1, 1, 2) + b"\x81\x02")
    item = _full_box(b"infe", struct.pack(">HH", 1, 0) + b"hvc1\0", version=2)
    meta = [
        _full_box(b"hdlr", b"\0\0\0\0pict" + b"\0" * 13),
        _full_box(b"pitm", struct.pack(">H", 1)),
        _full_box(b"iinf", struct.pack(">H", 1) + item),
        _box(b"iprp", shared + used),
    ]

    def whole(coded_at: int) -> bytes:
        place = struct.pack(">HHHHHII", 0x4400, 1, 1, 0, 1, coded_at, len(coded))
        return kind + _full_box(b"meta", b"".join([*meta, _full_box(b"iloc", place)]))

    return whole(len(whole(0)) + 8) + _box(b"mdat", coded)


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def _full_box(kind: bytes, content: bytes, version: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24) + content)
