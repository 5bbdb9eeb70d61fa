"""Our own: descent follows the exact limits from memorisation to generalisation, and where train and test loss meet.

At fixed width the train loss of a block is below, its test loss above the population's, and both meet it as n_k grows.
They meet only in the limit, so the crossover is where the test loss is within a given share g of the train loss.

Narrow blocks, k units on k spikes far above the bulk v, gains near 1: a spike ℓ shows as ŝ ≈ ℓ + cv and fresh samples
have ≈ ℓ − cv there. Each unit opens a gap of about 2cv, c = d/n_k, so that test/train − 1 ≈
(2k/n_k) · dv/(dv + kσ²): the crossover n_k is of the order of the number of units over g and does not grow with d at
a given energy dv outside of the block. With all directions kept it is of the order of d.

The limits (own-spiked-limit, own-proportional-limit) are drawn for each M and n_k before the descents are read. Those
start near the block minimiser of their samples. From random weights the gates that are open at first decide how many
units a cluster gets; a descent that converges with gates of one cluster each is the block of that many units, with the
limits of that many.
"""

from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.generalisation_evidence import (
    FULL,
    NARROW,
    crossing_check,
    curve_check,
    full_limits,
    narrow_limits,
    random_check,
    recomputed,
)
from proofs_check.verdict import Verdict
from theory.proportional_limit import GAP, TRAIN_LOSS

NARROW_SCOPE = "d = 128, M = 1, 2, four units a cluster, n_k from d/4 to 4d, σ = 1"
FULL_SCOPE = "d = 128, M = 1, all directions kept, n_k from d/4 to 8d, σ = 0.7"

CLAIM = Claim(
    identifier="own-descent-generalisation",
    paper=Paper.OWN,
    source="this project; Corollary 3.3 of arXiv 2512.20963 between few and many samples",
    title="Descent: from memorisation to generalisation as a cluster's samples grow in number",
    kind=Kind.ASYMPTOTIC,
    hypotheses=(
        "Gaussian clusters with means of length 60σ or more at cosine −1/M, all gates settled at the block; λ = 0",
        "d = 128; Adam on the exact objective until its gradient is below 1e-5 of the mean square of the samples; "
        "descents that do not get there are left out",
        "from near the block minimiser; all directions kept means min(d, n_k) units",
    ),
    printed=Statement(
        "Mean train and test loss of converged descents are within 3 % of the limits at d/n_k, of narrow blocks and "
        "of those that keep all directions, and come within a given share of each other at the n_k that the limits "
        "say, up to 10 %. From random weights, a descent that converges with gates of one cluster each has the train "
        "loss of the block of as many units and its test loss within 3 % of the limit.",
        Verdict.OBSERVED,
        (TRAIN_LOSS, GAP),
    ),
    depends_on=("own-proportional-limit", "own-spiked-limit"),
    checks=(
        curve_check("narrow blocks", NARROW, narrow_limits, scope=NARROW_SCOPE),
        curve_check("all directions kept", FULL, full_limits, scope=FULL_SCOPE),
        crossing_check("where narrow blocks generalise", NARROW, narrow_limits, (0.1,), scope=NARROW_SCOPE),
        crossing_check("where full blocks generalise", FULL, full_limits, (0.1, 0.5, 1.0), scope=FULL_SCOPE),
        random_check("random starts", scope="d = 128, M = 1, four units, n_k = 32, 128, 512"),
        recomputed("a descent made anew", scope="d = 128, n_k = 32"),
    ),
)
