import numpy as np
import pytest

from framepick.metrics import pearson, spearman


def test_pearson_sees_a_straight_line_and_its_mirror() -> None:
    assert pearson([1, 2, 3, 5], [2, 4, 6, 10]) == pytest.approx(1.0)
    assert pearson([1, 2, 3, 5], [-2, -4, -6, -10]) == pytest.approx(-1.0)


def test_spearman_sees_only_order() -> None:
    assert spearman([1, 2, 3, 4], [1, 10, 100, 1000]) == pytest.approx(1.0)
    assert pearson([1, 2, 3, 4], [1, 10, 100, 1000]) < 0.9


def test_ties_share_their_ranks() -> None:
    # ranks 1.5 1.5 3 4 against 1 2 3 4: covariance 4.5, variances 4.5 and 5
    assert spearman([7, 7, 8, 9], [1, 2, 3, 4]) == pytest.approx(4.5 / np.sqrt(4.5 * 5.0))


def test_a_constant_list_has_no_correlation() -> None:
    assert np.isnan(pearson([0.1, 0.1, 0.1], [1, 2, 3]))
    assert np.isnan(spearman([1, 2, 3], [0.1, 0.1, 0.1]))


@pytest.mark.parametrize(
    ("first", "second"),
    [([1], [1]), ([1, 2], [1, 2, 3]), ([[1, 2]], [[1, 2]]), ([1, float("nan")], [1, 2])],
)
def test_lists_that_do_not_pair_are_refused(first: list[float], second: list[float]) -> None:
    with pytest.raises(ValueError, match=r"correlations|one length"):
        spearman(first, second)
