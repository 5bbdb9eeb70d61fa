"""An interrupt that is never lost.

Python drops an exception that is raised in a destructor or a callback of the garbage collector, a `KeyboardInterrupt`
among them: then the work goes on as if nobody had asked it to end.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def remembered_interrupts() -> Iterator[Callable[[], None]]:
    """Gives a function that raises `KeyboardInterrupt` if one was raised in this block before, and dropped.

    Elsewhere than in the main thread, or where the program has a handler of its own, nothing is remembered.
    """
    came = threading.Event()

    def remember(number: int, frame: FrameType | None) -> None:
        came.set()
        signal.default_int_handler(number, frame)

    def again() -> None:
        if came.is_set():
            raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
        yield again
        return
    signal.signal(signal.SIGINT, remember)
    try:
        yield again
    finally:
        signal.signal(signal.SIGINT, before)
