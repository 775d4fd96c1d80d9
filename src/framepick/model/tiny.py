"""A real network that costs nothing, so that tests run the whole flow without large weights."""

from __future__ import annotations

import numpy as np
import torch

from framepick.model.card import Architecture, Card, DataSet
from framepick.model.networks import Network
from framepick.types import Calibration, ViewSpec

ARCHITECTURE = Architecture("tiny", levels=(0, 1), faults=1, aesthetic=8, content=16)
VIEW = ViewSpec(32)
GAIN = 1.8  # of a level: three of them take white to just under the 6 at which ReLU6 cuts
SILENT = -20.0


def tiny_checkpoint(seed: int) -> tuple[Network, Card]:
    """A network on 32-pixel views whose weights follow from `seed`, with its card.

    All weights from bytes to beauty are positive and the fault is silent, so that a brighter
    view scores higher. Content vectors are centred on mid-grey: dark and bright, or red and
    blue, lie far apart.
    """
    network = Network(ARCHITECTURE).eval().requires_grad_(False)
    generator = torch.Generator().manual_seed(seed)
    values = dict(network.named_parameters())
    for name, part in values.items():
        part.zero_() if name.endswith("bias") else part.normal_(generator=generator)
        if name.endswith("weight") and name.startswith(("backbone.", "head.beauty.")):
            part.pow_(4)  # a few large ones, so that channels differ in what they see
            if name == "head.beauty.weight":  # of pooled features only
                part[:, network.backbone.widths[-1] :] = 0.0
            part.mul_(GAIN / part.flatten(1).sum(1).reshape(-1, *[1] * (part.ndim - 1)))
    network.pixel_scale.fill_(1 / 255)
    network.pixel_offset.fill_(0.0)
    values["head.direction.bias"].fill_(1.0)
    values["head.faults.weight"].zero_()
    values["head.faults.bias"].fill_(SILENT)
    grey, _ = network.extract_features(
        torch.full((1, VIEW.size, VIEW.size, 3), 127, dtype=torch.uint8)
    )
    values["head.content.bias"].copy_(-values["head.content.weight"] @ grey[0])
    return network, _card(seed)


def _card(seed: int) -> Card:
    return Card(
        name=f"tiny-{seed}",
        architecture=ARCHITECTURE,
        view=VIEW,
        normalisation="x / 255, inside the network",
        licence="CC0-1.0",
        origin="random numbers",
        data=(DataSet("none", "none", "none"),),
        method=f"drawn with seed {seed}",
        figures={"seed": float(seed)},
        limits=("knows brightness only",),
        calibration=Calibration("evenly spaced numbers", np.linspace(0.0, 2.0, 11)),
    )
