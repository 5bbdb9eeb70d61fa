"""The largest set of pairwise compatible items: maximum clique by branch and bound, its size bounded."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from theory import validation


class Clique(NamedTuple):
    """`members`, increasing and pairwise adjacent; no clique has more than `upper_bound` members."""

    members: list[int]
    upper_bound: int


class _Branch:
    """One node of the search: the clique so far, the vertices that may extend it, those still to be tried.

    The candidates are coloured greedily so that no two adjacent ones share a colour: among those up to colour
    c there is no clique larger than c.  Only vertices of colour `needed` or more are tried, the last first.
    """

    def __init__(self, clique: list[int], candidates: int, strangers: list[int], needed: int):
        self.clique, self.candidates = clique, candidates
        self.untried: list[tuple[int, int]] = []
        colour = 0
        while candidates:
            colour += 1
            free = candidates
            while free:
                bit = free & -free
                vertex = bit.bit_length() - 1
                free &= strangers[vertex]
                candidates ^= bit
                if colour >= needed:
                    self.untried.append((vertex, colour))

    def reach(self) -> int:
        """No clique still to be found below this node is larger."""
        return len(self.clique) + self.untried[-1][1] if self.untried else 0


def largest_clique(adjacent: Bool[np.ndarray, "n n"], *, node_budget: int, enough: int) -> Clique:
    """A maximum clique of the graph with symmetric adjacency matrix `adjacent` (n, n), false on its diagonal.

    The search also ends with `enough` members, or after `node_budget` nodes but never before its first
    clique.  The clique is proved to be a maximum when it has `upper_bound` members; with fewer than `enough`,
    no vertex extends it.  Raises `ValueError` if `node_budget` < 1 or `enough` < 1.
    """
    node_budget = validation.whole(node_budget, "node_budget", least=1)
    enough = validation.whole(enough, "enough", least=1)
    # Inside the search a vertex is its rank by degree: colouring the crowded ones first sharpens the bound.
    by_degree = np.argsort(-adjacent.sum(axis=1), kind="stable")
    neighbours = _bitsets(adjacent[np.ix_(by_degree, by_degree)])
    everything = (1 << len(neighbours)) - 1
    strangers = [everything ^ near ^ (1 << vertex) for vertex, near in enumerate(neighbours)]

    best: list[int] = []
    root = _Branch([], everything, strangers, needed=1)
    stack, nodes, upper_bound = [root], 1, 0
    while stack:
        branch = stack[-1]
        if branch is root:
            # Below the vertices of the root already tried there is nothing larger than `best`.
            upper_bound = max(root.reach(), len(best))
        if len(best) >= enough or (best and nodes >= node_budget):
            break
        if branch.reach() <= len(best):
            stack.pop()
            continue
        nodes += 1
        vertex, _ = branch.untried.pop()
        clique, inside = [*branch.clique, vertex], branch.candidates & neighbours[vertex]
        branch.candidates ^= 1 << vertex
        if inside:
            stack.append(_Branch(clique, inside, strangers, needed=len(best) - len(clique) + 1))
        elif len(clique) > len(best):
            best = clique
    return Clique(sorted(int(by_degree[vertex]) for vertex in best), upper_bound)


def _bitsets(adjacent: Bool[np.ndarray, "n n"]) -> list[int]:
    """Row v as an integer whose bit w is set when v and w are adjacent."""
    return [int.from_bytes(row.tobytes(), "little") for row in np.packbits(adjacent, axis=1, bitorder="little")]
