"""Interrupts that Python drops are remembered, and only those."""

import signal
import threading

import pytest

from numerics.interrupts import remembered_interrupts


def dropped_interrupt():
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        return
    raise AssertionError("an interrupt must be raised where it comes")


def test_a_dropped_interrupt_is_raised_again():
    with remembered_interrupts() as again:
        again()
        dropped_interrupt()
        with pytest.raises(KeyboardInterrupt):
            again()


def test_the_handler_is_back_afterwards_even_after_an_error():
    inside = []

    def failing():
        with remembered_interrupts():
            inside.append(signal.getsignal(signal.SIGINT))
            raise KeyError

    with pytest.raises(KeyError):
        failing()
    assert inside != [signal.default_int_handler]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_the_program_is_left_in_place():
    heard = []
    signal.signal(signal.SIGINT, lambda *_: heard.append(1))
    try:
        with remembered_interrupts() as again:
            signal.raise_signal(signal.SIGINT)
            again()
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert heard == [1]


def test_another_thread_may_use_it():
    failed = []

    def work():
        try:
            with remembered_interrupts() as again:
                again()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert failed == []
