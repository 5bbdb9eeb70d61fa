"""What one wrong gate adds to the objective at block weights W1 = W2 = W, and so which turns O_k a block prefers.

With all gates right the loss does not depend on the O_k. Let K = WᵀW, let B be the units that should be on for sample
x, A = W_BW_Bᵀ, and let one gate be wrong: unit a of B off (z = −h < 0), or unit a outside B on (z = h > 0). Given z
the other pre-activations have means linear in z. With κ = Σ_{b∈B}K_ab²/K_aa and q = w_a·Ax the error changes by

    own gate off:     −(2κ − K_aa)h² − 2h[μ(1 + κ) − q],      μ = w_a·x > 0,
    other gate on:     (2κ + K_aa)h² + 2h[−μ(1 + κ) + q],     μ < 0,

where E[h] = sI₁(|μ|/s), E[h²] = 2s²I₂(|μ|/s), s = σ‖w_a‖. As q is near μ, an own gate that closes lowers the loss and
another's that opens raises it. Each counts like exp(−t²/2σ²) in its distance t from the sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Int

from . import validation
from .block_minimizer import gate_margin
from .normal_tails import tails

MEAN, SQUARED_LENGTH, OVERLAP, REPLY, FIRST, SECOND = sp.symbols("mu K kappa q h_1 h_2", real=True)
"""μ = w_a·x, K_aa = ‖w_a‖², κ, q = w_a·Ax, E[h] and E[h²]."""

OWN_GATE_OFF = -(2 * OVERLAP - SQUARED_LENGTH) * SECOND - 2 * FIRST * (MEAN * (1 + OVERLAP) - REPLY)
"""Change of one sample's error by a gate of its own cluster that noise closes."""

OTHER_GATE_ON = (2 * OVERLAP + SQUARED_LENGTH) * SECOND + 2 * FIRST * (REPLY - MEAN * (1 + OVERLAP))
"""Change of one sample's error by a gate of another cluster that noise opens."""

_change = sp.lambdify((MEAN, SQUARED_LENGTH, OVERLAP, REPLY, FIRST, SECOND), [OWN_GATE_OFF, OTHER_GATE_ON], "numpy")


def wrong_gate_energy(
    W1: Float[Any, "d p"],
    X: Float[Any, "n d"],
    labels: Int[Any, "n"],
    widths: Sequence[int] | Int[Any, "M"],
    sigma: float,
) -> tuple[float, float]:
    """What wrong gates add to the objective at W1 = W2, one at a time: (own gates that close, others that open).

    Arguments and errors as `theory.block_minimizer.gate_margin`, with σ > 0. The frozen loss plus both is the exact
    loss up to pairs of wrong gates.
    """
    sigma = validation.positive(sigma, "sigma")
    # It refuses weights that are no blocks, and columns that have no gate.
    gate_margin(W1, X, labels, widths)
    X, W = validation.samples(X), validation.real_array(W1, "W1", ndim=2)
    owner = np.repeat(np.arange(len(widths)), widths)
    should = validation.labels(labels, len(X))[:, None] == owner
    gram, mu = W.T @ W, X @ W
    squared_lengths = np.diag(gram)
    s = sigma * np.sqrt(squared_lengths)
    moments = tails(np.abs(mu) / s)
    own, other = _change(
        mu,
        squared_lengths,
        should @ (gram**2) / squared_lengths,
        (should * mu) @ gram,
        s * moments.first,
        2 * s**2 * moments.second,
    )
    return float(own[should].sum() / len(X)), float(other[~should].sum() / len(X))
