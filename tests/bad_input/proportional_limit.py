"""Bad input to losses and distances of blocks in the proportional limit, and to the draws that measure them."""

from tests.bad_values import DECAY, NONNEGATIVE, POSITIVE, VECTOR, bad, of, whole

SPECTRUM = (
    [0.5, 2.0, 1.0],
    [
        *VECTOR,
        bad("empty", [], "must hold at least one", "(0,)"),
        bad("negative", [1.0, -0.5], "must be >= 0", "-0.5"),
    ],
)
RATIO, SIGMA, VARIANCE = (0.5, POSITIVE), (0.7, POSITIVE), (1.5, POSITIVE)
FRACTION = (0.5, [*NONNEGATIVE, bad("over 1", 1.25, "must be <= 1", "1.25")])
SPIKES = ([4.0, 1.0], [*VECTOR, bad("below the bulk", [4.0, 0.5], "must be >= bulk = 1.0", "0.5")])
BULK = {"bulk": (1.0, POSITIVE), "ratio": RATIO}
FULL = {"spectrum": SPECTRUM, "ratio": RATIO, "sigma": SIGMA}
ISOTROPIC = {"ratio": RATIO, "sigma": SIGMA, "variance": VARIANCE, "weight_decay": DECAY, "fraction": FRACTION}
SPIKED = {"spikes": SPIKES, "sigma": SIGMA, "weight_decay": DECAY, **BULK}
DIMENSION = [*whole(1), bad("fewer than spikes", 1, "must be >= the number of spikes = 2", "1")]

FUNCTIONS = {
    "theory.proportional_limit.equivalent": of(**FULL),
    "theory.proportional_limit.train_loss_limit": of(**FULL),
    "theory.proportional_limit.test_loss_limit": of(**FULL),
    "theory.proportional_limit.scatter_limit": of(**FULL),
    "theory.marchenko_pastur.bulk_edges": of(ratio=RATIO),
    "theory.marchenko_pastur.gain_moments": of(**ISOTROPIC),
    "theory.marchenko_pastur.isotropic_losses": of(**ISOTROPIC),
    "theory.spiked_covariance.spike_threshold": of(**BULK),
    "theory.spiked_covariance.sample_spikes": of(spikes=SPIKES, **BULK),
    "theory.spiked_covariance.spike_gains": of(**SPIKED),
    "theory.spiked_covariance.spiked_losses": of(**SPIKED, d=(5, DIMENSION)),
    "theory.reproducibility.full_rank_distance": of(**FULL),
    "theory.reproducibility.isotropic_distance": of(**ISOTROPIC),
    "theory.reproducibility.spiked_distance": of(**SPIKED),
    "numerics.block_draws.draw_blocks": of(
        spectrum=SPECTRUM,
        mean=([0.0, 1.0, 0.0], [*VECTOR, bad("too short", [1.0], "must have the shape of spectrum (3,)", "(1,)")]),
        n=(4, whole(1)),
        width=(2, [*whole(0), bad("over d", 4, "must be <= d = 3", "4")]),
        sigma=(0.5, NONNEGATIVE),
        weight_decay=DECAY,
        pairs=(2, whole(1)),
        seed=(3, whole(0)),
    ),
}
