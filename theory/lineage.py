"""The memorising loop: a model that returns its training set, n points drawn from n with replacement, again and again.

The number C_g of copies of one original after g generations is the Wright–Fisher chain: C_0 = 1 and, given C_g = i,
C_{g+1} is binomial (n, i/n). All expectations over originals follow from its law:

    distinct survivors   E K_g = n P(C_g > 0)
    Shannon entropy      E H_g = E[C_g log(n/C_g)], nats, of the shares C/n
    stored mass          E[C_g; C_g > m], the share of points in families of more than m.

Backwards, the number A_g of ancestors that all n points have g generations ago is K_g in law, and given A_g = a the
next value is the number of boxes that a balls occupy among n. At fixed g as n → ∞, C_g becomes a branching process
whose members have Poisson (1) children; at g = tn, A becomes Kingman's coalescent.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
from jaxtyping import Float64
from scipy import special

from . import validation

# Terms of the coalescent's series beyond exponent 40 are below rounding.
_NEGLIGIBLE = 40.0


def surviving_points(n: int, generations: Any, *, threshold: float = 0.0, copies: int = 1) -> Any:
    """E K_g: expected number of originals with more than `threshold` ≥ 0 copies after g generations, exact at finite n.

    `generations` g ≥ 0: one whole number, for a float, or a sequence of them, for an array. `copies` of each of the n/
    `copies` originals are there at first. Takes 8n² bytes, and n² operations a generation. Raises `ValueError` for bad
    input.
    """
    n, threshold = validation.whole(n, "n", 1), validation.nonnegative(threshold, "threshold")
    return _expectations(n, generations, np.where(np.arange(1, n + 1) > threshold, float(n), 0.0), copies)


def expected_entropy(n: int, generations: Any, *, copies: int = 1) -> Any:
    """E H_g, nats: expected Shannon entropy of the shares of the originals. Arguments as `surviving_points`."""
    n = validation.whole(n, "n", 1)
    sizes = np.arange(1.0, n + 1)
    return _expectations(n, generations, -sizes * np.log(sizes / n), copies)


def stored_mass(n: int, generations: Any, threshold: float, *, copies: int = 1) -> Any:
    """Expected share of the n points that belong to families of more than `threshold` ≥ 0 copies of one original.

    With the threshold m* = nλ/‖x‖² of an autoencoder with weight decay λ: the share that it stores by duplication.
    Other arguments as `surviving_points`.
    """
    n, threshold = validation.whole(n, "n", 1), validation.nonnegative(threshold, "threshold")
    sizes = np.arange(1.0, n + 1)
    return _expectations(n, generations, np.where(sizes > threshold, sizes, 0.0), copies)


def count_law(n: int, generations: int) -> list[Fraction]:
    """P(C_g = k) for k = 0 … n in exact rationals; meant for small n. Raises `ValueError` for bad input."""
    n, generations = validation.whole(n, "n", 1), validation.whole(generations, "generations", 0)
    law = [Fraction(int(k == 1)) for k in range(n + 1)]
    for _ in range(generations):
        law = [
            sum(
                (p * comb(n, k) * Fraction(i, n) ** k * Fraction(n - i, n) ** (n - k) for i, p in enumerate(law)),
                Fraction(0),
            )
            for k in range(n + 1)
        ]
    return law


def ancestor_law(n: int, generations: int) -> list[Fraction]:
    """P(A_g = a) for a = 0 … n in exact rationals, the law of the number of survivors; meant for small n.

    Raises `ValueError` for bad input.
    """
    n, generations = validation.whole(n, "n", 1), validation.whole(generations, "generations", 0)
    # occupied[a][k]: chance that a balls occupy k of n boxes, one ball more at a time.
    occupied = [[Fraction(int(k == 0)) for k in range(n + 1)]]
    for _ in range(n):
        last = occupied[-1]
        hit = [last[k] * Fraction(k, n) for k in range(n + 1)]
        occupied.append([hit[k] + (last[k - 1] * Fraction(n - k + 1, n) if k else 0) for k in range(n + 1)])
    law = [Fraction(int(a == n)) for a in range(n + 1)]
    for _ in range(generations):
        law = [sum((law[a] * occupied[a][k] for a in range(n + 1)), Fraction(0)) for k in range(n + 1)]
    return law


def fixation_time(n: int) -> float:
    """Expected generations until all n points are copies of one original; at most 2(n − 1), and less by O(log n).

    Takes 8n² bytes. Raises `ValueError` for bad input.
    """
    n = validation.whole(n, "n", 1)
    boxes = np.arange(n + 1.0)
    law = np.zeros(n + 1)
    law[1] = 1.0
    times = np.zeros(n + 1)
    for a in range(2, n + 1):
        law[1:] = law[1:] * boxes[1:] / n + law[:-1] * (n - boxes[1:] + 1) / n
        times[a] = (1 + law[:a] @ times[:a]) / -np.expm1(np.log1p(-np.arange(a) / n).sum())
    return float(times[n])


def survivor_share(generations: int) -> float:
    """s_g = lim E K_g/n at fixed g: s_0 = 1, s_{g+1} = 1 − e^{−s_g}; |E K_g/n − s_g| ≤ g(g + 1)/(2n)."""
    share = 1.0
    for _ in range(validation.whole(generations, "generations", 0)):
        share = -float(np.expm1(-share))
    return share


def coalescent_survivors(time: float) -> float:
    """lim E K at g = tn generations, t > 0: Σ_{k≥1} (2k − 1)e^{−k(k−1)t/2}. Raises `ValueError` for bad input."""
    k, decay = _modes(time)
    return float(1 + ((2 * k - 1) * decay).sum())


def coalescent_entropy(time: float) -> float:
    """lim E H at g = tn generations, t > 0, nats: Σ_{k≥2} (2k − 1)/(k(k − 1)) e^{−k(k−1)t/2} = E[1 + … + 1/A_t] − 1."""
    k, decay = _modes(time)
    return float(((2 * k - 1) / (k * (k - 1)) * decay).sum())


def early_entropy(n: int, generations: int) -> float:
    """log(2n/g) − 1 + γ, nats: the entropy for 1 ≪ g ≪ n, γ Euler's constant. Raises `ValueError` for bad input."""
    n, generations = validation.whole(n, "n", 1), validation.whole(generations, "generations", 1)
    return float(np.log(2 * n / generations) - 1 + np.euler_gamma)


def early_stored_mass(generations: int, threshold: float) -> float:
    """(1 + 2m/g)e^{−2m/g}: the stored mass for 1 ≪ g ≪ n and `threshold` m ≥ 0. Raises `ValueError` for bad input."""
    ratio = 2 * validation.nonnegative(threshold, "threshold") / validation.whole(generations, "generations", 1)
    return float((1 + ratio) * np.exp(-ratio))


def _modes(time: float) -> tuple[Float64[np.ndarray, "k"], Float64[np.ndarray, "k"]]:
    time = validation.positive(time, "time")
    last = 2 + int(np.ceil(np.sqrt(2 * _NEGLIGIBLE / time)))
    k = np.arange(2.0, last + 2)
    return k, np.exp(-k * (k - 1) * time / 2)


def _expectations(n: int, generations: Any, values: Float64[np.ndarray, "n"], copies: Any) -> Any:
    """E[f(C_g)]/C_0 for f(0) = 0 and f(1 … n) = `values`, from C_0 = `copies`."""
    copies = validation.whole(copies, "copies", 1)
    if n % copies:
        raise ValueError(f"copies must divide n = {n}, got {copies}")
    several = isinstance(generations, list | tuple | range) or (
        isinstance(generations, np.ndarray) and generations.ndim
    )
    asked = [validation.whole(g, "generations", 0) for g in (generations if several else [generations])]
    steps = _steps(n)
    law = np.zeros(n)
    law[copies - 1] = 1 / copies
    found, reached = {}, 0
    for g in sorted(set(asked)):
        # Squaring is n³ a step but there are few; products with the law are n² and there are g.
        if g - reached > n + 16:
            law = law @ np.linalg.matrix_power(steps, g - reached)
        else:
            for _ in range(g - reached):
                law = law @ steps
        found[g], reached = float(law @ values), g
    return np.array([found[g] for g in asked]) if several else found[asked[0]]


def _steps(n: int) -> Float64[np.ndarray, "n n"]:
    """P(C_{g+1} = k | C_g = i) for i and k from 1 to n; an original without copies has none again."""
    k = np.arange(1.0, n + 1)
    share = k[:, None] / n
    chosen = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    rows = np.exp(chosen + special.xlogy(k, share) + special.xlog1py(n - k, -share))
    # The mean i is exact, and summing by it takes out what rounding of the logarithms does to all of a row.
    return rows * (k / (rows @ k))[:, None]
