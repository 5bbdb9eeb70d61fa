"""Our own: whether descent finds the units that Wendel's curve allows.

own-isolation counts the samples of Gaussian data on which some unit can fire alone: P(n, d) = 2^{1−n}Σ_{k<d} C(n − 1,
k), one half at n = 2d. Here such units are learnt. A gate that descends on Σ_i [1 − s_i wᵀx̂_i]_+² (s_j = 1, else −1; a
convex problem, no local minima) either fires on x_j alone or ends at errors that prove that none can, and as many of
them fire as the curve says.

A denoising autoencoder has no such target. Networks of 2n units on BR eq. 6 from a Gaussian start (σ = 0.05, λ =
0.001), converged by their exact gradient, store one-hot only samples that a unit can fire on alone, as they must, but
few of these: on most samples several units are on. Wendel's curve is an upper bound for them, not a prediction; one
half at n = 2d is where one-hot codes can exist, not where descent on the denoising loss finds them.
"""

from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.isolation_evidence import decided_alike, network_check, recomputed, wendel_check
from proofs_check.verdict import Verdict

CLAIM = Claim(
    identifier="own-descent-isolation",
    paper=Paper.OWN,
    source="this project",
    title="Units that descent learns to fire alone",
    kind=Kind.EXISTENCE,
    hypotheses=(
        "independent Gaussian samples, n of them in R^d",
        "gates: one for each sample, told at which sample to fire; networks: p = 2n, random start, σ = 0.05, λ = 0.001",
    ),
    printed=Statement(
        "The share of samples on which a gate learns to fire alone is 2^{1−n}Σ_{k<d} C(n − 1, k). Autoencoders from "
        "random starts store one-hot no sample beyond these, and at n ≤ d, where all could be, less than half.",
        Verdict.OBSERVED,
    ),
    depends_on=("own-isolation", "own-exact-objective"),
    checks=(
        wendel_check("share of gates that fire alone", scope="d = 2, 4, 8, n/d from 1/2 to 3, 120 data sets each"),
        network_check("networks store fewer", scope="d = 2 and 3, n/d = 1, 2, 3, twelve data sets each"),
        decided_alike("gates against linear programming", scope="fresh data, sample by sample"),
        recomputed("gates learnt anew", scope="twelve data sets"),
    ),
)
