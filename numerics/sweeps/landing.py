"""Where descent lands on separable data: at which block minimiser of BR Theorem 3.1, or at none.

Problems are random. M unit vectors near the vertices of a regular simplex, turned at random in R^d and scaled by 0.8 to
1.25, are the centres. A cluster is one sample ("memorising"), three samples spread about a centre ("generalising"), or
by turns one sample, three spread ones and three copies ("hybrid"). λ keeps one direction of each cluster, and the gates
of one unit a cluster are 5σ to 8σ from every sample, which puts a minimiser within 1e-4 of the block formula. In the
kind "several" all clusters are spread and λ keeps two or three directions of each, where the noise decides about the
turns of a block (`theory.turning`) and no minimiser need be near the formula.

Networks of ratio·M units start at random, descend on fresh noise and then on the exact objective. The units that serve
each cluster are counted; the prediction is the blocks of that many units, as a denoiser, with zero for a cluster that
has none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from numerics.denoiser_distance import denoiser_distance
from numerics.descent import descend
from numerics.gate_pattern import Allocation, block_allocation, live_units
from numerics.optimizers import Optimizer
from numerics.sweep_declaration import Cell, Sweep
from theory.block_minimizer import block_weights, gate_margin
from theory.linear_autoencoder import gram_spectrum
from theory.separability import regular_simplex

# What the clusters of each kind are, by turns.
FORMS = {
    "memorising": ("single",),
    "generalising": ("spread",),
    "hybrid": ("single", "spread", "copies"),
    "several": ("spread",),
}
MEMBERS = 3
MOST_CLUSTERS = 8
# A relative distance of denoisers up to this is a match; gates nearer than so many deviations are not settled.
MATCH, SETTLED = 1e-3, 5.0
MATCHED, UNCONVERGED, SHARED_UNIT, CUT_CLUSTER, NEAR_GATE, OTHER = range(6)
"""Outcome of a run: a predicted minimiser, or why not: no end; a unit on in several clusters; a unit on at a part of
its cluster; all gates right, one of them within 5σ of a sample; none of these."""
# Prediction, and three wrong ones that a comparison must tell from it: factors of σ and λ, and σ in place of σ².
PREDICTIONS = {"distance": (1.0, 1.0), "noise": (1.1, 1.0), "decay": (1.0, 2.0), "variance": (None, 1.0)}
# Standard deviation of a weight at the start, as a share of d^(−1/2).
START = 0.3
FRESH, FRESH_STEPS, DRAWS = Optimizer("adam", 0.02), 1000, 4
EXACT, EXACT_STEPS, CHECK, TOLERANCE = Optimizer("adam", 0.01), 3000, 25, 1e-6


class Problem(NamedTuple):
    """Samples (n, d) of M clusters, labels (n,), σ, λ, and how many directions of each cluster λ keeps (M,)."""

    X: Float64[np.ndarray, "n d"]
    labels: Int64[np.ndarray, " n"]
    sigma: float
    weight_decay: float
    kept: Int64[np.ndarray, " M"]


def shape(cell: Cell) -> tuple[str, int, int]:
    """Kind, d and M of a cell, whose family is written "kind dxM"."""
    kind, size = cell["family"].split()
    d, M = size.split("x")
    return kind, int(d), int(M)


def problem(cell: Cell) -> Problem:
    """The data of a cell, from its family and problem number alone: all widths and starts share them."""
    kind, d, M = shape(cell)
    rng = np.random.default_rng([int(cell["problem"]), list(FORMS).index(kind), d, M])
    while True:
        centres = _centres(rng, d, M)
        members = [_members(rng, centre, FORMS[kind][k % len(FORMS[kind])], M) for k, centre in enumerate(centres)]
        X, labels = np.concatenate(members), np.repeat(np.arange(M), [len(rows) for rows in members])
        spectra = [gram_spectrum(rows)[0] for rows in members]
        decay = _decay(rng, spectra, kind == "several")
        if decay is None:
            continue
        kept = np.array([int((values > decay).sum()) for values in spectra])
        margin = min(_margin(X, labels, widths, decay / len(X)) for widths in ([1] * M, kept.tolist()))
        # A spread cluster may come near another's gate: seldom with one direction kept, mostly with several and M ≥ 3.
        if margin > 0.3 / (M - 1):
            return Problem(X, labels, margin / float(rng.uniform(SETTLED, 8.0)), decay / len(X), kept)


def _margin(X: np.ndarray, labels: np.ndarray, widths: list[int], weight_decay: float) -> float:
    return gate_margin(block_weights(X, labels, widths, 0.0, weight_decay), X, labels, widths)


def _decay(rng: np.random.Generator, spectra: list[np.ndarray], several: bool) -> float | None:
    """nλ well between the eigenvalues that are to be kept and the others; None where they leave no room."""
    first = min(float(values[0]) for values in spectra)
    second = [float(values[1]) for values in spectra if len(values) > 1]
    if several:
        return float(rng.uniform(0.2, 0.6)) * min(second)
    lowest = max([0.02 * first, *(1.5 * value for value in second)])
    return float(np.exp(rng.uniform(np.log(lowest), np.log(first / 2)))) if lowest < first / 2 else None


def _centres(rng: np.random.Generator, d: int, M: int) -> Float64[np.ndarray, "M d"]:
    """Near the vertices of a simplex, with cosines below −0.6/(M − 1)."""
    while True:
        directions = regular_simplex(M, d) + 0.4 / (M - 1) * rng.standard_normal((M, d)) / np.sqrt(d)
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        if (directions @ directions.T)[np.triu_indices(M, 1)].max() < -0.6 / (M - 1):
            return rng.uniform(0.8, 1.25, (M, 1)) * directions @ np.linalg.qr(rng.standard_normal((d, d)))[0]


def _members(rng: np.random.Generator, centre: np.ndarray, form: str, M: int) -> Float64[np.ndarray, "m d"]:
    """One sample, copies of it, or samples about it, 0.2/(M − 1) to 0.4/(M − 1) of its length away."""
    if form == "single":
        return centre[None, :]
    rows = np.repeat(centre[None, :], MEMBERS, axis=0)
    if form == "spread":
        away = rng.standard_normal(rows.shape)
        away /= np.linalg.norm(away, axis=1, keepdims=True)
        rows = rows + float(rng.uniform(0.2, 0.4)) / (M - 1) * np.linalg.norm(centre) * away
    return rows


def measure(cells: list[Cell], device: str) -> dict[str, np.ndarray]:
    """Where the networks of the cells end.

    distance: relative distance of the denoiser from the prediction, and the same for three wrong ones (noise, decay,
    variance). units (cells, 8): how many units serve each cluster alone, 0 beyond the M-th. stored: the clusters that
    have one. shared, cut, dead: units on in several clusters, at a part of their own, at none. deviations: distance of
    the nearest sample from a gate of a live unit, over σ. kept: the most directions λ keeps of a cluster. outcome.
    """
    problems = [problem(cell) for cell in cells]
    _, d, M = shape(cells[0])
    X = np.stack([each.X for each in problems])
    sigma, weight_decay = (np.array([getattr(each, name) for each in problems]) for name in ("sigma", "weight_decay"))
    given = X, [round(cell["ratio"] * M) for cell in cells], sigma, weight_decay
    shared = {"seeds": [int(cell["seed"]) for cell in cells], "tolerance": TOLERANCE, "device": device}
    found = descend(
        *given,
        **shared,
        optimizer=FRESH,
        objective="fresh",
        draws=DRAWS,
        dtype="float32",
        start=START / d**0.5,
        steps=FRESH_STEPS,
        check_every=FRESH_STEPS,
    )
    found = descend(*given, **shared, optimizer=EXACT, start=(found.W1, found.W2), steps=EXACT_STEPS, check_every=CHECK)
    rows = [
        ending(W1, W2, bool(converged), each)
        for W1, W2, converged, each in zip(found.W1, found.W2, found.converged, problems, strict=True)
    ]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]} | {
        "converged": found.converged,
        "steps": found.steps,
    }


def ending(W1: np.ndarray, W2: np.ndarray, converged: bool, drawn: Problem) -> dict[str, float | np.ndarray]:
    """What `measure` says of one network (d, p), but for `converged` and `steps`."""
    found = block_allocation(W1, W2, drawn.X, drawn.labels)
    live = W1[:, live_units(W1, W2)]
    nearest = np.abs(drawn.X @ live) / (drawn.sigma * np.linalg.norm(live, axis=0))
    deviations = float(nearest.min(initial=1e3))
    distances = {name: _distance(W1, W2, found, drawn, *factors) for name, factors in PREDICTIONS.items()}
    cut = int(((found.cluster >= 0) & ~found.full).sum())
    return distances | {
        "units": np.pad(found.widths, (0, MOST_CLUSTERS - len(found.widths))),
        "stored": int((found.widths > 0).sum()),
        "shared": found.shared,
        "cut": cut,
        "dead": found.dead,
        "deviations": deviations,
        "kept": int(drawn.kept.max()),
        "outcome": _outcome(converged, distances["distance"], found.shared, cut, deviations),
    }


def _outcome(converged: bool, distance: float, shared: int, cut: int, deviations: float) -> int:
    if not converged:
        return UNCONVERGED
    if distance <= MATCH:
        return MATCHED
    if shared:
        return SHARED_UNIT
    if cut:
        return CUT_CLUSTER
    return NEAR_GATE if deviations < SETTLED else OTHER


def _distance(
    W1: np.ndarray, W2: np.ndarray, found: Allocation, drawn: Problem, noise: float | None, decay: float
) -> float:
    """From the blocks of the units found, for λ and σ times these factors, σ² replaced by σ where `noise` is None."""
    X, labels, sigma, weight_decay, _ = drawn
    sigma_there = sigma**0.5 if noise is None else noise * sigma
    spectra = [gram_spectrum(X[labels == k])[0] for k in range(len(found.widths))]
    kept = [int((values > len(X) * decay * weight_decay).sum()) for values in spectra]
    W = block_weights(X, labels, np.minimum(found.widths, kept), sigma_there, decay * weight_decay)
    if not live_units(W1, W2).any():
        # A network that is zero has no relative distance: right or wrong.
        return float(W.any())
    return float(denoiser_distance((W1, W2), (W, W), X, sigma))


def _families(kinds: tuple[str, ...], sizes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{kind} {size}" for kind in kinds for size in sizes)


_SETTLED_KINDS = ("memorising", "generalising", "hybrid")
SWEEP = Sweep(
    name="landing",
    question="Does descent on separable data land on a predicted block minimiser, and with which allocation of units?",
    grid={
        "family": _families(
            _SETTLED_KINDS,
            ("4x2", "4x5", "6x3", "8x4", "12x8", "16x3", "24x6", "48x5", "64x2", "128x4", "256x8"),
        )
        + _families(("several",), ("4x2", "8x2", "16x3", "64x2", "256x2")),
        "problem": tuple(range(20)),
        "ratio": (1.0, 2.0, 4.0),
        "seed": (0, 1, 2, 3),
    },
    quick={
        "family": _families(_SETTLED_KINDS, ("4x2", "4x5", "8x3", "16x4", "32x6", "64x2", "256x8"))
        + _families(("several",), ("8x2", "16x3")),
        "problem": tuple(range(10)),
        "ratio": (1.0, 2.0, 4.0),
        "seed": (0,),
    },
    together=("family", "ratio"),
    chunk=20,
    measure=measure,
)
