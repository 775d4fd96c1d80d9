"""A network split into frozen levels, whose outputs can be cached, and trainable ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import torch
from torch import Tensor, nn

from framepick.errors import WeightsError
from framepick.model.card import Architecture, card_path
from framepick.model.checkpoint import load_checkpoint
from framepick.model.heads import map_statistics, signed_log
from framepick.model.layers import Backbone, Convolution, Trunk
from framepick.model.networks import Network
from framepick.model.pretrained import load_backbone, start_network
from framepick.training.config import NetworkConfig, TeacherConfig

RANDOM = "random"


class FrozenSplit:
    """A network with the levels below `boundary` frozen; its modules are shared, not copied."""

    def __init__(self, network: Network, boundary: int, precision: torch.dtype) -> None:
        levels, widths = list(network.backbone.features), network.backbone.widths
        self.network = network
        self._boundary = boundary
        self._is_whole = boundary == len(levels)
        self._frozen = Trunk(Backbone(levels[:boundary], widths[:boundary]))
        self._frozen.pixel_scale, self._frozen.pixel_offset = (
            network.pixel_scale,
            network.pixel_offset,
        )
        self._trainable = Backbone(levels[boundary:], widths[boundary:])
        self._frozen_levels = [level for level in network.levels if level < boundary]
        self._precision = precision
        network.requires_grad_(False)
        for part in (self._trainable, network.head, *filter(None, [network.votes])):
            part.requires_grad_(True)
        network.head.content.requires_grad_(False)

    @property
    def key(self) -> str:
        """Identifies the outputs of `run_frozen` for a cache: it changes whenever they would."""
        about = f"{self._boundary} {self._frozen_levels} {self._precision}"
        return digest(self._frozen) + about if self._boundary else "views"

    def trained(self) -> Iterator[nn.Parameter]:
        """Yield the trainable parameters."""
        return (values for values in self.network.parameters() if values.requires_grad)

    def set_training(self, is_training: bool) -> None:
        """Put the trainable levels in training or evaluation mode; the rest stays in evaluation."""
        self.network.eval()
        self._trainable.train(is_training)

    def run_frozen(self, views: Tensor) -> list[Tensor]:
        """Run the frozen levels on views (N, S, S, 3) uint8; one or two tensors of N rows.

        The first is the input of the trainable levels: the views themselves, feature maps, or
        pooled features (N, F). The second, if any, holds the statistics of frozen levels.
        """
        if not self._boundary:
            return [views]
        with torch.no_grad(), autocast(self._precision, views.device):
            maps = self._frozen.maps(views)
        carried = pooled(maps[-1]) if self._is_whole else maps[-1]
        statistics = [map_statistics(maps[level]) for level in self._frozen_levels]
        return [carried, *([torch.cat(statistics, dim=1)] if statistics else [])]

    def run_trainable(self, inputs: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Continue from `run_frozen`; the outputs are those of `Network.extract_features`."""
        carried, statistics = inputs[0], inputs[1:]
        if self._is_whole:
            return carried, torch.cat([carried[:, :0], *statistics], dim=1)
        with autocast(self._precision, carried.device):
            if self._boundary:
                maps = self._trainable(carried.contiguous(memory_format=torch.channels_last))
            else:
                maps = self.network.maps(carried)
        rest = [level - self._boundary for level in self.network.levels if level >= self._boundary]
        more = [map_statistics(maps[level]) for level in rest]
        deep = pooled(maps[-1])
        return deep, torch.cat([deep[:, :0], *statistics, *more], dim=1)


class Teacher:
    """A frozen network whose pooled features are distilled."""

    def __init__(self, trunk: Trunk, name: str, precision: torch.dtype) -> None:
        self._trunk = trunk.eval().requires_grad_(False)
        self.name = name
        self._precision = precision
        self.width = trunk.backbone.widths[-1]

    @property
    def key(self) -> str:
        return f"{digest(self._trunk)} {self._precision}"

    def to(self, device: torch.device) -> Teacher:
        """Move to `device`."""
        self._trunk.to(device).to(memory_format=torch.channels_last)
        return self

    def features(self, views: Tensor) -> list[Tensor]:
        """Return pooled features (N, F), alone in a list, of views (N, S, S, 3) uint8."""
        with torch.no_grad(), autocast(self._precision, views.device):
            return [pooled(self._trunk.maps(views)[-1])]


def autocast(precision: torch.dtype, device: torch.device) -> AbstractContextManager[object]:
    """Return an autocast context for `precision`; parameters stay in fp32."""
    return torch.autocast(device.type, dtype=precision, enabled=precision != torch.float32)


def pooled(maps: Tensor) -> Tensor:
    """Average maps (N, C, H, W) over space, on a signed log scale: (N, C) float32."""
    return signed_log(maps.float().mean(dim=(2, 3)))


def initial_network(config: NetworkConfig, architecture: Architecture) -> Network:
    """Return the initial network; random parts come from torch's default generator.

    From a checkpoint with the same architecture the heads are taken too.
    Raises WeightsError where `initial` cannot be used, ValueError where the architecture is wrong.
    """
    if config.initial == RANDOM:
        network = Network(architecture)
        network.pixel_scale.fill_(1.0 / 127.5)
        network.pixel_offset.fill_(-1.0)
        for module in network.backbone.modules():
            if isinstance(module, Convolution):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(module.bias)
    elif _is_checkpoint(config.initial):
        network = _from_checkpoint(config, architecture)
    else:
        network = start_network(architecture, config.initial)
    round_backbone(network)
    return network.requires_grad_(True)


def load_teacher(config: TeacherConfig, precision: torch.dtype) -> Teacher:
    """Load a teacher, to compute in `precision`.

    Raises WeightsError where that fails or the backbone is another one.
    """
    if not _is_checkpoint(config.weights):
        return Teacher(load_backbone(config.backbone, config.weights), config.backbone, precision)
    network, card = load_checkpoint(Path(config.weights))
    _check_backbone(config.weights, card.architecture.backbone, config.backbone)
    return Teacher(network, config.backbone, precision)


def round_backbone(network: Network) -> None:
    """Round the backbone to bf16, as its file stores it, so that what is measured is shipped."""
    exact = network.backbone.exact_names()
    with torch.no_grad():
        for name, values in network.backbone.state_dict().items():
            if name not in exact and values.is_floating_point():
                values.copy_(values.to(torch.bfloat16))


def digest(module: nn.Module) -> str:
    """Hash a module's state."""
    state = hashlib.sha256()
    for name, values in module.state_dict().items():
        state.update(name.encode())
        state.update(values.detach().cpu().contiguous().numpy().tobytes())
    return state.hexdigest()


def _from_checkpoint(config: NetworkConfig, architecture: Architecture) -> Network:
    initial, card = load_checkpoint(Path(config.initial))
    _check_backbone(config.initial, card.architecture.backbone, architecture.backbone)
    if card.architecture == architecture:
        return initial
    network = Network(architecture)
    network.backbone.load_state_dict(initial.backbone.state_dict())
    network.pixel_scale.copy_(initial.pixel_scale)
    network.pixel_offset.copy_(initial.pixel_offset)
    return network


def _is_checkpoint(source: Path | str) -> bool:
    return isinstance(source, Path) and card_path(source).is_file()


def _check_backbone(source: object, found: str, wanted: str) -> None:
    if found != wanted:
        raise WeightsError(f"weights {source} are of {found}, not {wanted}; correct the backbone")
