"""What the fall of GS in kept loops is: copying, or shrinking. And that loops began where they are said to begin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache

import numpy as np

from numerics.generation_curves import generation_curves
from numerics.generation_measures import Reference, measures
from numerics.image_loop import POLICIES
from numerics.sweeps import image_loop, image_loop_digits

from .check import Bears, Check, Control, Effort, Outcome
from .loop_evidence import SETTINGS, Interval, curve, interval, loops
from .verdict import Method

# Largest change of the logarithm of the novelty, least fall of that of GS, largest share of copies. Fixed after the
# loops of 8 × 8 digits were looked at, before any others were.
FLAT, FALLS, COPIED = 0.1, 0.3, 0.01
AGAIN = 1e-9

Arrays = Mapping[str, np.ndarray]


def shrinking_check(name: str, arrays: Callable[[], Arrays], *, scope: str) -> Check:
    """A check that GS falls from generation 1 on, without copies, while the novelty relative to the spread stays."""

    def decide_about(among: Arrays, steady: str = "novelty") -> Outcome:
        novelty, score = (_since_first(curve(among, "replace", key)) for key in (steady, "score"))
        copies = float(among["copies"][among["policy"] == "replace"].mean(axis=0).max())
        flat = max(abs(novelty.low), abs(novelty.high)) <= FLAT
        margin = f"log novelty {_ends(novelty)} within ±{FLAT}, log GS {_ends(score)} below {-FALLS}"
        ok = flat and score.high <= -FALLS and copies <= COPIED
        return Outcome(ok, margin, f"copies at most {copies:.1%} of {COPIED:.0%}, {novelty.seeds} seeds")

    def controls(effort: Effort) -> Iterable[Control]:
        del effort
        found = arrays()
        yield Control(f"{name}: the variance for the novelty", lambda: decide_about(found, "variance"))
        yield Control(f"{name}: GS stays", lambda: decide_about({**found, "score": found["novelty"]}))
        yield Control(f"{name}: one in fifty copied", lambda: decide_about({**found, "copies": found["copies"] + 0.02}))
        yield Control(f"{name}: a loop that copies", lambda: decide_about(memorising_loop()))

    return Check(name, Method.DESCENT, lambda effort: decide_about(arrays()), controls, scope=scope)


@cache
def memorising_loop() -> dict[str, np.ndarray]:
    """Loops on digits whose learner draws training images again, with noise that no eye sees."""
    seeds = np.arange(5)
    real, held_out = image_loop.chosen_images("128 digits", seeds.tolist())

    def copier(points: np.ndarray, draws: int, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        drawn = points[:, rng.integers(points.shape[1], size=draws)]
        return drawn + 1e-3 * rng.standard_normal(drawn.shape)

    found = generation_curves(real, held_out, copier, POLICIES["replace"], 0, count=image_loop.GENERATIONS)
    return {**found, "seed": seeds, "policy": np.full(len(seeds), "replace")}


def beginning_check(name: str, setting: str) -> Check:
    """A supporting check that the kept loops of a setting begin with the real images of their seed."""

    def agree(seed: int, exchanged: int = 0) -> Outcome:
        arrays = loops(setting)
        if SETTINGS[setting].sweep == image_loop.SWEEP.name:
            real, held_out = image_loop.chosen_images(setting, [seed])
        else:
            real, held_out = image_loop_digits.chosen_images(int(arrays["n"][0]), [seed])
        real[0, :exchanged] = held_out[:exchanged]
        reference = Reference(held_out)
        plain = measures(real[0], held_out, real[0], reference)
        worst = 0.0
        for row in np.flatnonzero(arrays["seed"] == seed):
            pairs = [(arrays[key][row, 0], plain[key]) for key in ("entropy", "variance")]
            pairs += [(arrays[f"real_{key}"][row], plain[key]) for key in ("score", "novelty")]
            pairs.append((arrays["real_distance"][row], reference.distance(real[0])))
            worst = max(worst, *(abs(kept / made - 1) for kept, made in pairs))
        return Outcome(bool(worst <= AGAIN), f"within {worst:.1e}", f"seed {seed}, all policies")

    def decide(effort: Effort) -> Outcome:
        return agree(_seed(effort))

    def controls(effort: Effort) -> Iterable[Control]:
        yield Control(f"{name}: one other image", lambda: agree(_seed(effort), 1))

    def _seed(effort: Effort) -> int:
        seeds = np.unique(loops(setting)["seed"])
        return int(seeds[effort.seed % len(seeds)])

    return Check(name, Method.DESCENT, decide, controls, Bears.SUPPORTS)


def _since_first(values: np.ndarray) -> Interval:
    """From the first training set that was drawn to the last."""
    return interval(values[:, -1] - values[:, 1])


def _ends(found: Interval) -> str:
    return f"[{found.low:.2f}, {found.high:.2f}]"
