"""Our own: by descent, small columns beside the memorising weights grow below λ_c(σ, X) and die above it.

The kept descents (sweep `zero-columns`) start at the memorising weights with four small columns. The mass of columns
away from all samples at the end vanishes between 0.97 and 1.03 of `theory.dead_units.critical_weight_decay` in seven
settings. Just below λ_c this mass is small and its curve bends: the zero of a line through the last two decays is
within 0.4 % of λ_c in six settings, 5.8 % above it in the one of three samples, whose bracket holds all the same.
From random starts hardly any of the kept descents converged to the tolerance that so flat a threshold asks for: they
decide nothing.
"""

import sympy as sp

from numerics.sweeps.zero_columns import SETTINGS, SWEEP, predicted_threshold, samples
from proofs_check.check import Effort
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.threshold_evidence import Threshold
from proofs_check.verdict import Verdict
from theory.block_minimizer import COUNT, SIGMA

EVIDENCE = Threshold(SWEEP, "away", 1e-4, "beside", tuple(SWEEP.quick["setting"]))


def _leading(setting: str) -> float:
    """σ³/(√(2π)n‖x‖), the leading term of one sample alone."""
    return float(SETTINGS[setting].sigma ** 3 / (2 * sp.pi) ** 0.5 / len(samples(setting)))


def _without_noise(setting: str) -> float:
    """A threshold that does not see σ: that of the first setting."""
    del setting
    return predicted_threshold("one")


def _cheap(effort: Effort) -> int:
    """A cell of one sample above the threshold, where small columns die soon, drawn by seed."""
    cells = SWEEP.cells(True)
    rows = [
        row
        for row, cell in enumerate(cells)
        if (cell["setting"], cell["start"]) == ("one", "beside") and cell["decay"] in (0.85, 1.12)
    ]
    return rows[effort.seed % len(rows)]


CLAIM = Claim(
    identifier="own-descent-zero-columns",
    paper=Paper.OWN,
    source="this project; Corollary 3.2 of arXiv 2512.20963",
    title="Descent: where zero columns begin to grow",
    kind=Kind.EQUALITY,
    hypotheses=(
        "pairwise negative inner products, σ at most a quarter of the least distance of a sample from another's gate",
        "start at the memorising weights and small columns; Adam on the exact objective to a gradient of 2e-8",
    ),
    printed=Statement(
        "Small columns beside the memorising weights grow by descent for λ < λ_c(σ, X) and die for λ > λ_c: bracketed "
        "within 5 % in seven settings of one to three samples; for one sample λ_c = σ³/(√(2π)n‖x‖)(1 + O(σ/‖x‖)).",
        Verdict.OBSERVED,
        (sp.Eq(sp.Symbol("lambda_c"), SIGMA**3 / (sp.sqrt(2 * sp.pi) * COUNT * sp.Symbol("r")), evaluate=False),),
    ),
    depends_on=("BR-cor-3.2-zero-columns", "own-critical-weight-decay"),
    checks=(
        EVIDENCE.check(
            "threshold of zero columns",
            predicted_threshold,
            {
                "leading term alone": _leading,
                "σ left out": _without_noise,
                "a tenth more": lambda setting: 1.1 * predicted_threshold(setting),
                "a tenth less": lambda setting: 0.9 * predicted_threshold(setting),
            },
        ),
        EVIDENCE.again(_cheap),
    ),
)
