"""Our own: on real images a loop of trained denoisers ends smaller or noisier, not as copies, and GS does not tell.

GS falls from generation to generation, which is read as a move to memorisation (MC). If that were so, images would
come closer to training images than these are to each other; if only the scale of the cloud falls, they would not
(own-scaling-identity). Small denoisers are trained from scratch on digits and on faces, and on what they drew. A copy
is a third as far from the nearest training image as from the second nearest.

Digits: from generation 1 to 6 GS falls by the factor .50 [.44, .57] for 128 of them and .56 [.50, .63] for 512, and no
image drawn is a copy. Distance to the training set over distance within it stays where it is, but for the factors 1.00
[.95, 1.05] and .99 [.97, 1.01]. A loop that does copy is told apart by the same rule.

Faces, of ten times as many pixels and half as many images, which the same perceptrons learn less well: what they draw
is too noisy, and the next ones learn the noise. GS and entropy rise, and still the images move away from real ones. So
neither fall is needed for a collapse, and a higher entropy does not mean a better training set. In the one run of
U-Nets the strokes stay clear and become no digits: GS stands nearly still, .225 to .245, entropy rises, the variance
falls, and the distance from real images grows from 6.1 to 36.
"""

from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.loop_evidence import Effect, alone, loops, sign_check
from proofs_check.loop_reading import beginning_check, shrinking_check
from proofs_check.verdict import Verdict

STRAYING = {
    Effect("score", "replace"): 1,
    Effect("entropy", "replace"): 1,
    Effect("variance", "replace"): 1,
    Effect("distance", "replace"): 1,
    Effect("copies", "replace"): 0,
    Effect("distance", "accumulate", "replace"): -1,
    Effect("entropy", "accumulate", "replace"): -1,
}
ONE_RUN = {**STRAYING, Effect("variance", "replace"): -1}

CLAIM = Claim(
    identifier="own-image-loop",
    paper=Paper.OWN,
    source="this project; the first two empirical claims of arXiv 2509.16499 on digits and faces",
    title="A loop of denoisers on real images: smaller or noisier, not copies",
    kind=Kind.EXISTENCE,
    hypotheses=(
        "replace: each training set is what the last denoiser drew, as many images as before; seven generations",
        "128 digits of 8 × 8 pixels, five training sets, 70 faces of 25 × 25, one set in five runs, or 512 digits of "
        "28 × 28, six training sets; perceptrons of two residual blocks, of 128 units, 512 digits: 768, trained from "
        "scratch for 800, 500 or 1600 steps; deterministic sampling, pixels cut to their range",
        "the faces drawn are noisy from the first: GS .186 at generation 0, against .120 of faces held out; digits: "
        ".141 and .133, 512 digits .208 and .179, with the U-Net .225",
        "distance from real images: Fréchet's, of Gaussians in 20 leading directions of held-out images",
        "U-Nets on 512 digits once, which is shown and decides nothing: as for faces, but that the variance falls",
    ),
    printed=Statement(
        "Digits, 128 and 512: from generation 1 to 6 log GS falls by more than 0.3, at most 1 % of the images drawn "
        "are copies in any generation, and the logarithm of their distance to the training set over the distance "
        "within it changes by less than 0.1. Faces: GS, entropy and variance rise, copies do not, and the distance "
        "from real images grows; with real images kept it is less, and so is the entropy. All by 99 % intervals over "
        "runs.",
        Verdict.OBSERVED,
    ),
    checks=(
        shrinking_check("digits: GS falls, novelty stays", lambda: loops("128 digits"), scope="128 digits"),
        shrinking_check(
            "512 digits: GS falls, novelty stays", lambda: loops("512 digits", "replace"), scope="512 digits"
        ),
        sign_check("faces: GS rises, and so does distance", lambda: loops("70 faces"), STRAYING, scope="70 faces"),
        beginning_check("digits: first training sets", "128 digits"),
        beginning_check("faces: first training sets", "70 faces"),
        beginning_check("512 digits: first training sets", "512 digits"),
        sign_check(
            "512 digits, one run of U-Nets: signs seen",
            lambda: loops("512 digits, one run of U-Nets"),
            ONE_RUN,
            scope="512 digits, U-Nets, one run",
            summary=alone,
        ),
    ),
)
