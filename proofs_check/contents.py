"""What the papers state, place by place, and where it is decided: by which claims, or why not here.

A statement of a paper that no claim decides stands here with the reason; `memorem verify` prints it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .claim import Paper


@dataclass(frozen=True)
class Entry:
    """One statement or remark of a paper: decided by claims, or out of scope for a stated reason; never both."""

    paper: Paper
    place: str
    statement: str
    decided_by: tuple[str, ...] = ()
    out_of_scope: str = ""

    def __post_init__(self) -> None:
        if bool(self.decided_by) is bool(self.out_of_scope):
            raise ValueError(
                f"decided_by or out_of_scope must be given, and not both, in {self.paper}, {self.place}: "
                f"{self.decided_by!r}, {self.out_of_scope!r}"
            )


def _br(place: str, statement: str, *decided_by: str, out_of_scope: str = "") -> Entry:
    return Entry(Paper.BR, place, statement, decided_by, out_of_scope)


CONTENTS = (
    _br("eq. 1–2", "score and deterministic sampling step", "BR-eq-1-2"),
    _br("eq. 3", "the empirical denoiser is the unconstrained minimiser", "BR-eq-3"),
    _br("eq. 5–6", "network and objective", "own-exact-objective", "own-gaussian-relu", "own-span-reduction"),
    _br("Definition 3.1", "(α, β)-separability", "BR-def-3.1"),
    _br("Lemma D.1", "regularised linear autoencoder", "BR-lem-D.1"),
    _br("Theorem 3.1", "block-structured local minimiser", "BR-thm-3.1"),
    _br("Theorem 3.1, residual", "‖R‖² ≤ C exp(−cγ²/σ²)", "BR-thm-3.1-residual"),
    _br("Theorem 3.1, O_k", "any orthogonal O_k", "BR-thm-3.1-rotation"),
    _br("Theorem 3.1, λ ≥ 0", "the minimiser at λ = 0", "BR-thm-3.1-rescaling"),
    _br("Corollary 3.2", "memorising weights", "BR-cor-3.2"),
    _br("Corollary 3.2, loss", "loss below σ², free of d", "BR-cor-3.2-loss"),
    _br("Corollary 3.2, representation", "one-hot code", "BR-cor-3.2-one-hot"),
    _br("Corollary 3.3", "limit of the generalising block", "BR-cor-3.3-weights"),
    _br("Corollary 3.3, test loss", "the printed test loss", "BR-cor-3.3-test-loss"),
    _br("Corollary 3.3, representation", "energy spread over the units of the block", "BR-cor-3.3-balanced"),
    _br("Corollary 3.4", "hybrid minimiser", "BR-cor-3.4"),
)


def out_of_scope(paper: Paper | None = None) -> list[Entry]:
    """The statements of a paper, or of all, that no claim decides."""
    return [entry for entry in CONTENTS if entry.out_of_scope and paper in (None, entry.paper)]
