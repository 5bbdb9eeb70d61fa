"""Certificates: found, written, read, verified anew by the checker, and rejected when anything in them is changed."""

import numpy as np
import pytest
from flint import arb, arb_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.data import separable_images
from numerics.minimize import curvatures, minimize
from numerics.objective import loss_and_gradient
from proofs_check.ball_derivatives import Derivatives, network
from proofs_check.balls import precision
from proofs_check.certificate import Certificate, certificate_paths, point, read_certificate, write_certificate
from proofs_check.certificate_runs import random_problem
from proofs_check.certify import _least_eigenvalue, certify_blocks, certify_minimizer
from proofs_check.recheck import recheck
from proofs_check.reduced_samples import reduced_samples
from theory.block_minimizer import memorizing_weights

OBTUSE = np.array([[1.0, 0.25, 0.0], [-0.5, 0.75, 0.25], [-0.25, -1.0, 0.0]])


@pytest.fixture(scope="module")
def certificate():
    return certify_minimizer(OBTUSE, 0.125, 0.0625)


def rejected(certificate, **changes):
    finding = recheck(certificate.with_changes(**changes))
    assert finding.reason or finding.holds
    return not finding.holds


def moved(certificate, layer, j, a, length):
    """The certificate about a point with one weight moved; a part of its own keeps tiny moves exact."""
    step = np.zeros((1, *certificate.parts.shape[1:]))
    step[0, layer, j, a] = length
    return np.concatenate([certificate.parts, step])


def test_a_certificate_says_what_it_shows(certificate):
    assert certificate.certified
    assert certificate.reason == ""
    assert 0 < certificate.radius <= 1e-8
    assert certificate.smallest_eigenvalue > 0
    low, high = certificate.distance
    assert 0 < low <= high < low * (1 + 1e-9)
    finding = recheck(certificate)
    assert (finding.holds, finding.reason, finding.distance) == (True, "", certificate.distance)
    assert finding.gradient_norm < certificate.smallest_eigenvalue * certificate.radius


def test_the_distance_is_that_of_the_float_minimiser(certificate):
    """Another route: the float weights, in the full space, against the float formula."""
    W = memorizing_weights(OBTUSE, 0.125, 0.0625)
    found = minimize(OBTUSE, W, W, 0.125, 0.0625, gradient_tolerance=1e-13)
    float_distance = np.sqrt(((found.W1 - W) ** 2).sum() + ((found.W2 - W) ** 2).sum())
    assert certificate.distance[0] == pytest.approx(float_distance, rel=1e-8)


def test_the_eigenvalue_bound_is_tight_and_below_the_float_curvatures(certificate):
    W = certificate.parts.sum(axis=0)
    X = np.array([[float(v.mid()) for v in row] for row in reduced_samples(OBTUSE).rows])
    spectrum = curvatures(W[0], W[1], X, 0.125, 0.0625)
    assert 0.98 * spectrum[0] < certificate.smallest_eigenvalue < spectrum[0]


def test_every_weight_moved_by_ten_radii_is_rejected(certificate):
    r, p = certificate.parts.shape[2:]
    for layer in range(2):
        for j in range(r):
            for a in range(p):
                assert rejected(certificate, parts=moved(certificate, layer, j, a, -10 * certificate.radius))


def test_moves_far_below_the_radius_are_not(certificate):
    assert not rejected(certificate, parts=moved(certificate, 0, 1, 2, 1e-6 * certificate.radius), distance=(0.0, 1.0))


@pytest.mark.parametrize(
    "changes",
    [
        {"sigma": 0.125 * 1.01},
        {"sigma": 0.125 * 0.99},
        {"weight_decay": 0.0625 * 1.01},
        {"weight_decay": -0.0625},
        {"sigma": 0.0},
        {"bits": 0},
        {"bits": 20},
        {"radius": 0.0},
        {"radius": 1e-60},
        {"radius": 0.5},
        {"smallest_eigenvalue": 0.0},
        {"smallest_eigenvalue": -1.0},
        {"smallest_eigenvalue": float("nan")},
        {"radius": float("nan")},
        {"sigma": float("nan")},
        {"X": OBTUSE * 1.01},
        {"X": OBTUSE[[0, 2, 1]]},
        {"distance": (0.0, 0.0)},
        {"distance": (1.0, 2.0)},
        {"distance": (float("nan"), float("nan"))},
        {"labels": np.array([0, 2, 1])},
        {"widths": np.array([1, 1, 0])},
        {"widths": np.array([1, 1])},
        {"X": np.zeros((3, 3))},
    ],
    ids=str,
)
def test_whatever_else_is_changed_is_rejected(certificate, changes):
    assert rejected(certificate, **changes)


@pytest.mark.parametrize("factor", [1.03, 1.5, 10.0])
def test_a_wrong_eigenvalue_bound_is_rejected(certificate, factor):
    assert rejected(certificate, smallest_eigenvalue=factor * certificate.smallest_eigenvalue)


def test_weaker_statements_still_hold(certificate):
    weaker = {"smallest_eigenvalue": certificate.smallest_eigenvalue / 2, "radius": certificate.radius / 2}
    assert not rejected(certificate, **weaker)
    low, high = certificate.distance
    assert not rejected(certificate, distance=(low / 2, high * 2))


def test_a_point_of_another_dimension_is_rejected(certificate):
    finding = recheck(certificate.with_changes(parts=np.ones((1, 2, 2, 3))))
    assert not finding.holds
    assert "parts must have (3, 3) weights a layer, got (2, 3)" in finding.reason


def stated(X, W1, W2, sigma, weight_decay):
    """A certificate of a float point, with no statement about the block formula."""
    return Certificate(
        "stated", X, np.array([0, 0, 1]), np.array([2, 1]), sigma, weight_decay, np.stack([W1, W2])[None],
        1e-9, 1e-4, (0.0, 100.0), 128,
    )  # fmt: skip


def test_a_minimiser_in_the_plane_that_is_a_saddle_in_space_is_rejected():
    """Three samples in a plane and a minimiser there, found by descent, with a curvature of −0.018 across the plane."""
    X = np.array([[-1.75, 0.25], [0.0, -1.25], [-0.75, 0.0]])
    W1 = np.array([[0.2498576845827809, -0.8958012429994272, 0.03974550772725945],
                   [-0.8819507065989317, 0.27900639732403737, 0.13776737749254472]])  # fmt: skip
    W2 = np.array([[-0.01095505164190813, -0.9310743810203881, -0.1418069087895537],
                   [-0.9165947295609692, 0.11577967746785064, -0.02122159996847757]])  # fmt: skip
    found = minimize(X, W1, W2, 0.5, 0.01, gradient_tolerance=1e-14)
    assert np.linalg.norm(found.W1 - W1) < 1e-9
    flat = stated(X, found.W1, found.W2, 0.5, 0.01)
    finding = recheck(flat)
    assert finding.holds, finding.reason
    # In space the samples span the same plane, in the coordinates of its Gram–Schmidt basis.
    space = np.pad(X, [(0, 0), (0, 1)])
    basis = np.array([[float(v.mid()) for v in row] for row in reduced_samples(space).basis.tolist()])
    turned = [basis[:, :2] @ W for W in (found.W1, found.W2)]
    finding = recheck(stated(space, *turned, 0.5, 0.01))
    assert not finding.holds
    assert "curvature orthogonal to the samples does not certainly exceed" in finding.reason


def test_written_and_read_it_is_the_same(certificate, tmp_path):
    write_certificate(certificate, tmp_path / "new")
    (path,) = certificate_paths(tmp_path / "new")
    again = read_certificate(path)
    for name in ("X", "labels", "widths", "parts"):
        assert np.array_equal(getattr(again, name), getattr(certificate, name))
    for name in ("name", "sigma", "weight_decay", "radius", "smallest_eigenvalue", "distance", "bits", "certified"):
        assert getattr(again, name) == getattr(certificate, name)
    assert again.provenance["numpy"] == np.__version__
    assert recheck(again).holds


def test_the_point_is_the_exact_sum_of_its_parts(certificate):
    with precision(1200):
        layers = point(certificate)
    for layer, W in enumerate(layers):
        for j, row in enumerate(W.tolist()):
            for a, value in enumerate(row):
                assert value.is_exact()
                assert float(value.mid()) == pytest.approx(certificate.parts[:, layer, j, a].sum(), rel=1e-15)
    assert len(certificate.parts) > 1


@settings(max_examples=4)
@given(st.integers(0, 2**32 - 1))
def test_random_problems_are_certified_and_their_forgeries_are_not(seed):
    rng = np.random.default_rng(seed)
    while True:
        problem = random_problem("random", rng)
        if len(problem.widths) <= 4:
            break
    found = problem.certify()
    assert found.certified, found.reason
    assert recheck(found).holds
    r, p = found.parts.shape[2:]
    step = 10 * found.radius * rng.choice([-1, 1])
    assert rejected(found, parts=moved(found, rng.integers(2), rng.integers(r), rng.integers(p), step))
    assert rejected(found, sigma=found.sigma * 1.01)
    assert rejected(found, smallest_eigenvalue=1.05 * found.smallest_eigenvalue)


def test_faces_in_their_full_dimension():
    X, _, _ = separable_images("faces", 3)
    X = X / np.linalg.norm(X, axis=1).mean()
    found = certify_minimizer(X, 0.05, 0.02)
    assert found.certified
    assert found.X.shape == (3, 625)
    assert found.parts.shape[2:] == (3, 3)
    assert recheck(found).holds


def test_duplicates_form_one_cluster_whose_gain_counts_them():
    X = OBTUSE[[0, 1, 0, 2]]
    found = certify_minimizer(X, 0.0625, 0.03125)
    assert found.certified
    assert found.parts.shape[2:] == (3, 3)
    assert found.distance[1] < 1e-3
    assert found.labels[0] == found.labels[2]


def test_a_block_of_two_units_is_certified_up_to_its_turns():
    X = np.array([[1.0, 0.5], [1.0, -0.5], [-1.0, 0.125]])
    found = certify_blocks("block", X, np.array([0, 0, 1]), [2, 1], 0.25, 0.03125, bits=192)
    assert found.certified, found.reason
    assert recheck(found).holds
    assert 0 < found.distance[1] < 0.5


@pytest.mark.parametrize(
    ("X", "sigma", "weight_decay", "words"),
    [
        (OBTUSE, 0.125, 0.0, "at λ = 0 a unit may be rescaled"),
        (np.array([[1.0, 0.25], [1.0, -0.25]]), 0.125, 0.0625, ""),
    ],
)
def test_what_cannot_be_certified_has_a_reason(X, sigma, weight_decay, words):
    """Without decay nothing is isolated; for samples at an acute angle the formula is no minimiser."""
    found = certify_minimizer(X, sigma, weight_decay)
    if found.certified:
        # A minimiser may stand elsewhere: then it is not near the formula.
        assert found.distance[0] > 0.1
    else:
        assert words in found.reason
        assert found.reason
        assert not recheck(found).holds


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"sigma": 0.0}, ["sigma must be > 0", "0.0"]),
        ({"weight_decay": -1.0}, ["weight_decay must be >= 0", "-1.0"]),
        ({"weight_decay": 10.0}, ["weight_decay must satisfy", "30.0 against 0.875"]),
        ({"X": np.array([[float("nan")]])}, ["X must be finite", "nan"]),
        ({"X": np.zeros((1, 2)), "weight_decay": 0.0}, ["widths must be <= the rank", "rank 0"]),
        ({"bits": 10}, ["bits must be >= 64", "10"]),
    ],
)
def test_bad_input_is_refused(arguments, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        certify_minimizer(**{"X": OBTUSE, "sigma": 0.125, "weight_decay": 0.0625, **arguments})
    for word in words:
        assert word in str(error.value)


def test_a_network_without_units_is_refused():
    with pytest.raises(ValueError, match=r"widths must give at least one unit, got \[0, 0, 0\]"):
        certify_blocks("none", OBTUSE, [0, 1, 2], [0, 0, 0], 0.125, 0.0625)


def test_the_checker_is_about_the_objective_of_the_paper(certificate):
    """The derivatives it uses, at the certified point, against the closed-form objective in floats."""
    samples = reduced_samples(certificate.X)
    basis = np.array([[float(v.mid()) for v in row] for row in samples.basis.tolist()])
    W1, W2 = (basis.T @ W for W in certificate.parts.sum(axis=0))
    _, gradient1, gradient2 = loss_and_gradient(W1, W2, certificate.X, certificate.sigma, certificate.weight_decay)
    assert np.abs(gradient1).max() < 1e-14
    assert np.abs(gradient2).max() < 1e-14
    here = Derivatives(
        samples.rows, samples.multiplicities, network(*point(certificate)), arb(certificate.sigma), arb(0.125)
    )
    assert max(float(abs(v.mid())) for v in here.gradient()[0].entries()) > 1e-3


@pytest.mark.parametrize("others", [[1.0], [1e-12, 1.0], [1e-12, 0.5, 1.0]])
@pytest.mark.parametrize("least", [3e-14, -3e-14, 0.25e-3])
def test_the_least_eigenvalue_is_found_below_the_rounding_of_floats(least, others):
    rng = np.random.default_rng(4)
    size = 1 + len(others)
    with precision(160):
        # An exactly orthogonal turn in balls, so that the spectrum is known to many digits.
        axis = arb_mat([[arb(float(v))] for v in rng.standard_normal(size)])
        square = (axis.transpose() * axis)[0, 0]
        turn = arb_mat([[arb(int(i == j)) for j in range(size)] for i in range(size)]) - (
            axis * axis.transpose() * (2 / square)
        )
        spectrum = arb_mat(size, size)
        for i, value in enumerate([least, *others]):
            spectrum[i, i] = arb(value)
        found = _least_eigenvalue((turn * spectrum * turn).mid())
    assert found == pytest.approx(min([least, *others]), rel=1e-5)
