"""Training mixtures of M components with one shared variance on the denoising loss, many at once (arXiv 2508.17689).

The loss is heavy-tailed at small t and stiff in s²: Adam on drawn noise lets s² stall for tens of thousands of steps.
Here every step sees all noise levels, exactly where the responsibilities are certain and by one draw each elsewhere
(`numerics.mixture_loss`); a mean moves by its gradient over the curvature that its samples give it, log s² by Newton's
step, both with falling steps and averaged over the second half of a round. After each round the gradient is measured
with fresh noise, until its standard error is small enough to tell: fits that are stationary are taken out, the others
go on with smaller steps. What the exact steps leave is a stochastic approximation, as sure as that measured gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float64, Int64

from numerics.mixture_fit import MixtureFit, Mixtures, Problems, checked_problems, starting_mixtures
from numerics.mixture_loss import Levels, LossGradient, Points, certain_loss, drawn_loss, identify
from numerics.mixture_slope import CHUNK, fresh_noise, measured_slope
from theory import validation
from theory.crossover import printed_grid, signal_to_noise
from theory.mixture_denoiser import signal

WEIGHTINGS = ("snr", "one")
# In a step a mean moves by this share of √d·√(s² + t²) at most, t the smallest, and log s² by so much; the curvature
# that responsibilities add is covered by this multiple of the one without.
LONGEST_MOVE, LONGEST_GROWTH, CAUTION = 0.1, 0.5, 4.0
# Steps fall as 1/(1 + k/30)^0.6 within a round; certain pairs are looked for at first at every step, then this often.
FALL_AFTER, FALL_POWER, LOOK_EVERY = 30, 0.6, 10
# From round to round the first step shrinks by this factor.
SLOWER = 0.8
# Draws a step are more than one where the arrays stay so small that they cost little.
MOST_STEP_DRAWS, FREE = 16, {"cpu": 2**16, "cuda": 2**22}
# s² below this share of the smallest t² is nothing at any level.
_NOTHING = 1e-4


def train(
    X: Any,
    components: Any,
    *,
    seeds: Sequence[int],
    weighting: Any = "snr",
    grid: Any = None,
    start: Any = "samples",
    start_variance: Any = None,
    tolerance: float = 1e-3,
    steps: int = 4000,
    round_steps: int = 200,
    device: str = "cpu",
) -> MixtureFit:
    """Minimise the denoising loss of B = len(seeds) mixtures from their starts.

    X: samples (N, d) for all or (B, N, d); components: M for all or (B,); start, start_variance as of
    `numerics.mixture_fit.starting_mixtures`. grid: noise levels t in (0, 1], the printed 26 if None; weighting: λ_t,
    "snr" (λ = ψ: noise prediction), "one", or an array over the grid; the loss is the mean over the grid. converged:
    the gradient in μ/√(s² + t²), t the smallest level, and log s² is at most `tolerance` times the loss, as measured
    with a standard error no larger. steps: at most so many, in rounds of `round_steps`. Where s² falls to nothing
    beside every t it is set to 0 (collapsed): the memoriser, a true minimum of this loss for M = N. ValueError on bad
    input, before any step.
    """
    problems = checked_problems(X, components, seeds)
    levels = loss_levels(weighting, grid, device)
    tolerance, steps = validation.positive(tolerance, "tolerance"), validation.whole(steps, "steps", 0)
    round_steps = validation.whole(round_steps, "round_steps", 2)
    mixtures = starting_mixtures(problems, start, start_variance, device)
    N = problems.X.shape[1]
    rounds = -(-steps // round_steps)
    parts = _chunks(problems.components, CHUNK[mixtures.X.device.type] // (N * len(levels.sigma)))
    ends = []
    for part in parts:
        seed = np.random.SeedSequence(problems.seeds[part].tolist()).generate_state(1)[0]
        chosen = mixtures.at(torch.from_numpy(part).to(device)).trimmed(int(problems.components[part].max()))
        ends.append(_Run(chosen, levels, tolerance, int(seed)).to_the_end(rounds, round_steps))
    return _joined(problems, parts, ends)


def _chunks(components: Int64[np.ndarray, " B"], room: int) -> list[np.ndarray]:
    """Which mixtures are trained together: those of like size, with at most `room` components, padding included."""
    rest = np.argsort(components, kind="stable")[::-1]
    chunks = []
    while rest.size:
        together = max(1, room // int(components[rest[0]]))
        chunks.append(np.sort(rest[:together]))
        rest = rest[together:]
    return chunks


def loss_levels(weighting: Any, grid: Any, device: str) -> Levels:
    """The noise levels of a grid of t and the share of each in the loss. ValueError for bad ones."""
    t = printed_grid() if grid is None else validation.real_array(grid, "grid", ndim=1)
    if not t.size or (t <= 0).any() or (t > 1).any():
        raise ValueError(f"grid must hold noise levels t in (0, 1], at least one, got {t.tolist()}")
    if isinstance(weighting, str):
        if weighting not in WEIGHTINGS:
            raise ValueError(f"weighting must be one of {', '.join(WEIGHTINGS)} or an array, got {weighting!r}")
        weights = signal_to_noise(t) if weighting == "snr" else np.ones_like(t)
    else:
        weights = validation.real_array(weighting, "weighting", ndim=1)
        if weights.shape != t.shape:
            raise ValueError(f"weighting must match the {len(t)} levels of the grid, got shape {weights.shape}")
    if (weights < 0).any() or not weights.any():
        raise ValueError(f"weighting must be >= 0 and not all zero, got {weights.tolist()}")
    alpha = np.array([signal(level) for level in t.tolist()])
    return Levels(*(torch.from_numpy(values).to(device) for values in (alpha, t, weights / len(t))))


class _Ends(NamedTuple):
    """What is known of the mixtures of a chunk."""

    means: Float64[np.ndarray, "B M d"]
    numbers: dict[str, np.ndarray]
    history: Float64[np.ndarray, "checks B"]


class _Run:
    """The rounds of a chunk of mixtures."""

    def __init__(self, mixtures: Mixtures, levels: Levels, tolerance: float, seed: int) -> None:
        self._active, self._levels, self._tolerance = mixtures, levels, tolerance
        self._generator = torch.Generator(mixtures.X.device).manual_seed(seed)

    def to_the_end(self, rounds: int, round_steps: int) -> _Ends:
        """Rounds until every mixture is stationary, at most so many."""
        B = len(self._active.X)
        place, means, history = np.arange(B), np.zeros(tuple(self._active.means.shape)), []
        numbers = {name: np.zeros(B) for name in ("variance", "loss", "gradient_norm", "gradient_error", "steps")}
        numbers["converged"] = np.zeros(B)
        for number in range(rounds + 1):
            slope = measured_slope(self._active, self._levels, self._tolerance, self._generator)
            limit = self._tolerance * slope.loss
            settled = (slope.norm <= limit) & (slope.error <= limit)
            means[place] = self._active.means.cpu().numpy()
            found = (self._active.variance, *slope, torch.full_like(slope.loss, number * round_steps), settled)
            for name, values in zip(numbers, found, strict=True):
                numbers[name][place] = values.cpu().numpy()
            row = np.full(B, np.nan)
            row[place] = slope.loss.cpu().numpy()
            history.append(row)
            place = place[~settled.cpu().numpy()]
            if number == rounds or not place.size:
                break
            self._active = self._active.at(~settled)
            self._round(round_steps, SLOWER**number)
        return _Ends(means, numbers, np.array(history))

    def _round(self, steps: int, rate: float) -> None:
        """Falling steps, averaged over the second half."""
        averaged = torch.zeros_like(self._active.means)
        logarithm = torch.zeros_like(self._active.variance)
        for step in range(steps):
            if step < 2 * LOOK_EVERY or step % LOOK_EVERY == 0:
                identified = identify(self._active, self._levels)
                points = Points.of(self._levels, identified.certain)
                size = max(1, points.sample.numel() * max(self._active.means.shape[1:]))
                free = FREE[self._active.X.device.type] // size
                points = points.repeated(min(MOST_STEP_DRAWS, max(1, free)))
            noise = fresh_noise(self._active, points, self._generator)
            gradient = certain_loss(self._active, self._levels, identified)
            gradient = gradient + drawn_loss(self._active, self._levels, identified.nearest, points, noise)
            self._active = _moved(self._active, self._levels, gradient, rate / (1 + step / FALL_AFTER) ** FALL_POWER)
            nothing = self._active.variance <= _NOTHING * self._levels.sigma.min() ** 2
            self._active = self._active._replace(variance=torch.where(nothing, 0.0, self._active.variance))
            if step >= steps // 2:
                averaged += self._active.means
                logarithm += self._active.variance.log()
        rest = steps - steps // 2
        self._active = self._active._replace(means=averaged / rest, variance=(logarithm / rest).exp())


def _moved(mixtures: Mixtures, levels: Levels, gradient: LossGradient, rate: float) -> Mixtures:
    """Each mean by its gradient over its curvature, log s² by Newton's step, both of limited length."""
    X, means, variance, _ = mixtures
    tiny = torch.finfo(X.dtype).tiny
    step = -gradient.means / (CAUTION * gradient.pull).clamp(min=tiny)[..., None]
    longest = LONGEST_MOVE * (X.shape[2] * (variance + levels.sigma.min() ** 2)).sqrt()[:, None, None]
    step = step * (longest / step.norm(dim=2, keepdim=True).clamp(min=tiny)).clamp(max=1)
    growth = -gradient.variance / (gradient.stiffness * variance).clamp(min=tiny)
    growth = rate * growth.clamp(-LONGEST_GROWTH, LONGEST_GROWTH)
    return mixtures._replace(means=means + rate * step, variance=variance * growth.exp())


def _joined(problems: Problems, parts: list[np.ndarray], ends: list[_Ends]) -> MixtureFit:
    B, _, d = problems.X.shape
    means = np.zeros((B, int(problems.components.max()), d))
    history = np.full((max(len(end.history) for end in ends), B), np.nan)
    numbers = {name: np.zeros(B) for name in ends[0].numbers}
    for part, end in zip(parts, ends, strict=True):
        means[part, : end.means.shape[1]] = end.means
        history[: len(end.history), part] = end.history
        for name, values in end.numbers.items():
            numbers[name][part] = values
    return MixtureFit(
        means=means,
        components=problems.components,
        variance=numbers["variance"],
        loss=numbers["loss"],
        gradient_norm=numbers["gradient_norm"],
        gradient_error=numbers["gradient_error"],
        converged=numbers["converged"].astype(bool),
        collapsed=numbers["variance"] == 0,
        steps=numbers["steps"].astype(np.int64),
        history=history,
        seeds=problems.seeds,
    )
