"""EM, what is measured: half of the generated samples are memorised from M ≈ 0.8 N on, whatever N, d and K.

EM measures this at σ⋆² = 1 and c = 1/9 with 26 deterministic steps and means that start at training samples. There it
holds, and no diffusion is needed: mixtures fitted by maximum likelihood have it too. All that was held fixed but σ⋆²
moves it:

- the threshold: at c = 1/16 it is near .88, at c = 1/4 near .65;
- the sampler: exact draws do not depend on σ⋆², 26 steps do, from .73 at σ⋆² = .04 to .84 at 4, and 150 steps by a
  third of that or less. The dependence on σ⋆² is an error of the steps, not a property of the
  model: with one component each step multiplies the distance from the mean by (αα's² + σσ')/v, which makes s² too
  small where σ⋆² is small beside the squares of the last noise levels;
- the start: from means elsewhere than at the samples there is no transition below .91 N.
"""

from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.edge_transitions import Transition, constant, singletons, transition_check, transitions
from proofs_check.verdict import Verdict

LIKELIHOOD, NINTH = "edge-likelihood", (1 / 9,)


def _printed() -> list[Transition]:
    return transitions(LIKELIHOOD, "ddim 26", NINTH, data_variance=1.0, start="samples")


def _exact() -> list[Transition]:
    return transitions(LIKELIHOOD, "exact", NINTH, start="samples", setting="100-50-6")


def _elsewhere() -> list[Transition]:
    return transitions(LIKELIHOOD, "exact", NINTH, start="elsewhere")


def _by_steps(sweep, setting, c, fraction):
    """What 26 steps make of it, by σ⋆²."""
    del sweep, c
    return fraction - {0.04: 0.735, 0.25: 0.772, 1.0: 0.8, 4.0: 0.842}[setting.data_variance]


CLAIM = Claim(
    identifier="EM-prop-measured",
    paper=Paper.EM,
    source="measured transitions",
    title="The transition at M = 0.8 N",
    kind=Kind.EQUALITY,
    hypotheses=(
        "σ⋆² = 1, c = 1/9, 26 deterministic steps, means that start at training samples (as printed)",
        "here: maximum likelihood of the same mixtures, four data sets a setting",
    ),
    printed=Statement(
        "Half of the generated samples are memorised at M/N = .80 ± .015, for N from 50 to 200, d from 30 to 50, K "
        "from 3 to 12.",
        Verdict.OBSERVED,
    ),
    corrected=Statement(
        "The number belongs to c, to the start and to the sampler: 26 steps have it between .735 and .842 for σ⋆² from "
        ".04 to 4, exact draws have none of this dependence, and from means elsewhere the transition is above .9 N.",
        Verdict.OBSERVED,
    ),
    checks=(
        transition_check(
            "at .8 N",
            _printed,
            constant(0.8),
            {"at .75 N, the limit d → ∞": constant(0.75), "at .83 N": constant(0.83)},
            0.015,
            about="printed",
            scope="five sizes",
        ),
        transition_check(
            "26 steps by σ⋆²",
            lambda: transitions(LIKELIHOOD, "ddim 26", NINTH, start="samples"),
            _by_steps,
            {"no dependence on σ⋆²": constant(0.8)},
            0.02,
            about="corrected",
            scope="five sizes, σ⋆² from .04 to 4",
        ),
        transition_check(
            "exact draws by σ⋆²",
            _exact,
            singletons,
            {"as 26 steps have it": _by_steps, "at .8 N": constant(0.82)},
            0.02,
            about="corrected",
            scope="N = 100, d = 50, K = 6, σ⋆² from .04 to 4",
        ),
        transition_check(
            "from elsewhere",
            _elsewhere,
            constant(0.95),
            {"at .8 N": constant(0.8), "at .9 N": constant(0.9)},
            0.04,
            about="corrected",
            scope="five sizes, σ⋆² from .04 to 4",
        ),
    ),
)
