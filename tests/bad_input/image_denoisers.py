"""Image denoisers: the levels and noise of their sampler. Networks, images and files are tested with their modules."""

from tests.bad_values import POSITIVE, bad, of, whole

FUNCTIONS = {
    "numerics.denoiser_sampling.noise_levels": of(
        steps=(4, whole(least=1)),
        sigma_min=(0.5, [*POSITIVE, bad("above the largest", 3.0, "must be at most sigma_max = 2.0", "3.0")]),
        sigma_max=(2.0, POSITIVE),
        rho=(7.0, POSITIVE),
    ),
    "numerics.denoiser_sampling.starting_noise": of(shape=((2, 3), []), seed=(0, whole(least=0))),
}

TAKES_CHECKED_ARRAYS = {
    "numerics.denoiser_sampling.sample",
    "numerics.denoiser_training.train",
    "numerics.denoising_gradient.denoising_loss",
    *(f"numerics.device.{name}" for name in ("known_device", "present_device")),
    "numerics.image_denoisers.build",
    "numerics.image_denoisers.rebuild",
    *(f"numerics.image_models.{name}" for name in ("recipes", "find_recipe", "shipped", "load_shipped")),
    *(f"numerics.image_sets.{name}" for name in ("image_set", "held_out", "digits_28", "write_digits")),
    *(f"numerics.image_training_run.{name}" for name in ("train_model", "train_all", "write_archives", "main")),
    *(f"numerics.model_card.{name}" for name in ("mean_squared_errors", "nearest_two", "copies", "card_text")),
    *(f"numerics.image_model_evidence.{name}" for name in ("nearness", "main")),
    *(f"numerics.model_files.{name}" for name in ("save", "load")),
    *(f"numerics.training_state.{name}" for name in ("write_state", "read_state")),
}
