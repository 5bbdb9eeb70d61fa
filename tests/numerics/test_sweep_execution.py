"""Where chunks are measured: the same bits in one process, in several, and on a cluster, workers that die included."""

import json
import os
import socket
import warnings

import distributed
import numpy as np
import pytest
import torch
from distributed import LocalCluster
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from numerics import store, sweep_execution
from numerics.sweep import read_sweep, run_sweep
from numerics.sweep_execution import Task, checked_arrays, measured, measured_by_worker
from tests.numerics import example_sweeps as example
from tests.numerics.sweep_results import CHUNKS, differences, expected

PLAIN, POISONED, THREADS, FATAL, FATAL_ONCE = (
    f"{example.HERE}:{name}" for name in ("PLAIN", "POISONED", "THREADS", "FATAL", "FATAL_ONCE")
)
# Chunks of d = 5 and kind "two".
SPOILT = [6, 7]


@pytest.fixture(scope="module")
def right():
    return expected()


@pytest.fixture(scope="module")
def memory(tmp_path_factory):
    """Where the workers remember that they have died once: the cluster's inherit it when they start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXAMPLE_FATAL", str(tmp_path_factory.mktemp("memory")))
        patch.setenv("OMP_NUM_THREADS", "2")
        yield


@pytest.fixture(scope="module")
def cluster(memory):
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as started:
        yield started


@pytest.fixture(params=["processes", "cluster"])
def elsewhere(request, memory):
    if request.param == "processes":
        return {"workers": 2}
    return {"scheduler": request.getfixturevalue("cluster").scheduler_address}


def test_elsewhere_the_result_is_the_same_bit_for_bit(elsewhere, tmp_path, right):
    told = []
    ran = run_sweep(PLAIN, tmp_path, **elsewhere, progress=told.append)
    assert (ran.done, ran.found, ran.failed) == (CHUNKS, 0, {})
    assert sorted((news.number, news.state) for news in told) == [(number, "done") for number in range(CHUNKS)]
    assert differences(ran.path, right) == []
    assert read_sweep(ran.path)[1]["commits"] == [store.provenance()["commit"]]
    # Nothing is left for workers to do, and none is sought.
    assert run_sweep(PLAIN, tmp_path, **elsewhere).found == CHUNKS


def test_a_worker_that_dies_is_replaced_and_its_chunks_are_measured_again(elsewhere, tmp_path, right, monkeypatch):
    for died in os.scandir(os.environ["EXAMPLE_FATAL"]):
        os.unlink(died)
    ran = run_sweep(FATAL_ONCE, tmp_path, **elsewhere)
    assert os.listdir(os.environ["EXAMPLE_FATAL"]) == ["died"]
    assert (ran.done, ran.failed) == (CHUNKS, {})
    assert differences(ran.path, right) == []


def assert_the_others_are_right(path, right):
    arrays = read_sweep(path)[0]
    whole = ~arrays["failed"]
    assert whole.any()
    assert np.array_equal(arrays["values"][whole], right["values"][whole])
    assert np.isnan(arrays["values"][~whole]).all()


def test_a_chunk_that_kills_its_process_fails_and_the_others_do_not(memory, tmp_path, right):
    ran = run_sweep(FATAL, tmp_path, workers=2)
    assert ran.failed == dict.fromkeys(SPOILT, "its worker process died twice")
    assert ran.done == CHUNKS - 2
    assert_the_others_are_right(ran.path, right)


def test_a_chunk_that_kills_its_workers_fails_and_the_sweep_ends(cluster, tmp_path, right, monkeypatch):
    # The scheduler would try four times; once costs less, but it also blames a chunk that waited on the same worker.
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)
    ran = run_sweep(FATAL, tmp_path, scheduler=cluster.scheduler_address)
    assert ran.failed.keys() >= set(SPOILT)
    assert set(ran.failed.values()) == {"1 workers died with it"}
    assert ran.done + len(ran.failed) == CHUNKS
    assert_the_others_are_right(ran.path, right)


def test_a_chunk_that_is_poisoned_elsewhere_is_recorded_here(elsewhere, tmp_path):
    ran = run_sweep(POISONED, tmp_path, **elsewhere)
    assert ran.failed == dict.fromkeys(SPOILT, "Local: here")
    record = json.loads((tmp_path / "example.chunks" / "00006.failed").read_text())
    assert 'raise Local("here")' in record["trace"]


def test_elsewhere_each_chunk_has_one_thread(elsewhere, tmp_path):
    arrays = read_sweep(run_sweep(THREADS, tmp_path, **elsewhere).path)[0]
    assert (arrays["threads"] == 1).all()
    assert os.getpid() not in arrays["process"]
    assert len(np.unique(arrays["process"])) <= 2


def test_here_each_chunk_has_one_thread_and_the_process_its_own_again(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    with threadpool_limits(2):
        torch.set_num_threads(2)
        try:
            before = [pool["num_threads"] for pool in threadpool_info()]
            # A control: the measure would see that there are two.
            assert example.threads([{}], "cpu")["threads"].tolist() == [[2, 2, 2]]
            arrays = read_sweep(run_sweep(example.THREADS, tmp_path).path)[0]
            assert [pool["num_threads"] for pool in threadpool_info()] == before
            assert torch.get_num_threads() == 2
        finally:
            torch.set_num_threads(1)
    assert (arrays["threads"] == 1).all()
    assert (os.environ["OMP_NUM_THREADS"], os.environ.get("MKL_NUM_THREADS")) == ("2", None)


@pytest.mark.parametrize("scheduler", ["tcp://127.0.0.1:9", "nonsense://x", "tcp://", ""])
def test_a_scheduler_that_does_not_answer_is_told(tmp_path, monkeypatch, scheduler):
    monkeypatch.setattr(sweep_execution, "CONNECT_SECONDS", 0.2)
    with pytest.raises(ConnectionError, match=rf"^scheduler must be one that answers, got '{scheduler}'"):
        run_sweep(PLAIN, tmp_path, scheduler=scheduler)


def test_what_answers_but_is_no_scheduler_is_told(cluster, tmp_path, monkeypatch):
    with pytest.raises(ConnectionError, match=r"^scheduler must be one that answers, got 'tcp.*: a Worker answers$"):
        run_sweep(PLAIN, tmp_path, scheduler=next(iter(cluster.scheduler.workers)))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(sweep_execution, "CONNECT_SECONDS", 0.2)
        with pytest.raises(ConnectionError, match=r"^scheduler must be one that answers, got 'tcp://127"):
            run_sweep(PLAIN, tmp_path, scheduler=f"tcp://127.0.0.1:{silent.getsockname()[1]}")


def test_a_scheduler_that_is_lost_stops_the_run_and_what_there_is_is_kept(cluster, tmp_path, right, monkeypatch):
    def lost_after_one(futures, loop):
        # A client without its scheduler cancels what it waits for.
        first = next(real(futures, loop=loop))
        yield first
        for future in futures:
            if future is not first:
                future.cancel()
                yield future

    real = distributed.as_completed
    monkeypatch.setattr(distributed, "as_completed", lost_after_one)
    with pytest.raises(ConnectionError, match=r"^the sweep stopped because scheduler .* was lost .* is kept, and"):
        run_sweep(PLAIN, tmp_path, scheduler=cluster.scheduler_address)
    ran = run_sweep(example.PLAIN, tmp_path)
    assert ran.found == 1
    assert differences(ran.path, right) == []


def test_without_dask_a_scheduler_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("numerics.sweep.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"^scheduler must be None without dask \(pip install 'memorem\[cluster\]'\)"):
        run_sweep(PLAIN, tmp_path, scheduler="tcp://127.0.0.1:8786")


def task(sweep, **changes):
    cells = sweep.cells(False)[:3]
    return Task(
        0, **{"cells": cells, "device": "cpu", "quick": False, "declaration": sweep.declaration(False)} | changes
    )


def test_a_worker_that_knows_another_declaration_measures_nothing():
    assert measured(example.PLAIN, task(example.PLAIN)).arrays is not None
    result = measured(example.PLAIN, task(example.PLAIN, declaration=example.PLAIN.declaration(True)))
    assert result.arrays is None
    assert result.reason == "ValueError: sweep must be declared alike everywhere, got another 'example' in a worker"


def test_a_worker_that_does_not_know_the_sweep_says_so():
    result = measured_by_worker("tests.numerics.example_sweeps:NONE", task(example.PLAIN))
    assert result.arrays is None
    assert result.reason.startswith("ValueError: sweep must lead to a sweep, got 'tests.numerics.example_sweeps:NONE'")


def test_warnings_of_a_measure_are_not_swallowed(tmp_path):
    def measure(cells, device):
        warnings.warn("close to singular", RuntimeWarning, stacklevel=1)
        return example.products(cells, device)

    with pytest.warns(RuntimeWarning, match="close to singular"):
        run_sweep(example.declared(measure), tmp_path)


def test_the_device_is_called_by_its_model(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"model of {device}")
    assert sweep_execution.device_name("cpu") == "cpu"
    assert sweep_execution.device_name("cuda:1") == "model of cuda:1"


CELLS = [{"d": d, "seed": seed} for d in (1, 2) for seed in (0, 1)]
SWEEP = example.declared(print)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "must return named arrays, got NoneType"),
        ({}, "must return named arrays, got dict"),
        ([1.0] * 4, "must return named arrays, got list"),
        ({3: np.ones(4)}, "must name arrays unlike the grid's keys and 'failed', got 3"),
        ({"d": np.ones(4)}, "must name arrays unlike the grid's keys and 'failed', got 'd'"),
        ({"failed": np.ones(4)}, "must name arrays unlike the grid's keys and 'failed', got 'failed'"),
        ({"a b": np.ones(4)}, "must name arrays unlike the grid's keys and 'failed', got 'a b'"),
        ({"a": np.array(["x"] * 4)}, "must return numbers, got 'a' of dtype <U1"),
        ({"a": np.array([None] * 4)}, "must return numbers, got 'a' of dtype object"),
        ({"a": np.ones(4, dtype=complex)}, "must return numbers, got 'a' of dtype complex128"),
        ({"a": 1.0}, r"must return one row for each of 4 cells, got 'a' \(\)"),
        ({"a": np.ones(3)}, r"must return one row for each of 4 cells, got 'a' \(3,\)"),
        ({"a": np.ones((1, 4))}, r"must return one row for each of 4 cells, got 'a' \(1, 4\)"),
        (
            {"a": np.array([1, np.nan, 1, 1])},
            r"must return finite numbers, got 'a' not finite in cell {'d': 1, 'seed': 1}",
        ),
        (
            {"a": np.array([1, 1, 1, -np.inf])},
            r"must return finite numbers, got 'a' not finite in cell {'d': 2, 'seed': 1}",
        ),
        ({"a": np.ones(4), "converged": np.ones(4)}, "must return truth values 'converged', got float64"),
    ],
)
def test_what_is_no_result_is_refused(found, words):
    with pytest.raises(ValueError, match=f"^measure {words}"):
        checked_arrays(SWEEP, CELLS, found)


@given(
    converged=st.lists(st.lists(st.booleans(), min_size=2, max_size=2), min_size=4, max_size=4),
    hollow=st.sets(st.integers(0, 3)),
    value=st.sampled_from([np.nan, np.inf, -np.inf]),
    single=st.booleans(),
)
def test_nan_stands_only_where_a_run_did_not_converge(converged, hollow, value, single):
    did = np.array(converged)[:, 0] if single else np.array(converged)
    array = np.ones((4, 3), dtype=np.float32)
    array[list(hollow), 1] = value
    allowed = np.isnan(value) and not any(np.all(did[row]) for row in hollow)
    if allowed or not hollow:
        found = checked_arrays(SWEEP, CELLS, {"a": array, "converged": did, "n": [1, 2, 3, 4]})
        assert np.array_equal(found["a"], array, equal_nan=True)
        assert found["n"].dtype == np.int64
    else:
        with pytest.raises(ValueError, match=r"^measure must return finite numbers, got 'a' not finite in cell"):
            checked_arrays(SWEEP, CELLS, {"a": array, "converged": did})
