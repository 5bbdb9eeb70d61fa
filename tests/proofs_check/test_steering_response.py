"""The card of steering says what the kept answers give, and that a network without copies is not compared."""

import pytest

from proofs_check.extensions.steering_response import CLAIM, EXPECTED
from proofs_check.steered_relu import MODEL
from proofs_check.steering_evidence import DECIDING, Place, comparison, kept


@pytest.mark.parametrize("architecture", EXPECTED)
@pytest.mark.parametrize("response", DECIDING)
def test_numbers_of_the_card(architecture, response):
    found = comparison(Place(architecture, "within", 0, response))
    numbers = [f"{x.value:.1f} ({x.low:.1f}, {x.high:.1f})" for x in (found.memorised[0], found.generalised[0])]
    assert " against ".join(numbers) in CLAIM.printed.words


def test_samples_that_answer_stand_on_the_card():
    samples = comparison(Place("unet", "within", 0, "probability")).samples
    assert "{} and {} samples that answer".format(*samples) in CLAIM.printed.words


def test_groups_are_as_large_as_the_card_says():
    counted = {each: kept()[1]["samples"][f"digits-hybrid-{each}"]["measured"] for each in EXPECTED}
    assert counted == {each: {"memorised": 150, "generalised": 150} for each in EXPECTED}


def test_the_autoencoder_drew_no_copy():
    samples = kept()[1]["samples"][MODEL]
    assert (samples["drawn"], samples["memorised"]) == (1024, 0)
