"""Which pictures to compare: the sampler of Schwarz, Wieschollek, Lensch (2018), equation 3.

A triplet (a, p, n) of pictures with scores S is taken when alpha < |S(a) - S(p)| / |S(x) - S(n)| <
beta for x = a and for x = p (the paper prints b for p). a and p are then alike and n is not; the
lower bound keeps n from being too easy. n may be better or worse than both.

Scores lie on a line, so that with beta up to 1 n is never between a and p. If it is r gaps beyond
the nearer of them it is r + 1 beyond the other: 1 / beta < r < 1 / alpha - 1, and there is no such
r unless alpha < beta / (1 + beta). The authors' program uses 0.3 and 0.7.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framepick.types import Floats

ALPHA = 0.3
BETA = 0.7
_SMALLEST_BLOCK, _LARGEST_BLOCK = 1 << 10, 1 << 18
_MAX_FAILED_DRAWS = 1 << 24


def sample_triplets(
    scores: Floats,
    count: int,
    generator: np.random.Generator,
    *,
    alpha: float = ALPHA,
    beta: float = BETA,
) -> NDArray[np.int64]:
    """`count` rows (a, p, n) of positions in `scores` (N,), each triplet that fits equally likely.

    Draws blocks of random triplets and keeps those that fit; the same triplet may come again.

    Raises
    ------
    ValueError
        The bounds leave no room, a score is not finite, or sixteen million triplets drawn
        in succession do not fit: scores that are all equal, or too few of them.
    """
    _check_bounds(alpha, beta)
    if scores.ndim != 1 or len(scores) < 3 or not np.isfinite(scores).all():
        raise ValueError("triplets need at least three finite scores")
    found: list[NDArray[np.int64]] = [np.empty((0, 3), np.int64)]
    missing, in_vain, block = count, 0, _block_size(count)
    while missing > 0:
        drawn = generator.integers(0, len(scores), (block, 3))
        kept = drawn[fits(*scores[drawn].T, alpha=alpha, beta=beta)][:missing]
        found.append(kept)
        missing -= len(kept)
        in_vain = 0 if len(kept) else in_vain + block
        if in_vain >= _MAX_FAILED_DRAWS:
            raise ValueError(
                f"no triplet fits alpha {alpha} and beta {beta} among {len(scores)} scores of "
                f"{len(np.unique(scores))} different values; widen the bounds or add pictures"
            )
        block = min(2 * block, _LARGEST_BLOCK)
    return np.concatenate(found)


def fits(
    anchor: Floats, positive: Floats, negative: Floats, *, alpha: float, beta: float
) -> NDArray[np.bool_]:
    """Return whether scores (N,) of a, p and n make valid triplets (N,), by equation 3."""
    gap = np.abs(anchor - positive)
    nearer = np.minimum(np.abs(anchor - negative), np.abs(positive - negative))
    farther = np.maximum(np.abs(anchor - negative), np.abs(positive - negative))
    # without dividing, so that equal scores need no special case
    return (alpha * farther < gap) & (gap < beta * nearer)


def _check_bounds(alpha: float, beta: float) -> None:
    if not 0.0 <= alpha < beta <= 1.0:
        raise ValueError(f"0 <= alpha < beta <= 1 is needed, not alpha {alpha} and beta {beta}")
    if not alpha < beta / (1.0 + beta):
        raise ValueError(
            f"no triplet can fit alpha {alpha} and beta {beta}: "
            f"alpha must be below beta / (1 + beta) = {beta / (1.0 + beta):.3f}"
        )


def _block_size(count: int) -> int:
    # about one triplet in ten fits where scores are spread evenly
    return int(np.clip(10 * count, _SMALLEST_BLOCK, _LARGEST_BLOCK))
