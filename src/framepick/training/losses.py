"""Loss functions: pure functions of tensors, each a mean over its batch and never below 0.

Scores are norms of aesthetic vectors, higher is better. Everything is computed in float32 whatever
the precision of the inputs. Functions raise ValueError where shapes do not fit, since tensors of
(N,) and (N, 1) would otherwise spread to (N, N) without a word.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def triplet_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """Compute [m + |a - p|^2 - |a - n|^2]_+ for rows (N, D): similar pictures closer.

    Schwarz, Wieschollek, Lensch, "Will People Like Your Image?" (2018), equation 2.
    """
    _require_alike(anchor, positive, negative)
    near = (anchor.float() - positive.float()).square().sum(dim=1)
    far = (anchor.float() - negative.float()).square().sum(dim=1)
    return functional.relu(margin + near - far).mean()


def direction_loss(anchor: Tensor, negative: Tensor, gain: Tensor, margin: float) -> Tensor:
    """[m - sgn(g) (|n| - |a|)]_+ for rows (N, D): the better picture has the larger norm.

    `gain` (N,) is the score of n less that of a. It stands for equation 4 of Schwarz et al. (2018),
    where the sign is printed in front of the bracket: a worse negative would then be rewarded
    without end for a larger norm. Inside the bracket the term does for both signs what their text
    says, and is never below 0. Pairs of equal score do not count.
    """
    _require_alike(anchor, negative)
    _require_alike(anchor[:, 0], gain)
    longer = norms(negative) - norms(anchor)
    sign = torch.sign(gain.float())
    return (sign.abs() * functional.relu(margin - sign * longer)).mean()


def directional_triplet_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    gain: Tensor,
    *,
    margin: float,
    norm_margin: float,
) -> Tensor:
    """`triplet_loss` + `direction_loss`: equation 5 of Schwarz et al. (2018), kept bounded."""
    distance = triplet_loss(anchor, positive, negative, margin)
    return distance + direction_loss(anchor, negative, gain, norm_margin)


def rank_loss(
    scores: Tensor, ratings: Tensor, *, least_gap: float = 0.0, groups: Tensor | None = None
) -> Tensor:
    """Logistic loss over all pairs of a batch, (N,) scores against (N,) ratings.

    -log sigmoid(s_better - s_worse), weighted by the gap of the ratings; pairs whose gap is not
    above `least_gap`, or whose `groups` (N,) differ, do not count. 0 where none is left. After
    Burges et al., "Learning to Rank using Gradient Descent" (2005).
    """
    _require_alike(scores, ratings, *([] if groups is None else [groups]))
    gap = ratings.float()[:, None] - ratings.float()[None, :]  # (N, N), row better where above 0
    lead = scores.float()[:, None] - scores.float()[None, :]
    weight = torch.where(gap > max(least_gap, 0.0), gap, 0.0)
    if groups is not None:
        weight = weight * (groups[:, None] == groups[None, :])
    total = weight.sum().clamp_min(torch.finfo(torch.float32).tiny)
    return (weight * functional.softplus(-lead)).sum() / total


def cumulative_loss(shares: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference of cumulative (N, B) shares of votes: squared earth mover's distance.

    Rows of both sum to 1; bins are in order and equally far apart. Without the root of Talebi,
    Milanfar, "NIMA" (2018), whose slope has no bound where the two agree.
    """
    _require_alike(shares, target)
    return (shares.float() - target.float()).cumsum(dim=1).square().mean()


def pair_loss(better: Tensor, worse: Tensor, *, margin: float = 0.0) -> Tensor:
    """log(1 + exp(m - (better - worse))) for (N,) scores of pairs."""
    _require_alike(better, worse)
    return functional.softplus(margin - (better.float() - worse.float())).mean()


def graded_loss(scores: Tensor, *, margin: float = 0.0) -> Tensor:
    """`pair_loss` over all pairs of columns of (N, K) scores, which should fall along K.

    Columns that are J apart are asked to differ by J margins. Raises ValueError if K is below 2.
    """
    if scores.ndim != 2 or scores.shape[1] < 2:
        raise ValueError(f"graded scores must be (N, at least 2), not {tuple(scores.shape)}")
    first, second = torch.triu_indices(scores.shape[1], scores.shape[1], 1, device=scores.device)
    fall = scores.float()[:, first] - scores.float()[:, second]  # (N, K (K - 1) / 2)
    return functional.softplus(margin * (second - first) - fall).mean()


def distillation_loss(student: Tensor, teacher: Tensor, *, cosine_share: float = 0.5) -> Tensor:
    """How far (N, F) features are from a teacher's, which have been through `standardise`.

    Mean squared error and 1 - cosine, mixed; either is about 1 for a student that knows nothing.
    Raises ValueError if `cosine_share` is not 0 to 1.
    """
    _require_alike(student, teacher)
    if not 0.0 <= cosine_share <= 1.0:
        raise ValueError(f"cosine_share must lie between 0 and 1, not {cosine_share}")
    ours, theirs = student.float(), teacher.float()
    apart = functional.relu(1.0 - functional.cosine_similarity(ours, theirs, dim=1)).mean()
    return (1.0 - cosine_share) * functional.mse_loss(ours, theirs) + cosine_share * apart


def standardise(features: Tensor, mean: Tensor, spread: Tensor) -> Tensor:
    """(N, F) features with `mean` (F,) and `spread` (F,) of a set taken out; dead ones give 0."""
    return (features.float() - mean) * torch.where(spread > 1e-6, 1.0 / spread, 0.0)


def norms(vectors: Tensor) -> Tensor:
    """Euclidean norm (N,) of rows (N, D), in float32; its slope is 0 where a row is."""
    lengths: Tensor = torch.linalg.vector_norm(vectors.float(), dim=1)
    return lengths


def _require_alike(first: Tensor, *others: Tensor) -> None:
    for other in others:
        if other.shape != first.shape:
            raise ValueError(f"shapes differ: {tuple(first.shape)} and {tuple(other.shape)}")
    if first.numel() == 0:
        raise ValueError("a loss of nothing has no value")
