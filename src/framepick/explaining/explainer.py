"""Explains pictures: what lifts and what lowers the score, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framepick.encoding.runtimes import INSTALL_OPENVINO
from framepick.errors import UsageError
from framepick.explaining.faults import by_name
from framepick.explaining.findings import Finding, findings_of
from framepick.explaining.leaving_out import leave_out
from framepick.explaining.methods import Method
from framepick.explaining.what_if import SmallestChange, WhatIf
from framepick.extras import require_extra
from framepick.model.card import default_weights
from framepick.shape_repr import ShapeRepr
from framepick.sources.views import resize_view
from framepick.types import Calibration, Floats, Pixels, ViewSpec


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Explanation(ShapeRepr):
    """Why a picture scores as it does on its own."""

    score: float
    percentile: float
    """Percentile of the score among the reference photographs, 0 to 100."""
    gains: Floats
    """(G, G) points that the score has thanks to each part of the picture, from the upper left;
    below 0 where the picture scores higher without the part."""
    deductions: Mapping[str, float]
    """Points that each fault takes off; empty for weights that know no faults by name."""
    findings: tuple[Finding, ...] = ()
    """What is measured to be wrong at a place, whatever the score."""
    lift: SmallestChange | None = None
    """The smallest change that lifts the score by a step."""
    drop: SmallestChange | None = None
    """The smallest change that lowers it by a step."""
    method: Method = Method.PARTS
    """What the heat map shows: `gains`, or else `saliency`."""
    saliency: Floats | None = None
    """(M, M) how much the score hangs on what is there, 0 to 1; None for `Method.PARTS`."""


class Explainer:
    """Explains pictures by the network of one checkpoint, in OpenVINO; maps of gradients in torch.

    Raises
    ------
    UsageError
        OpenVINO cannot be loaded, or the method needs torch and it is not installed.
    WeightsError
        The weights cannot be used.
    """

    def __init__(
        self,
        weights: Path | None = None,
        method: Method = Method.PARTS,
        threads: int | None = None,
    ) -> None:
        self._method = method
        self._saliency = _saliency_by(method, weights or default_weights(), threads)
        try:
            from framepick.encoding.averages import CutNetwork
        except ImportError as error:
            raise UsageError(f"openvino cannot be loaded: {error}; {INSTALL_OPENVINO}") from error
        self._network = CutNetwork(weights or default_weights())

    @property
    def view_spec(self) -> ViewSpec:
        """The view that the network takes."""
        return self._network.card.view

    @property
    def calibration(self) -> Calibration:
        """The calibration of the weights."""
        return self._network.card.calibration

    def explain(self, picture: Pixels, with_changes: bool = False) -> Explanation:
        """Explain a picture (H, W, 3); to find the smallest changes, too, takes some seconds.

        Raises
        ------
        SourceError
            It is too long and thin to be scaled.
        """
        view = resize_view(picture, self.view_spec)
        found = leave_out(self._network, view)
        tried = WhatIf(self._network, view) if with_changes else None
        return Explanation(
            score=found.score,
            percentile=float(self.calibration.percentile(np.array([found.score]))[0]),
            gains=found.gains,
            deductions=by_name(found.deductions),
            findings=findings_of(picture),
            lift=tried.smallest(1) if tried else None,
            drop=tried.smallest(-1) if tried else None,
            method=self._method,
            saliency=self._saliency(view),
        )


def _saliency_by(
    method: Method, weights: Path, threads: int | None
) -> Callable[[Pixels], Floats | None]:
    if method is Method.PARTS:
        return lambda _: None
    require_extra("gpu", f"a heat map by the method {method}")
    from framepick.explaining.gradients import GradientMaps

    maps = GradientMaps(weights, threads)
    return maps.guided if method is Method.GUIDED else maps.smooth
