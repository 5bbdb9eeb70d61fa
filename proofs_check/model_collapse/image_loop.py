"""MC, fourth claim, on real images at a size that can be repeated: what real images and selection do in a loop.

Signs of effects over pairs of runs that begin alike, each by a 99 % interval (`proofs_check.loop_evidence`, where rule
and effects were fixed before any loop was looked at); 0 where the interval holds zero.

Digits shrink in the loop, and selection works against that: by and large it is as MC says. At the end of the loop of
128 digits the distance from real images with selection is .81 [.64, 1.03] of that without by greedy selection, .82
[.67, .99] by the filter, .88 [.76, 1.01] by greedy selection from the pool; real images in the pool leave .43
[.36, .52], of 512 digits .43 [.41, .46].

Faces are learnt less well: what is drawn is noisier than what was learnt. Then GS and entropy rise without selection,
and what is selected for its distance from the rest is the noise: greedy selection from the pool takes the images
farther from the real ones, 1.49 [1.41, 1.57]. In the one run of U-Nets GS and entropy rise too, though what they draw
is clear: strokes that are digits no more. Every selection takes these farther away, 1.44, 1.44 and, from the pool, 3.3
times as far as without. A run that was not repeated decides nothing.
"""

from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.loop_evidence import PLAIN, PRINTED, Effect, alone, loops, sign_check
from proofs_check.verdict import Verdict

NO_COPIES = {Effect("copies", "replace"): 0}
RISING = {
    Effect("score", "replace"): 1,
    Effect("entropy", "replace"): 1,
    Effect("score", "accumulate", "replace"): -1,
    Effect("entropy", "accumulate", "replace"): -1,
}
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
        **RISING,
        Effect("distance", "replace-greedy", "replace"): 0,
        Effect("distance", "replace-filter", "replace"): 0,
        Effect("distance", "accumulate-greedy", "accumulate"): 1,
    },
    "512 digits": {**PLAIN, **NO_COPIES},
}
ONE_RUN = {
    **PRINTED,
    **NO_COPIES,
    **RISING,
    Effect("distance", "replace-greedy", "replace"): 1,
    Effect("distance", "replace-filter", "replace"): 1,
    Effect("distance", "accumulate-greedy", "accumulate"): 1,
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
        "128 digits of 8 × 8 pixels, five training sets, and 70 faces of 25 × 25, one set in five runs, seven "
        "generations; 512 digits of 28 × 28, six training sets, without selection alone, six generations, as many as "
        "there was time for on a graphics card",
        "perceptrons trained from scratch, no network of the paper's size; U-Nets on 512 digits once for each policy, "
        "which is shown and decides nothing",
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
        "greedy selection leaves undecided (selection for 128 digits alone). Faces, whose denoisers draw noise: with "
        "replacement GS and entropy rise, with real images kept less so; these keep the images nearer to the real "
        "ones in all. Selection raises entropy and GS in both, and from the pool of faces greedy selection raises the "
        "distance from the real ones.",
        Verdict.OBSERVED,
    ),
    checks=(
        *(
            sign_check(
                f"{setting}: signs at the last generation",
                lambda setting=setting: loops(setting),
                signs,
                about="corrected",
                scope=f"{setting}, {runs} runs, 99 % intervals",
            )
            for (setting, signs), runs in zip(SIGNS.items(), ("five", "five", "six"), strict=True)
        ),
        sign_check(
            "512 digits, one run of U-Nets: signs seen",
            lambda: loops("512 digits, one run of U-Nets"),
            ONE_RUN,
            about="corrected",
            scope="512 digits, U-Nets, one run",
            summary=alone,
        ),
    ),
)
