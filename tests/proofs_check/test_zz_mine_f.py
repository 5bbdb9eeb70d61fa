import secrets

import pytest

from proofs_check.check import Effort
from proofs_check.ledger import discover, verify

K = discover()
MINE = [
    k
    for k in K
    if "lineage" in k or "wright" in k or k.startswith(("MC-prop-sel", "MC-alg", "MC-def", "own-estimator"))
]


@pytest.mark.parametrize("name", MINE)
def test_it(name):
    reports = verify(K, [name], Effort(seed=secrets.randbelow(2**31)))
    for r in reports:
        assert r.ok, [(c.check.name, c.outcome, c.survivors) for c in r.checks if not c.ok]
