"""A certificate: what a computed point proves about the local minimisers of BR eq. 6, in a form that can be kept.

The point is a sum of floats, exact, in the coordinates of `reduced_samples`. `recheck` alone decides whether it proves
what it says; nothing here is trusted.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from flint import arb, arb_mat
from jaxtyping import Float64, Int64

from numerics import store

_ARRAYS = ("X", "labels", "widths", "parts")


@dataclass(frozen=True, eq=False)
class Certificate:
    """There is exactly one critical point of eq. 6 within `radius` of the point, and it is a strict local minimiser.

    X (n, d) samples, labels (n,) and widths (M,) as in `theory.block_minimizer`; `parts` (m, 2, r, p) adds up to the
    encoder and the decoder in reduced coordinates (r ≤ d). The distance is Euclidean over all entries of W1 and W2, in
    full dimension d. Every eigenvalue of the Hessian (in full dimension) exceeds `smallest_eigenvalue` on the whole
    ball. The minimiser's distance to the block formula, least over the O_k, lies in `distance` = (low, high). `bits` is
    the precision that the proof needs. `certified` says whether the proof went through when the certificate was made,
    `reason` why not.
    """

    name: str
    X: Float64[np.ndarray, "n d"]
    labels: Int64[np.ndarray, " n"]
    widths: Int64[np.ndarray, " M"]
    sigma: float
    weight_decay: float
    parts: Float64[np.ndarray, "m 2 r p"]
    radius: float
    smallest_eigenvalue: float
    distance: tuple[float, float]
    bits: int
    certified: bool = False
    reason: str = ""
    provenance: dict[str, Any] = field(default_factory=dict)

    def with_changes(self, **changes: Any) -> Certificate:
        """The same certificate with other values in some fields."""
        return replace(self, **changes)


def point(certificate: Certificate) -> tuple[arb_mat, arb_mat]:
    """The encoder and the decoder that the certificate is about, (r, p) each, exact."""
    encoder, decoder = (
        [
            [sum((arb(float(v)) for v in certificate.parts[:, layer, j, a]), arb(0)) for a in range(width)]
            for j in range(r)
        ]
        for layer in range(2)
        for r, width in [certificate.parts.shape[2:]]
    )
    return arb_mat(encoder), arb_mat(decoder)


def write_certificate(certificate: Certificate, folder: Path) -> None:
    """Keep a certificate in `folder` under its name: whole or not at all."""
    content = {name: value for name, value in asdict(certificate).items() if name not in _ARRAYS}
    folder.mkdir(parents=True, exist_ok=True)
    store.save(folder / certificate.name, {name: getattr(certificate, name) for name in _ARRAYS}, content)


def read_certificate(path: Path) -> Certificate:
    """The certificate at `path` (without suffix). Raises `ValueError` if its arrays were changed."""
    arrays, content = store.load(path)
    content.pop("sha256")
    return Certificate(**arrays, **{**content, "distance": tuple(content["distance"])})


def certificate_paths(folder: Path) -> list[Path]:
    """Paths, without suffix, of the certificates in `folder`, in alphabetical order."""
    return sorted(file.with_suffix("") for file in folder.glob("*.json"))
