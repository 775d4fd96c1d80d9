"""Kalman filter and backward pass over many rows at once, as associative scans (pure functions).

After Särkkä and García-Fernández, "Temporal Parallelization of Bayesian Smoothers" (IEEE
Transactions on Automatic Control 66, 2021). A stretch of rows tells how the state after it follows
from the state before it. Two stretches that meet combine into one, so rows are joined in pairs,
pairs of pairs and so on, and the states are handed back down: every level is a handful of numpy
calls. Where the filter starts anew, nothing follows from the state before.

States have two parts, of which the first is observed. Matrices are arrays (2, 2, N) and vectors
(2, 1, N), so that each entry of all rows lies together. Inverses are written out: of two positive
semidefinite matrices A and B, (A^-1 + B^-1)^-1 is (det(B) A + det(A) B) / det(A + B), which stays
exact where one of them is singular or much larger than the other.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from framepick.types import Floats

Parts = tuple[Floats, ...]
"""What stretches of rows say, one (2, 2, N) or (2, 1, N) per part; means and covariances lead."""

_Join = Callable[[Parts, Parts], Parts]
"""Makes one stretch of two."""
_GoOn = Callable[[Parts, Parts], Parts]
"""Gives the state after a stretch, from the state before it."""

BLOCK_ROWS = 16384
"""Rows that are joined at a time: working memory stays flat, and the calls to numpy few."""

_SIGNS = np.array([[[1.0], [-1.0]], [[-1.0], [1.0]]])
_IDENTITY = np.eye(2)[..., None]


def filtered(
    forward: Floats, gained: Floats, scores: Floats, measurement_variance: float
) -> tuple[Floats, Floats]:
    """Means (2, 1, N) and covariances (2, 2, N) of the states, given the scores so far.

    `forward` (2, 2, N) carries the state of the row before to each row, `gained` (2, 2, N) is the
    covariance that comes to it on the way. Where `forward` is 0 the filter starts anew, and
    `gained` is the covariance before the score of that row. Where `scores` (N,) is NaN, nothing
    was observed.
    """

    def elements(rows: slice) -> Parts:
        return _filter_elements(
            forward[..., rows], gained[..., rows], scores[rows], measurement_variance
        )

    mean, covariance = _states(len(scores), elements, _join_filters, _filter_on)
    return mean, covariance


def smoothed(
    mean: Floats, covariance: Floats, forward: Floats, gained: Floats
) -> tuple[Floats, Floats]:
    """Means (2, 1, N) and covariances (2, 2, N) of the states, given all scores.

    `mean` and `covariance` are those given the scores so far. `forward` and `gained` (2, 2, N) lead
    from each row to the next; at the last row, `forward` is 0 and `gained` any covariance.
    """
    given = [part[..., ::-1] for part in (mean, covariance, forward, gained)]

    def elements(rows: slice) -> Parts:
        mean, covariance, forward, gained = (part[..., rows].copy() for part in given)
        back, left = _backward(covariance, forward, gained)
        return mean - _times(back, _times(forward, mean)), left, back

    mean, covariance = _states(mean.shape[-1], elements, _join_smoothers, _smooth_on)
    return mean[..., ::-1], covariance[..., ::-1]


def _filter_elements(
    forward: Floats, gained: Floats, scores: Floats, measurement_variance: float
) -> Parts:
    """What one row says: mean, covariance, carry, and information as a vector and a matrix.

    The state after the row is the mean and what `carry` makes of the state before, the covariance
    being that of the first part alone; the information is what its score tells of the state before.
    """
    observed = ~np.isnan(scores)
    values = np.where(observed, scores, 0.0)
    total = gained[0, 0] + measurement_variance
    weight = np.where(observed, 1.0 / total, 0.0)
    gain = gained[:, :1] * weight
    covariance = gained * np.where(observed, measurement_variance / total, 1.0)
    covariance[1, 1] += _determinant(gained) * weight
    row = forward[:1]  # (1, 2, N): how the score follows from the state before
    weighted = _transposed(row) * weight
    return gain * values, covariance, forward - gain * row, weighted * values, weighted * row


def _backward(covariance: Floats, forward: Floats, gained: Floats) -> tuple[Floats, Floats]:
    """Give the backward gain, and the covariance of a state of which the next one is known."""
    size, noise_size = _determinant(covariance), _determinant(gained)
    adjugate = _adjugate(forward)
    behind = _times(covariance, _transposed(forward))
    carried = _times(forward, behind)
    mixed = np.sum(_adjugate(carried) * gained, axis=(0, 1))
    ahead = _determinant(carried) + noise_size + mixed  # determinant of the sum of both
    back = size * _determinant(forward) * adjugate + _times(behind, _adjugate(gained))
    left = noise_size * covariance + size * _times(_times(adjugate, gained), _transposed(adjugate))
    return back / ahead, left / ahead


def _states(count: int, elements: Callable[[slice], Parts], join: _Join, go_on: _GoOn) -> Parts:
    """Give the states (mean, covariance) of all rows, block by block."""
    blocks: list[Parts] = []
    for start in range(0, count, BLOCK_ROWS):
        block = elements(slice(start, min(start + BLOCK_ROWS, count)))
        if blocks:
            last = tuple(part[..., -1:] for part in blocks[-1])
            first = go_on(last, tuple(part[..., :1] for part in block))
            block[0][..., :1], block[1][..., :1] = first
        blocks.append(_scan(block, join, go_on))
    return tuple(np.concatenate(parts, axis=-1) for parts in zip(*blocks, strict=True))


def _scan(elements: Parts, join: _Join, go_on: _GoOn) -> Parts:
    """Give the states of rows of which the first has nothing before it."""
    states = tuple(part.copy() for part in elements[:2])
    count = elements[0].shape[-1]
    if count == 1:
        return states
    evens = tuple(part[..., ::2].copy() for part in elements)  # numpy is faster without strides
    odds = tuple(part[..., 1::2].copy() for part in elements)
    odd = _scan(join(_cut(evens, 0, count // 2), odds), join, go_on)
    del odds
    even = go_on(_cut(odd, 0, (count - 1) // 2), _cut(evens, 1, None))
    for state, at_odd, at_even in zip(states, odd, even, strict=True):
        state[..., 1::2], state[..., 2::2] = at_odd, at_even
    return states


def _cut(parts: Parts, start: int, end: int | None) -> Parts:
    return tuple(part[..., start:end] for part in parts)


def _join_filters(first: Parts, second: Parts) -> Parts:
    mean, covariance, carry, vector, information = first
    _, _, later_carry, later_vector, later_information = second
    known, share = _between(covariance, later_information)
    carried = _times(share, carry)
    return (
        *_after(mean, known, share, second),
        _times(later_carry, carried),
        _times(_transposed(carried), later_vector - _times(later_information, mean)) + vector,
        _times(_transposed(carry), _times(later_information, carried)) + information,
    )


def _filter_on(state: Parts, stretch: Parts) -> Parts:
    known, share = _between(state[1], stretch[4])
    return _after(state[0], known, share, stretch)


def _between(covariance: Floats, information: Floats) -> tuple[Floats, Floats]:
    """Of a state between two stretches: its covariance given both, and the weight of its mean.

    With C and J for the arguments these are (C^-1 + J)^-1 and (1 + C J)^-1.
    """
    size = _determinant(covariance)
    adjugate = _adjugate(information)
    scale = 1.0 + np.sum(covariance * information, axis=(0, 1)) + size * _determinant(information)
    share = _IDENTITY + _times(adjugate, _adjugate(covariance))
    return (covariance + size * adjugate) / scale, share / scale


def _after(mean: Floats, known: Floats, share: Floats, stretch: Parts) -> Parts:
    """Mean and covariance after a stretch, from what is known of the state before it."""
    later_mean, later_covariance, carry, vector, _ = stretch
    return (
        _times(carry, _times(share, mean) + _times(known, vector)) + later_mean,
        _times(_times(carry, known), _transposed(carry)) + later_covariance,
    )


def _join_smoothers(later: Parts, earlier: Parts) -> Parts:
    return (*_smooth_on(later[:2], earlier), _times(earlier[2], later[2]))


def _smooth_on(state: Parts, stretch: Parts) -> Parts:
    mean, covariance = state
    earlier_mean, earlier_covariance, back = stretch
    return (
        _times(back, mean) + earlier_mean,
        _times(_times(back, covariance), _transposed(back)) + earlier_covariance,
    )


def _times(a: Floats, b: Floats) -> Floats:
    product: Floats = a[:, 0, None] * b[0]
    product += a[:, 1, None] * b[1]
    return product


def _transposed(a: Floats) -> Floats:
    return a.swapaxes(0, 1)


def _adjugate(a: Floats) -> Floats:
    result: Floats = _transposed(a[::-1, ::-1]) * _SIGNS
    return result


def _determinant(a: Floats) -> Floats:
    result: Floats = a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0]
    return result
