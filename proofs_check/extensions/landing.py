"""Our own: where descent lands on separable data.

BR Theorem 3.1 describes minimisers, one for each allocation of units to clusters, among them those that leave a cluster
without a unit. This counts which of them descent finds. Problems, widths and starts are those of
`numerics.sweeps.landing`; a run counts only if the exact gradient of BR eq. 6 fell below 1e-6 mean‖x‖². The prediction
has no free constant: the units that are on in each cluster are counted, and W_k of (eq. 7–8) follows from that number,
σ and λ. Networks are compared as denoisers, √(E‖f − f*‖²/E‖f‖²) over samples and noise, so that order, splitting and
rescaling of units do not matter.

One direction kept a cluster: gates are settled at the prediction, R is below 1e-4 (BR-thm-3.1-residual), and descent
ends there, but for a few runs with spread clusters that end at another critical point, where one unit is on at samples
of several clusters. Several kept: with p = M each cluster has one unit at most and the formula holds. With more units
most runs end elsewhere, with such a unit, or take longer than they were given: all turns of a block cost the same but
for leaks (own-turning-blocks), and a small unit more can stand astride two clusters.
"""

from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.landing_evidence import allocation_check, landing_check, recomputed, turning_check
from proofs_check.verdict import Verdict

# Shares of runs in which every cluster has a unit of its own, by p/M.
FULL = {1.0: 1 / 3, 2.0: 3 / 4, 4.0: 0.99}

CLAIM = Claim(
    identifier="own-descent-landing",
    paper=Paper.OWN,
    source="this project",
    title="Where descent lands on separable data",
    kind=Kind.EXISTENCE,
    hypotheses=(
        "β < 0 near its least value −1/(M − 1), gates of one unit a cluster 5σ to 8σ from every sample",
        "λ keeps one direction of each cluster: nλ over all second eigenvalues, at most half of the first ones",
        "Gaussian start of deviation 0.3/√d a weight, p = M, 2M or 4M units; Adam on fresh noise, then on the exact "
        "objective",
    ),
    printed=Statement(
        "Of the runs that converge at least 95 % of each kind (memorising, generalising, hybrid) end within 1e-3, "
        "relative and as a denoiser, of the blocks of BR eq. 7–8 for the units that each cluster has, clusters without "
        "a unit included. Over all these problems together (the share varies with d and M) every cluster has a unit in "
        "a third of the runs with p = M, in three quarters with 2M, in 99 of a hundred with 4M. Where λ keeps two or "
        "three directions of each cluster and p ≥ 2M, fewer than 95 % end at such blocks.",
        Verdict.OBSERVED,
    ),
    depends_on=("own-exact-objective", "own-frozen-gates"),
    checks=(
        landing_check(
            "converged runs are at a predicted minimiser",
            scope="210 problems, d from 4 to 256, M from 2 to 8, three widths, one start each",
        ),
        allocation_check("share of runs with a unit for every cluster", FULL, scope="the same runs"),
        turning_check("several directions kept", scope="20 problems, d = 8 and 16, M = 2 and 3, p = 2M and 4M"),
        recomputed("runs made anew", scope="ten runs in four dimensions"),
    ),
)
