"""The networks of the aesthetic space: views in, aesthetic and content vectors out.

A network is a trunk, which gives a picture's feature maps level by level, with heads on it: one
that gives the vectors and, where the card asks for it, one that reads votes off them.
"""

from __future__ import annotations

import torch
from torch import Tensor

from framepick.model.backbones import build_backbone
from framepick.model.card import Architecture
from framepick.model.heads import (
    ProjectionHead,
    RadialHead,
    VoteHead,
    map_statistics,
    signed_log,
)
from framepick.model.layers import Backbone, Trunk


class Network(Trunk):
    """Views (N, S, S, 3) uint8 RGB to aesthetic (N, D) and content (N, C) vectors, both float32."""

    def __init__(self, architecture: Architecture) -> None:
        """Give a network without values; raises ValueError where the parts do not fit."""
        super().__init__(build_backbone(architecture.backbone))
        self.architecture = architecture
        self.levels, self.filters = architecture.levels, architecture.filters
        self.head = _head(architecture, self.backbone)
        self.votes = (
            VoteHead(architecture.aesthetic - architecture.moment, architecture.votes)
            if architecture.votes
            else None
        )

    def forward(self, views: Tensor) -> tuple[Tensor, Tensor]:
        vectors: tuple[Tensor, Tensor] = self.head(*self.extract_features(views))
        return vectors

    def extract_features(self, views: Tensor) -> tuple[Tensor, Tensor]:
        """Return the inputs of the head: pooled features (N, F) and statistics (N, S).

        Statistics are those of the chosen levels, then of the chosen depthwise responses.
        """
        maps, responses = self.backbone.with_responses(self.picture(views), self.filters)
        pooled = signed_log(maps[-1].float().mean(dim=(2, 3)))
        statistics = [map_statistics(maps[level]) for level in self.levels]
        statistics += [map_statistics(maps) for maps in responses]
        return pooled, torch.cat([pooled[:, :0], *statistics], dim=1)

    def vote_shares(self, aesthetic: Tensor) -> Tensor:
        """Shares (N, B) of the votes that pictures with vectors `aesthetic` (N, D) would get.

        Raises ValueError where the architecture has no vote head.
        """
        if self.votes is None:
            raise ValueError("the network has no vote head; give its architecture votes")
        shares: Tensor = self.votes(self.without_moment(aesthetic))
        return shares

    def without_moment(self, aesthetic: Tensor) -> Tensor:
        """The columns of `aesthetic` (N, D) whose norm is the score of a picture on its own."""
        return aesthetic[:, :-1] if self.architecture.moment else aesthetic


def _head(architecture: Architecture, backbone: Backbone) -> RadialHead | ProjectionHead:
    widths = backbone.widths
    if any(not 0 <= level < len(widths) for level in architecture.levels):
        raise ValueError(f"{architecture.backbone} has levels 0 to {len(widths) - 1}")
    if architecture.head == "projection":
        return ProjectionHead(
            features=widths[-1], aesthetic=architecture.aesthetic, content=architecture.content
        )
    return RadialHead(
        features=widths[-1],
        statistics=2 * sum(widths[level] for level in architecture.levels)
        + 2 * sum(backbone.filter_width(block) for block in architecture.filters),
        faults=architecture.faults,
        aesthetic=architecture.aesthetic,
        content=architecture.content,
        hidden=architecture.hidden,
        classes=architecture.classes,
        moment=architecture.moment,
    )
