"""The aesthetic model that scores pictures: an encoder and the scorer of its vectors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from framepick.cache import networks_folder
from framepick.encoding import LazyEncoder, LoadedEncoder, load_encoder
from framepick.extras import is_installed
from framepick.faces.finder import FaceFinder
from framepick.protocols import Encoder, Scorer
from framepick.scoring import NormScorer
from framepick.taste.files import load_taste, place_of
from framepick.taste.taste import Taste
from framepick.types import Embeddings, FrameBatch, Moment


@dataclass(frozen=True, slots=True)
class AestheticModel:
    """An encoder and the scorer of its vectors."""

    encoder: Encoder
    scorer: Scorer
    name: str = "unnamed"
    """Name of the weights."""
    runtime: str = "unknown"
    """Where and how the encoder runs."""
    face_finder: FaceFinder | None = None
    """None where faces are not looked for."""
    taste: Taste | None = None
    """Moves the scores of frames and photos; crops keep general ones."""
    weights: Path | None = None
    """The file of the weights; None for the shipped ones."""

    def prepare(self) -> None:
        """Begin to load an encoder that waits for its first picture: one will come soon."""
        if isinstance(self.encoder, LazyEncoder):
            self.encoder.prepare()

    def encode_views(self, views: NDArray[np.uint8]) -> Embeddings:
        """Encode views (N, S, S, 3) that belong to no video: photos, or parts of a picture."""
        return encode_views(self.encoder, views)


def encode_views(encoder: Encoder, views: NDArray[np.uint8]) -> Embeddings:
    """Encode views (N, S, S, 3) that belong to no video."""
    moments = tuple(Moment(at, at, Fraction(1), float(at)) for at in range(len(views)))
    return encoder.encode(FrameBatch(views, moments))


def load_model(
    weights: Path | None = None,
    device: str = "auto",
    runtime: str = "auto",
    precision: str = "auto",
    threads: int | None = None,
    at_once: bool = True,
    taste: str | None = None,
    cache: bool = True,
) -> AestheticModel:
    """Load the shipped weights, or others, on the best there is or as asked for.

    Unless it is needed `at_once`, what runs the networks is imported when the first picture comes.
    Networks are kept in the `cache` as they were compiled, for the next run.
    A `taste` is the path of its file, or the name of one in the user's folder.

    Raises
    ------
    UsageError, WeightsError
        The device or runtime is not there; the weights or the taste cannot be used.
    """
    known_taste = load_taste(place_of(taste), weights) if taste is not None else None
    kept = networks_folder() if cache else None
    encoder = load_encoder(
        weights,
        device,
        runtime=runtime,
        precision=precision,
        threads=threads,
        at_once=at_once,
        kept=kept,
    )
    return replace(model_of(encoder, threads, at_once, kept), taste=known_taste, weights=weights)


def model_of(
    encoder: LoadedEncoder,
    threads: int | None = None,
    at_once: bool = True,
    kept: Path | None = None,
) -> AestheticModel:
    """Give the model of an encoder, with a finder of faces that has so many threads.

    In the folder `kept` are its networks as they were compiled.
    """
    card = encoder.card
    scorer = NormScorer.of(card)
    return AestheticModel(
        encoder, scorer, card.name, encoder.runtime, _face_finder(threads, at_once, kept)
    )


def _face_finder(threads: int | None, at_once: bool, kept: Path | None) -> FaceFinder | None:
    """Give a face finder where OpenVINO, which it runs in, can be loaded, or is installed."""
    if not at_once:
        return FaceFinder(threads, kept) if is_installed("openvino") else None
    try:
        import framepick.encoding.openvino_library  # noqa: F401
    except ImportError:
        return None
    return FaceFinder(threads, kept)
