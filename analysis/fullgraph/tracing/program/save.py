"""A program written to a file, loaded again, and compared with the model as Python runs it.

The rule: what is said to be good is the file. The eager model runs in a process of its own, forked
before the trace could change anything of it, with the same seed and the same inputs.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import torch

from ...model import Comparison, Frame, NoProgram, Raised, Saved, SaveProgram, Stopped, Tensor
from ..facts.error_classifier import frame_of, raised, words
from ..facts.shape_env_log import ShapeEnvLog
from ..isolation.steps_aside import Died
from ..load.build import Built
from ..locations.source_locations import UserCode
from ..torch_compat.hooks import quiet
from ..torch_compat.seeding import seed
from . import parts
from .resizing import Inputs, Resized, fits, inputs_of, other_sizes

Exported: TypeAlias = torch.export.ExportedProgram

_SECONDS = 10.0
"""Of this thread's own time, after which no more other sizes are tried."""


@dataclass(frozen=True)
class Result:
    """What a run gave, by the way to it (`output[0]`), and the buffers that it changed.

    `kinds` are the classes of the containers and numbers in its output. `updated` are inputs that hold other
    tensors afterwards, which are in the output as well: a cache that is returned.
    """

    values: dict[str, Any]
    kinds: dict[str, str] = field(default_factory=dict)
    updated: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Refused:
    """A run raised; `error` is the name of the exception's class."""

    words: str
    frame: Frame | None
    error: str = ""


@dataclass(frozen=True)
class Run:
    """One forward pass of the eager model; sizes without words are those of the example inputs."""

    resized: Resized
    outcome: Result | Refused


def expected(built: Built, user_code: UserCode) -> list[Run]:
    """What the eager model gives: first on the example inputs, then on other sizes."""
    runs: list[Run] = []
    begun = time.thread_time()
    for resized in (Resized({}, ""), *other_sizes(built)):
        runs.append(Run(resized, ran(built.model, inputs_of(built, resized.sizes), user_code)))
        if len(runs) > 1 and time.thread_time() - begun > _SECONDS:
            break
    return runs


def save(
    program: Exported, request: SaveProgram, eager: list[Run] | Died, built: Built, log: ShapeEnvLog
) -> Saved | NoProgram:
    """Writes the program to the path, and says what came of loading and running it."""
    if isinstance(eager, Died):
        return NoProgram("eager", _death(eager.failure), eager.failure.frame)
    if isinstance(eager[0].outcome, Refused):
        return NoProgram("eager", eager[0].outcome.words, eager[0].outcome.frame)
    during: Any = "save"
    try:
        with quiet():
            torch.export.save(program, request.path)
            during = "load"
            loaded = torch.export.load(request.path).module()
    except Exception as error:  # noqa: BLE001 (inputs of the user's own classes may refuse to be written)
        return NoProgram(during, words(error), frame_of(error, log.user_code))
    comparer = _Comparer(loaded, built, log)
    first = comparer.compared(eager[0])
    if isinstance(first, NoProgram):
        return first
    size = Path(request.path).stat().st_size
    return _on_other_sizes(program, eager[1:], comparer, Saved(size, (first,)))


def _on_other_sizes(program: Exported, eager: list[Run], comparer: _Comparer, saved: Saved) -> Saved:
    """With what came of other sizes, or why none were compared."""
    if not eager:
        return dataclasses.replace(saved, no_other_sizes="no dimension is dynamic")
    accepted = [run for run in eager if isinstance(run.outcome, Result)]
    if not accepted:
        refusal = next(run.outcome.words for run in eager if isinstance(run.outcome, Refused))
        said = f"the eager model rejects all other sizes that were tried: {refusal}"
        return dataclasses.replace(saved, no_other_sizes=said)
    found = [(run, _on_sizes(program, run, comparer)) for run in accepted]
    compared = tuple(each for _, each in found if isinstance(each, Comparison))
    refused = tuple(f"{run.resized.words}{each}" for run, each in found if isinstance(each, str))
    said = "" if compared else "the program rejects all other sizes that were tried"
    return dataclasses.replace(
        saved, comparisons=(*saved.comparisons, *compared), no_other_sizes=said, refused=refused
    )


def _on_sizes(program: Exported, run: Run, comparer: _Comparer) -> Comparison | str:
    """The comparison; where the program does not take the sizes, its words behind a colon, if it has any."""
    if not fits(program, comparer.inputs(run), comparer.log):
        return ""
    found = comparer.compared(run)
    return found if isinstance(found, Comparison) else f": {found.words.splitlines()[0]}"


def _death(failure: Stopped | Raised) -> str:
    if isinstance(failure, Stopped):
        return f"the eager forward pass was stopped by {failure.reason} {failure.detail}".rstrip()
    return failure.message


# -- running -----------------------------------------------------------------------------------------


def ran(model: torch.nn.Module, inputs: Inputs, user_code: UserCode) -> Result | Refused:
    """One forward pass, after which the buffers are what they were before."""
    before = {name: buffer.detach().clone() for name, buffer in model.named_buffers()}
    args, kwargs = inputs
    try:
        with quiet():
            seed()
            output = model(*args, **kwargs)
        values = {**dict(_leaves(output)), **_changed(model, before)}
        return Result(values, dict(parts.kinds(output, "output")))
    except Exception as error:  # noqa: BLE001 (whatever the user's forward raises)
        kind = type(error).__name__
        return Refused(words(error) or kind, raised(error, "eager", user_code).frame, kind)
    finally:
        with torch.no_grad():
            for name, buffer in model.named_buffers():
                if name in before and buffer.shape == before[name].shape:
                    buffer.copy_(before[name])


def _leaves(output: Any) -> Iterator[tuple[str, Any]]:
    """The values in an output, whether or not the classes that hold them are registered."""
    for path, leaf in parts.ways(output, "output"):
        value = parts.kept(leaf)
        if value is not None or leaf is None:
            yield path, value.detach() if isinstance(value, torch.Tensor) else value


def _changed(model: torch.nn.Module, before: dict[str, torch.Tensor]) -> dict[str, Any]:
    now = {name: buffer.detach() for name, buffer in model.named_buffers() if name in before}
    return {f"self.{name}": value.clone() for name, value in now.items() if differ(value, before[name])}


# -- comparing ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Comparer:
    """The loaded program, to be run beside what the eager model gave."""

    loaded: torch.nn.Module
    built: Built
    log: ShapeEnvLog

    def inputs(self, run: Run) -> Inputs:
        return inputs_of(self.built, run.resized.sizes)

    def described(self, run: Run) -> tuple[Tensor, ...]:
        found = parts.of_inputs(self.built.model, *self.inputs(run))
        tensors = ((path, leaf) for path, leaf in found if isinstance(leaf, torch.Tensor))
        return tuple(Tensor(p, str(v.dtype).removeprefix("torch."), tuple(v.shape)) for p, v in tensors)

    def compared(self, run: Run) -> Comparison | NoProgram:
        outcome = ran(self.loaded, self.inputs(run), self.log.user_code)
        if isinstance(outcome, Refused):
            return NoProgram("run", outcome.words, outcome.frame)
        assert isinstance(run.outcome, Result)
        wanted = run.outcome.values
        return Comparison(self.described(run), len(wanted), tuple(differences(outcome.values, wanted)))


def differences(values: dict[str, Any], wanted: dict[str, Any]) -> Iterator[str]:
    for name, value in wanted.items():
        if name not in values:
            missing = "the program does not mutate it" if name.startswith("self.") else "missing"
            yield f"{name}: {missing}"
        elif said := _difference(values[name], value):
            yield f"{name}: {said}"
    for name in values.keys() - wanted.keys():
        yield f"{name}: returned by the program, but not by the eager model"


def _difference(value: Any, wanted: Any) -> str:
    """torch's words for how they differ; empty where they are equal within its tolerances."""
    if not isinstance(wanted, torch.Tensor) and isinstance(wanted, (str, bytes, type(None))):
        return "" if value == wanted else f"{value!r}, not {wanted!r}"
    try:
        torch.testing.assert_close(value, wanted, equal_nan=True)
    except AssertionError as error:
        return " ".join(line.strip() for line in str(error).splitlines() if line.strip())
    except Exception as error:  # noqa: BLE001 (kinds of tensors that torch cannot compare)
        return f"cannot be compared: {error}"
    return ""


def differ(value: torch.Tensor, before: torch.Tensor) -> bool:
    if value.shape != before.shape:
        return True
    return not bool(torch.where(value != value, before != before, value == before).all())
