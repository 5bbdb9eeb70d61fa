"""EM, the denoiser of a Gaussian mixture: posterior mean for any covariances, a shared variance, and low rank.

Given component i, X_0 ~ N(μ, Σ) and X_t = αX_0 + σZ. In an orthonormal eigenbasis of Σ both the prior and the noise are
products over coordinates, so one coordinate with variance λ decides: completing the square in x_0 leaves the posterior
mean m = μ + αλ(x − αμ)/c, c = α²λ + σ², times a Gaussian density of x with mean αμ and variance c; the product of these
densities over the coordinates is the weight exp(w_i) of the lemma. In one and the same basis for all components (any
will do) the means average with these weights. At λ = 0 the coordinate is μ, and so says the formula.

The print divides by α; the form m = μ + αΣC⁻¹(x − αμ) is the same and holds at t = 1. Component weights π_i would add
log π_i to w_i. For Σ_i = s²I the determinants cancel; for Σ_i = FFᵀ + s²I the inverse of C = vI + α²FFᵀ, v = α²s² + σ²,
follows from that of the small matrix vI + α²FᵀF, and det C is v^{d−r} times its determinant (in the singular vectors).
"""

import numpy as np
import sympy as sp
import torch

from proofs_check.check import Bears
from proofs_check.claim import Claim, Kind, Paper, Statement
from proofs_check.derivation import derivation
from proofs_check.sampling import Law, property_check
from proofs_check.sums import SumIdentity
from proofs_check.symbolic import Identity
from proofs_check.traces import TraceIdentity
from proofs_check.verdict import Verdict
from theory import mixture_denoiser as md

x, alpha, sigma, s2, average = md.POINT, md.SIGNAL, md.NOISE, md.VARIANCE, md.MEAN
x0, mu = sp.symbols("x_0 mu", real=True)
lam, v, f = sp.symbols("lambda v_c f", positive=True)
M, d, r = sp.symbols("M d r", integer=True, positive=True)
i = sp.Symbol("i", integer=True)
w, u, centre = sp.IndexedBase("w"), sp.IndexedBase("u"), sp.IndexedBase("mu")

SEEN = alpha**2 * lam + sigma**2
COMPONENT_MEAN = mu + alpha * lam / SEEN * (x - alpha * mu)
# Of x_0 given x and the component.
LEFT_OVER = lam * sigma**2 / SEEN

Q, T = sp.MatrixSymbol("Q", d, d), sp.MatrixSymbol("T", d, d)
F, K = sp.MatrixSymbol("F", d, r), sp.MatrixSymbol("K", r, r)
small = v * sp.Identity(r) + alpha**2 * F.T * F
apart = sp.MatrixSymbol("z", d, 1)

weights = sp.Sum(w[i], (i, 1, M))

STEPS = [
    TraceIdentity(
        "the noise is as it was in any orthonormal basis",
        sp.Trace(apart.T * Q * Q.T * apart),
        sp.Trace(apart.T * apart),
        orthogonal=(Q,),
    ),
    Identity(
        "completed square, one coordinate",
        (x0 - mu) ** 2 / lam + (x - alpha * x0) ** 2 / sigma**2,
        (x0 - COMPONENT_MEAN) ** 2 / LEFT_OVER + (x - alpha * mu) ** 2 / SEEN,
    ),
    Identity("normalisation: determinants", lam * sigma**2, LEFT_OVER * SEEN),
    Identity("the printed form", (x - sigma**2 * (x - alpha * mu) / SEEN) / alpha, COMPONENT_MEAN),
    Identity("no variance", COMPONENT_MEAN.subs(lam, 0), mu),
    SumIdentity(
        "average over the components, u_i = C_i⁻¹(x − αμ_i)",
        sp.Sum(w[i] * (x - sigma**2 * u[i]) / alpha, (i, 1, M)) / weights,
        (x - sigma**2 * sp.Sum(w[i] * u[i], (i, 1, M)) / weights) / alpha,
    ),
    SumIdentity(
        "shared variance",
        sp.Sum(w[i] * COMPONENT_MEAN.xreplace({lam: s2, mu: centre[i]}), (i, 1, M)) / weights,
        md.SHARED_DENOISER.xreplace({average: sp.Sum(w[i] * centre[i], (i, 1, M)) / weights}),
    ),
    # T is any matrix: the product of C and the claimed inverse is the identity once K inverts the small matrix.
    TraceIdentity(
        "Woodbury",
        sp.Trace(T * (v * sp.Identity(d) + alpha**2 * F * F.T) * (sp.Identity(d) - alpha**2 * F * K * F.T))
        - v * sp.Trace(T),
        -(alpha**2) * sp.Trace(T * F * (small * K - sp.Identity(r)) * F.T),
    ),
    Identity(
        "along a singular vector of length f",
        (1 - alpha**2 * f**2 / (v + alpha**2 * f**2)) / v,
        1 / (v + alpha**2 * f**2),
    ),
]


def _draw(rng: np.random.Generator):
    """M components of rank r + s² in d dimensions, a time, and points near the noisy means."""
    M_, d_ = (int(k) for k in rng.integers(1, 6, size=2))
    means, F_ = rng.standard_normal((M_, d_)), rng.standard_normal((M_, d_, int(rng.integers(0, d_ + 2))))
    variance, t = float(rng.uniform(0.2, 1.0)), float(rng.uniform(0.3, 0.95))
    points = md.signal(t) * means[rng.integers(M_, size=4)] + rng.standard_normal((4, d_))
    return means, F_, variance, t, points


def _tweedie(means, covariances, t: float, points, logdet: float = 1.0) -> np.ndarray:
    """(x + σ²∇log p_t(x))/α with the density of X_t differentiated automatically, no posterior in sight."""
    at = torch.tensor(points, requires_grad=True)
    alpha_ = float(np.sqrt(1 - t * t))
    C = torch.tensor(alpha_**2 * covariances + t * t * np.eye(means.shape[1]))
    apart_ = at[:, None, :] - alpha_ * torch.tensor(means)
    squares = (apart_ * torch.linalg.solve(C, apart_[..., None])[..., 0]).sum(dim=2)
    density = torch.logsumexp(-0.5 * squares - 0.5 * logdet * torch.logdet(C), dim=1).sum()
    return (points + t * t * torch.autograd.grad(density, at)[0].numpy()) / alpha_


def _against_tweedie(general: bool, logdet: float = 1.0, noise: float = 1.0, spread: float = 1.0):
    def discrepancy(problem) -> float:
        means, F_, variance, t, points = problem
        covariances = F_ @ F_.transpose(0, 2, 1) + variance * np.eye(means.shape[1])
        found = (
            md.posterior_mean_general(points, noise * t, means, covariances)
            if general
            else md.posterior_mean_low_rank(points, noise * t, means, F_, spread * variance)
        )
        expected = _tweedie(means, covariances, t, points, logdet)
        return float(np.abs(found - expected).max() / (1 + np.abs(points).max() + np.abs(means).max()))

    return discrepancy


def _shared(noise: float = 1.0):
    def discrepancy(problem) -> float:
        means, _, variance, t, points = problem
        covariances = np.broadcast_to(variance * np.eye(means.shape[1]), (len(means), *[means.shape[1]] * 2))
        expected = _tweedie(means, covariances, t, points)
        found = md.posterior_mean(points, noise * t, means, variance)
        return float(np.abs(found - expected).max() / (1 + np.abs(points).max() + np.abs(means).max()))

    return discrepancy


def _several(rng: np.random.Generator):
    """A problem where the weights of the components matter: two components or more, of different spread."""
    means, F_, variance, t, points = _draw(rng)
    means = np.concatenate([means, means[:1] + 0.5])
    F_ = np.concatenate([F_, 2 * np.ones((1, *F_.shape[1:]))], axis=0)
    return means, np.concatenate([F_, 2 * np.ones((*F_.shape[:2], 1))], axis=2) * 0.5, variance, t, points


CLAIM = Claim(
    identifier="EM-lem-denoiser",
    paper=Paper.EM,
    source="arXiv 2508.17689, lemma on the denoiser of a Gaussian mixture, and the denoiser class",
    title="Posterior mean of a Gaussian mixture",
    kind=Kind.EQUALITY,
    hypotheses=(
        "X_0 ~ (1/M) Σ_i N(μ_i, Σ_i) in R^d, Σ_i ⪰ 0, X_t = α_tX_0 + σ_tZ, α_t, σ_t > 0",
        "components need not be distinct; at t = 1 read μ_i + α_tΣ_iC_i⁻¹(x − α_tμ_i) for the printed quotient",
    ),
    printed=Statement(
        "E[X_0 | X_t = x] = (x − σ_t² Σ_i C_i⁻¹(x − α_tμ_i) softmax(w)_i)/α_t, C_i = α_t²Σ_i + σ_t²I, w_i = −½ log det "
        "C_i − ½(x − α_tμ_i)ᵀC_i⁻¹(x − α_tμ_i); for Σ_i = s²I it is [α_ts²x + σ_t² Σ_i μ_i softmax(w)_i]/(α_t²s² + "
        "σ_t²), w_i = −‖α_tμ_i − x‖²/2(α_t²s² + σ_t²). For Σ_i = F_iF_iᵀ + s²I, C_i⁻¹ = (I − α_t²F_i(vI + "
        "α_t²F_iᵀF_i)⁻¹F_iᵀ)/v, v = α_t²s² + σ_t².",
        Verdict.PROVED,
        (md.SHARED_DENOISER,),
    ),
    checks=(
        derivation(
            "completed square in an eigenbasis",
            STEPS,
            scope="all M, d, r, μ_i, Σ_i, 0 < t < 1",
            also_rejected=[
                Identity("α forgotten in the mean", STEPS[1].left, STEPS[1].right.subs(mu, alpha * mu)),
                Identity("noise variance for the posterior's", lam * sigma**2, sigma**2 * SEEN),
                TraceIdentity(
                    "Woodbury with FFᵀ in the small matrix's place",
                    STEPS[7].left,
                    -(alpha**2) * sp.Trace(T * F * (v * K - sp.Identity(r)) * F.T),
                ),
            ],
        ),
        property_check(
            Law("any covariances against Tweedie", _several, _against_tweedie(True), 1e-10),
            [
                Law("determinants left out", _several, _against_tweedie(True, logdet=0.0), 1e-10),
                Law("noise 1e-6 larger", _several, _against_tweedie(True, noise=1 + 1e-6), 1e-10),
            ],
            problems=30,
        ),
        property_check(
            Law("low rank against Tweedie", _draw, _against_tweedie(False), 1e-10),
            [Law("shared variance 1e-6 larger", _draw, _against_tweedie(False, spread=1 + 1e-6), 1e-10)],
            problems=30,
            bears=Bears.SUPPORTS,
        ),
        property_check(
            Law("shared variance against Tweedie", _draw, _shared(), 1e-10),
            [Law("noise 1e-6 larger ", _draw, _shared(1 + 1e-6), 1e-10)],
            problems=30,
        ),
    ),
)
