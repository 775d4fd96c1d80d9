"""One aesthetic model for several threads, which use it in turn."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock

from framepick.aesthetic import AestheticModel
from framepick.faces.finder import FaceFinder
from framepick.faces.measures import Face
from framepick.protocols import Encoder
from framepick.types import Embeddings, FrameBatch, Pixels, ViewSpec


class _InTurn:
    """An encoder that serves one thread at a time."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._lock = Lock()

    @property
    def encoder_id(self) -> str:
        return self._encoder.encoder_id

    @property
    def view_spec(self) -> ViewSpec:
        return self._encoder.view_spec

    @property
    def batch_size(self) -> int:
        return self._encoder.batch_size

    def encode(self, batch: FrameBatch) -> Embeddings:
        with self._lock:
            return self._encoder.encode(batch)


class _FacesInTurn(FaceFinder):
    """A finder of faces that serves one thread at a time."""

    def __init__(self, finder: FaceFinder) -> None:
        super().__init__()
        self._finder = finder
        self._lock = Lock()

    def faces_of(self, picture: Pixels) -> tuple[Face, ...]:
        with self._lock:
            return self._finder.faces_of(picture)


def in_turn(model: AestheticModel) -> AestheticModel:
    """Give a model that several threads can use: its networks run for one of them at a time."""
    finder = model.face_finder and _FacesInTurn(model.face_finder)
    return replace(model, encoder=_InTurn(model.encoder), face_finder=finder)
