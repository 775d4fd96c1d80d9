"""Training by gradient descent: the loop and the files it writes.

The random numbers of a step depend only on the seed and the step's number, and the state is saved
regularly; an interrupted run resumes from there and ends as it would have ended.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from framepick.errors import UsageError
from framepick.protocols import Progress
from framepick.training.config import TrainConfig
from framepick.training.curves import draw_curves, write_losses
from framepick.training.datasets import Note
from framepick.training.experiment import Experiment, set_up
from framepick.training.finishing import finish
from framepick.training.outcome import Outcome, check_folder
from framepick.training.state import restore_state, save_state
from framepick.training.steps import set_rate, take_step
from framepick.training.validation import Metric, validation_metrics

FETCH_EVERY = 25
"""Steps between fetches of losses from the device, each of which waits for it."""


def descend(config: TrainConfig, progress: Progress, note: Note) -> Outcome:
    """Train as [descent] of `config` says, resuming from a saved state where there is one.

    Leaves NAME.safetensors and its card, NAME.losses.csv, NAME.curves.png and NAME.state.pt in
    the folder `out`. `progress` gets steps done and all steps (while data are read: pictures),
    `note` what is worth knowing, in one line.

    Raises
    ------
    UsageError
        The configuration does not fit its data, or the losses are no longer finite.
    SourceError, WeightsError
        Data, weights or the state cannot be read.
    OutputError
        Something cannot be written; what was whole stays whole.
    """
    if config.descent is None:
        raise UsageError(f"{config.name}: there is no [descent]; add it")
    check_folder(config.out)
    experiment = set_up(config, config.descent, progress, note)
    try:
        files = _Files(config)
        restore_state(files.state, experiment.state, experiment.identity)
        if experiment.state.step:
            note(f"{config.name}: goes on after step {experiment.state.step}")
        view = config.network.view
        metrics = validation_metrics(experiment.data, experiment.split, view, config.seed)
        _Loop(experiment, metrics, files).run(progress)
        figures = finish(experiment, metrics, files.weights)
    finally:
        experiment.data.close()
    return Outcome(files.weights, figures)


class _Files:
    """Paths of the files that a run writes."""

    def __init__(self, config: TrainConfig) -> None:
        def named(ending: str) -> Path:
            return config.out / f"{config.name}{ending}"

        self.weights, self.state = named(".safetensors"), named(".state.pt")
        self.losses, self.curves = named(".losses.csv"), named(".curves.png")


class _Loop:
    def __init__(self, experiment: Experiment, metrics: Sequence[Metric], files: _Files) -> None:
        self._experiment, self._metrics, self._files = experiment, metrics, files
        self._pending: list[tuple[float, Tensor]] = []

    def run(self, progress: Progress) -> None:
        """Take all remaining steps."""
        state, descent = self._experiment.state, self._experiment.descent
        self._experiment.split.set_training(True)
        while state.step < descent.steps:
            rate = set_rate(state, descent)
            self._pending.append((rate, take_step(self._experiment)))
            state.step += 1
            progress(state.step, descent.steps)
            self._after_step(is_last=state.step == descent.steps)

    def _after_step(self, *, is_last: bool) -> None:
        state, descent = self._experiment.state, self._experiment.descent

        def is_due(every: int) -> bool:
            return state.step % every == 0

        is_measured, is_saved = (
            is_last or is_due(descent.measure_every),
            is_due(descent.checkpoint_every),
        )
        is_plateau = descent.schedule == "plateau" and is_due(descent.patience)
        if is_measured or is_saved or is_plateau or is_due(FETCH_EVERY):
            self._fetch()
        if is_plateau:
            totals = [row[1] for row in state.log.losses[-descent.patience :]]
            state.plateau.update(sum(totals) / len(totals))
        if is_measured:
            figures = [metric.evaluate(self._experiment.split) for metric in self._metrics]
            state.log.held_out.append((float(state.step), *figures))
            self._experiment.split.set_training(True)
        if is_saved or is_last:
            save_state(self._files.state, state, self._experiment.identity)
            write_losses(self._files.losses, self._experiment.loss_names, state.log)
        if is_measured:
            names = [metric.name for metric in self._metrics]
            draw_curves(self._files.curves, self._experiment.loss_names, names, state.log)

    def _fetch(self) -> None:
        """Move pending losses to the log; UsageError where the total is not finite."""
        if not self._pending:
            return
        log = self._experiment.state.log
        rates, rows = zip(*self._pending, strict=True)
        for rate, row in zip(rates, torch.stack(rows).tolist(), strict=True):
            log.losses.append((rate, *row))
            if not math.isfinite(row[0]):
                raise UsageError(
                    f"{self._experiment.config.name}: the loss is {row[0]} at step "
                    f"{len(log.losses)}; lower descent.learning_rate"
                )
        self._pending = []
