"""The figure of the residual law shows the certificates' numbers and the law's, and nothing else."""

import numpy as np

from figures import residual_law
from proofs_check.residual_ladder import ladder
from theory.residual import predicted_residual


def test_every_certified_rung_is_a_row_and_a_mark():
    drawing = residual_law.draw(True)
    rungs = list(ladder(verify_again=False))
    assert len(drawing.rows) == len(rungs) >= 50
    for row, rung in zip(sorted(drawing.rows, key=lambda row: (row[0], -row[2])), sorted(
        rungs, key=lambda rung: (rung.certificate.name.rsplit("-rung", 1)[0], -rung.certificate.sigma)
    ), strict=True):  # fmt: skip
        name, margin, sigma, weight_decay, low, high, predicted = row
        assert name == rung.certificate.name.rsplit("-rung", 1)[0]
        assert (sigma, weight_decay, (low, high)) == (
            rung.certificate.sigma, rung.certificate.weight_decay, rung.certificate.distance,
        )  # fmt: skip
        assert margin == rung.margin
        assert predicted == rung.predicted or np.isnan(predicted)
    law, approach, turns = drawing.figure.axes
    marks = [line for line in law.get_lines() if line.get_marker() not in ("None", "", None)]
    assert sum(len(line.get_xdata()) for line in marks) == sum(max(r.certificate.widths) == 1 for r in rungs)
    assert turns.get_xscale() == turns.get_yscale() == approach.get_yscale() == "log"


def test_lines_are_the_law_and_marks_the_certificates():
    law = residual_law.draw(True).figure.axes[0]
    rung = next(r for r in ladder(verify_again=False) if r.certificate.name == "pair-cos0.3-decay0.1-rung06.0")
    x = (rung.margin / rung.certificate.sigma) ** 2
    assert np.isclose(x, 36)
    exact = 2 * np.log(rung.certificate.distance[0])
    lines = law.get_lines()
    mark = next(line for line in lines if line.get_marker() == "o")
    assert np.isclose(mark.get_ydata()[np.isclose(mark.get_xdata(), x)][0], exact, rtol=1e-12)
    curve = next(line for line in lines if len(line.get_xdata()) == residual_law.LINE_POINTS)
    for ratio_squared, value in zip(curve.get_xdata()[::20], curve.get_ydata()[::20], strict=True):
        residual = predicted_residual(
            rung.certificate.X, rung.margin / ratio_squared**0.5, rung.certificate.weight_decay
        )
        assert np.isclose(value, np.log(sum((part**2).sum() for part in residual)), rtol=1e-12)
    slope = next(line for line in lines if line.get_label() == "slope −1")
    assert np.allclose(np.diff(slope.get_ydata()) / np.diff(slope.get_xdata()), -1)
