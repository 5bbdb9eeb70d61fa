"""Whether a theory of the transition puts it where the kept models have it.

A theory is a function of the setting, the threshold c and M/N that is negative below its transition and positive above
it. It is met within a tolerance if it is negative that much below the measured crossing and positive that much above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from numerics.sweeps.edge_decisive import WEIGHTS
from numerics.sweeps.edge_likelihood import size
from theory.crossover import crossover_fraction, printed_grid, signal_to_noise
from theory.deterministic_steps import sampled_variance
from theory.singleton_mass import Sampler, predicted_ratio

from .check import Check, Control, Effort, Outcome, Table
from .edge_evidence import Setting, ratio_curve, settings, surrogate_crossing
from .sampling import Estimate
from .verdict import Method

Theory = Callable[[str, Setting, float, float], float]
"""(sweep, setting, c, M/N) to a number whose sign says on which side of the transition that is."""

SNR = signal_to_noise(printed_grid())


class Transition(NamedTuple):
    """A measured crossing: which sweep and curve, sampler and threshold, and M/N over the data sets."""

    sweep: str
    setting: Setting
    sampler: str
    c: float
    measured: Estimate


def transitions(sweep: str, sampler: str, thresholds: Sequence[float], **only: object) -> list[Transition]:
    """The measured crossings of a sweep, of the curves whose fields are as in `only`."""
    chosen = [each for each in settings(sweep) if all(getattr(each, key) == value for key, value in only.items())]
    return [
        Transition(sweep, each, sampler, c, ratio_curve(sweep, each, sampler, c).crossing())
        for each in chosen
        for c in thresholds
    ]


@cache
def _excess(setting: str, data_variance: float, c: float, fraction: float, sampler: Sampler | None) -> float:
    N, d, K = size(setting)
    return predicted_ratio(N, d, K, data_variance, c, min(fraction, 1.0) * N, sampler) - 0.5


def singletons(sweep: str, setting: Setting, c: float, fraction: float) -> float:
    """The memorised share of `theory.singleton_mass` by exact draws, to three digits of M/N."""
    del sweep
    return _excess(setting.setting, setting.data_variance, c, round(fraction, 3), None)


def singletons_in_steps(times: np.ndarray) -> Theory:
    """The same by deterministic steps: draws have the variance of `theory.deterministic_steps`."""

    def sampler(variance: float) -> float:
        return sampled_variance(variance, times)

    def side(sweep: str, setting: Setting, c: float, fraction: float) -> float:
        del sweep
        return _excess(setting.setting, setting.data_variance, c, round(fraction, 3), sampler)

    return side


def equation_21(weighting: str, constant: float) -> Theory:
    """EM eq. 21 with weights λ by name, or "own" for those of the model, and C."""

    def side(sweep: str, setting: Setting, c: float, fraction: float) -> float:
        del sweep, c
        weights = WEIGHTS[setting.weighting if weighting == "own" else weighting]
        return fraction - crossover_fraction(weights, SNR, setting.data_variance, constant)

    return side


def surrogates(weighting: str) -> Theory:
    """Where the sampled loss of the partial memoriser falls below that of the data's own mixture."""

    def side(sweep: str, setting: Setting, c: float, fraction: float) -> float:
        del c
        weights = WEIGHTS[setting.weighting if weighting == "own" else weighting]
        return fraction - surrogate_crossing(sweep, setting, weights).mean

    return side


def constant(value: float) -> Theory:
    """One M/N for all."""
    return lambda sweep, setting, c, fraction: fraction - value


def transition_check(
    name: str,
    found: Callable[[], list[Transition]],
    theory: Theory,
    wrong: Mapping[str, Theory],
    tolerance: float,
    *,
    about: str,
    scope: str,
    whole: Callable[[], list[Transition]] | None = None,
) -> Check:
    """A check that a theory meets all transitions of kept models within a tolerance in M/N; wrong ones must not.

    `whole`: those of a full run, if there are more.
    """

    def decide(effort: Effort) -> Outcome:
        measured = whole() if whole and effort.full else found()
        missed = [each for each in measured if not _met(theory, each, tolerance)]
        largest = max(each.measured.standard_error for each in measured)
        return Outcome(
            bool(measured) and not missed,
            f"{len(measured) - len(missed)} of {len(measured)} within {tolerance:g}",
            f"standard errors up to {largest:.3f}",
            (_table(name, measured),),
        )

    def decide_about_wrong(other: Theory) -> Outcome:
        missed = next((each for each in found() if not _met(other, each, tolerance)), None)
        return Outcome(missed is None, "all within" if missed is None else f"misses {missed.setting}")

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for label, other in wrong.items():
            yield Control(f"{name}: {label}", lambda other=other: decide_about_wrong(other))

    return Check(name, Method.DESCENT, decide, controls, about=about, scope=scope)


def _met(theory: Theory, each: Transition, tolerance: float) -> bool:
    low, high = each.measured.mean - tolerance, each.measured.mean + tolerance
    return theory(each.sweep, each.setting, each.c, low) < 0 < theory(each.sweep, each.setting, each.c, high)


def _table(name: str, measured: list[Transition]) -> Table:
    rows = tuple(
        (
            each.setting.setting,
            f"{each.setting.data_variance:g}",
            each.setting.weighting,
            each.setting.start,
            each.sampler,
            f"{each.c:.4f}",
            f"{each.measured.mean:.3f} ± {each.measured.standard_error:.3f}",
        )
        for each in measured
    )
    return Table(name, ("N-d-K", "σ⋆²", "λ", "start", "sampler", "c", "M/N at one half"), rows)
