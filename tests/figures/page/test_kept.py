"""What is kept is listed with where it comes from, and found again from the modules that name it."""

import json

from figures.page import kept
from figures.page.kept import SWEEPS, evidence_named_in, kept_certificates, kept_sweeps
from numerics import store


def test_every_kept_sweep_is_listed_with_what_its_description_says():
    found = kept_sweeps()
    assert [each.name for each in found] == sorted(path.stem for path in SWEEPS.glob("*.json"))
    for each in found:
        says = json.loads((SWEEPS / f"{each.name}.json").read_text())
        assert each.sha256 == says["sha256"]
        assert all(part in each.devices for part in says["devices"])
        assert all(part in each.commits for part in says["commits"])
        assert all(f"torch {part['torch']}" in each.versions for part in says["versions"])
        assert each.size.startswith("reduced grid") is bool(says["quick"])


def test_certificates_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "CERTIFICATES", tmp_path)
    (tmp_path / "real").mkdir()
    for number in range(3):
        provenance = {"torch": "2.4", "commit": f"c{number % 2}", "seconds": 1.5}
        store.save(tmp_path / "real" / f"{number}", {}, {"certified": number > 0, "provenance": provenance})
    [found] = kept_certificates()
    assert (found.name, found.size, found.seconds) == ("real", "3 certificates, 2 certified", 4.5)
    assert (found.commits, found.versions) == ("c0; c1", "torch 2.4")


def test_modules_lead_to_the_evidence_they_name():
    assert evidence_named_in("proofs_check.extensions.descent_floor") == ("loss-floor",)
    # Through the module of its evidence.
    assert evidence_named_in("proofs_check.extensions.landing") == ("landing",)
    assert evidence_named_in("figures.thresholds") == ("duplication", "soft-threshold", "zero-columns")
    assert evidence_named_in("proofs_check.balanced_representation.lemma_d1") == ()
