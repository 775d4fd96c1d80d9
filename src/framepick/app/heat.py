"""Heat maps: which parts of a picture lift its score and which lower it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from threading import Lock

from framepick.explaining.explainer import Explainer
from framepick.outputs.explained.heat import heat_map
from framepick.outputs.thumbnails import thumbnail_of
from framepick.types import Pixels


class HeatMaps:
    """Makes heat maps, for any thread, one at a time.

    Parameters
    ----------
    weights
        Other weights than those shipped.
    """

    def __init__(self, weights: Path | None) -> None:
        self._weights = weights
        self._lock = Lock()

    @cached_property
    def _explainer(self) -> Explainer:
        return Explainer(self._weights)

    def of(self, picture: Pixels) -> bytes:
        """Give the heat map of a picture (H, W, 3) as a WebP file.

        Raises
        ------
        UsageError, WeightsError
            OpenVINO cannot be loaded, or the weights cannot be used.
        SourceError
            The picture is too long and thin.
        """
        with self._lock:
            explanation = self._explainer.explain(picture)
        return thumbnail_of(heat_map(picture, explanation))
