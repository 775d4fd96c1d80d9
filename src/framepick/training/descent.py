"""Training by gradient: the loop, and what it leaves behind.

A run draws all of a step's chance from its seed and the step's number, and saves its state now
and then; interrupted, it goes on from there and ends as it would have ended.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from framepick.errors import UsageError
from framepick.training.config import TrainConfig
from framepick.training.curves import check_drawing, draw_curves, write_losses
from framepick.training.datasets import Note
from framepick.training.finishing import finish
from framepick.training.measuring import Measure, held_out_measures
from framepick.training.outcome import Outcome, check_folder
from framepick.training.pictures import Tell
from framepick.training.setup import Workshop, set_up
from framepick.training.state import restore_state, save_state
from framepick.training.steps import set_rate, take_step

FETCH_EVERY = 25
"""Steps after which losses are fetched from the device, which waits for it."""


def descend(config: TrainConfig, tell: Tell, note: Note) -> Outcome:
    """Train as [descent] of `config` says, going on from a saved state where there is one.

    Leaves NAME.safetensors and its card, NAME.losses.csv, NAME.curves.png and NAME.state.pt in
    the folder `out`. `tell` gets steps done and all steps (while data are read: pictures), `note`
    what is worth knowing, in one line.

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
    check_drawing()
    check_folder(config.out)
    shop = set_up(config, config.descent, tell, note)
    try:
        files = _Files(config)
        restore_state(files.state, shop.run, shop.identity)
        if shop.run.step:
            note(f"{config.name}: goes on after step {shop.run.step}")
        view = config.network.view
        measures = held_out_measures(shop.data, shop.divided, view, config.seed)
        _Loop(shop, measures, files).run(tell)
        figures = finish(shop, measures, files.weights)
    finally:
        shop.data.close()
    return Outcome(files.weights, figures)


class _Files:
    """Names of what a run writes."""

    def __init__(self, config: TrainConfig) -> None:
        def named(ending: str) -> Path:
            return config.out / f"{config.name}{ending}"

        self.weights, self.state = named(".safetensors"), named(".state.pt")
        self.losses, self.curves = named(".losses.csv"), named(".curves.png")


class _Loop:
    def __init__(self, shop: Workshop, measures: Sequence[Measure], files: _Files) -> None:
        self._shop, self._measures, self._files = shop, measures, files
        self._pending: list[tuple[float, Tensor]] = []

    def run(self, tell: Tell) -> None:
        """Take all steps that are left."""
        run, descent = self._shop.run, self._shop.descent
        self._shop.divided.set_training(True)
        while run.step < descent.steps:
            rate = set_rate(run, descent)
            self._pending.append((rate, take_step(self._shop)))
            run.step += 1
            tell(run.step, descent.steps)
            self._after_step(is_last=run.step == descent.steps)

    def _after_step(self, *, is_last: bool) -> None:
        run, descent = self._shop.run, self._shop.descent

        def is_due(every: int) -> bool:
            return run.step % every == 0

        measures, saves = is_last or is_due(descent.measure_every), is_due(descent.checkpoint_every)
        is_plateau = descent.schedule == "plateau" and is_due(descent.patience)
        if measures or saves or is_plateau or is_due(FETCH_EVERY):
            self._fetch()
        if is_plateau:
            totals = [row[1] for row in run.log.losses[-descent.patience :]]
            run.plateau.see(sum(totals) / len(totals))
        if measures:
            figures = [measure.of(self._shop.divided) for measure in self._measures]
            run.log.held_out.append((float(run.step), *figures))
            self._shop.divided.set_training(True)
        if saves or is_last:
            save_state(self._files.state, run, self._shop.identity)
            write_losses(self._files.losses, self._shop.loss_names, run.log)
        if measures:
            names = [measure.name for measure in self._measures]
            draw_curves(self._files.curves, self._shop.loss_names, names, run.log)

    def _fetch(self) -> None:
        """Move what is pending to the log; UsageError where the total is not finite."""
        if not self._pending:
            return
        log = self._shop.run.log
        rates, rows = zip(*self._pending, strict=True)
        for rate, row in zip(rates, torch.stack(rows).tolist(), strict=True):
            log.losses.append((rate, *row))
            if not math.isfinite(row[0]):
                raise UsageError(
                    f"{self._shop.config.name}: the loss is {row[0]} at step {len(log.losses)}; "
                    "lower descent.learning_rate"
                )
        self._pending = []
