"""From a target that cannot be built as it is to one that can: with stand-ins for what is missing.

The target was run plainly, and failed. It is run again with stand-ins. Where that needs a number which
nobody gave, likely ones are tried in a process aside until the model is built and takes its inputs, and the
target is run once more with those. The rule: what raises with stand-ins too is raised.
"""

from __future__ import annotations

import functools
import itertools
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from ....model import Assumed, TraceRequest
from ...isolation.steps_aside import Died, Forked, Isolation
from ...locations.source_locations import UserCode
from ...torch_compat import devices, pytree
from . import made_up
from .choices import wanted_by
from .likely import INCIDENTAL, sizes_in, values_for
from .notes import Notes, ValueWanted, Want
from .outcome import Values, check_model, known_inputs, without_unknown
from .presence import TAKEN
from .standing import standing
from .statements import UnknownValueError
from .unknown import KEYS

Run = Callable[[Notes], tuple[Values, Any]]  # the values of the target's expressions, and their fake mode

_MOST_ATTEMPTS = 60
_PATIENCE = 6.0
"""Seconds (of a Watch) for all attempts to find numbers."""

_OF_SURROUNDINGS = (OSError, ImportError, SystemExit, EOFError, KeyError, IndexError)


@dataclass(frozen=True)
class Attempt:
    """A target that was built: its values, what was replaced, and why there are no inputs, if there are none."""

    values: Values
    fake: Any
    assumed: tuple[Assumed, ...] = ()
    without_inputs: Assumed | None = None
    known_inputs: Mapping[str, Any] = field(default_factory=dict)  # those that are there all the same


@dataclass(frozen=True)
class _Chosen:
    """The wants that were met, each with its value."""

    wants: tuple[Want, ...] = ()
    values: tuple[Any, ...] = ()
    trouble: str = ""  # why there are none

    @property
    def by_path(self) -> dict[str, Any]:
        return {want.path: value for want, value in zip(self.wants, self.values, strict=True)}


def is_incomplete(request: TraceRequest) -> bool:
    """Whether it is known beforehand that something is missing: a parameter that nobody gives a value."""
    target = request.target
    return bool(target.made_up) or (target.slice is not None and bool(target.slice.unknown))


def is_worth_it(error: BaseException, request: TraceRequest) -> bool:
    """Whether a target that failed with `error` may be missing something around it."""
    if devices.is_absence(str(error)):
        return False
    if request.target.slice is None:
        return isinstance(error, _OF_SURROUNDINGS)
    return isinstance(error, (Exception, SystemExit)) and not isinstance(error, MemoryError)


def with_stand_ins(
    request: TraceRequest, user_code: UserCode, run: Run, isolation: Isolation | None
) -> Attempt:
    """The target, with stand-ins for what is missing.

    Raises:
        BaseException: what keeps it from being built with them too.
    """
    attempts = _Attempts(request, user_code, run)
    try:
        return attempts.attempt(_Chosen())
    except ValueWanted:
        pass
    chosen = _aside(attempts.search, isolation)
    if chosen.trouble:
        raise UnknownValueError(chosen.trouble)
    return attempts.attempt(chosen)


def _trouble(wants: Sequence[Want], last: Exception | None) -> str:
    names = ", ".join(f"`{want.name}`" for want in wants[:3])
    said = f" ({type(last).__name__}: {str(last).partition(chr(10))[0]})" if last else ""
    return f"could not find a value for {names} with which the model can be built{said}"


def _aside(search: Callable[[], _Chosen], isolation: Isolation | None) -> _Chosen:
    """The search in a process of its own, where there can be one: it runs the user's code many times."""
    if not isinstance(isolation, Forked):
        return search()
    running = isolation.start("load", search)
    if isolation.ends_within(running, _PATIENCE) is None:
        return _Chosen(trouble="could not find values in time with which the model can be built")
    outcome = running.wait()
    if isinstance(outcome, Died):
        return _Chosen(
            trouble="could not find values with which the model can be built: a trial ended the process"
        )
    return outcome


class _Attempts:
    """The runs of one target."""

    def __init__(self, request: TraceRequest, user_code: UserCode, run: Run) -> None:
        self._request = request
        self._user_code = user_code
        self._run = run
        self._has_inputs = bool(request.target.args or request.target.kwargs)
        self._sizes = sizes_in(_text(request, user_code)) if self._has_inputs else ()

    def attempt(self, chosen: _Chosen) -> Attempt:
        """One run, with the values that were chosen.

        Raises:
            ValueWanted: it needs a further one.
            BaseException: whatever the user's code raises.
        """
        notes = Notes(self._user_code, chosen.by_path)
        _begin_anew(self._user_code)
        with standing(notes, self._request.root, self._request.paths):
            try:
                values, fake = self._run(notes)
                check_model(values.get("model"), notes)
            except BaseException as error:
                want = wanted_by(error, notes)
                if want is not None:
                    raise ValueWanted(want) from None
                raise
        for want, value in zip(chosen.wants, chosen.values, strict=True):
            silent = value == TAKEN or want.path.endswith(KEYS) or INCIDENTAL.fullmatch(want.name)
            if not silent:
                notes.settle(want.kind, want.name, str(value), want.place)
        known = known_inputs(values)
        values, missing = without_unknown(values)
        replaced = (missing.kind, missing.what) if missing else None
        assumed = tuple(each for each in notes.assumed if (each.kind, each.what) != replaced)
        return Attempt(values, fake, assumed, missing, known if missing else {})

    def search(self) -> _Chosen:
        """The first values, in the order of their likelihood, that a model is built with which takes its inputs."""
        wants = [made_up.want(each) for each in self._request.target.made_up if not each.settings]
        built: _Chosen | None = None
        tried: set[tuple[Any, ...]] = set()
        last: Exception | None = None
        for _ in range(_MOST_ATTEMPTS):
            chosen = self._next(wants, tried)
            if chosen is None:
                break
            tried.add(chosen.values)
            try:
                attempt = self.attempt(chosen)
            except ValueWanted as wanted:
                if wanted.want not in wants:
                    wants.append(wanted.want)
                continue
            except Exception as error:  # noqa: BLE001 (the next ones may do)
                last = error
                continue
            built = built or chosen
            if attempt.without_inputs or not self._has_inputs or _takes_its_inputs(attempt):
                return chosen
        if built is None:
            return _Chosen(trouble=_trouble(wants, last))
        return built

    def _next(self, wants: Sequence[Want], tried: set[tuple[Any, ...]]) -> _Chosen | None:
        values = [values_for(want, self._sizes)[:8] for want in wants]
        if not all(values):
            return None
        for indices in _by_sum([len(each) for each in values]):
            combined = tuple(each[index] for each, index in zip(values, indices, strict=True))
            if combined not in tried:
                return _Chosen(tuple(wants), combined)
        return None


def _by_sum(lengths: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All tuples of indices, those with the smallest sum first; of many, the first ones alone."""
    if len(lengths) > 5:
        yield (0,) * len(lengths)
        for position, length in enumerate(lengths):
            yield from (
                tuple(i if p == position else 0 for p in range(len(lengths))) for i in range(1, length)
            )
        return
    yield from sorted(itertools.product(*map(range, lengths)), key=lambda each: (sum(each), each))


def _takes_its_inputs(attempt: Attempt) -> bool:
    """Whether the model runs with its inputs, and with such as take the other side of a branch."""
    model = attempt.values["model"]
    given = (attempt.values.get("args", ()), attempt.values.get("kwargs") or {})
    try:
        for change in (lambda x: x, torch.ones_like, lambda x: -torch.ones_like(x)):
            args, kwargs = pytree.map_leaves(functools.partial(_if_real, change), given)
            with torch.no_grad():
                model(*(args if isinstance(args, (tuple, list)) else (args,)), **kwargs)
    except Exception:  # noqa: BLE001 (they do not fit)
        return False
    return True


def _if_real(change: Callable[[torch.Tensor], torch.Tensor], value: Any) -> Any:
    return change(value) if isinstance(value, torch.Tensor) and value.is_floating_point() else value


def _begin_anew(user_code: UserCode) -> None:
    """As for the first run: the same random numbers, and none of the user's modules imported."""
    torch.manual_seed(0)
    random.seed(0)
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name != "__main__" and isinstance(file, str) and user_code.is_user(file):
            del sys.modules[name]


def _text(request: TraceRequest, user_code: UserCode) -> str:
    if request.target.slice is not None:
        return request.target.slice.text
    syntax = user_code.syntax(request.target.file)
    return syntax.text if syntax else ""
