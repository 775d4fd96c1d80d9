"""Scored frames on their way from one process to another: a file for each piece, written whole.

A file holds messages as between processes: a header, rows as the cache keeps them, and small
pictures. It needs nothing of a file system but renaming, and no process writes where another does.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from framepick.cache.rows import FrameRows, columns_of, read_rows, row_type
from framepick.errors import SourceError
from framepick.files import partial_path
from framepick.owner import new_owner
from framepick.plans.splitting import Piece
from framepick.results import Filmstrip
from framepick.sources.wire import Message, Sender, receive

_FRAMES, _PICTURE, _END = "frames", "picture", "end"


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPiece:
    """A piece once it is scored."""

    rows: FrameRows
    time_base: Fraction
    has_fields: bool
    """Whether any picture was interlaced."""
    filmstrip: Filmstrip


@dataclass(frozen=True, slots=True)
class Scored:
    """Where the frames of one video are that several processes score, each a share of them."""

    folder: Path
    shares: int
    """Into so many shares the frames are divided."""

    def files(self, encoder_id: str) -> PieceFolder:
        """Give the files of the pieces, as an encoder scored them."""
        return PieceFolder(self.folder, encoder_id)


@dataclass(frozen=True, slots=True)
class PieceFolder:
    """The folder of the pieces of one video that were scored by one encoder."""

    path: Path
    encoder_id: str

    def write(self, piece: Piece, scored: ScoredPiece) -> None:
        """Write a piece; OSError where that fails, or the folder is gone."""
        target = self._file(piece)
        partial = partial_path(target, new_owner())
        try:
            with partial.open("wb") as file:
                _write(Sender(file), self._head(piece), scored)
            os.replace(partial, target)
        finally:
            partial.unlink(missing_ok=True)

    def read(self, piece: Piece) -> ScoredPiece | None:
        """Read a piece; None where there is none, or it cannot be read."""
        try:
            with self._file(piece).open("rb") as file:
                messages = list(iter(lambda: receive(file), None))
            return _read(messages, self._head(piece))
        except (OSError, ValueError, LookupError, TypeError, ArithmeticError):
            return None

    def read_all(self, pieces: Sequence[Piece]) -> Iterator[ScoredPiece] | None:
        """Read pieces one after the other; None if not all of them are there.

        Raises
        ------
        SourceError
            A piece is gone once it is its turn.
        """
        return map(self._read_again, pieces) if all(map(self.read, pieces)) else None

    def _read_again(self, piece: Piece) -> ScoredPiece:
        scored = self.read(piece)
        if scored is None:
            raise SourceError(f"{self.path}: the frames scored there are gone; try again")
        return scored

    def _file(self, piece: Piece) -> Path:
        return self.path / f"{piece.start:09}.scored"

    def _head(self, piece: Piece) -> dict[str, Any]:
        return {"frames": [piece.start, piece.end], "encoder": self.encoder_id}


def _write(sender: Sender, head: dict[str, Any], scored: ScoredPiece) -> None:
    base, rows = scored.time_base, scored.rows
    facts = {"time_base": [base.numerator, base.denominator], "has_fields": scored.has_fields}
    columns = columns_of(rows.dtype)
    sender.send(_FRAMES, rows.tobytes(), head=head, columns=columns, **facts)
    strip = scored.filmstrip
    for seconds, picture in zip(strip.times_seconds.tolist(), strip.pictures, strict=True):
        sender.send(_PICTURE, picture, seconds=seconds)
    sender.send(_END)


def _read(messages: Iterable[Message], head: dict[str, Any]) -> ScoredPiece | None:
    frames, *pictures, end = messages
    facts = frames.header
    if facts["head"] != head or end.header["kind"] != _END:
        return None
    times = np.array([one.header["seconds"] for one in pictures], np.float64)
    return ScoredPiece(
        read_rows(bytes(frames.payload), row_type(*facts["columns"])),
        Fraction(*facts["time_base"]),
        bool(facts["has_fields"]),
        Filmstrip(times, tuple(bytes(one.payload) for one in pictures)),
    )
