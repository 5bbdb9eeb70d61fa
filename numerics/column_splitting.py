"""Columns that split: units of parallel encoder columns act as one, so minimisers of wide networks are continua.

With t_j ≥ 0 and Σ t_j = 1, columns (√t_j w, √t_j v) give the same denoiser and the same decay as (w, v), and their
gradients are √t_j times its gradient: a point is critical exactly if the merged one is. Merging first and splitting
again at the end takes these flat directions, and the narrow valleys around them, out of a descent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64


@dataclass(frozen=True)
class Merger:
    """Columns of a network merged into groups: W1, W2 (d, groups), the group of each column, and its share √t of it."""

    W1: Float64[np.ndarray, "d g"]
    W2: Float64[np.ndarray, "d g"]
    group: Int64[np.ndarray, " p"]
    share: Float64[np.ndarray, " p"]

    @classmethod
    def of(cls, W1: Float64[np.ndarray, "d p"], W2: Float64[np.ndarray, "d p"], slack: float) -> Merger:
        """Merge each column of mass m = ‖w‖‖v‖ into a heavier one at an angle θ if m(1 − cos θ) ≤ slack·Σm.

        Columns of mass 0 stay alone. Exact for encoder columns that are parallel, whatever their decoders.
        """
        sizes1, sizes2 = np.linalg.norm(W1, axis=0), np.linalg.norm(W2, axis=0)
        mass = sizes1 * sizes2
        units = np.divide(W1, sizes1, out=np.zeros_like(W1), where=sizes1 > 0)
        leaders: list[int] = []
        group = np.empty(len(mass), dtype=np.int64)
        for column in np.argsort(-mass, kind="stable"):
            cosines = units[:, column] @ units[:, leaders]
            if leaders and mass[column] > 0 and mass[column] * (1 - cosines.max()) <= slack * mass.sum():
                group[column] = cosines.argmax()
            else:
                group[column] = len(leaders)
                leaders.append(int(column))
        member = (group[:, None] == np.arange(len(leaders))).astype(np.float64)
        alone = member.sum(axis=0) == 1
        towards, decoder = (units * mass) @ member, (W2 * sizes1) @ member
        # The product of the two sizes is given, their ratio that of the layers.
        product = np.linalg.norm(decoder, axis=0)
        size = np.sqrt(product * np.sqrt(_over(sizes1**2 @ member, sizes2**2 @ member)))
        merged1 = towards * _over(size, np.linalg.norm(towards, axis=0))
        merged2 = decoder * _over(1.0, size)
        share = np.where(alone[group], 1.0, np.sqrt(_over(mass, (mass @ member)[group])))
        return cls(np.where(alone, W1[:, leaders], merged1), np.where(alone, W2[:, leaders], merged2), group, share)

    @property
    def found_any(self) -> bool:
        """Whether any columns were merged."""
        return self.W1.shape[1] < len(self.group)

    def split(
        self, W1: Float64[np.ndarray, "d g"], W2: Float64[np.ndarray, "d g"]
    ) -> tuple[Float64[np.ndarray, "d p"], Float64[np.ndarray, "d p"]]:
        """Merged columns divided among the columns of their groups, in the shares these had."""
        return W1[:, self.group] * self.share, W2[:, self.group] * self.share


def _over(numerator: np.ndarray | float, denominator: np.ndarray) -> np.ndarray:
    """The quotient, 0 where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.zeros_like(denominator), where=denominator > 0)
