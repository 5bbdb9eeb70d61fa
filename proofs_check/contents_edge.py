"""What EM states, place by place, and where it is decided."""

from __future__ import annotations

from functools import partial

from .claim import Paper
from .contents_entry import entry

_em = partial(entry, Paper.EM)


EDGE = (
    _em("denoiser class and lemma", "posterior mean of a Gaussian mixture", "EM-lem-denoiser"),
    _em("orthogonality", "training loss = distance from the memoriser + its loss", "EM-eq-orthogonality"),
    _em("Theorem 3.1", "excess training loss of the true parameters", "EM-thm-3.1"),
    _em("Theorem 3.2", "excess loss of the partial memoriser, C in [1, 2]", "EM-thm-3.2"),
    _em("eq. 21", "crossover of the two surrogates, linear in N, free of d and K", "EM-eq-21"),
    _em("hypothesis", "a weighting of the levels whose losses decide memorisation", "EM-prop-hypothesis"),
    _em("measured transitions", "half of the samples memorised from M = 0.8 N on", "EM-prop-measured"),
    _em("printed experiment", "learned variance and memorised share at six M/N", "EM-prop-experiment"),
    _em("image-like data", "the transition of low-rank data is later", "EM-prop-images"),
    _em(
        "released code",
        "C = 1 in the crossover, a moving average of the updates, an evaluation that does not import",
        out_of_scope="settings and defects of a program, no statement of the paper",
    ),
)
