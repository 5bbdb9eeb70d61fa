"""Steps of a program repeated: on the CPU by calling it, on CUDA by capturing it once and replaying the graph.

A step of small networks is a score of short kernels whose launches cost more than their work; a captured graph is
launched as one. Exact objectives choose their kernels by the data and cannot be captured.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


class Replay:
    """Repeats a step that works in place on fixed tensors. `capture` says whether CUDA may record it."""

    def __init__(self, device: str, *, capture: bool) -> None:
        self._capture = capture and torch.device(device).type == "cuda"
        self._graph: Any = None

    def __call__(self, step: Callable[[], None], count: int, generator: torch.Generator) -> None:
        """Take `count` steps whose noise comes from `generator`."""
        if self._capture and self._graph is None and count:
            # The first step warms the libraries up outside the graph.
            step()
            count -= 1
            self._graph = torch.cuda.CUDAGraph()
            self._graph.register_generator_state(generator)
            with torch.cuda.graph(self._graph):
                step()
        for _ in range(count):
            self._graph.replay() if self._graph is not None else step()
