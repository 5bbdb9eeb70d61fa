"""How a prediction reads: as a dictionary for files, as lines and grids for people, an outcome beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from rich.console import RenderableType

from numerics.outcome import Outcome
from theory.clustering import distinct_samples
from theory.linear_autoencoder import gram_spectrum
from theory.prediction import Prediction

from .report import grid

# Structures tried that are printed; the file holds all.
BEST = 5


class Question(NamedTuple):
    """What was asked: the samples, and the noise level, weight decay and width of the network."""

    X: np.ndarray
    sigma: float
    weight_decay: float
    width: int


def prediction_dict(question: Question, prediction: Prediction, outcome: Outcome | None) -> dict[str, Any]:
    """Everything, ready for JSON; `outcome` is null where nothing was minimised."""
    X = question.X
    return {
        "data": {
            "samples": len(X),
            "dimension": X.shape[1],
            "distinct": len(distinct_samples(X).rows),
            "rank": _rank(X),
            "sigma": question.sigma,
            "weight_decay": question.weight_decay,
            "width": question.width,
        },
        "prediction": {
            "regime": prediction.regime,
            "reasons": list(prediction.reasons),
            "loss": prediction.loss,
            "train_error": prediction.train_error,
            "test_error": prediction.test_error,
            "critical_weight_decay": prediction.critical_weight_decay,
            "samples": [
                sample._asdict() | {"threshold": sample.threshold if np.isfinite(sample.threshold) else None}
                for sample in prediction.samples
            ],
            "groups": [group._asdict() | {"members": list(group.members)} for group in prediction.groups],
            "trials": [trial._asdict() for trial in prediction.trials],
            "hypotheses": [hypothesis._asdict() for hypothesis in prediction.hypotheses],
            "weights": {"W1": prediction.W1.tolist(), "W2": prediction.W2.tolist()},
        },
        "outcome": None if outcome is None else _outcome_dict(prediction, outcome),
    }


def _outcome_dict(prediction: Prediction, outcome: Outcome) -> dict[str, Any]:
    return {
        "stored": outcome.stored.tolist(),
        "gain": outcome.storage.gain.tolist(),
        "own_share": outcome.storage.own_share.tolist(),
        "loss": outcome.minimum.loss,
        "gradient_norm": outcome.minimum.gradient_norm,
        "converged": outcome.minimum.converged,
        "losses_from_random_starts": outcome.losses.tolist(),
        "loss_from_prediction": outcome.descended.loss,
        "only_from_prediction": outcome.only_from_prediction,
        "agreement_of_random_starts": outcome.agreement,
        "right": int((prediction.stored == outcome.stored).sum()),
        "ok": bool((prediction.stored == outcome.stored).all()),
    }


def prediction_pieces(question: Question, prediction: Prediction, outcome: Outcome | None) -> Iterator[RenderableType]:
    """The prediction and, where there is one, the outcome beside it, piece by piece."""
    X, n = question.X, len(question.X)
    yield (
        f"{n} samples ({len(distinct_samples(X).rows)} distinct) in {X.shape[1]} dimensions, rank {_rank(X)}, "
        f"mean norm {np.linalg.norm(X, axis=1).mean():.4g}; "
        f"σ = {question.sigma:.4g}, λ = {question.weight_decay:.4g} (nλ = {n * question.weight_decay:.4g}), "
        f"p = {question.width}"
    )
    yield f"predicted: {prediction.regime}"
    yield from (f"  {reason}" for reason in prediction.reasons)
    yield f"  loss {prediction.loss:.6g}, training error {prediction.train_error:.6g}, {_test(prediction)}"
    if prediction.critical_weight_decay is not None:
        yield f"  zero columns beside the memorising weights grow below λ_c = {prediction.critical_weight_decay:.4g}"
    yield ""
    yield _samples(prediction, outcome)
    yield ""
    groups = grid("units", "shared by samples", "training error", "on fresh samples")
    for group in prediction.groups:
        members = " ".join(str(i) for i in group.members)
        groups.add_row(str(group.units), members, f"{group.train_error:.4g}", _number(group.test_error))
    yield groups
    yield ""
    trials = grid("clusters tried", "units in blocks", "loss if gates are right", "loss")
    for trial in prediction.trials[:BEST]:
        trials.add_row(str(trial.clusters), str(trial.units), f"{trial.frozen_loss:.6g}", f"{trial.loss:.6g}")
    yield trials
    yield ""
    conditions = grid("hypothesis", "of", "value", "needed", "met")
    for each in prediction.hypotheses:
        conditions.add_row(each.name, each.needed_by, _number(each.value), each.rule, _answer(each.met))
    yield conditions
    if outcome is not None:
        yield ""
        yield from _outcome_lines(prediction, outcome)


def _samples(prediction: Prediction, outcome: Outcome | None) -> RenderableType:
    checked = () if outcome is None else ("stored in fact",)
    table = grid("sample", "m", "m*", "isolable", "comes back", "by own units", "stored", *checked, "why")
    for i, sample in enumerate(prediction.samples):
        found = () if outcome is None else (_answer(bool(outcome.stored[i])),)
        table.add_row(
            str(i),
            str(sample.copies),
            f"{sample.threshold:.3g}",
            _answer(sample.isolable),
            f"{sample.gain:.3f}",
            f"{sample.own_share:.3f}",
            _answer(sample.stored) + (" (uncertain)" if sample.uncertain else ""),
            *found,
            sample.why,
        )
    return table


def _outcome_lines(prediction: Prediction, outcome: Outcome) -> Iterator[str]:
    right, n = int((prediction.stored == outcome.stored).sum()), len(prediction.samples)
    yield (
        f"outcome: loss {outcome.minimum.loss:.6g} at gradient norm {outcome.minimum.gradient_norm:.0e}"
        f"{'' if outcome.minimum.converged else ' (not converged)'}, predicted {prediction.loss:.6g}"
    )
    source = "the prediction alone" if outcome.only_from_prediction else "random starts too"
    yield (
        f"  reached from {source}; losses from random starts {' '.join(f'{loss:.6g}' for loss in outcome.losses)}, "
        f"they judge {100 * outcome.agreement:.0f} % of the samples alike"
    )
    yield f"  predicted list right for {right} of {n} samples"


def _test(prediction: Prediction) -> str:
    if prediction.test_error is None:
        return "no test error: stored samples stand for no population"
    return f"error on fresh samples {prediction.test_error:.6g} (leave one out)"


def _rank(X: np.ndarray) -> int:
    return int(np.count_nonzero(gram_spectrum(X)[0]))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _answer(met: bool | None) -> str:
    return "-" if met is None else "yes" if met else "no"
