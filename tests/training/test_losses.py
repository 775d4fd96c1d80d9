"""Each loss pulls the right way, from any start, and never below 0."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from framepick.training import losses


def rows(*values: tuple[float, ...]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)


SHORT, LONG = rows((1.0, 0.0)), rows((0.0, 3.0))
WORSE, BETTER = torch.tensor([-0.4]), torch.tensor([0.4])


def test_the_better_picture_with_the_larger_norm_costs_nothing() -> None:
    assert losses.direction_loss(SHORT, LONG, BETTER, 0.5).item() == 0.0
    assert losses.direction_loss(LONG, SHORT, WORSE, 0.5).item() == 0.0


def test_the_better_picture_with_the_smaller_norm_costs_the_difference_and_the_margin() -> None:
    assert losses.direction_loss(LONG, SHORT, BETTER, 0.5).item() == pytest.approx(2.5)
    assert losses.direction_loss(SHORT, LONG, WORSE, 0.5).item() == pytest.approx(2.5)


def test_a_lead_below_the_margin_costs_what_is_missing() -> None:
    assert losses.direction_loss(SHORT, LONG, BETTER, 2.75).item() == pytest.approx(0.75)


def test_a_worse_negative_is_not_rewarded_for_a_large_norm() -> None:
    # the printed form, sign in front of the bracket, gives -|a| + |n| - m without end
    for size in (1e1, 1e3, 1e5):
        loss = losses.direction_loss(SHORT, size * LONG, WORSE, 0.5)
        assert loss.item() == pytest.approx(3 * size - 0.5)
    assert losses.direction_loss(1e5 * LONG, SHORT, WORSE, 0.5).item() == 0.0


def test_pictures_of_equal_score_have_no_direction() -> None:
    assert losses.direction_loss(SHORT, LONG, torch.zeros(1), 5.0).item() == 0.0


@pytest.mark.parametrize(("gain", "direction"), [(WORSE, -1.0), (BETTER, 1.0)])
def test_a_step_down_the_slope_lengthens_the_better_and_shortens_the_worse(
    gain: Tensor, direction: float
) -> None:
    anchor, negative = rows((3.0, 4.0)).requires_grad_(), rows((4.0, 3.0)).requires_grad_()
    loss = losses.direction_loss(anchor, negative, gain, 0.5)
    of_anchor, of_negative = torch.autograd.grad(loss, [anchor, negative])
    assert torch.allclose(-of_anchor, -direction * anchor / 5.0)
    assert torch.allclose(-of_negative, direction * negative / 5.0)


def test_a_vector_of_length_zero_has_a_finite_slope() -> None:
    anchor = torch.zeros(1, 2, requires_grad=True)
    loss = losses.direction_loss(anchor, SHORT, BETTER, 5.0)
    (slope,) = torch.autograd.grad(loss, anchor)
    assert torch.isfinite(slope).all()


def test_like_pictures_that_are_closer_than_unlike_ones_cost_nothing() -> None:
    anchor, near, far = rows((0.0, 1.0)), rows((0.0, 1.5)), rows((2.0, 1.0))
    assert losses.triplet_loss(anchor, near, far, 1.0).item() == 0.0
    assert losses.triplet_loss(anchor, far, near, 1.0).item() == pytest.approx(1.0 + 4.0 - 0.25)


def test_the_directional_triplet_loss_is_the_sum_of_its_two_terms() -> None:
    anchor, positive, negative = (torch.randn(7, 5) for _ in range(3))
    gain = torch.randn(7)
    both = losses.directional_triplet_loss(
        anchor, positive, negative, gain, margin=0.7, norm_margin=0.3
    )
    terms = losses.triplet_loss(anchor, positive, negative, 0.7)
    terms += losses.direction_loss(anchor, negative, gain, 0.3)
    assert both.item() == pytest.approx(terms.item())


def test_training_on_triplets_puts_norms_in_the_order_of_the_scores() -> None:
    torch.manual_seed(0)
    vectors = (torch.randn(3, 4) * torch.tensor([[3.0], [3.0], [0.5]])).requires_grad_()
    gain = torch.tensor([0.6])  # the negative, which starts shortest, is the best
    for _ in range(200):
        anchor, positive, negative = vectors[:1], vectors[1:2], vectors[2:]
        loss = losses.directional_triplet_loss(
            anchor, positive, negative, gain, margin=0.2, norm_margin=0.5
        )
        (slope,) = torch.autograd.grad(loss, vectors)
        vectors = (vectors - 0.05 * slope).detach().requires_grad_()
    lengths = losses.norms(vectors)
    assert loss.item() == pytest.approx(0.0, abs=1e-4)
    assert lengths[2] > lengths[0] + 0.49


def test_scores_in_the_order_of_the_ratings_cost_less_than_any_other_order() -> None:
    ratings = torch.tensor([1.0, 2.0, 4.0])
    costs = {
        order: losses.rank_loss(torch.tensor(order), ratings).item()
        for order in [(0.0, 1.0, 2.0), (1.0, 0.0, 2.0), (0.0, 2.0, 1.0), (2.0, 1.0, 0.0)]
    }
    assert list(costs.values()) == sorted(costs.values())
    # swapping the pair that people see further apart costs more
    assert costs[0.0, 2.0, 1.0] > costs[1.0, 0.0, 2.0] + 0.1


def test_rank_loss_is_the_logistic_of_the_lead_weighted_by_the_gap() -> None:
    scores, ratings = torch.tensor([0.5, 0.0, 2.0]), torch.tensor([3.0, 1.0, 4.0])
    pairs = [(2.0, 0.5), (1.0, 1.5), (3.0, 2.0)]  # gap of ratings, lead of the better
    expected = sum(gap * math.log1p(math.exp(-lead)) for gap, lead in pairs) / 6.0
    assert losses.rank_loss(scores, ratings).item() == pytest.approx(expected)
    assert losses.rank_loss(scores, ratings, least_gap=2.5).item() == pytest.approx(
        math.log1p(math.exp(-2.0))
    )


def test_rank_loss_compares_within_groups_only() -> None:
    scores, ratings = torch.tensor([0.0, 2.0, 9.0, 7.0]), torch.tensor([1.0, 3.0, 1.0, 2.0])
    groups = torch.tensor([0.0, 0.0, 1.0, 1.0])
    expected = (2.0 * math.log1p(math.exp(-2.0)) + math.log1p(math.exp(2.0))) / 3.0
    found = losses.rank_loss(scores, ratings, groups=groups)
    assert found.item() == pytest.approx(expected)
    assert losses.rank_loss(scores, ratings, groups=torch.arange(4.0)).item() == 0.0


def test_rank_loss_of_equal_ratings_is_nothing_and_has_no_slope() -> None:
    scores = torch.randn(4, requires_grad=True)
    loss = losses.rank_loss(scores, torch.full((4,), 2.0))
    (slope,) = torch.autograd.grad(loss, scores)
    assert loss.item() == 0.0
    assert not slope.any()


def test_votes_in_the_next_bin_cost_less_than_votes_far_off() -> None:
    target = rows((0, 1, 0, 0, 0))
    near, far = rows((0, 0, 1, 0, 0)), rows((0, 0, 0, 0, 1))
    assert losses.cumulative_loss(target, target).item() == 0.0
    assert losses.cumulative_loss(near, target).item() == pytest.approx(1 / 5)
    assert losses.cumulative_loss(far, target).item() == pytest.approx(3 / 5)
    assert losses.cumulative_loss(target, far).item() == pytest.approx(3 / 5)


def test_the_better_of_a_pair_ahead_by_more_than_the_margin_costs_little() -> None:
    ahead, behind = torch.tensor([9.0]), torch.tensor([0.0])
    assert losses.pair_loss(ahead, behind, margin=1.0).item() < 0.001
    assert losses.pair_loss(behind, ahead, margin=1.0).item() == pytest.approx(10.0, abs=0.001)
    assert losses.pair_loss(ahead, ahead).item() == pytest.approx(math.log(2.0))


def test_scores_that_fall_with_the_strength_cost_least() -> None:
    costs = [
        losses.graded_loss(rows(order), margin=1.0).item()
        for order in [(9, 6, 3, 0), (9, 6, 0, 3), (6, 9, 0, 3), (0, 3, 6, 9)]
    ]
    assert costs == sorted(costs)
    assert costs[0] < 0.2 < costs[1]


def test_two_grades_are_a_pair() -> None:
    scores = torch.randn(6, 2)
    expected = losses.pair_loss(scores[:, 0], scores[:, 1], margin=0.4)
    assert losses.graded_loss(scores, margin=0.4).item() == pytest.approx(expected.item())


def test_grades_further_apart_are_asked_to_differ_by_more() -> None:
    loss = losses.graded_loss(rows((2.0, 1.0, 0.0)), margin=1.0)
    assert loss.item() == pytest.approx(math.log(2.0))


def test_a_student_like_its_teacher_costs_nothing_and_an_ignorant_one_about_one() -> None:
    torch.manual_seed(0)
    features = 5.0 + 3.0 * torch.randn(400, 60)
    features[:, 7] = 2.0  # a channel that never moves
    teacher = losses.standardise(features, features.mean(0), features.std(0))
    assert torch.isfinite(teacher).all()
    assert not teacher[:, 7].any()
    for share in (0.0, 0.5, 1.0):
        same = losses.distillation_loss(teacher, teacher, cosine_share=share)
        nothing = losses.distillation_loss(torch.zeros(400, 60), teacher, cosine_share=share)
        assert 0.0 <= same.item() < 1e-6
        assert nothing.item() == pytest.approx(1.0, abs=0.05)


def test_rounding_does_not_take_the_cosine_below_nothing() -> None:
    generator = torch.Generator().manual_seed(0)
    for row in torch.randn(300, 1, 9, generator=generator):
        assert losses.distillation_loss(row, row, cosine_share=1.0).item() >= 0.0


def test_only_the_squared_error_sees_the_length_of_a_feature_vector() -> None:
    teacher = torch.randn(5, 8)
    assert losses.distillation_loss(2 * teacher, teacher, cosine_share=1.0).item() < 1e-6
    assert losses.distillation_loss(2 * teacher, teacher, cosine_share=0.0).item() > 0.1


SHAPES: dict[Callable[..., Tensor], tuple[tuple[int, ...], ...]] = {
    lambda a, p, n: losses.triplet_loss(a, p, n, 0.5): ((4, 3),) * 3,
    lambda a, n, g: losses.direction_loss(a, n, g, 0.5): ((4, 3), (4, 3), (4,)),
    losses.rank_loss: ((5,), (5,)),
    lambda s, t: losses.cumulative_loss(s.softmax(1), t.softmax(1)): ((4, 7), (4, 7)),
    lambda b, w: losses.pair_loss(b, w, margin=0.3): ((5,), (5,)),
    lambda s: losses.graded_loss(s, margin=0.3): ((4, 4),),
    losses.distillation_loss: ((4, 6), (4, 6)),
}


@pytest.mark.parametrize("loss", SHAPES)
def test_no_loss_falls_below_nothing(loss: Callable[..., Tensor]) -> None:
    generator = torch.Generator().manual_seed(3)
    for size in (0.01, 1.0, 100.0):
        for _ in range(50):
            inputs = [size * torch.randn(*s, generator=generator) for s in SHAPES[loss]]
            assert loss(*inputs).item() >= 0.0


@pytest.mark.parametrize("loss", SHAPES)
def test_slopes_agree_with_differences(loss: Callable[..., Tensor]) -> None:
    # the losses work in float32, hence a large step and a loose bound
    generator = torch.Generator().manual_seed(5)
    inputs = [torch.randn(*shape, generator=generator) for shape in SHAPES[loss]]
    first, others = inputs[0].requires_grad_(), inputs[1:]
    (slope,) = torch.autograd.grad(loss(first, *others), first)
    assert slope.any()
    way = torch.randn(first.shape, generator=generator)
    with torch.no_grad():
        rise = loss(first + 1e-3 * way, *others) - loss(first - 1e-3 * way, *others)
    assert rise.item() / 2e-3 == pytest.approx((slope * way).sum().item(), abs=2e-3, rel=1e-2)


@pytest.mark.parametrize("loss", SHAPES)
def test_half_precision_gives_the_same_in_float32(loss: Callable[..., Tensor]) -> None:
    generator = torch.Generator().manual_seed(5)
    halves = [torch.randn(*shape, generator=generator).half() for shape in SHAPES[loss]]
    found = loss(*halves)
    assert found.item() == pytest.approx(loss(*(h.float() for h in halves)).item(), rel=1e-3)


def test_squares_of_half_precision_do_not_overflow() -> None:
    anchor, far = torch.zeros(2, 3).half(), torch.full((2, 3), 300.0).half()
    assert torch.isfinite(losses.triplet_loss(anchor, far, anchor, 0.5))
    assert losses.norms(200 * far).tolist() == pytest.approx([60_000 * math.sqrt(3)] * 2)


@pytest.mark.parametrize(
    "call",
    [
        lambda: losses.rank_loss(torch.zeros(4, 1), torch.zeros(4)),
        lambda: losses.pair_loss(torch.zeros(4, 1), torch.zeros(4)),
        lambda: losses.cumulative_loss(torch.zeros(4, 7), torch.zeros(4, 10)),
        lambda: losses.direction_loss(torch.zeros(4, 3), torch.zeros(4, 3), torch.zeros(4, 1), 0.1),
        lambda: losses.distillation_loss(torch.zeros(4, 3), torch.zeros(1, 3)),
        lambda: losses.graded_loss(torch.zeros(4)),
        lambda: losses.graded_loss(torch.zeros(4, 1)),
        lambda: losses.pair_loss(torch.zeros(0), torch.zeros(0)),
        lambda: losses.distillation_loss(torch.ones(1, 2), torch.ones(1, 2), cosine_share=1.5),
    ],
)
def test_shapes_that_would_spread_in_silence_are_refused(call: Callable[[], Tensor]) -> None:
    with pytest.raises(ValueError, match=r"shapes differ|graded scores|of nothing|cosine_share"):
        call()
