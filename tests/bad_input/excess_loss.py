"""Bad input of `theory.excess_loss` and `numerics.excess_draws`."""

from __future__ import annotations

from tests.bad_input.mixture_denoiser import MEANS, TIME
from tests.bad_values import NONNEGATIVE, of, whole

SPREAD, COUNT = (0.5, NONNEGATIVE), (3, whole(1))

FUNCTIONS = {
    "theory.excess_loss.leading_excess": of(d=COUNT, t=TIME, data_variance=SPREAD),
    "theory.excess_loss.label_excess_bound": of(means=MEANS, t=TIME, data_variance=SPREAD),
    "theory.excess_loss.memoriser_loss_bound": of(means=MEANS, samples=COUNT, t=TIME, data_variance=SPREAD),
    "theory.excess_loss.excess_bounds": of(means=MEANS, samples=COUNT, t=TIME, data_variance=SPREAD),
    "theory.excess_loss.excess_without_signal": of(means=MEANS, samples=COUNT, data_variance=SPREAD),
    "numerics.excess_draws.loss_draws": of(
        means=MEANS, samples=COUNT, t=TIME, data_variance=SPREAD, sets=COUNT, draws=COUNT, seed=(0, whole(0))
    ),
}
