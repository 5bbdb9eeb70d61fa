"""Our own: smooth against threshold-like, measured on image denoisers that hold memorised and generalised digits.

BR's eq. 11 is offered with pictures of large models. Here its statement is put to networks trained on digits, of which
a few stand in the training set 50 to 500 times: samples are drawn from noise, told apart by the training images alone,
and steered from the same noise towards another class. How like a threshold an answer is, and when the printed statement
holds, was written down before any trained network was steered (`numerics.response_curves`, `numerics.response_groups`,
`proofs_check.steering_evidence`).

The printed form, memorised answers that prefer a step and generalised ones that prefer a line in distance and in
probability, is seen in neither network. What is seen is a difference of degree. In the transformer memorised answers
are more like a threshold in both responses; in the U-Net in distance, while among the few samples that reach their
target the probability shows no difference. The probability of the target prefers a step in both groups: a classifier
makes its own threshold of a smooth change of the image, so a probability alone is no evidence of one.

In one pass at σ = 1/2 the U-Net's memorised distances are still sharper, the transformer's are not. Between networks,
one of few and one of all images, the first way tells the U-Nets apart in distance, and not the transformers at all.

The ReLU autoencoder drew no copy in 1,024 samples: nothing is compared. Its answers are almost straight lines in
distance, and it ends where its closed form says (own-steered-sampling).

Of the transformers a second training is shown, longer than the first, which memorised little, judged by copies. The
shorter ones were steered too; those answers were never looked at. There is one network of each kind, and the memorised
samples copy 25 (U-Net) and 14 (transformer) different images: intervals are over these, not over trainings.
"""

from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.steered_relu import closed_form_check
from proofs_check.steering_evidence import outcomes_check, sampled_check
from proofs_check.verdict import Verdict

EXPECTED = {"unet": "not seen", "transformer": "weaker form holds"}

CLAIM = Claim(
    identifier="own-steering-response",
    paper=Paper.OWN,
    source="this project; arXiv 2512.20963, eq. 11 and its pictures",
    title="Steering image denoisers: memorised samples are sharper, not a threshold beside smooth ones",
    kind=Kind.EXISTENCE,
    hypotheses=(
        "digits of 28 × 28 pixels; a U-Net and a transformer of under 900,000 weights, one of each, trained on 4,468 "
        "images once and 32 images 50 to 500 times; 150 memorised and 150 generalised samples of each, drawn without a "
        "label",
        "pushed along the mean representation of the target class in the middle layer at each of 32 levels; 25 "
        "strengths up to where calibration samples reach 90 % of the largest probability of their target",
        "statistics of a curve: largest over mean increment (line 1, step 24), share of the strengths from 10 to 90 % "
        "(line 0.8, step 0.03), preference of a step over a line; medians with 95 % intervals over images copied",
        "probability: only samples that rise by one half or more count",
    ),
    printed=Statement(
        "As printed (memorised prefer a step, generalised a line, in distance and probability): in neither network. "
        "Transformer: a weaker form holds; memorised against generalised, largest over mean increment of the distance "
        "5.7 (3.8, 6.5) against 3.2 (2.9, 3.6), of the probability 6.0 (4.3, 6.8) against 3.7 (3.2, 4.2). U-Net: not "
        "seen; distance 12.6 (9.8, 14.4) against 5.6 (4.9, 6.2), probability 8.6 (7.6, 10.6) against 7.6 (5.9, 9.0) of "
        "42 and 27 samples that answer. Found afterwards: in all four ways of steering while sampling, in both "
        "networks, memorised distances are sharper, and no generalised probability is.",
        Verdict.OBSERVED,
    ),
    depends_on=("own-steered-sampling",),
    checks=(
        outcomes_check("memorised against generalised", EXPECTED),
        sampled_check("every layer and direction", tuple(EXPECTED)),
        closed_form_check("closed form of the ReLU autoencoder"),
    ),
)
