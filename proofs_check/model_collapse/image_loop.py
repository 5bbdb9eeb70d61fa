"""MC, fourth claim, on real images at a size that can be repeated: what real images and selection do in a loop.

Signs of effects over pairs of runs that begin alike, each by a 99 % interval (`proofs_check.loop_evidence`, where rule
and effects were fixed before any loop was looked at); 0 where the interval holds zero.

Digits shrink in the loop, and selection works against that: by and large it is as MC says. Faces are learnt less well:
what is drawn is noisier than what was learnt. Then GS and entropy rise without selection, and what is selected for its
distance from the rest is the noise: greedy selection from the pool takes the images farther from the real ones.
"""

from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.loop_evidence import PRINTED, Effect, loops, sign_check
from proofs_check.verdict import Verdict

NO_COPIES = {Effect("copies", "replace"): 0}
SIGNS = {
    "128 digits": {
        **PRINTED,
        **NO_COPIES,
        Effect("distance", "replace-greedy", "replace"): 0,
        Effect("distance", "accumulate-greedy", "accumulate"): 0,
    },
    "70 faces": {
        **PRINTED,
        **NO_COPIES,
        Effect("score", "replace"): 1,
        Effect("entropy", "replace"): 1,
        Effect("score", "accumulate", "replace"): -1,
        Effect("entropy", "accumulate", "replace"): -1,
        Effect("distance", "replace-greedy", "replace"): 0,
        Effect("distance", "replace-filter", "replace"): 0,
        Effect("distance", "accumulate-greedy", "accumulate"): 1,
    },
}

CLAIM = Claim(
    identifier="MC-prop-image-loop",
    paper=Paper.MC,
    source="arXiv 2509.16499, fourth empirical claim: selection raises entropy, slows the transition and lowers FID",
    title="Real images and selection in a loop of denoisers",
    kind=Kind.EXISTENCE,
    hypotheses=(
        "replace and accumulate-subsample, without selection, with greedy selection, and replace with the filter; "
        "selection of pixels, N of 2N drawn or N of the pool",
        "128 digits of 8 × 8 pixels, five training sets, and 70 faces of 25 × 25, one set in five runs; perceptrons "
        "trained from scratch, seven generations: no network of the paper's size",
        "in the place of FID the Fréchet distance of Gaussians in 20 leading directions of held-out images",
    ),
    printed=Statement(
        "With replacement GS and entropy fall and the model comes to copy; with real images kept less so, and nearer "
        "to the real images; greedy selection and the filter raise entropy and GS and lower the distance from the "
        "real images.",
        Verdict.OPEN,
    ),
    corrected=Statement(
        "Digits: so it is, but for copies, of which there are none, and for the distance, which the filter lowers and "
        "greedy selection leaves undecided. Faces, whose denoisers draw noise: with replacement GS and entropy rise, "
        "with real images kept less so; these keep the images nearer to the real ones in both. Selection raises "
        "entropy and GS in both, and from the pool of faces greedy selection raises the distance from the real ones.",
        Verdict.OBSERVED,
    ),
    checks=tuple(
        sign_check(
            f"{setting}: signs at the last generation",
            lambda setting=setting: loops(setting),
            signs,
            about="corrected",
            scope=f"{setting}, five runs, 99 % intervals",
        )
        for setting, signs in SIGNS.items()
    ),
)
