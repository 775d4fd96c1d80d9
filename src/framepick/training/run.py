"""A whole training run, by gradient descent or by fitting."""

from __future__ import annotations

from pathlib import Path

from framepick.extras import is_installed
from framepick.protocols import Progress
from framepick.training.calibration_views import calibration_views
from framepick.training.config import TrainConfig
from framepick.training.datasets import Note
from framepick.training.descent import descend
from framepick.training.fitting import fit_checkpoint
from framepick.training.outcome import Outcome


def train(config: TrainConfig, path: Path, progress: Progress, note: Note) -> Outcome:
    """Train as `config`, read from the file `path`, says; the errors are those of either way.

    Where OpenVINO is installed, its graph of the network is written beside the weights, in the
    precision that the configuration names.
    """
    if config.descent is not None:
        outcome = descend(config, progress, note)
    else:
        outcome = fit_checkpoint(config, path, progress, note)
    if is_installed("openvino"):
        from framepick.encoding.conversion import write_graph

        is_int8 = config.graph_precision == "int8"
        write_graph(outcome.weights, calibration_views(config, progress) if is_int8 else None)
    return outcome
