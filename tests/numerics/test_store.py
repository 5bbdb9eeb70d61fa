"""Results on disk: whole or absent, exact, never unpickled, and unchanged since they were described."""

import json

import numpy as np
import pytest

from numerics import store


def test_what_is_saved_is_loaded_digit_by_digit(tmp_path):
    arrays = {"a": np.array([[0.1, 1e-300], [np.pi, -0.0]]), "n": np.array([3, 1])}
    path = tmp_path / "some.name"
    assert not store.exists(path)
    store.save(path, arrays, {"sigma": 0.1 + 0.2, "words": "σ ≤ γ", "ends": [1e-300, 2.5]})
    assert store.exists(path)
    loaded, description = store.load(path)
    assert set(loaded) == {"a", "n"}
    for name, array in arrays.items():
        assert loaded[name].dtype == array.dtype
        assert np.array_equal(loaded[name], array)
    assert (description["sigma"], description["words"], description["ends"]) == (0.1 + 0.2, "σ ≤ γ", [1e-300, 2.5])
    assert sorted(file.name for file in tmp_path.iterdir()) == ["some.name.json", "some.name.npz"]


def test_other_arrays_under_the_same_description_are_refused(tmp_path):
    store.save(tmp_path / "x", {"a": np.zeros(3)}, {})
    store.save(tmp_path / "y", {"a": np.ones(3)}, {})
    (tmp_path / "y.npz").replace(tmp_path / "x.npz")
    with pytest.raises(ValueError, match="path must lead to arrays with the checksum in their description"):
        store.load(tmp_path / "x")


def test_arrays_alone_are_no_result(tmp_path):
    store.save(tmp_path / "x", {"a": np.zeros(3)}, {})
    (tmp_path / "x.json").unlink()
    assert not store.exists(tmp_path / "x")
    with pytest.raises(FileNotFoundError):
        store.load(tmp_path / "x")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "in JSON"),
        (b'{"a": ', "in JSON"),
        (b"\xff{}", "in JSON"),
        (b"[1]", "with names, got list"),
        (b"{}", "the checksum"),
    ],
)
def test_what_is_no_description_is_refused(tmp_path, text, words):
    store.save(tmp_path / "x", {"a": np.zeros(3)}, {})
    (tmp_path / "x.json").write_bytes(text)
    with pytest.raises(ValueError, match=rf"^path must lead to .*{words}"):
        store.load(tmp_path / "x")


def test_objects_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match="arrays must hold numbers, got objects in 'a'"):
        store.save(tmp_path / "x", {"a": np.array([None])}, {})
    assert not list(tmp_path.iterdir())


def test_a_write_that_fails_leaves_the_old_file_and_no_part(tmp_path):
    path = tmp_path / "x.json"
    store.write_json(path, {"old": True})

    def fail(stream):
        stream.write(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        store.replace_file(path, fail)
    assert json.loads(path.read_text()) == {"old": True}
    assert [file.name for file in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize("failing", [0, 1])
def test_a_result_that_cannot_be_written_whole_leaves_the_old_one(tmp_path, monkeypatch, failing):
    store.save(tmp_path / "x", {"a": np.zeros(3)}, {"old": True})
    synced = []

    def full(file):
        synced.append(file)
        if len(synced) > failing:
            raise OSError("disk full")

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        store.save(tmp_path / "x", {"a": np.ones(3)}, {"old": False})
    arrays, description = store.load(tmp_path / "x")
    assert not arrays["a"].any()
    assert description["old"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["x.json", "x.npz"]


def test_the_json_is_readable(tmp_path):
    store.write_json(tmp_path / "x.json", {"name": "σ"})
    assert (tmp_path / "x.json").read_text(encoding="utf-8") == '{\n  "name": "σ"\n}\n'


def test_provenance_names_versions_and_commit():
    found = store.provenance()
    assert found["numpy"] == np.__version__
    assert set(found) == {"numpy", "scipy", "torch", "python", "machine", "commit"}
    assert all(found.values())


def test_outside_a_checkout_the_commit_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "__file__", str(tmp_path / "numerics" / "store.py"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.delenv("MEMOREM_COMMIT", raising=False)
    assert store.provenance()["commit"] == "unknown"
    monkeypatch.setenv("MEMOREM_COMMIT", "")
    assert store.provenance()["commit"] == "unknown"


def test_a_copy_without_its_repository_can_be_told_its_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("MEMOREM_COMMIT", "told")
    assert store.provenance()["commit"] != "told"
    monkeypatch.setattr(store, "__file__", str(tmp_path / "numerics" / "store.py"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert store.provenance()["commit"] == "told"
