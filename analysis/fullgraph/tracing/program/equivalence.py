"""A rewritten model held against the original, on inputs that lead down both sides of its branches.

Two traces take part, each in a process of its own, because two texts of one module cannot live in one. The
first runs the original as Python does, and leaves in a file its weights, the inputs, and what each gave. The
second builds the rewritten model, gives it these weights, and runs its exported program on these inputs.

The rule: what raises in the original must raise in the rewritten one, and nothing is called equal that was
not compared.
"""

from __future__ import annotations

import contextlib
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import torch

from ...model import (
    CompareRewrite,
    ObservedRuns,
    ObserveModel,
    RewriteComparison,
    TriedSizes,
    TrySizes,
)
from ..instrumentation.branch_coverage import BranchCoverage
from ..load.build import Built
from ..locations.source_locations import UserCode
from ..torch_compat import distributions
from ..torch_compat.hooks import quiet
from ..torch_compat.seeding import seed
from . import gradients, parts, refusals, resizing, weighed
from .kept_state import parameters_filled, state_kept, zeros_filled, zeros_of
from .perturbations import perturbations
from .resizing import Inputs
from .save import Refused, Result, differ, differences, ran
from .time_limit import TooLongError, no_longer_than

Exported: TypeAlias = torch.export.ExportedProgram

_SECONDS = 6.0
"""Of this thread's own time, for the runs of one model beside that on its example inputs; a slow model is
compared on less."""

_ENOUGH = 36
"""Runs after which only those are kept that go where no other went."""

_SHOWN = 3

_GRADIENTS_OF_FUNCTIONS = 6
"""Runs whose gradients are compared where the program has operators over functions (`torch.cond`), which torch
traces anew each time: those first that took a side of a branch that none before them took.
"""


_LONGEST = 20.0
_PATIENCE = 0.5
_AS_LONG = 10
_ENDLESS = 4
"""Seconds of processor time for the example's run, and for another one beyond ten times what the example took:
`while error > 1e-3` goes on for ever where the error is NaN. After so many such runs no more inputs are tried.
"""


@dataclass
class _Kept:
    """One run of the original.

    `gradients` are empty where the model has none; in evaluation mode they are but names of those that are finite.
    `again`: the model was called with the same inputs before, and remembers what it remembers of it.
    `parameters`: all of them are this number. Where it is 0 two layers give the same, which with others they never
    do; where it is NaN what one layer gives is not even near to what the same one gives.
    `further`: it took a side of a branch that no run before it took. `filled` are parameters and buffers of zeros,
    which hold other numbers for it: of `x + memory` a memory of zeros shows nothing. `unchecked` is what it gives
    where no distribution checks its arguments, if it raised for that.
    """

    name: str
    inputs: Any
    outcome: Result | Refused
    gradients: dict[str, Any]
    again: bool = False
    resized: Mapping[str, int] | None = None
    parameters: float | None = None
    further: bool = False
    filled: tuple[str, ...] = ()
    unchecked: Result | None = None


def observe(request: ObserveModel, built: Built, user_code: UserCode) -> ObservedRuns:
    """Runs the original, and writes to the request's path what `compare_rewrite` needs."""
    state = built.model.state_dict().items()
    weights = {name: parts.plain_tensor(value.detach().clone()) for name, value in state}
    coverage = BranchCoverage(request.branches, user_code)
    kept = list(_runs(built, user_code, coverage))
    if isinstance(kept[0].outcome, Refused):
        return ObservedRuns(0, (), f"the model raises on its example inputs: {kept[0].outcome.words}")
    runs = [replace(run, inputs=parts.Written.of(run.inputs)) for run in kept]
    try:
        with Path(request.path).open("wb") as file:
            torch.save({"weights": weights, "runs": runs}, file)
    except Exception as error:  # noqa: BLE001 (kinds of tensors that torch cannot write)
        return ObservedRuns(0, (), f"the model's inputs or outputs cannot be saved: {error}")
    return ObservedRuns(len(kept), coverage.seen())


def try_sizes(request: TrySizes, built: Built, user_code: UserCode) -> TriedSizes:
    """At which of these sizes the model itself raises."""
    refused: list[tuple[str, int]] = []
    for source, size in request.sizes:
        resized = resizing.at(built, source, size)
        inputs = resizing.inputs_of(built, resized) if resized else None
        if inputs is not None and isinstance(_run(built.model, built, inputs, user_code, _LONGEST), Refused):
            refused.append((source, size))
    return TriedSizes(tuple(refused))


def _runs(built: Built, user_code: UserCode, coverage: BranchCoverage) -> Iterator[_Kept]:
    ends, limit, endless, counted = 0.0, _LONGEST, 0, 0
    zeros = zeros_of(built.model)
    training = gradients.Training(built)
    numbers = partial(_numbers, built, user_code, coverage)
    for number, perturbation in enumerate(perturbations(built, numbers)):
        begun, used = time.process_time(), time.thread_time()
        if number and (used > ends or endless >= _ENDLESS):
            return
        inputs = parts.rebuilt(perturbation.inputs, parts.copied)
        with coverage:
            outcome = _run(built.model, built, perturbation.inputs, user_code, limit)
        if outcome is None and number:  # nobody can say what it would have given
            endless, ends = endless + 1, ends + time.thread_time() - used
            continue
        outcome = outcome or _endless(limit)
        if (
            perturbation.resized is not None
            and isinstance(outcome, Refused)
            and not refusals.is_meant(outcome)
        ):
            continue
        counted += not (perturbation.reaching or perturbation.only_further)
        few = counted <= _ENOUGH and not perturbation.only_further
        if perturbation.reaching or few or coverage.went_further:
            further = coverage.went_further
            wanted = perturbation.with_gradients or further
            trained = training.gradients_of(inputs, outcome) if wanted else {}
            resized = perturbation.resized
            kept = _Kept(perturbation.name, inputs, outcome, trained, resized=resized, further=further)
            yield replace(kept, unchecked=_unchecked(built, kept, user_code, limit))
            if zeros and resized is None and (further or number == 0):
                with coverage:
                    others = _without_zeros(built, perturbation.name, inputs, user_code, limit, zeros)
                yield from others
        if number == 0:
            # The first call of torch.cond in Python compiles, and the others do not.
            ends = time.thread_time() + _SECONDS
            limit = min(_LONGEST, _AS_LONG * (time.process_time() - begun) + _PATIENCE)
        if number == 0 and isinstance(outcome, Result):
            with coverage:
                others = _once_more(built, inputs, outcome, user_code)
                others += _filled(built, inputs, user_code, limit, 0.0)
            with coverage:
                unlike = _filled(built, inputs, user_code, limit, math.nan)
            yield from (*others, *(unlike if coverage.went_further else ()))


def _numbers(built: Built, user_code: UserCode, coverage: BranchCoverage) -> tuple[float, ...]:
    """Of the numbers in the branches that the example came to."""
    reached = (side.branch for side in coverage.seen() if side.taken)
    return weighed.to_reach(weighed.numbers(reached, built.model, user_code))


def _endless(limit: float) -> Refused:
    return Refused(f"it takes more than {limit:.0f} seconds", None)


def _once_more(built: Built, inputs: Inputs, first: Result, user_code: UserCode) -> tuple[_Kept, ...]:
    """A second call, where the first one leaves something behind: a step that is counted, a cache that grows."""
    given = parts.rebuilt(inputs, parts.copied)
    outcome = _run(built.model, built, given, user_code, _LONGEST, again=True)
    if not isinstance(outcome, Result) or not any(differences(outcome.values, first.values)):
        return ()
    return (_Kept("the example inputs, in a second call", inputs, outcome, {}, again=True),)


def _filled(
    built: Built, inputs: Inputs, user_code: UserCode, limit: float, number: float
) -> tuple[_Kept, ...]:
    """`if torch.equal(self.a(x), self.b(x))` takes its other side with parameters that are alike."""
    given = parts.rebuilt(inputs, parts.copied)
    outcome = _run(built.model, built, given, user_code, limit, parameters=number)
    name = f"the example inputs, with all parameters {'zero' if number == 0 else number}"
    told = isinstance(outcome, Result) or (outcome is not None and refusals.is_meant(outcome))
    return (_Kept(name, inputs, outcome, {}, parameters=number),) if told and outcome is not None else ()


def _without_zeros(
    built: Built, name: str, inputs: Inputs, user_code: UserCode, limit: float, zeros: tuple[str, ...]
) -> tuple[_Kept, ...]:
    """The side that was taken for the first time, with a model that has learned something."""
    given = parts.rebuilt(inputs, parts.copied)
    outcome = _run(built.model, built, given, user_code, limit, filled=zeros)
    named = f"{name}, with `{zeros[0]}` not zero"
    return (_Kept(named, inputs, outcome, {}, filled=zeros),) if isinstance(outcome, Result) else ()


def _unchecked(built: Built, kept: _Kept, user_code: UserCode, limit: float) -> Result | None:
    if not refusals.is_of_library(kept.outcome):
        return None
    with distributions.unchecked():
        given = parts.rebuilt(kept.inputs, parts.copied)
        outcome = _run(built.model, built, given, user_code, limit)
    return outcome if isinstance(outcome, Result) else None


def _run(
    model: torch.nn.Module,
    built: Built,
    inputs: Inputs,
    user_code: UserCode,
    limit: float,
    *,
    again: bool = False,
    parameters: float | None = None,
    filled: tuple[str, ...] = (),
) -> Result | Refused | None:
    """One call, after which the model is what it was; None where it took too long.

    What the model wrote to its inputs is a result too.
    """
    held = _by_name(built, inputs)
    before = {name: parts.copied(name, leaf) for name, leaf in held.items()}
    try:
        filling = (parameters_filled(model, parameters), zeros_filled(model, filled))
        with state_kept(model), filling[0], filling[1] as whole, no_longer_than(limit):
            if not whole:
                return None
            if again:
                _called(model, parts.rebuilt(inputs, parts.copied))
            outcome = ran(model, inputs, user_code)
    except TooLongError:
        return None
    if isinstance(outcome, Result):
        after = _by_name(built, inputs)
        written = list(_written(before, held, after, outcome.values))
        outcome.values.update(
            (f"the input `{name}` afterwards", new) for name, new in written if new is not None
        )
        updated = frozenset(_INPUT.split(name)[0] for name, new in written if new is None)
        outcome = replace(outcome, updated=updated)
    return outcome


_INPUT = re.compile(r"[.\[]")


def _called(model: torch.nn.Module, inputs: Inputs) -> None:
    args, kwargs = inputs
    with quiet(), contextlib.suppress(Exception):
        seed()
        model(*args, **kwargs)


def _by_name(built: Built, inputs: Inputs) -> dict[str, Any]:
    try:
        return dict(parts.of_inputs(built.model, *inputs))
    except Exception:  # noqa: BLE001 (inputs that do not fit forward; the call itself says so)
        return {}


def _written(
    before: dict[str, Any], held: dict[str, Any], after: dict[str, Any], results: dict[str, Any]
) -> Iterator[tuple[str, Any]]:
    """What the model wrote to its inputs: into the tensors that they held, or new ones in their place.

    A new one that is among the results as well is no result of its own, and None here: a cache that is returned.
    """
    for name, new in after.items():
        changed = isinstance(new, torch.Tensor) and (name not in before or differ(new, before[name]))
        replaced = changed and new is not held.get(name)
        if changed:
            returned = replaced and any(_is_same(new, each) for each in results.values())
            yield name, None if returned else parts.kept(new)


def _is_same(new: torch.Tensor, result: Any) -> bool:
    return isinstance(result, torch.Tensor) and not differ(result, new)


def compare_rewrite(
    request: CompareRewrite, program: Exported | None, built: Built, user_code: UserCode
) -> RewriteComparison:
    """Compares the exported program, or where there is none the rewritten model itself."""
    try:
        kept = torch.load(request.path, weights_only=False)
        own = (built.args, built.kwargs)
        runs = [replace(run, inputs=run.inputs.put_into(own)) for run in kept["runs"]]
        built.model.load_state_dict(_fitting(kept["weights"], built.model), strict=False)
        model = program.module() if program is not None else built.model
    except Exception as error:  # noqa: BLE001 (inputs that a rewrite changed, a model that refuses weights)
        return RewriteComparison(0, program is not None, (f"cannot be compared: {error}",))
    if program is not None:
        with torch.no_grad():
            _give_weights(model, kept["weights"])
    found: list[str] = []
    refused: list[str] = []
    spoilt: list[str] = []
    notes: dict[str, None] = {}
    untrained = allowed = ""
    trained = _trained(runs, program)
    for number, run in enumerate(runs):
        given = parts.rebuilt(run.inputs, parts.copied)
        again = {"again": run.again, "parameters": run.parameters, "filled": run.filled}
        # A program's values do not depend on whether gradients are wanted, and torch.cond is traced for them.
        with torch.no_grad() if program is not None else contextlib.nullcontext():
            outcome = _run(model, built, given, user_code, _LONGEST, **again)
        if outcome is None and run.filled:  # the rewritten model has it under another name
            continue
        outcome = outcome or _endless(_LONGEST)
        if 0 in (run.resized or {}).values() and refusals.narrows(outcome, run.outcome):
            spoilt.append(f"raises with `{run.name}`, where the original does not")
            continue
        if program is not None and run.resized is not None and refusals.narrows(outcome, run.outcome):
            if refusals.were_taken(request.conditions, run.inputs, run.resized, built):
                (refused if refusals.by_guard(outcome) else found).append(refusals.said(run.name, outcome))
            continue
        wanted = run.outcome
        if request.unchecked and isinstance(outcome, Result) and run.unchecked is not None:
            wanted, allowed = run.unchecked, allowed or f"raises no ValueError any more, as with {run.name}"
        found += (f"{said}; inputs: {run.name}" for said in _compared(outcome, wanted))
        notes.update(dict.fromkeys(_for_callers(outcome, wanted)))
        if number in trained and not found and not untrained:
            trains = built.model.training
            untrained, differ, gone = gradients.differing(model, run.inputs, run.gradients, trains=trains)
            found += (f"{said}; inputs: {run.name}" for said in differ)
            spoilt += (f"{said} ({run.name})" for said in gone)
    return RewriteComparison(
        *(len(runs), program is not None, tuple(found[:_SHOWN]), untrained, tuple(refused[:_SHOWN])),
        notes=tuple(filter(None, (allowed, *notes))),
        spoilt=tuple(spoilt[:_SHOWN]),
    )


def _trained(runs: Sequence[_Kept], program: Exported | None) -> frozenset[int]:
    """The runs (by number) whose gradients are compared."""
    numbers = [number for number, run in enumerate(runs) if run.gradients]
    if program is not None and gradients.has_functions(program):
        numbers.sort(key=lambda number: not runs[number].further)
        numbers = numbers[:_GRADIENTS_OF_FUNCTIONS]
    return frozenset(numbers)


def _give_weights(model: torch.nn.Module, weights: dict[str, torch.Tensor]) -> None:
    own = model.state_dict()
    for name, value in weights.items():
        if name in own and own[name].shape == value.shape:
            own[name].copy_(value)


def _fitting(weights: dict[str, torch.Tensor], model: torch.nn.Module) -> dict[str, torch.Tensor]:
    own = model.state_dict()
    return {name: value for name, value in weights.items() if name in own and own[name].shape == value.shape}


def _compared(outcome: Result | Refused, wanted: Result | Refused) -> Iterator[str]:
    if isinstance(wanted, Refused):
        if isinstance(outcome, Result):
            yield f"the original raises ({wanted.words.splitlines()[0]}), but the rewritten model does not"
    elif isinstance(outcome, Refused):
        yield f"the rewritten model raises ({outcome.words.splitlines()[0]}), but the original does not"
    else:
        # A rewrite may make a buffer of what was an attribute, whose changes were not among the results.
        extra = {name for name in outcome.values if name.startswith("self.") and name not in wanted.values}
        yield from differences({n: v for n, v in outcome.values.items() if n not in extra}, wanted.values)
        for name in wanted.kinds.keys() & outcome.kinds.keys():
            if outcome.kinds[name] != wanted.kinds[name]:
                yield f"{name}: a {outcome.kinds[name]}, not a {wanted.kinds[name]}"


def _for_callers(outcome: Result | Refused, wanted: Result | Refused) -> Iterator[str]:
    """What is equal, and yet may matter to who calls the model."""
    if isinstance(outcome, Refused) and isinstance(wanted, Refused):
        if outcome.error and wanted.error and outcome.error != wanted.error:
            yield f"raises {outcome.error} in place of {wanted.error}"
    elif isinstance(outcome, Result) and isinstance(wanted, Result):
        for name in sorted(wanted.updated - outcome.updated):
            yield f"the program leaves the caller's `{name}` as it was, and returns the updated one"
