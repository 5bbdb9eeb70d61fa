"""Training of the image models that ship, several at once on one device: weights, cards and samples, in archives.

    python -m numerics.image_training_run --out DIR [NAME …] [--device cuda] [--seconds 240] [--processes 5]
        [--images FILE] [--archives DIR] [--small] [--eager]

One process trains one model after the other, each for its share of the time that is left. DIR receives NAME.safetensors
and NAME.md, NAME.samples.npz (images that the model drew, grey levels 0 … 255, labels and the seed of the noise)
and, until a model is done, its checkpoint, from which a run that was killed goes on. --archives: everything but
checkpoints in .tar files of at most 15 MiB, unpacked by `tar -xf`. --eager: without CUDA graphs.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tarfile
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from numerics.denoiser_sampling import sample
from numerics.denoiser_training import History, train
from numerics.device import present_device
from numerics.image_denoisers import build
from numerics.image_models import ImageModel, find_recipe, recipes
from numerics.image_sets import ImageSet, held_out, image_set
from numerics.model_card import LEVELS, card_text, copies, mean_squared_errors
from numerics.model_files import save
from numerics.preconditioning import ImageDenoiser
from numerics.store import provenance, replace_file

SAMPLING_SEED = 1
# Seconds kept for the samples and the card of each model, and for the archives.
_AFTERWARDS = 8.0
_ARCHIVE_BYTES = 15 * 2**20
_Progress = Callable[[int, float], object]


def train_model(
    recipe: ImageModel,
    out: Path,
    *,
    device: str = "cpu",
    seconds: float | None = None,
    images: Path | None = None,
    samples: int | None = None,
    eager: bool = False,
    progress: _Progress = lambda step, loss: None,
) -> dict[str, Any]:
    """Train one model into the folder `out`, draw `samples` or as many as its recipe says, and return its card.

    Raises `ValueError` for a folder that holds the trained model already, and as `present_device` and `train`.
    """
    present_device(device)
    if _written(out / f"{recipe.name}.safetensors"):
        raise ValueError(f"out must be a folder without the trained model {recipe.name}, got {out}")
    training = image_set(recipe.data, recipe.regime, images)
    rows = training.rows()
    denoiser = build(recipe.architecture, shape=recipe.shape, classes=training.classes, seed=recipe.seed, **recipe.size)
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / f"{recipe.name}.checkpoint"
    history = train(
        denoiser,
        training.images[rows],
        training.labels[rows],
        steps=recipe.steps,
        batch=recipe.batch,
        learning_rate=recipe.learning_rate,
        seed=recipe.seed,
        device=device,
        null_share=recipe.null_share,
        seconds=seconds,
        checkpoint=checkpoint,
        eager=eager,
        progress=progress,
    )
    denoiser.requires_grad_(False).eval()
    denoiser.to(device)
    labels = np.arange(samples or recipe.samples) % training.classes
    sampler = {"steps": recipe.sampling_steps, "sigma_max": denoiser.start_level, "seed": SAMPLING_SEED}
    drawn = sample(denoiser, labels, **sampler, device=device)
    card = _card(recipe, denoiser, training, held_out(recipe.data, images), history, device)
    card |= {"samples": len(labels), **{f"sampling_{name}": value for name, value in sampler.items()}}
    card |= copies(drawn, training)
    denoiser.to("cpu")
    grey = ((drawn.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).numpy()
    replace_file(
        out / f"{recipe.name}.samples.npz",
        lambda stream: np.savez_compressed(stream, samples=grey, labels=labels.astype(np.uint8), seed=SAMPLING_SEED),
    )
    text = card_text(recipe.name, card).encode()
    replace_file(out / f"{recipe.name}.md", lambda stream: stream.write(text))
    save(out / f"{recipe.name}.safetensors", denoiser, card)
    checkpoint.unlink()
    return card


def _card(
    recipe: ImageModel,
    denoiser: ImageDenoiser,
    training: ImageSet,
    unseen: ImageSet,
    history: History,
    device: str,
) -> dict[str, Any]:
    repeated = training.repetition > 1
    draws = int(training.repetition.sum())
    errors = {
        name: mean_squared_errors(denoiser, chosen.images, chosen.labels, seed=2, device=device)
        for name, chosen in (("training", training), ("unseen", unseen))
    }
    return {
        "name": recipe.name,
        "architecture": recipe.architecture,
        "parameters": sum(weight.numel() for weight in denoiser.parameters()),
        "data": recipe.data,
        "regime": recipe.regime,
        "images": len(training.images),
        "repeated_images": int(repeated.sum()),
        "repeated_share_of_draws": float(training.repetition[repeated].sum() / draws),
        "batch": recipe.batch,
        "learning_rate": recipe.learning_rate,
        "null_share": recipe.null_share,
        "steps": history.steps,
        "seed": recipe.seed,
        "seconds": history.seconds,
        "device": torch.cuda.get_device_name(device) if device.startswith("cuda") else "cpu",
        **{key: value for key, value in provenance().items() if key in ("torch", "python", "commit")},
        "loss": float(history.losses[-1]),
        "noise_levels": list(LEVELS),
        "error_training": errors["training"],
        "error_unseen": errors["unseen"],
    }


def train_all(
    models: Sequence[ImageModel],
    out: Path,
    *,
    device: str,
    seconds: float | None,
    processes: int,
    images: Path | None,
    samples: int | None = None,
    eager: bool = False,
) -> list[str]:
    """Train `models` in `processes` processes that share the device; the names of those that failed.

    All end about `seconds` after the call. Why a model failed is printed; the others go on.
    """
    begun = time.time()
    deadline = None if seconds is None else begun + seconds
    groups = _groups(models, processes)
    common = (out, device, deadline, images, samples, eager)
    if len(groups) == 1:
        _train_group(groups[0], *common)
    else:
        context = multiprocessing.get_context("spawn")
        workers = [context.Process(target=_train_group, args=(group, *common)) for group in groups]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    # What a run leaves is judged by its files: a process that was killed leaves none.
    return [model.name for model in models if _written(out / f"{model.name}.safetensors") < begun]


def _train_group(
    models: Sequence[ImageModel],
    out: Path,
    device: str,
    deadline: float | None,
    images: Path | None,
    samples: int | None,
    eager: bool,
) -> None:
    _use_tensor_cores()
    for place, model in enumerate(models):
        allowed = None
        if deadline is not None:
            left = deadline - time.time() - _AFTERWARDS * (len(models) - place)
            allowed = max(1.0, left * model.share / sum(later.share for later in models[place:]))
        try:
            card = train_model(
                model,
                out,
                device=device,
                seconds=allowed,
                images=images,
                samples=samples,
                eager=eager,
                progress=_teller(model.name),
            )
        except Exception:
            # Told here, and counted by `train_all`, which finds no file.
            traceback.print_exc()
            continue
        kept = ("steps", "seconds", "loss", "error_training", "error_unseen", "copies", "copies_of_repeated")
        print(model.name, {key: card[key] for key in kept if key in card}, flush=True)


def _use_tensor_cores() -> None:
    """Products of 32-bit numbers on tensor cores; the fastest convolutions are looked for. Without effect on CPUs."""
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = True


def _teller(name: str) -> _Progress:
    last = time.monotonic()

    def tell(step: int, loss: float) -> None:
        nonlocal last
        if time.monotonic() - last > 20:
            last = time.monotonic()
            print(f"{name}: step {step}, loss {loss:.4f}", flush=True)

    return tell


def _groups(models: Iterable[ImageModel], processes: int) -> list[list[ImageModel]]:
    """Models spread over processes so that their shares of time add up to about the same; none is empty."""
    groups: list[list[ImageModel]] = [[] for _ in range(processes)]
    for model in sorted(models, key=lambda model: -model.share):
        min(groups, key=lambda group: sum(member.share for member in group)).append(model)
    return [group for group in groups if group]


def _written(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0.0


def write_archives(out: Path, archives: Path) -> list[Path]:
    """Put the weights, cards and samples in `out` into .tar files in `archives`, as many as their sizes ask for."""
    archives.mkdir(parents=True, exist_ok=True)
    files = sorted(path for kind in ("*.safetensors", "*.md", "*.samples.npz") for path in out.glob(kind))
    written: list[Path] = []
    size = _ARCHIVE_BYTES
    for path in files:
        if not written or size + path.stat().st_size > _ARCHIVE_BYTES:
            written.append(archives / f"image-models-{len(written)}.tar")
            written[-1].unlink(missing_ok=True)
            size = 0
        with tarfile.open(written[-1], "a") as archive:
            archive.add(path, arcname=path.name)
        size += path.stat().st_size + 1024
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    """The command of this module: 0 exactly when every model was trained."""
    parser = argparse.ArgumentParser(
        prog="numerics.image_training_run", description="Train the image models that ship."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="models; all that ship when none is named")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--archives", type=Path)
    parser.add_argument("--samples", type=int)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--eager", action="store_true")
    given = parser.parse_args(arguments)
    chosen = [find_recipe(name, given.small) for name in given.names] or list(recipes(given.small).values())
    failed = train_all(
        chosen,
        given.out,
        device=given.device,
        seconds=given.seconds,
        processes=given.processes,
        images=given.images,
        samples=given.samples,
        eager=given.eager,
    )
    if given.archives is not None:
        for path in write_archives(given.out, given.archives):
            print(f"{path}: {path.stat().st_size / 2**20:.1f} MiB")
    for name in failed:
        print(f"{name}: NOT TRAINED")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
