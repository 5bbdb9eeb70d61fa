"""What the papers state, place by place, and where it is decided: by which claims, or why not here.

A statement of a paper that no claim decides stands here with the reason; `memorem verify` prints it.
"""

from __future__ import annotations

from functools import partial

from .claim import Paper
from .contents_collapse import COLLAPSE
from .contents_edge import EDGE
from .contents_entry import Entry, entry

_br = partial(entry, Paper.BR)


CONTENTS = (
    _br("eq. 1–2", "score and deterministic sampling step", "BR-eq-1-2"),
    _br("eq. 3", "the empirical denoiser is the unconstrained minimiser", "BR-eq-3"),
    _br("eq. 5–6", "network and objective", "own-exact-objective", "own-gaussian-relu", "own-span-reduction"),
    _br("Definition 3.1", "(α, β)-separability", "BR-def-3.1"),
    _br("Lemma D.1", "regularised linear autoencoder", "BR-lem-D.1"),
    _br("Theorem 3.1", "block-structured local minimiser", "BR-thm-3.1", "own-frozen-gates", "own-noiseless-blocks"),
    _br("Theorem 3.1, residual", "‖R‖² ≤ C exp(−cγ²/σ²), γ from α, β and norms", "BR-thm-3.1-residual"),
    _br("Theorem 3.1, O_k", "any orthogonal O_k", "BR-thm-3.1-rotation", "own-turning-blocks", "own-orthant-measure"),
    _br("Theorem 3.1, λ ≥ 0", "the minimiser at λ = 0", "BR-thm-3.1-rescaling"),
    _br("Theorem 3.1, W2 = W1", "encoder and decoder agree", "BR-thm-3.1-tied"),
    _br("Theorem 3.1, Σ p_k = p", "widths of the blocks", "own-allocation", "own-allocation-gates"),
    _br("Theorem 3.1, many noise levels", "one structure for all σ", "BR-thm-3.1-stability"),
    _br("Theorem 3.1, β < 0", "separation through the origin", "own-isolation", "own-affine-layer", "own-affine-gates"),
    _br(
        "Theorem 3.1, appendix",
        "‖Ŵ − W*‖_F ≤ √(2C/c_0)(σ² + nλ)^{−1/2}(δ/γ + e^{−cγ²/σ²})^{1/2}",
        out_of_scope="δ, c_0 and c_proj are not defined where we read it; what the factor (σ² + nλ)⁻¹ and the margin "
        "can do is decided in BR-thm-3.1-residual",
    ),
    _br("Corollary 3.2", "memorising weights", "BR-cor-3.2"),
    _br("Corollary 3.2, loss", "loss below σ², free of d", "BR-cor-3.2-loss"),
    _br("Corollary 3.2, representation", "one-hot code", "BR-cor-3.2-one-hot"),
    _br("Corollary 3.2, zero columns", "p > n leaves columns at zero", "BR-cor-3.2-zero-columns"),
    _br("Corollary 3.2, dense solutions", "they come from splitting columns", "BR-cor-3.2-splitting"),
    _br("Corollary 3.2, empirical denoiser", "closely approximated", "BR-cor-3.2-empirical", "own-homogeneity-floor"),
    _br("Corollary 3.2, divergence", "KL ≤ (π/2) max‖x_i‖", "BR-cor-3.2-kl"),
    _br("Corollary 3.2, sampling", "power method that returns training samples", "BR-cor-3.2-sampling"),
    _br(
        "Corollary 3.2, Adam",
        "Adam prefers the sparse solution",
        out_of_scope="a statement about an optimiser's path, no theorem; the smoothness it is drawn from is decided in "
        "BR-cor-D.4",
    ),
    _br("Corollary 3.3", "limit of the generalising block", "BR-cor-3.3-weights"),
    _br("Corollary 3.3, test loss", "the printed test loss", "BR-cor-3.3-test-loss", "own-proportional-limit"),
    _br("Corollary 3.3, representation", "energy spread over the units of the block", "BR-cor-3.3-balanced"),
    _br("Corollary 3.3, reproducibility", "disjoint data give the same denoiser", "BR-cor-3.3-reproducibility"),
    _br("Corollaries 3.2 and 3.3, Jacobian", "rank one, local principal components", "BR-cor-3.2-jacobian"),
    _br("Corollary 3.4", "hybrid minimiser", "BR-cor-3.4"),
    _br("Corollary D.4", "splitting enlarges the ∞→∞ norm", "BR-cor-D.4"),
    _br("Corollary D.5", "error of a learnt block", "BR-cor-D.5", "own-denoiser-fluctuation"),
    _br("Algorithm 1", "a large standard deviation means memorised", "BR-alg-1", "own-spike-test"),
    _br("Algorithm 1, networks", "Std separates in networks of images, above rivals", "BR-alg-1-networks"),
    _br(
        "Algorithm 1, tables",
        "AUROC .987, .995, .998 and rates at 1 % false alarms on Stable Diffusion 1.4, DiT and EDM, above rivals",
        out_of_scope="measurements of networks of up to billions of weights that nothing here can run; our own are "
        "measured in BR-alg-1-networks",
    ),
    _br("eq. 11", "steering by the representation", "BR-eq-11", "own-steered-sampling"),
    _br(
        "eq. 11, pictures",
        "generalised samples answer smoothly and memorised ones like a threshold",
        "own-steering-response",
    ),
    _br(
        "eq. 11, pictures of large models",
        "the same of networks of up to billions of weights",
        out_of_scope="only pictures are offered, of networks that nothing here can run; BR-eq-11 decides two layers, "
        "own-steering-response networks of under a million weights on digits",
    ),
    _br(
        "released experiments",
        "faces of 32 × 32 pixels, p = 100 or 256, 50,000 steps, λ = d·(weight decay)/2",
        out_of_scope="settings, no statement; the benchmarks run them",
    ),
    *EDGE,
    *COLLAPSE,
)


def out_of_scope(paper: Paper | None = None) -> list[Entry]:
    """The statements of a paper, or of all, that no claim decides."""
    return [entry for entry in CONTENTS if entry.out_of_scope and paper in (None, entry.paper)]
