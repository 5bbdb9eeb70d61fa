"""Our own: what the image models that ship memorise: few images, not thousands, and both in one network.

A U-Net and a transformer of 0.8 million weights, trained on 100 digits, draw copies in most of their samples, and are
more than ten times worse on unseen images at σ = 1 than on their own. Trained on 4,500 they draw none, and are as good
on unseen images as on their own. Where 32 of 4,500 digits (12 of 2,052 faces) stand in the set 50 to 500 times, half of
all draws, the same networks copy these in a quarter to three quarters of their samples, and nothing else.

BR's ReLU autoencoder does not do so. On 100 digits it is as much better on its own images as a memoriser is, but no
sample of it is a copy, in no regime: it is homogeneous and knows no class, and its samples (from σ = 2, as BR's) are no
digits, but one saturated picture (trained on 100) or strokes in noise. What it stores must be looked for in its
denoising, not in what it draws.

Each regime was trained once for each network, for as long as a share of one GPU's minutes allowed (steps on the
cards); nothing is said about other seeds, nor about training for longer.
"""

from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.image_regimes_evidence import cards_check, drawn_again, errors_check, once_check, regimes_check
from proofs_check.verdict import Verdict

CLAIM = Claim(
    identifier="own-image-regimes",
    paper=Paper.OWN,
    source="this project",
    title="Image models that memorise, generalise, or do both",
    kind=Kind.EXISTENCE,
    hypotheses=(
        "ten trained networks, one for each kind, data and regime; digits and faces of 28 × 28 pixels",
        "a copy is three times as near to one training image as to any other",
    ),
    printed=Statement(
        "U-Net and transformer copy in more than three quarters of their samples when trained on 100 digits, in fewer "
        "than one in a hundred when trained on 4,500, in a quarter to three quarters when a few images are repeated "
        "among thousands; then they copy only the repeated ones. The ReLU autoencoder copies in no regime. At σ = 1 "
        "networks of 100 digits err ten times more on unseen digits than on their own; the others, 1.1 times at most.",
        Verdict.OBSERVED,
    ),
    checks=(
        regimes_check("copies by regime", scope="2,000 samples of each of ten networks"),
        once_check("images that stand once are not copied", scope="2,000 samples of each of three networks"),
        errors_check("unseen against training images", scope="nine networks of digits, σ = 1"),
        cards_check("cards of the models", scope="ten cards"),
        drawn_again("samples drawn again from the weights that ship", scope="two samples of one network"),
    ),
)
