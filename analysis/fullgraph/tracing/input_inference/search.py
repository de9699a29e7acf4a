"""Inputs for a model that nobody gave any: found by trying, on fake tensors, what layers and code ask for.

The first candidates come from the signature and the layers. A run that fails says what it would have
needed; the candidates that would give it are tried next, those first that came furthest. What is found
has run for real as well. The time is bounded, and nothing of the model's is changed.
"""

from __future__ import annotations

import heapq
import inspect
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count, islice
from typing import Any

import torch

from ..torch_compat import fake_tensors, wording
from .diagnose import diagnose
from .own_faults import is_own_fault
from .repairs import neighbours, repaired, with_optional
from .seeds import first, spec_for
from .spec import Candidate, Spec, TensorSpec, args_text, kwargs_text, tensors
from .trial import Bench, Failed, OutOfTime, spent

SECONDS = 2.0
MOST_ELEMENTS = 1 << 24
"""Of all inputs together: what is larger is not tried."""

_FOLLOWED = 24  # the candidates that one failure leads to
_VARIED = 6
_PER_STEP = 4
_FAULTS = 8  # how many runs end by a fault of the model's own until the search gives up


@dataclass(frozen=True)
class _Way:
    """How many steps it took since a run last came further, and how far that was."""

    steps: int = 0
    reached: int = -1

    def after(self, failed: Failed) -> _Way:
        further = failed.reached > self.reached
        return _Way(0, failed.reached) if further else _Way(self.steps + 1, self.reached)


@dataclass(frozen=True)
class Found:
    """Inputs that the model ran with, as source text; `kwargs` is empty where there are none."""

    args: str
    kwargs: str
    candidate: Candidate


@dataclass(frozen=True)
class NothingFound:
    """`reason` is what stopped the run that came furthest."""

    reason: str
    tried: int


@dataclass
class _Search:
    bench: Bench
    can_compute: bool = True
    queue: list[tuple[Any, ...]] = field(default_factory=list)
    seen: set[Candidate] = field(default_factory=set)
    order: Iterator[int] = field(default_factory=count)
    furthest: tuple[int, str] = (-1, "`forward` did not run")
    tried: int = 0
    faulty: list[tuple[int, Candidate]] = field(default_factory=list)

    def push(self, candidate: Candidate, rank: int, before: _Way) -> None:
        if candidate not in self.seen and _is_small(candidate):
            self.seen.add(candidate)
            heapq.heappush(self.queue, (rank, next(self.order), candidate, before))

    def run(self) -> Found | NothingFound:
        model = self.bench.model
        for number, candidate in enumerate(first(model)):
            self.push(candidate, number - 4, _Way())
        while self.queue and spent() < self.bench.deadline and len(self.faulty) < _FAULTS:
            _, _, candidate, way = heapq.heappop(self.queue)
            try:
                failed = self._try(candidate)
            except OutOfTime:
                self._note(0, "one attempt took too long")
                break
            if failed is None:
                return Found(args_text(candidate), kwargs_text(candidate), candidate)
            self._follow(candidate, failed, way)
        if self.faulty:  # what is wrong is told at its place
            _, candidate = max(self.faulty, key=lambda pair: pair[0])
            return Found(args_text(candidate), kwargs_text(candidate), candidate)
        # Not whether something was left to try: that is the machine's speed.
        return NothingFound(self.furthest[1], self.tried)

    def _try(self, candidate: Candidate) -> Failed | None:
        self.tried += 1
        failed = self.bench.try_out(candidate)
        if self.can_compute and (failed is None or _asks_for_data(failed.error)):
            failed = self.bench.try_out(candidate, fake=False)
        return failed

    def _follow(self, candidate: Candidate, failed: Failed, way: _Way) -> None:
        self._note(failed.reached, _said(failed.error))
        if is_own_fault(failed.error):
            self.faulty.append((failed.reached, candidate))
        way = way.after(failed)
        # A smaller number comes first: runs that came further, wishes before mere variations, and what is
        # near before what took many steps without coming any further.
        rank = _PER_STEP * way.steps - failed.reached
        asked = (other for repair in diagnose(failed, candidate) for other in repaired(repair, candidate))
        for number, other in enumerate(islice(asked, _FOLLOWED)):
            self.push(other, rank + number, way)
        for number, other in enumerate(neighbours(candidate)):
            self.push(other, rank + _VARIED + number, way)
        for number, other in enumerate(self._with_optional(candidate, failed)):
            self.push(other, rank + number, way)

    def _note(self, reached: int, reason: str) -> None:
        if reached > self.furthest[0]:
            self.furthest = (reached, reason)

    def _with_optional(self, candidate: Candidate, failed: Failed) -> Iterator[Candidate]:
        """What may be left out may be needed all the same.

        `None` does not have this and that, or an error names it ("labels are required").
        """
        said = str(failed.error)
        given = {argument.name for argument in candidate}
        main = next(tensors(candidate), TensorSpec((2, 48)))
        for name, parameter in optional(self.bench.model).items():
            if name in given or not (
                wording.NONE_GIVEN in said or re.search(rf"\b{re.escape(name)}\b", said)
            ):
                continue
            by_name = spec_for(name, parameter.annotation, main, named=True)
            for spec in dict.fromkeys((by_name, _first_dimension(by_name), main)):
                yield with_optional(candidate, name, spec)


def search(model: torch.nn.Module, seconds: float = SECONDS, fake: Any = None) -> Found | NothingFound:
    """Inputs that `model` runs with, on fake tensors and for real.

    `fake` is the mode of the model's own tensors, where these have no data: then it cannot run for real.
    """
    mode = fake_tensors.with_numbers() if fake is None else fake
    return _Search(Bench(model, mode, spent() + seconds), can_compute=fake is None).run()


def optional(model: torch.nn.Module) -> dict[str, inspect.Parameter]:
    signature = inspect.signature(model.forward)
    return {name: each for name, each in signature.parameters.items() if each.default is None}


def _first_dimension(spec: Spec) -> Spec:
    """One label for each row, where there would be one for each element."""
    return replace(spec, sizes=spec.sizes[:1]) if isinstance(spec, TensorSpec) else spec


def _is_small(candidate: Candidate) -> bool:
    return sum(math.prod(spec.sizes) for spec in tensors(candidate)) <= MOST_ELEMENTS


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _asks_for_data(error: BaseException) -> bool:
    return fake_tensors.asks_for_data(error) or fake_tensors.refuses_numpy(error)
