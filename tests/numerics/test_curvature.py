"""The exact Hessian against differences of enclosures, automatic differentiation of an integral, and itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from flint import acb, arb, ctx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from numerics.curvature import Curvature, hessian, hessian_vector_product
from tests.strategies import seeds

STEP = 2.0**-50


def on_grid(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Normal numbers rounded to multiples of 2^-7, so that steps of STEP are exact in double precision."""
    return np.round(rng.standard_normal(shape) * 128) / 128


@st.composite
def problems(
    draw, least=1, most=3, sigmas=(2**-6, 0.25, 0.5, 1.5), factors=(1, -1, 2, -0.5), gaps=(0, 2**-12, 2**-20, 2**-27)
):
    """W1, W2, X, σ, λ of every size down to 1, with repeated, opposite and nearly parallel columns, zero decoders."""
    n, d, p = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(least, most))
    rng = np.random.default_rng(draw(seeds()))
    W1, W2, X = on_grid(rng, d, p), on_grid(rng, d, p), on_grid(rng, n, d)
    W1[0][~W1.any(axis=0)] = 1.0
    for b in range(1, p):
        factor = draw(st.sampled_from([None, None, *factors]))
        if factor is not None:
            W1[:, b] = factor * (W1[:, 0] + draw(st.sampled_from(gaps)) * rng.integers(-2, 3, d))
    if draw(st.booleans()):
        W2[:, :1] = 0
    if draw(st.booleans()):
        X[0] = X[-1] if n > 1 else 0
    return W1, W2, X, draw(st.sampled_from(sigmas)), draw(st.sampled_from([0.0, 0.25]))


def joined(W1, W2):
    return np.concatenate([W1.ravel(), W2.ravel()])


def second_difference(W1, W2, X, sigma, weight_decay, D1, D2):
    with ctx.workprec(320):
        ends = [precise_loss(W1 + t * D1, W2 + t * D2, X, sigma, weight_decay) for t in (STEP, 0.0, -STEP)]
        value = (ends[0] - 2 * ends[1] + ends[2]) / STEP**2
    assert value.rad() < 1e-14 * (1 + abs(value.mid()))
    return float(value.mid())


def precise_loss(W1, W2, X, sigma, weight_decay):
    """BR eq. 6 to 160 bits, E h_a h_b by conditioning on z_a; parallel columns need no integral."""
    total = arb(0)
    for x in X:
        total += dot(x, x)
        for a, (w, v) in enumerate(zip(W1.T, W2.T, strict=True)):
            s = sigma * dot(w, w).sqrt()
            alpha = dot(w, x) / s
            mean = alpha * distribution(alpha) + density(alpha)
            total -= 2 * dot(v, x) * s * mean
            total += dot(v, v) * s * s * (alpha * mean + distribution(alpha))
            for u, r in zip(W1.T[:a], W2.T[:a], strict=True):
                scale = sigma * dot(u, u).sqrt()
                total += 2 * dot(r, v) * s * scale * precise_product(alpha, dot(u, x) / scale, *angle(w, u))
    return total / len(X) + weight_decay * (dot(W1.ravel(), W1.ravel()) + dot(W2.ravel(), W2.ravel()))


def precise_product(alpha, beta, rho, tau):
    """E[(α + u)_+ (β + ρu + τv)_+] for independent standard normal u, v."""

    def integrand(u, _=None):
        c = (beta + rho * u) / tau
        return (alpha + u) * density(u) * tau * (c * distribution(c) + density(c))

    if tau == 0:
        # (α + u)(β ± u) from −α, or −β if later (+), and to β (−): by parts.
        low, high = (-alpha).max(-beta if rho > 0 else arb(-20)), arb(20) if rho > 0 else beta.max(-alpha)
        mass, bells = distribution(high) - distribution(low), (density(low), density(high))
        moment = bells[0] - bells[1]
        return alpha * beta * mass + (beta + rho * alpha) * moment + rho * (mass + low * bells[0] - high * bells[1])
    return acb.integral(integrand, -alpha, 20, rel_tol=arb(2) ** -165, abs_tol=arb(2) ** -165).real


def density(x):
    return (-x * x / 2).exp() / (2 * arb.pi()).sqrt()


def distribution(x):
    return (-x / arb(2).sqrt()).erfc() / 2


def dot(v, w):
    return sum((arb(a) * arb(b) for a, b in zip(v, w, strict=True)), arb(0))


def angle(v, w):
    """Cosine and sine, exact for parallel columns."""
    product, size = dot(v, w), (dot(v, v) * dot(w, w)).sqrt()
    rest = dot(v, v) * dot(w, w) - product**2
    return (arb(1 if product > 0 else -1), arb(0)) if rest == 0 else (product / size, rest.sqrt() / size)


# A gate at 1.4 deviations beside one at 362.
FAR = (np.array([[1.0, 1.0], [2**-7 - 1, 1.0]]), np.array([[1.0, 0.5], [0.5, -0.25]]), np.ones((1, 2)), 2.0**-8, 0.0)


@settings(max_examples=60)
@given(problems(), seeds())
@example(FAR, 0)
def test_second_derivatives_along_lines_agree_with_differences_of_the_loss_in_high_precision(problem, seed):
    """Along integer directions, exact steps of 2^-50: truncation below 1e-13, of first order for parallel columns."""
    D1, D2 = np.random.default_rng(seed).integers(-2, 3, (2, *problem[0].shape)).astype(float)
    D, H = joined(D1, D2), hessian(*problem)
    expected = second_difference(*problem, D1, D2)
    # Where all gates are closed rounding of μ/s alone costs more digits.
    scale = max(np.linalg.norm(H, 2), 1e-6) * (D @ D)
    assert abs(D @ H @ D - expected) <= 1e-12 * scale


def mean_product(mu_a, mu_b, s_a, s_b, rho):
    """E[z_a]_+[z_b]_+ by conditioning on z_a and 200 Gauss nodes, for automatic differentiation."""
    nodes, weights = (torch.tensor(v) for v in np.polynomial.legendre.leggauss(200))
    tau = torch.sqrt(1 - rho**2)
    low = torch.maximum(-mu_a / s_a, torch.tensor(-9.0))
    u = low[..., None] + (9 - low)[..., None] * (nodes + 1) / 2
    c = ((mu_b / s_b)[..., None] + rho[..., None] * u) / tau[..., None]
    inner = tau[..., None] * (c * torch.special.ndtr(c) + normal(c))
    return s_a * s_b * (((mu_a / s_a)[..., None] + u) * normal(u) * inner * weights).sum(-1) * (9 - low) / 2


def normal(x):
    return torch.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def integrated_loss(W1, W2, X, sigma, weight_decay):
    mu, s = X @ W1, sigma * W1.norm(dim=0)
    alpha = mu / s
    first = mu * torch.special.ndtr(alpha) + s * normal(alpha)
    total = (X**2).sum() - 2 * ((X @ W2) * first).sum()
    for a in range(W1.shape[1]):
        second = (mu[:, a] ** 2 + s[a] ** 2) * torch.special.ndtr(alpha[:, a]) + mu[:, a] * s[a] * normal(alpha[:, a])
        total = total + W2[:, a] @ W2[:, a] * second.sum()
        for b in range(a):
            rho = (sigma**2 * W1[:, a] @ W1[:, b] / (s[a] * s[b])).expand(len(X))
            pair = mean_product(mu[:, a], mu[:, b], s[a].expand(len(X)), s[b].expand(len(X)), rho)
            total = total + 2 * W2[:, a] @ W2[:, b] * pair.sum()
    return total / len(X) + weight_decay * ((W1**2).sum() + (W2**2).sum())


def differentiated(loss, W1, W2):
    """Hessian of loss(W1, W2) by automatic differentiation, applied twice."""
    blocks = torch.autograd.functional.hessian(loss, (torch.tensor(W1), torch.tensor(W2)))
    return torch.cat([torch.cat([b.reshape(W1.size, W1.size) for b in row], dim=1) for row in blocks]).numpy()


@settings(max_examples=40)
@given(seeds(), st.integers(1, 3), st.integers(2, 3), st.integers(1, 4))
def test_every_entry_agrees_with_automatic_differentiation_of_an_integral(seed, n, d, p):
    """Units at least 0.1 from parallel, gates within 6 deviations: there 200 nodes give twelve digits."""
    rng = np.random.default_rng(seed)
    angles = np.pi * (np.arange(p) + rng.uniform(0.2, 0.8)) / p + np.pi * rng.integers(0, 2, p)
    W1 = np.zeros((d, p))
    W1[:2] = rng.uniform(0.5, 2, p) * np.array([np.cos(angles), np.sin(angles)])
    W1 = np.linalg.qr(rng.standard_normal((d, d)))[0] @ W1
    W2, X = rng.standard_normal((d, p)), rng.standard_normal((n, d))
    X *= np.minimum(1, 3 / np.linalg.norm(X, axis=1, keepdims=True))
    expected = differentiated(lambda V1, V2: integrated_loss(V1, V2, torch.tensor(X), 0.5, 0.1), W1, W2)
    found = hessian(W1, W2, X, 0.5, 0.1)
    assert np.abs(found - expected).max() <= 1e-9 * np.abs(expected).max()


@settings(max_examples=60)
@given(problems(0, 4, (0.0, 0.01, 0.5, 4.0), (0, 1, -1, 3), (0, 2**-30)), seeds())
def test_the_matrix_is_symmetric_and_the_product_is_its_own(problem, seed):
    W1, W2, X, sigma, weight_decay = problem
    D1, D2 = np.random.default_rng(seed).standard_normal((2, *W1.shape))
    H = hessian(*problem)
    size = np.abs(H).max(initial=1)
    np.testing.assert_allclose(H, H.T, rtol=0, atol=1e-13 * size)
    product = joined(*hessian_vector_product(W1, W2, D1, D2, X, sigma, weight_decay))
    np.testing.assert_allclose(product, H @ joined(D1, D2), rtol=0, atol=1e-12 * size * (1 + np.abs(D1).sum()))


@settings(max_examples=30)
@given(problems(1, 4, (0.0,), (0, 1, -1), (0,)))
def test_without_noise_gates_are_frozen(problem):
    W1, W2, X, _, weight_decay = problem

    def loss(V1, V2):
        output = torch.relu(torch.tensor(X) @ V1) @ V2.T
        return ((output - torch.tensor(X)) ** 2).sum() / len(X) + weight_decay * ((V1**2).sum() + (V2**2).sum())

    np.testing.assert_allclose(hessian(*problem), differentiated(loss, W1, W2), rtol=1e-12, atol=1e-11)


@settings(max_examples=30)
@given(problems(), st.booleans())
def test_a_zero_column_has_no_curvature_but_the_decay(problem, alive_decoder):
    W1, W2, X, sigma, weight_decay = problem
    d, p = W1.shape
    dead1, dead2 = np.column_stack([np.zeros(d), W1]), np.column_stack([np.full(d, float(alive_decoder)), W2])
    found = hessian(dead1, dead2, X, sigma, weight_decay).reshape(2, d, p + 1, 2, d, p + 1)
    alone = hessian(*problem).reshape(2, d, p, 2, d, p)
    assert np.allclose(found[:, :, 1:, :, :, 1:], alone, rtol=1e-13, atol=1e-13 * np.abs(alone).max())
    assert not found[:, :, 0, :, :, 1:].any()
    own = found[:, :, 0, :, :, 0].reshape(2 * d, 2 * d)
    np.testing.assert_array_equal(own, 2 * weight_decay * np.eye(2 * d))


@pytest.mark.parametrize("leading", [(), (1,), (5,), (2, 3), (0,), (2, 0)])
@pytest.mark.parametrize("p", [0, 1, 4])
@pytest.mark.parametrize("budget", [2**31, 320 * 40, 1])
def test_leading_dimensions_are_separate_problems_whatever_the_pieces(leading, p, budget):
    rng = np.random.default_rng(3)
    W1, W2, D1, D2 = rng.standard_normal((4, *leading, 3, p))
    X = rng.standard_normal((5, 3))
    matrices = hessian(W1, W2, X, 0.4, 0.1, memory_budget=budget)
    product1, product2 = hessian_vector_product(W1, W2, D1, D2, X, 0.4, 0.1, memory_budget=budget)
    assert matrices.shape == (*leading, 6 * p, 6 * p)
    assert product1.shape == product2.shape == W1.shape
    for index in np.ndindex(leading):
        alone = hessian(W1[index], W2[index], X, 0.4, 0.1)
        np.testing.assert_allclose(matrices[index], alone, rtol=0, atol=1e-13)
        product = alone @ joined(D1[index], D2[index])
        np.testing.assert_allclose(joined(product1[index], product2[index]), product, rtol=0, atol=1e-12)


def test_tensors_give_tensors():
    rng = np.random.default_rng(4)
    W1, W2, D1, D2 = rng.standard_normal((4, 3, 2))
    X = rng.standard_normal((2, 3))
    found = hessian(torch.tensor(W1), W2, X, 0.4, 0.1)
    products = hessian_vector_product(torch.tensor(W1), W2, D1, D2, X, 0.4, 0.1)
    assert isinstance(found, torch.Tensor)
    assert found.dtype == torch.float64
    np.testing.assert_array_equal(found.numpy(), hessian(W1, W2, X, 0.4, 0.1))
    for tensor, array in zip(products, hessian_vector_product(W1, W2, D1, D2, X, 0.4, 0.1), strict=True):
        assert isinstance(tensor, torch.Tensor)
        np.testing.assert_array_equal(tensor.numpy(), array)


@pytest.mark.parametrize(("budget", "kept"), [(2**31, True), (5120, True), (5119, False), (1, False)])
def test_many_products_at_one_point_are_those_of_each(budget, kept):
    """Four tables of 2 networks, 5 samples and 4² pairs in double precision are 5120 bytes."""
    rng = np.random.default_rng(5)
    W1, W2, D1, D2 = rng.standard_normal((4, 2, 3, 4))
    X = rng.standard_normal((5, 3))
    at = Curvature(W1, W2, X, 0.4, 0.1, memory_budget=budget)
    assert (at._kept is not None) == kept
    for scale in (1.0, -2.0):
        for found, expected in zip(
            at.times(scale * D1, D2), hessian_vector_product(W1, W2, scale * D1, D2, X, 0.4, 0.1), strict=True
        ):
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)
    with pytest.raises(ValueError, match=r"D1 must have the shape of W1 \(2, 3, 4\), got \(3, 4\)"):
        at.times(D1[0], D2)
