"""Which pixels a score hangs on: the gradient of the norm of the aesthetic vector; needs torch.

Guided back-propagation (Springenberg et al., "Striving for Simplicity", 2015) passes a gradient
back through a rectifier only where it is positive, so that what speaks against a feature does not
blur the map. SmoothGrad (Smilkov et al., 2017) averages the plain gradients of noisy copies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from framepick.encoding.hardware import use_threads
from framepick.explaining.regions import cell_means, smoothed
from framepick.model.checkpoint import load_checkpoint
from framepick.model.networks import Network
from framepick.types import Floats, Pixels

GRID = 26
"""Cells along each side of a map."""
COPIES = 8
NOISE = 0.1
"""Standard deviation of the noise of a copy, as a share of white."""
_AT_ONCE = 4
_SMOOTHING = 0.5
"""Standard deviation of the blur of a map, in cells."""
_HIGHEST: Mapping[Callable[..., Any], float] = MappingProxyType(
    {functional.relu: float("inf"), functional.relu6: 6.0}
)
"""Where each rectifier cuts off. Networks call them as functions, which no module hook sees."""


class GuidedRectifier(torch.autograd.Function):
    """Cuts values off below 0 and above `highest`, and passes only positive gradients back."""

    @staticmethod
    def forward(context: Any, values: Tensor, highest: float) -> Tensor:
        context.save_for_backward((values > 0) & (values < highest))
        return values.clamp(0, highest)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        [is_open] = context.saved_tensors
        return gradients[0].clamp_min(0) * is_open, None


class GuidedRectifiers(TorchFunctionMode):
    """Within it, every ReLU and ReLU6 is guided."""

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        arguments: Any = (),
        named: Mapping[str, Any] | None = None,
    ) -> Any:
        if function in _HIGHEST:
            return GuidedRectifier.apply(arguments[0], _HIGHEST[function])
        return function(*arguments, **(named or {}))


class GradientMaps:
    """Maps of the gradient of the score, by the network of one checkpoint.

    Raises
    ------
    WeightsError
        The weights cannot be used.
    """

    def __init__(self, weights: Path, threads: int | None = None) -> None:
        use_threads(threads)
        self._network, _ = load_checkpoint(weights)
        self._network.backbone.set_precision(torch.float32)

    def guided(self, view: Pixels) -> Floats:
        """Map (GRID, GRID) a view (S, S, 3) by guided back-propagation; the strongest is 1."""
        with GuidedRectifiers():
            return _map(score_gradients(self._network, _tensor(view)))

    def smooth(self, view: Pixels) -> Floats:
        """Map it by the mean gradient of noisy copies, the same ones each time."""
        noise = torch.Generator().manual_seed(0)
        whole = _tensor(view).expand(_AT_ONCE, -1, -1, -1)
        parts = [
            score_gradients(
                self._network, whole + torch.randn(whole.shape, generator=noise) * NOISE * 255
            )
            for _ in range(COPIES // _AT_ONCE)
        ]
        return _map(torch.cat(parts))


def score_gradients(network: Network, views: Tensor) -> Tensor:
    """Give the gradient (N, S, S, 3) of the score of each of the views (N, S, S, 3)."""
    views = views.detach().requires_grad_()
    aesthetic, _ = network(views)
    scores = torch.linalg.vector_norm(network.without_moment(aesthetic), dim=1)
    [gradients] = torch.autograd.grad(scores.sum(), views)
    return gradients


def _tensor(view: Pixels) -> Tensor:
    return torch.from_numpy(view[None].astype(np.float32))


def _map(gradients: Tensor) -> Floats:
    """Average gradients (N, S, S, 3) and pool how strong they are, whatever their sign."""
    strength = gradients.mean(dim=0).abs().sum(dim=2).numpy()
    blurred = smoothed(strength, _SMOOTHING * len(strength) / GRID)
    cells = cell_means(blurred, GRID, GRID)
    return cells / max(float(cells.max()), np.finfo(np.float64).tiny)
