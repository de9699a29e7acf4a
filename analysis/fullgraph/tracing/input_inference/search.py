"""Inputs for a model that nobody gave any: found by trying, on fake tensors, what layers and code ask for.

The first candidates come from the signature, the text and the layers. A run that fails says what it would
have needed: sizes are solved for, and the candidates that would give the rest are tried next, those first
that came furthest. What is found has run for real as well, unless the model is large. The work is bounded
by a count of calls, so that a busy machine finds what a quiet one does, and nothing of the model's is changed.
"""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count, islice
from typing import Any

import torch

from ..torch_compat import fake_tensors, wording
from . import quality
from .complaints import complaint
from .diagnose import diagnose
from .own_faults import is_own_fault
from .repairs import neighbours, repaired, with_optional
from .seeds import Seeds, spec_for
from .solving import solutions
from .spec import Candidate, Spec, TensorSpec, args_text, kwargs_text, tensors
from .trial import SYMBOLIC_CALL, Bench, Budget, Failed, OutOfTime, Ran, spent

SECONDS = 10.0
"""Of processor time: the last net, for a model whose single operations take long."""

CALLS_PER_SECOND = 2500
"""How much work a second is counted as, far less than a machine does in one: what ends a search is the count."""

MOST_ELEMENTS = 1 << 24
"""Of all inputs together: what is larger is not tried."""

_MOST_TO_COMPUTE = 100_000_000
"""Parameters of a model that is run for real too; a larger one is taken at the word of its fake tensors."""

_FOLLOWED = 24  # the candidates that one failure leads to
_VARIED = 6
_PER_STEP = 4
_SOLVED_AT = 3  # how often the sizes at one place are solved for
_DOUBTFUL = 12  # how many tries more there are once something ran that is in doubt
_HOPELESS = 200  # how many tries one after the other come no further until the search gives up
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
    seeds: Seeds
    can_compute: bool = True
    queue: list[tuple[Any, ...]] = field(default_factory=list)
    ranks: dict[Candidate, int] = field(default_factory=dict)  # the best that each has been queued with
    done: set[Candidate] = field(default_factory=set)
    order: Iterator[int] = field(default_factory=count)
    furthest: tuple[int, str] = (-1, "`forward` did not run")
    tried: int = 0
    idle: int = 0  # tries since one came further
    solved: Counter[tuple[int, str]] = field(default_factory=Counter)
    doubtful: list[tuple[int, int, Candidate]] = field(default_factory=list)
    ends_at: float = math.inf
    faulty: list[tuple[int, Candidate]] = field(default_factory=list)

    def push(self, candidate: Candidate, rank: int, before: _Way) -> None:
        candidate = self.seeds.in_precision(candidate)
        better = rank < self.ranks.get(candidate, rank + 1)
        if better and candidate not in self.done and _is_small(candidate):
            self.ranks[candidate] = rank
            heapq.heappush(self.queue, (rank, next(self.order), candidate, before))

    def run(self) -> Found | NothingFound:
        for number, candidate in enumerate(self.seeds.candidates()):
            self.push(candidate, number - 4, _Way())
        try:
            found = self._searched()
        except OutOfTime:
            self._note(0, "one attempt took too long")
            found = None
        found = found or self._best() or self._faulty()
        if found is None:
            # Not whether something was left to try: that is the machine's speed.
            return NothingFound(self.furthest[1], self.tried)
        return Found(args_text(found), kwargs_text(found), found)

    def _searched(self) -> Candidate | None:
        while self._goes_on():
            candidate: Candidate
            way: _Way
            _, _, candidate, way = heapq.heappop(self.queue)
            if candidate in self.done:
                continue
            self.done.add(candidate)
            outcome = self._try(candidate)
            if isinstance(outcome, Failed):
                self._follow(candidate, outcome, way)
            elif self._is_beyond_doubt(candidate, outcome):
                return candidate
        return None

    def _goes_on(self) -> bool:
        ended = self.tried >= self.ends_at or len(self.faulty) >= _FAULTS or self.idle >= _HOPELESS
        return bool(self.queue) and self.bench.budget.is_left and not ended

    def _faulty(self) -> Candidate | None:
        """Where all fail by the model's own fault: what is wrong is told at its place."""
        return max(self.faulty, key=lambda pair: pair[0])[1] if self.faulty else None

    def _is_beyond_doubt(self, candidate: Candidate, ran: Ran) -> bool:
        doubts = quality.doubts(candidate, ran, self.seeds)
        if not doubts:
            return True
        if not self.doubtful:
            self.ends_at = self.tried + _DOUBTFUL
        self.doubtful.append((doubts, len(self.doubtful), candidate))
        if ran.folded is not None:
            for number, other in enumerate(solutions(self.bench, candidate, ran)):
                self.push(other, number - 1000, _Way())
        return False

    def _best(self) -> Candidate | None:
        """What ran and is the least in doubt; nonsense is worse than nothing."""
        passable = [each for each in self.doubtful if each[0] < quality.NONSENSE]
        return min(passable)[2] if passable else None

    def _try(self, candidate: Candidate) -> Failed | Ran:
        self.tried += 1
        outcome = self.bench.try_out(candidate)
        asks = isinstance(outcome, Failed) and _asks_for_data(outcome.error)
        if self.can_compute and (isinstance(outcome, Ran) or asks):
            return self.bench.try_out(candidate, fake=False)
        # A fake run that asked for data of a large model got as far as anything can tell.
        return Ran() if asks else outcome

    def _follow(self, candidate: Candidate, failed: Failed, way: _Way) -> None:
        self._note(failed.reached, complaint(failed))
        if is_own_fault(failed.error):
            self.faulty.append((failed.reached, candidate))
        way = way.after(failed)
        # A smaller number comes first: runs that came further, wishes before mere variations, and what is
        # near before what took many steps without coming any further.
        rank = _PER_STEP * way.steps - failed.reached
        for number, other in enumerate(self._solutions(candidate, failed)):
            self.push(other, rank + number - _VARIED, way)
        asked = (other for repair in diagnose(failed, candidate) for other in repaired(repair, candidate))
        for number, other in enumerate(islice(asked, _FOLLOWED)):
            self.push(other, rank + number, way)
        for number, other in enumerate(neighbours(candidate)):
            self.push(other, rank + _VARIED + number, way)
        for number, other in enumerate(self._with_optional(candidate, failed)):
            self.push(other, rank + number, way)

    def _solutions(self, candidate: Candidate, failed: Failed) -> Iterator[Candidate]:
        place = (failed.reached, failed.call.name if failed.call else str(failed.frames[:1]))
        affordable = failed.reached * SYMBOLIC_CALL < self.bench.budget.calls / 2
        if self.solved[place] < _SOLVED_AT and affordable:
            self.solved[place] += 1
            yield from islice(solutions(self.bench, candidate, failed), _FOLLOWED)

    def _note(self, reached: int, reason: str) -> None:
        self.idle += 1
        if reached > self.furthest[0]:
            self.furthest = (reached, reason)
            self.idle = 0

    def _with_optional(self, candidate: Candidate, failed: Failed) -> Iterator[Candidate]:
        """What may be left out may be needed all the same.

        `None` does not have this and that, or an error names it ("labels are required").
        """
        said = str(failed.error)
        given = {argument.name for argument in candidate}
        main = next(tensors(candidate), TensorSpec((2, 48)))
        for name, parameter in self.seeds.optional().items():
            if name in given or not (
                wording.NONE_GIVEN in said or re.search(rf"\b{re.escape(name)}\b", said)
            ):
                continue
            by_name = spec_for(name, parameter.annotation, main, named=True)
            for spec in dict.fromkeys(
                (self.seeds.spec(name) or by_name, by_name, _first_dimension(by_name), main)
            ):
                yield with_optional(candidate, name, spec)


def search(
    model: torch.nn.Module,
    seconds: float = SECONDS,
    fake: Any = None,
    known: Mapping[str, Any] | None = None,
) -> Found | NothingFound:
    """Inputs that `model` runs with, on fake tensors and for real.

    `fake` is the mode of the model's own tensors, where these have no data: then it cannot run for real.
    `known` are inputs that somebody gave, by the names of their parameters: they stay as they are.
    """
    mode = fake_tensors.with_numbers() if fake is None else fake
    seeds = Seeds(model, dict(known or {}))
    budget = Budget(seconds * CALLS_PER_SECOND, spent() + seconds)
    bench = Bench(model, mode, budget, seeds.scope, is_fake=fake is not None)
    return _Search(bench, seeds, can_compute=fake is None and _is_light(model)).run()


def _is_light(model: torch.nn.Module) -> bool:
    return sum(int(parameter.numel()) for parameter in model.parameters()) <= _MOST_TO_COMPUTE


def _first_dimension(spec: Spec) -> Spec:
    """One label for each row, where there would be one for each element."""
    return replace(spec, sizes=spec.sizes[:1]) if isinstance(spec, TensorSpec) else spec


def _is_small(candidate: Candidate) -> bool:
    return sum(math.prod(spec.sizes) for spec in tensors(candidate)) <= MOST_ELEMENTS


def _asks_for_data(error: BaseException) -> bool:
    return fake_tensors.asks_for_data(error) or fake_tensors.refuses_numpy(error)
