"""The point of a convex hull nearest to the origin: the direction in which a set of points is best seen.

Its direction w has the largest possible least response min_k w·u_k among unit vectors, and that response is the
distance of the hull from the origin; a hull that holds the origin has no direction with all responses positive.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Float64
from scipy.optimize import nnls

from . import validation


def nearest_to_origin(points: Float[Any, "m d"]) -> Float64[np.ndarray, "d"]:
    """The point of least norm in the convex hull of `points` (m, d), in their units.

    Lawson and Hanson's least-distance problem: with U the points in columns, a ≥ 0 minimises ‖Ua‖² + (Σa − 1)², and
    Ua/Σa is the nearest point, for at fixed Σa = s the first term is s² times the squared distance of the hull. Good
    to about 1e-14/δ of the largest norm, δ the distance sought over that norm.
    """
    points = validation.samples(points, "points")
    scale = float(np.abs(points).max())
    if scale == 0:
        return np.zeros(points.shape[1])
    lifted = np.vstack([points.T / scale, np.ones(len(points))])
    target = np.zeros(len(lifted))
    target[-1] = 1.0
    shares, _ = nnls(lifted, target)
    return points.T @ (shares / shares.sum())
