"""Our own: in how many columns each optimiser stores a sample, against what BR concludes from Corollary D.4.

All splits of a column cost the same and, with λ above its critical value, are minimisers, as is the one with zero
columns beside it; which one descent ends at is decided by its path. BR: Adam prefers the sparse one, whose Hessian has
the smaller ∞→∞ norm. That norm does not even prefer it to an equal split (BR-cor-D.4, corrected: a split multiplies it
by t_max‖t‖₁, 1 for equal shares), and Adam does not: from the same starts SGD, Adam and RMSprop all end in splits, and
SGD is the one that ends nearest to a single column. It seems that steps of adaptive size move all columns of a sample
at one pace and so even their shares out, while under the gradient itself a larger column grows faster. Even shares have
the smaller t_max‖t‖₁ (table), so that smoothness in that norm goes with splitting, not against it.

AdamW decays weights beside its step and does not minimise BR eq. 6, whose gradient does not vanish where it ends. Its
runs, of 1000 steps, count where the gradient of the data's part alone is small, which is no rest: columns go on to
decay. It loses columns on the way and is the one with the most samples in a single one at p = 2n (about 45 % against
25 to 30 %), yet splits most samples too. Smaller starts were not examined.
"""

from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.column_evidence import more_columns, mostly_split, recomputed
from proofs_check.verdict import Verdict

ADAPTIVE = (("adam", "sgd"), ("rmsprop", "sgd"))

CLAIM = Claim(
    identifier="own-descent-columns",
    paper=Paper.OWN,
    source="this project; the remark after BR Corollary D.4",
    title="Sparse or split columns, by optimiser",
    kind=Kind.EXISTENCE,
    hypotheses=(
        "three or five samples near a regular simplex, lengths 0.8 to 1.25, σ = 0.05, λ = 0.005, p = 2n and 4n",
        "exact objective, the same 30 data sets of each size and Gaussian starts for all, deviation 0.3/√d a weight",
    ),
    printed=Statement(
        "At p = 4n fewer than a fifth of the runs of SGD, Adam, AdamW and RMSprop end with every stored sample in one "
        "column, and at p = 2n and 4n Adam and RMSprop split a sample into more effective columns 1/Σq² (q: shares of "
        "‖w‖‖v‖) than SGD: Adam does not prefer the sparse solution.",
        Verdict.OBSERVED,
    ),
    depends_on=("own-exact-objective", "BR-cor-D.4"),
    checks=(
        mostly_split("few runs are sparse", 4.0, 0.2, scope="60 runs each, intervals of 95 %"),
        more_columns("adaptive steps split more, p = 2n", ADAPTIVE, 2.0, scope="paired runs, 4 standard errors"),
        more_columns("adaptive steps split more, p = 4n", ADAPTIVE, 4.0, scope="paired runs, 4 standard errors"),
        recomputed("a run made anew", scope="SGD, p = 2n"),
    ),
)
