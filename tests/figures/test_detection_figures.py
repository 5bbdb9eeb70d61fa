"""The figures of detectors: what is drawn are the kept table, curves that pass through it, histograms and spectra."""

from __future__ import annotations

import numpy as np
import pytest

from figures import detection_curves, detection_scores, detection_spectra, detection_table
from numerics.detection_metrics import auroc
from numerics.detection_table import METHODS, kept
from proofs_check.detection_evidence import hybrids, kept_scores, line, table


def test_the_table_is_drawn_line_by_line():
    drawing = detection_table.draw(True)
    within = [each for each in table() if each.network in hybrids()]
    shown = {row[:3]: row[6:9] for row in drawing.rows}
    assert shown == {(e.network, e.choice, e.statistic): (e.auroc, e.auroc_low, e.auroc_high) for e in within}
    for panel, network in zip(drawing.figure.axes, hybrids(), strict=True):
        marks = [each.lines[0] for each in panel.containers]
        drawn = [(float(np.asarray(m.get_xdata())[0]), round(float(np.asarray(m.get_ydata())[0]))) for m in marks]
        assert sorted(drawn) == sorted((e.auroc, METHODS.index(e.statistic)) for e in within if e.network == network)
        filled = [mark.get_fillstyle() == "full" for mark in marks]
        assert filled == [e.choice == "beforehand" for e in within if e.network == network]


def test_curves_pass_through_the_tables_rate_at_one_percent():
    drawing = detection_curves.draw(True)
    for network, method, rate, found, low, high in drawing.rows:
        assert float(low) <= float(found) <= float(high)
        if rate == 0.01:
            assert found == pytest.approx(line(str(network), "beforehand", str(method)).tpr)
    lines = [each for panel in drawing.figure.axes for each in panel.get_lines() if len(each.get_xdata()) > 2]
    assert len(lines) == len(hybrids()) * (len(detection_curves.SHOWN) + 1)


def test_histograms_hold_all_samples_and_their_order():
    drawing = detection_scores.draw(True)
    for network in hybrids():
        for method in detection_scores.SHOWN:
            rows = [row for row in drawing.rows if row[:2] == (network, method)]
            middle = np.array([(float(row[3]) + float(row[4])) / 2 for row in rows])
            share = np.array([float(row[5]) for row in rows])
            own = np.array([row[2] == "memorised" for row in rows])
            assert share[own].sum() == pytest.approx(1)
            assert share[~own].sum() == pytest.approx(1)
            # The AUROC of the bins: they tie what falls together, which moves it by less than one half of such pairs.
            above = (middle[own][:, None] > middle[~own]) + 0.5 * (middle[own][:, None] == middle[~own])
            pairs = share[own][:, None] * share[~own]
            ties = pairs[middle[own][:, None] == middle[~own]].sum()
            scores, memorised, _ = kept_scores(network, method)
            assert abs((above * pairs).sum() - auroc(scores, memorised)) <= ties / 2 + 1e-9


def test_spectra_are_medians_of_the_kept_ones_in_order():
    drawing = detection_spectra.draw(True)
    for network in hybrids():
        arrays = kept(network).arrays
        memorised = arrays["kind"][arrays["spectrum_rows"]] == 1
        for kind, chosen in (("memorised", memorised), ("generalised", ~memorised)):
            rows = [row for row in drawing.rows if row[:2] == (network, kind)]
            assert [row[3] for row in rows] == list(range(1, arrays["spectra"].shape[1] + 1))
            assert {row[2] for row in rows} == {int(chosen.sum())}
            found = np.array([[float(value) for value in row[4:]] for row in rows])
            assert found[:, 0] == pytest.approx(np.median(arrays["spectra"][chosen], axis=0))
            assert (found[:, 1] <= found[:, 0]).all()
            assert (found[:, 0] <= found[:, 2]).all()
            assert (np.diff(found[:, 0]) <= 0).all()
