"""BR Algorithm 1 on networks of images: what the paper measured on three large ones, measured on small ones of ours.

The paper prints AUROC .987, .995 and .998 for the standard deviation of a hidden layer, on Stable Diffusion 1.4, DiT
and EDM, above its rivals. Those networks are not run here. What can be asked is whether it is so of denoisers in
general; ours are a U-Net and a transformer on digits and a U-Net on faces, each trained on a few images repeated among
thousands, and U-Nets and transformers of a hundred digits or of thousands. The table, its rules and settings are those
of own-detection-table, fixed before any trained network was scored; the transformers were trained twice, the second
time longer, for too few copies and before any score was looked at. The ReLU autoencoders make no copies from noise and
cannot be judged.

Where it holds: within the U-Net of faces, and between the U-Nets of few and of all digits. Where not: between the two
transformers Std does not separate, though within one transformer it does; within the U-Net of digits it has .751,
which tuning of layer and level on other images lifts to .979. Its sign depends on the layer: in the networks of digits
nearly half of the 60 layers, poolings and levels have an AUROC below 1/2. No measurement of ours refutes a statement
about other networks, so that the printed one stays open.
"""

from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.detection_evidence import Group, reading_check
from proofs_check.extensions.detection_table import BETTER, SAME, WORSE, readings
from proofs_check.verdict import Verdict

# How Std compares with each method, in the order of own-detection-table.
PRINTED: dict[Group, tuple[str, ...]] = {
    ("digits-hybrid-unet", "beforehand"): (*(SAME, WORSE, WORSE, WORSE), *(SAME, WORSE, WORSE, BETTER, WORSE)),
    ("digits-hybrid-unet", "tuned"): (*(SAME, WORSE, WORSE, SAME), *(SAME, WORSE, WORSE, BETTER, WORSE)),
    ("digits-hybrid-transformer", "beforehand"): (
        *(SAME, BETTER, BETTER, BETTER),
        *(BETTER, WORSE, WORSE, BETTER, WORSE),
    ),
    ("digits-hybrid-transformer", "tuned"): (*(SAME,) * 4, *(BETTER, WORSE, WORSE, BETTER, WORSE)),
    ("faces-hybrid-unet", "beforehand"): (*(SAME, SAME, SAME, BETTER), *(BETTER, SAME, SAME, BETTER, SAME)),
    ("faces-hybrid-unet", "tuned"): (*(SAME, SAME, SAME, BETTER), *(SAME, SAME, SAME, BETTER, SAME)),
    ("digits-few-unet | digits-all-unet", "beforehand"): (*(SAME, SAME, SAME, BETTER), *(SAME, BETTER, BETTER)),
    ("digits-few-transformer | digits-all-transformer", "beforehand"): (
        *(SAME, WORSE, WORSE, WORSE),
        *(WORSE, WORSE, WORSE),
    ),
}

CLAIM = Claim(
    identifier="BR-alg-1-networks",
    paper=Paper.BR,
    source="arXiv 2512.20963, Algorithm 1, tables",
    title="Standard deviation of a hidden layer in networks of images",
    kind=Kind.EXISTENCE,
    hypotheses=(
        "corrected: our networks of digits and faces, of 0.8 million weights, not the paper's",
        "600 memorised and 600 generalised samples of each hybrid network, 300 of each of two networks",
        "middle layer, all units, σ = 0.2, decided beforehand, and tuned on half of the repeated images",
    ),
    printed=Statement(
        "Std separates memorised from generalised samples with AUROC .98 or more, above score difference, local "
        "dimension and density of generations (read: in diffusion models of images).",
        Verdict.OPEN,
    ),
    corrected=Statement(
        "Of our three networks that do both, Std reaches .98 beforehand in one (faces, .999 [.997, 1]) and separates "
        "in the others: U-Net .751 [.624, .851], transformer .912 [.859, .948]; tuned, each interval reaches .98. "
        "Between networks: U-Nets 1.000, transformers .515 [.437, .590], no separation. In both networks of digits "
        "density, FLIPD and the Jacobian's dimension are better; on faces no difference is found. In 27 and 28 "
        "(digits) and 7 (faces) of 60 settings Std points the other way.",
        Verdict.OBSERVED,
    ),
    depends_on=("own-detection-table",),
    checks=(
        reading_check(
            "level of each method, and Std against it",
            readings(PRINTED),
            about="corrected",
            rival="std",
            scope="68 lines",
        ),
    ),
)
