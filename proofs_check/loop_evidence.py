"""Kept loops of generations on images: effects over seeds with intervals, and checks that their signs are as stated.

An effect compares, seed by seed, a policy at its last generation with its first, or with another policy that began from
the same real images. Its sign counts where the 99 % interval by Student's t over seeds leaves out zero; otherwise it is
0, not decided. Seeds are other training images and other noise; for faces other noise alone. This rule, the measures
and the effects were fixed before any loop was looked at.

Loops that had to end early count as far as three seeds came, whatever is measured there. Of U-Nets one seed came to the
end: they have no interval, and what is seen in that run decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import special

from numerics.sweep import evidence, read_sweep

from .check import Bears, Check, Control, Effort, Outcome, Table
from .verdict import Method

LEVEL = 0.99
LEAST_SEEDS = 3
_RESAMPLES = 2000


@dataclass(frozen=True)
class Setting:
    """Where the loops of one kind of images and denoisers are kept, and which of the rows they are.

    side: pixels a side; seeds: how many must have come to a generation for it to count.
    """

    sweep: str
    cell: Mapping[str, str]
    side: int
    seeds: int = LEAST_SEEDS


SETTINGS = {
    "128 digits": Setting("image-loop", {"images": "128 digits"}, 8),
    "70 faces": Setting("image-loop", {"images": "70 faces"}, 25),
    "512 digits": Setting("image-loop-digits", {"denoiser": "perceptron"}, 28),
    "512 digits, one run of U-Nets": Setting("image-loop-digits", {"denoiser": "unet"}, 28, seeds=1),
}
# Positive numbers whose ratios count.
RATIOS = frozenset({"score", "novelty", "variance", "distance"})

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Effect:
    """What `measure` of `policy` is at the last generation, against that of the policy `against`, or its own first."""

    measure: str
    policy: str
    against: str = ""

    def __str__(self) -> str:
        return f"{self.measure}, {self.policy}, last against {f'that of {self.against}' if self.against else 'first'}"


# What MC states, as signs: with real images replaced, GS and entropy fall and copies appear; with them kept, less so;
# selection raises entropy and GS, and lowers the distance from the real images.
PLAIN = {
    Effect("score", "replace"): -1,
    Effect("entropy", "replace"): -1,
    Effect("copies", "replace"): 1,
    Effect("score", "accumulate", "replace"): 1,
    Effect("entropy", "accumulate", "replace"): 1,
    Effect("distance", "accumulate", "replace"): -1,
}
_SELECTED = {
    Effect(measure, policy, policy.partition("-")[0]): sign
    for policy in ("replace-greedy", "replace-filter", "accumulate-greedy")
    for measure, sign in (("entropy", 1), ("score", 1), ("distance", -1))
}
PRINTED = {**PLAIN, **_SELECTED}
# Effects of which MC states no sign, that tell copying from shrinking and straying.
OTHERS = (
    Effect("novelty", "replace"),
    Effect("variance", "replace"),
    Effect("distance", "replace"),
    Effect("distance", "accumulate"),
    Effect("variance", "replace-greedy", "replace"),
    Effect("variance", "accumulate-greedy", "accumulate"),
)


@dataclass(frozen=True)
class Interval:
    """Mean over seeds, its interval by Student's t and by bootstrap, and the number of seeds."""

    mean: float
    low: float
    high: float
    bootstrap: tuple[float, float]
    seeds: int

    @property
    def sign(self) -> int:
        """1 or −1 where the interval by t leaves out zero, or of the one value."""
        return int(self.low > 0) - int(self.high < 0)


@cache
def kept(name: str) -> dict[str, np.ndarray]:
    """Arrays of the evidence of this name. Raises `ValueError` if its checksum does not match."""
    return read_sweep(evidence(name))[0]


def loops(setting: str, *policies: str) -> dict[str, np.ndarray]:
    """The kept loops of one of `SETTINGS` and of the policies given, or of all, as `whole`. `ValueError` as `kept`."""
    where = SETTINGS[setting]
    return whole(of(kept(where.sweep), **where.cell), where.seeds, *policies)


def of(arrays: Arrays, **cell: str) -> dict[str, np.ndarray]:
    """The rows whose grid keys are as given."""
    rows = np.full(len(arrays["policy"]), True)
    for key, value in cell.items():
        rows &= arrays[key] == value
    return {name: values[rows] for name, values in arrays.items()}


def whole(arrays: Arrays, seeds: int, *policies: str) -> dict[str, np.ndarray]:
    """Loops of these policies, cut to the generations that at least so many seeds of each came to, by counts alone.

    Without policies: of all that came to a second generation. Raises `ValueError` for one that did not.
    """
    came = {}
    for policy in dict.fromkeys(arrays["policy"].tolist()):
        done = np.sort(arrays["done"][arrays["policy"] == policy])[::-1]
        came[policy] = int(done[seeds - 1]) if len(done) >= seeds else 0
    chosen = policies or [policy for policy, count in came.items() if count > 1]
    for policy in chosen:
        if came.get(policy, 0) < 2:
            raise ValueError(f"policies must have two generations of {seeds} seeds, got {policy!r}")
    length = arrays["score"].shape[1]
    count = min((came[policy] for policy in chosen), default=length)
    rows = np.isin(arrays["policy"], chosen) & (arrays["done"] >= count)
    return {
        name: values[rows][:, :count] if values.ndim > 1 and values.shape[1] == length else values[rows]
        for name, values in arrays.items()
    }


def curve(arrays: Arrays, policy: str, measure: str) -> np.ndarray:
    """(seeds, generations) of a policy, seeds rising, logarithms of what counts by ratios."""
    rows = np.flatnonzero(arrays["policy"] == policy)
    rows = rows[np.argsort(arrays["seed"][rows])]
    values = arrays[measure][rows]
    return np.log(values) if measure in RATIOS else values


def effect_of(arrays: Arrays, effect: Effect) -> np.ndarray:
    """(seeds,) of one setting's loops. Raises `ValueError` for policies without common seeds."""
    last = curve(arrays, effect.policy, effect.measure)[:, -1]
    if not effect.against:
        return last - curve(arrays, effect.policy, effect.measure)[:, 0]
    seeds = [np.sort(arrays["seed"][arrays["policy"] == name]) for name in (effect.policy, effect.against)]
    common, ours, theirs = np.intersect1d(seeds[0], seeds[1], return_indices=True)
    if not len(common):
        raise ValueError(f"against must be a policy with a seed of {effect.policy!r}, got {effect.against!r}")
    return last[ours] - curve(arrays, effect.against, effect.measure)[theirs, -1]


def interval(values: np.ndarray) -> Interval:
    """Of independent `values`, at least three. Raises `ValueError` for fewer."""
    count = len(values)
    if count < LEAST_SEEDS:
        raise ValueError(f"values must be at least {LEAST_SEEDS}, got {count}")
    mean, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(count))
    half = float(special.stdtrit(count - 1, (1 + LEVEL) / 2)) * error
    means = values[np.random.default_rng(0).integers(count, size=(_RESAMPLES, count))].mean(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(mean, mean - half, mean + half, (float(low), float(high)), count)


def alone(values: np.ndarray) -> Interval:
    """Of the one value of a run that was not repeated: the value itself. Raises `ValueError` for another number."""
    if len(values) != 1:
        raise ValueError(f"values must be one, got {len(values)}")
    value = float(values[0])
    return Interval(value, value, value, (value, value), 1)


def _written(found: Interval) -> tuple[str, str]:
    if found.seeds == 1:
        return "none", "none"
    low, high = found.bootstrap
    return f"{found.low:.3g} … {found.high:.3g}", f"{low:.3g} … {high:.3g}"


def wrong_arrays(arrays: Arrays) -> dict[str, dict[str, np.ndarray]]:
    """The loops of one setting with something taken from them that every statement is about."""
    length = arrays["score"].shape[1]
    curves = [name for name, values in arrays.items() if values.shape[1:] == (length,)]
    # Every other seed on the other side of the mean over all loops and generations.
    side = np.where(arrays["seed"] % 2, -1.0, 1.0)[:, None]
    mirrored = {}
    for name in curves:
        values = np.log(arrays[name]) if name in RATIOS else arrays[name]
        values = values.mean() + side * (values - values.mean())
        mirrored[name] = np.exp(values) if name in RATIOS else values
    names = list(dict.fromkeys(arrays["policy"].tolist()))
    turned = dict(zip(names, [*names[1:], names[0]], strict=True))
    wrong = {
        "generations backwards": {**arrays, **{name: arrays[name][:, ::-1] for name in curves}},
        "policies exchanged": {**arrays, "policy": np.array([turned[name] for name in arrays["policy"].tolist()])},
    }
    # One run has no other seeds.
    return {**wrong, "every other seed mirrored": {**arrays, **mirrored}} if np.ptp(arrays["seed"]) else wrong


def sign_check(
    name: str,
    arrays: Callable[[], Arrays],
    stated: Mapping[Effect, int],
    *,
    about: str = "printed",
    scope: str,
    summary: Callable[[np.ndarray], Interval] = interval,
) -> Check:
    """A check that effects in the loops of one setting have the signs stated, 0 where none is decided.

    Of a run that was not repeated (`alone` for the summary) it shows what was seen and decides nothing.
    """

    def decide_about(among: Arrays, signs: Mapping[Effect, int], shown: bool) -> Outcome:
        found = {effect: summary(effect_of(among, effect)) for effect in signs}
        wrong = [str(effect) for effect, sign in signs.items() if found[effect].sign != sign]
        rows = [
            (effect.measure, effect.policy, effect.against or "its first", f"{each.mean:.3g}", *_written(each))
            for effect, each in found.items()
        ]
        columns = ("measure", "policy", "against", "mean", "99 % by t", "99 % by bootstrap")
        tables = (Table(f"{name} ({', '.join(sorted(RATIOS))} as logarithms)", columns, tuple(rows)),) if shown else ()
        seeds = min(each.seeds for each in found.values())
        counted = f"{seeds} seeds or more each" if seeds > 1 else "one run, no interval"
        detail = f"unlike stated: {'; '.join(wrong)}" if wrong else f"{len(signs)} signs, {counted}"
        return Outcome(not wrong, f"{len(signs) - len(wrong)} of {len(signs)} signs", detail, tables)

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        for label, other in wrong_arrays(arrays()).items():
            yield Control(f"{name}: {label}", lambda other=other: decide_about(other, stated, False))
        reverse = {effect: -sign for effect, sign in stated.items()}
        yield Control(f"{name}: other signs", lambda: decide_about(arrays(), reverse, False))

    bears = Bears.SUPPORTS if summary is alone else Bears.DECIDES
    return Check(
        name,
        Method.DESCENT,
        lambda effort: decide_about(arrays(), stated, True),
        controls,
        bears,
        about=about,
        scope=scope,
    )
