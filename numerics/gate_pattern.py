"""Which units are on at which sample, the linear pieces this cuts the samples into, and which cluster a unit serves.

Without biases f(y) = W2[W1ᵀy]_+ is linear wherever the gates 1{w_aᵀy > 0} do not change. The gate of unit a at x_i
flips under noise with probability Q(|w_aᵀx_i|/(σ‖w_a‖)); it is settled where that ratio is over a few deviations.

A unit is dead if its mass ‖w_a‖‖v_a‖, which splitting and rescaling a column keep in sum, is a negligible share of that
of all units, or if it is on at no sample. Weight decay leaves such columns behind, tiny but never quite zero.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64

from theory import validation

# Columns with less than this share of the mass of all are as good as zero.
NEGLIGIBLE = 1e-6
SHARED, DEAD = -1, -2


class Regions(NamedTuple):
    """Cells of the samples: those with the same gates, and those on which f is the same linear map for that reason.

    on: (n, p), w_aᵀx_i > 0. pattern, region: (n,), numbers 0, 1, …; the gates of units without effect (a zero decoder
    column) tell patterns apart but not regions.
    """

    on: Bool[np.ndarray, "n p"]
    pattern: Int64[np.ndarray, " n"]
    region: Int64[np.ndarray, " n"]

    @property
    def patterns(self) -> int:
        """The number of distinct patterns."""
        return int(self.pattern.max()) + 1

    @property
    def regions(self) -> int:
        """The number of distinct regions, at most `patterns`."""
        return int(self.region.max()) + 1


class Allocation(NamedTuple):
    """What each unit serves: (p,) its cluster k, on at samples of k only, or SHARED = −1, or DEAD = −2.

    full: (p,), whether the unit is on at every sample of its own cluster, False for shared and dead units.
    widths: (M,), how many units serve each cluster alone.
    """

    cluster: Int64[np.ndarray, " p"]
    full: Bool[np.ndarray, " p"]
    widths: Int64[np.ndarray, " M"]

    @property
    def shared(self) -> int:
        """How many units are on at samples of several clusters."""
        return int((self.cluster == SHARED).sum())

    @property
    def dead(self) -> int:
        """How many units are dead."""
        return int((self.cluster == DEAD).sum())


def gate_pattern(W1: Float[Any, "*b d p"], X: Float[Any, "n d"]) -> Bool[np.ndarray, "*b n p"]:
    """Whether w_aᵀx_i > 0, for encoders (…, d, p) and samples (n, d); a zero column is never on.

    Raises `ValueError` for bad input.
    """
    X = validation.samples(X)
    W1, _ = validation.weights(W1, W1, X.shape[1])
    return X @ W1 > 0


def settled_share(
    W1: Float[Any, "*b d p"], X: Float[Any, "n d"], sigma: float, deviations: float = 3.0
) -> float | Float64[np.ndarray, "*b"]:
    """The share of pairs (sample, column that is not zero) with |w_aᵀx_i| > deviations·σ‖w_a‖; 1 if there are none.

    One number, or an array over the leading dimensions of W1 (…, d, p); sigma, deviations ≥ 0. Raises `ValueError` for
    bad input.
    """
    X = validation.samples(X)
    W1, _ = validation.weights(W1, W1, X.shape[1])
    reach = validation.nonnegative(sigma, "sigma") * validation.nonnegative(deviations, "deviations")
    lengths = np.linalg.norm(W1, axis=-2, keepdims=True)
    settled = (np.abs(X @ W1) > reach * lengths).sum(axis=(-2, -1))
    pairs = len(X) * (lengths > 0).sum(axis=(-2, -1))
    share = np.divide(settled, pairs, out=np.ones(pairs.shape), where=pairs > 0)
    return share if share.ndim else float(share)


def regions(W1: Float[Any, "d p"], W2: Float[Any, "d p"], X: Float[Any, "n d"]) -> Regions:
    """The gates of one network (d, p) at the samples (n, d), and which samples share them.

    Raises `ValueError` for bad input.
    """
    X = validation.samples(X)
    W1, W2 = validation.network(W1, W2, X.shape[1])
    on = gate_pattern(W1, X)
    return Regions(on, _numbered(on), _numbered(on[:, W2.any(axis=0)]))


def live_units(
    W1: Float[Any, "*b d p"], W2: Float[Any, "*b d p"], negligible: float = NEGLIGIBLE
) -> Bool[np.ndarray, "*b p"]:
    """Which units of networks (…, d, p) have more than the share `negligible` ≥ 0 of the mass Σ_a ‖w_a‖‖v_a‖.

    Raises `ValueError` for bad input.
    """
    W1 = validation.real_array(W1, "W1")
    W1, W2 = validation.weights(W1, W2, W1.shape[-2] if W1.ndim > 1 else 0)
    negligible = validation.nonnegative(negligible, "negligible")
    mass = np.linalg.norm(W1, axis=-2) * np.linalg.norm(W2, axis=-2)
    return mass > negligible * mass.sum(axis=-1, keepdims=True)


def block_allocation(
    W1: Float[Any, "d p"],
    W2: Float[Any, "d p"],
    X: Float[Any, "n d"],
    labels: Any,
    negligible: float = NEGLIGIBLE,
) -> Allocation:
    """Which cluster each unit of one network (d, p) serves, labels 0 … M − 1 for the samples (n, d).

    A unit serves k if it is live (`live_units`) and on at samples of k only. Raises `ValueError` for bad input.
    """
    X = validation.samples(X)
    labels = validation.labels(labels, len(X))
    W1, W2 = validation.network(W1, W2, X.shape[1])
    on = gate_pattern(W1, X) & live_units(W1, W2, negligible)
    members = labels[:, None] == np.arange(int(labels.max()) + 1)
    reached = members.T.astype(np.int64) @ on
    served = (reached > 0).sum(axis=0)
    owner = reached.argmax(axis=0)
    cluster = np.where(served == 1, owner, np.where(served > 1, SHARED, DEAD))
    full = (served == 1) & (reached.max(axis=0) == members.sum(axis=0)[owner])
    return Allocation(cluster, full, np.bincount(cluster[cluster >= 0], minlength=members.shape[1]))


def _numbered(on: Bool[np.ndarray, "n p"]) -> Int64[np.ndarray, " n"]:
    """Equal rows get the same number."""
    if not on.shape[1]:
        return np.zeros(len(on), dtype=np.int64)
    return np.unique(on, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
