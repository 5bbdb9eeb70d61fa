"""What MC states, place by place, and where it is decided."""

from __future__ import annotations

from functools import partial

from .claim import Paper
from .contents_entry import entry

_mc = partial(entry, Paper.MC)


COLLAPSE = (
    _mc(
        "loop and generalisation score",
        "from generalising to memorising: GS falls over the iterations",
        "MC-prop-generalisation-falls",
        "own-refit-drift",
        "own-flow-loop",
        "own-autoencoder-chain",
        "own-mixture-refit",
        "own-memorising-statistic",
    ),
    _mc("entropy", "the training set's entropy falls", "MC-prop-entropy-falls", "own-exponential-family-entropy"),
    _mc(
        "entropy and log GS",
        "they correlate linearly",
        "MC-prop-entropy-line",
        "own-scaling-identity",
        "own-entropy-or-scale",
        "own-interventions-on-images",
    ),
    _mc("accumulate, accumulate-subsample", "training sets that keep real data", "own-mixed-data"),
    _mc("entropy of a training set", "Ĥ_γ by neighbour distances, γ = 1", "MC-def-entropy", "own-estimator-trust"),
    _mc("selection by entropy", "max Ĥ_1 ⇔ max Σ log min κ over subsets of size N", "MC-prop-selection"),
    _mc(
        "greedy selection",
        "farthest points from a random start raise the entropy",
        "MC-alg-greedy",
        "own-selection-growth",
        "own-selection-balance",
    ),
    _mc("threshold decay filter", "scan, keep beyond τ, τ ← ατ, until there are N", "MC-alg-filter"),
    _mc(
        "selection in the loop",
        "greedy and filter raise entropy, slow the transition, lower FID",
        "MC-prop-image-loop",
        "own-image-loop",
    ),
    _mc(
        "entropy and log GS, numbers",
        "Pearson .91 over the published runs; the variance correlates less",
        out_of_scope="a number read off trained networks whose runs are not public; the line itself is decided in "
        "MC-prop-entropy-line",
    ),
    _mc(
        "selection, FID",
        "FID at iteration 8 (vanilla, filter, greedy): 75.8, 57.3, 44.6 and so on",
        out_of_scope="numbers of networks trained for days on FFHQ and CIFAR that nothing here can run",
    ),
    _mc(
        "selection, released code",
        "τ_0 = 60 for features and 2000 for pixels, whose differences are taken in whole numbers of one byte; copies "
        "count with log 1e-10 in the entropy",
        out_of_scope="settings and defects of a program, no statement of the paper; what an exact filter and estimate "
        "do with copies is decided in MC-alg-filter and by the engine",
    ),
)
