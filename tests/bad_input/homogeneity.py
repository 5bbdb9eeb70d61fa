"""Bad input to the floors of bias-free networks."""

from tests.bad_values import NONNEGATIVE, of, whole

_SAMPLE = {"norm": (1.5, NONNEGATIVE), "d": (3, whole(1)), "sigma": (0.5, NONNEGATIVE)}

FUNCTIONS = {
    "theory.homogeneity.loss_floor": of(**_SAMPLE),
    "theory.homogeneity.two_layer_surcharge": of(**_SAMPLE),
}
TAKES_CHECKED_ARRAYS = {"theory.radial_law.radial_law"}
