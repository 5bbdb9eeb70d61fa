"""Devices: names that are none are refused, and devices that this machine lacks."""

import pytest
import torch

from numerics.device import known_device, present_device


def test_devices_of_this_machine_are_accepted():
    assert present_device("cpu") == "cpu"
    assert known_device("cuda:17") == "cuda:17"
    for number in range(torch.cuda.device_count()):
        assert present_device(f"cuda:{number}") == f"cuda:{number}"


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:-1", "cpu:0", "", " cpu", "cuda:0\n"])
def test_other_names_are_refused(name):
    for check in (known_device, present_device):
        with pytest.raises(ValueError, match="device must be 'cpu', 'cuda' or 'cuda:N'"):
            check(name)


def test_absent_devices_are_refused(monkeypatch):
    with pytest.raises(ValueError, match="device must be one of this machine"):
        present_device(f"cuda:{torch.cuda.device_count()}")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert present_device("cuda") == "cuda"
    assert present_device("cuda:1") == "cuda:1"
    with pytest.raises(ValueError, match="device must be one of this machine's 2, got 'cuda:2'"):
        present_device("cuda:2")
