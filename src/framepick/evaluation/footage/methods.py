"""What is measured on rated footage: models, and simple scores to compare them with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from framepick.aesthetic import AestheticModel, load_model
from framepick.errors import UsageError
from framepick.evaluation.baselines import VIEW, load_nima
from framepick.evaluation.footage.frames import RatedFrames
from framepick.evaluation.scores import ScoreViews, Views
from framepick.measures import as_rows, measure, vetoes
from framepick.protocols import Encoder
from framepick.scoring import in_video
from framepick.types import Embeddings, Floats, FrameBatch, Vectors, ViewSpec

ScoreFrames = Callable[[RatedFrames], Floats]
"""Maps rated frames to scores (N,), or to rounds (R, N) of them; higher is better."""
NOISE_ROUNDS = 20
"""Scores of noise whose figures are averaged."""
NOISE = "noise encoder"
LAPLACIAN = "variance of the Laplacian"
NIMA = "NIMA"
_NOISE_WIDTH = 16


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A score of frames."""

    name: str
    view: ViewSpec
    score: ScoreFrames
    model: AestheticModel | None = None
    """The model whose whole runs are measured, too; None for a score alone."""


def make_methods(
    weights: Path | None, against: Sequence[Path], baselines: Path | None, device: str, cache: Path
) -> tuple[Method, ...]:
    """Load the weights, the shipped ones where None, and what they are compared with.

    NIMA is among the methods where the folder `baselines` is given; its features are cached in the
    folder `cache`.

    Raises
    ------
    UsageError, WeightsError
        Weights cannot be used.
    """
    first = load_model(weights, device)
    models = [first, *(load_model(path, device) for path in against)]
    names = _names(models, [weights, *against])
    methods = [_of_model(name, model) for name, model in zip(names, models, strict=True)]
    if baselines:
        methods.append(_of_views(NIMA, load_nima(baselines, cache)))
    methods.append(Method(LAPLACIAN, first.encoder.view_spec, lambda frames: frames.laplacian))
    return (*methods, _noise_method(first))


class NoiseEncoder:
    """Gives random vectors, the same ones for the same view."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder_id = f"noise, view {encoder.view_spec.size}"
        self.view_spec = encoder.view_spec
        self.batch_size = encoder.batch_size

    def encode(self, batch: FrameBatch) -> Embeddings:
        """Draw the vectors of each view, those of the first round."""
        rows = _noise(batch.views, rounds=1)[0]
        content = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return Embeddings(rows, content, batch.moments, self.encoder_id)


def _noise(views: Views, rounds: int) -> Vectors:
    """Draw vectors (R, N, D) for views (N, S, S, 3)."""
    generators = [np.random.default_rng(crc32(view.tobytes())) for view in views]
    drawn = [one.standard_normal((rounds, _NOISE_WIDTH)) for one in generators]
    return np.stack(drawn, axis=1).astype(np.float32)


def _noise_method(model: AestheticModel) -> Method:
    """Make a method of noise; one round would often seem better or worse than chance."""

    def score(frames: RatedFrames) -> Floats:
        vectors = _noise(frames.views, NOISE_ROUNDS)
        return np.asarray(np.linalg.norm(vectors, axis=2), np.float64)

    noisy = AestheticModel(NoiseEncoder(model.encoder), model.scorer, NOISE)
    return Method(NOISE, model.encoder.view_spec, score, noisy)


def _of_model(name: str, model: AestheticModel) -> Method:
    def score(frames: RatedFrames) -> Floats:
        vectors = model.encode_views(frames.views)
        measures = as_rows([measure(view, None, is_damaged=False)[0] for view in frames.views])
        own, moments = model.scorer.score(vectors), model.scorer.moments(vectors)
        return in_video(own, moments, vetoes(measures) == "")

    return Method(name, model.encoder.view_spec, score, model)


def _of_views(name: str, score: ScoreViews) -> Method:
    return Method(name, VIEW, lambda frames: score(frames.views))


def _names(models: Sequence[AestheticModel], paths: Sequence[Path | None]) -> list[str]:
    """Name models by their weights, and by their files where that is not enough."""
    names = [model.name for model in models]
    if len(set(names)) < len(names):
        names = [
            f"{model.name} ({path or 'shipped'})" for model, path in zip(models, paths, strict=True)
        ]
    if len(set(names)) < len(names):
        raise UsageError("--against names weights that are measured already; name others")
    return names
