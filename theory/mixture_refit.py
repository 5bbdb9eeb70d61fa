"""Refits of a mixture of M far components with one variance: s² drifts as if each component cost d degrees of freedom.

Where the components are far apart every point is told to its own, and maximum likelihood gives each mean the average of
its points and s² = W/(dN), W the scatter about these averages. Given that each component has a point, W is s²χ² with
d(N − M) degrees of freedom, however the points are shared out: with M_k ≥ 1 points a component has d(M_k − 1). So

    E s²_{g+1} = (1 − M/N) s²_g,   E log s²_{g+1} − log s²_g = ψ(d(N − M)/2) − log(dN/2).

M = 1 is the isotropic loop. A component of m points loses its mean's place by s²/m a coordinate a generation, and with
a chance of (1 − 1/M)^N it has no point at all: then it is lost.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from . import validation
from .refit_loop import digamma_excess

SAMPLES, COMPONENTS, DIMENSION = sp.symbols("N M d", positive=True)
"""Points N a generation, components M, dimension d."""

SEPARATED_FACTOR = 1 - COMPONENTS / SAMPLES
"""E s²_{g+1}/s²_g."""

SEPARATED_DRIFT = sp.polygamma(0, DIMENSION * (SAMPLES - COMPONENTS) / 2) - sp.log(DIMENSION * SAMPLES / 2)
"""Mean change of log s² a generation."""


def separated_drift(n: int, d: int, components: int) -> float:
    """Mean change of log s² a generation, −∞ for n = `components`; each component has a point.

    `n` >= `components` >= 1 points in R^`d`, d >= 1. Raises `ValueError` for bad input.
    """
    components, d = validation.whole(components, "components", 1), validation.whole(d, "d", 1)
    n = validation.whole(n, "n", components)
    if n == components:
        return -np.inf
    return float(digamma_excess(np.array(d * (n - components) / 2)) + np.log1p(-components / n))


def separated_variance(n: int, components: int, generations: int) -> float:
    """E s²_g/s²_0 = (1 − M/n)^g, each component with a point at every generation. Arguments as `separated_drift`."""
    components = validation.whole(components, "components", 1)
    n, generations = validation.whole(n, "n", components), validation.whole(generations, "generations", 0)
    return float((1 - components / n) ** generations)
