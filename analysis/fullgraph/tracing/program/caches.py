"""Whether state that forward keeps is but a cache: what the program computes without it is the same.

The rule: the model and the program are called in a row, with the state that the model keeps from call to
call, and agree each time; and calls of the same sizes and other values leave the state as it is. So a table
of positions is a cache, and a counter, the last input, and what grows from call to call are not. What a call
can do without, because it writes it before it reads it, is no cache, and not missed either.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Literal, TypeAlias

import torch

from ...model import StateChanged
from ..isolation.steps_aside import Forked, Isolation
from ..load.build import Built, submodule_names
from ..locations.source_locations import UserCode
from .perturbations import other_values
from .resizing import Inputs, inputs_of, other_sizes
from .save import Exported, Refused, Result, differ, differences, ran

Later: TypeAlias = Literal["agrees", "anew"]

_OTHER_SIZES = 3
_PLAIN = (bool, int, float, complex, str, bytes, type(None), torch.dtype, torch.device)


@dataclass(frozen=True)
class Snapshot:
    """The attributes of a model's modules; containers as they were, all else by reference."""

    attributes: tuple[tuple[torch.nn.Module, Mapping[str, Any]], ...]

    @staticmethod
    def of(model: torch.nn.Module) -> Snapshot:
        return Snapshot(
            tuple((m, {name: _copied(v) for name, v in vars(m).items()}) for m in model.modules())
        )

    def restore(self) -> None:
        """Puts all attributes back; to be called once, as the containers are handed out."""
        for module, attributes in self.attributes:
            vars(module).clear()
            vars(module).update(attributes)


def _copied(value: Any) -> Any:
    return value.copy() if type(value) in (list, dict, set) else value


def judged(
    changes: tuple[StateChanged, ...],
    before: Snapshot,
    program: Exported,
    built: Built,
    user_code: UserCode,
    isolation: Isolation,
) -> tuple[StateChanged, ...]:
    """The changes with what later calls say of them; as they are where that cannot be tried."""
    if not changes or not isinstance(isolation, Forked) or built.fake is not None:
        return changes
    names = tuple(change.attribute for change in changes)
    running = isolation.start("eager", lambda: _caches(names, before, program, built, user_code))
    if isolation.ends_within(running, isolation.patience) is None:
        return changes
    found = running.wait()
    if not isinstance(found, dict):
        return changes
    return tuple(replace(c, later=found.get(c.attribute, "differs")) for c in changes)


def _caches(
    names: tuple[str, ...], before: Snapshot, program: Exported, built: Built, user_code: UserCode
) -> dict[str, Later] | None:
    """Those of the attributes that are not missed, and why; None where the model does not take other values."""
    before.restore()
    module = program.module()
    modules = dict(submodule_names(built.model))
    states: list[Mapping[str, Any]] = []
    for inputs in _of_same_sizes(built):
        wanted = ran(built.model, inputs(), user_code)
        if isinstance(wanted, Refused):
            return None
        if _contradicts(ran(module, inputs(), user_code), wanted):
            return {}
        states.append({name: _held(_value(modules, name)) for name in names})
    for sizes in (*(each.sizes for each in islice(other_sizes(built), _OTHER_SIZES)), {}):
        wanted = ran(built.model, inputs_of(built, sizes), user_code)
        if _contradicts(ran(module, inputs_of(built, sizes), user_code), wanted):
            return {}
    found: dict[str, Later] = {}
    for name in names:
        if all(_same(each[name], states[0][name]) for each in states):
            found[name] = "agrees"
        elif _is_written_anew(name, modules, built, user_code):
            found[name] = "anew"
    return found


class _Unusable:
    """In the place of a value that nobody is to use."""


def _is_written_anew(
    attribute: str, modules: Mapping[str, torch.nn.Module], built: Built, user_code: UserCode
) -> bool:
    """Whether a call gives the same when nothing can be done with what the one before left."""
    owner, _, name = attribute.rpartition(".")
    holder, left = modules[owner], _value(modules, attribute)
    wanted = ran(built.model, inputs_of(built, {}), user_code)
    if isinstance(left, list | dict):
        given = copy.copy(left)
        keys = list(left) if isinstance(left, dict) else range(len(left))
        for key in keys:
            given[key] = _Unusable()
        vars(holder)[name] = given
    elif isinstance(left, set):
        return False
    else:
        vars(holder)[name] = _Unusable()
    own = ran(built.model, inputs_of(built, {}), user_code)
    vars(holder)[name] = left
    if not isinstance(own, Result) or not isinstance(wanted, Result):
        return False
    return not any(differences(own.values, wanted.values))


def _of_same_sizes(built: Built) -> tuple[Callable[[], Inputs], ...]:
    def example() -> Inputs:
        return inputs_of(built, {})

    return example, *other_values(built), example


def _contradicts(own: Result | Refused, wanted: Result | Refused) -> bool:
    """Whether the program gives something else; what it refuses by its sizes is not lost state."""
    if isinstance(own, Refused) or isinstance(wanted, Refused):
        return False
    return any(differences(own.values, wanted.values))


def _value(modules: Mapping[str, torch.nn.Module], attribute: str) -> Any:
    owner, _, name = attribute.rpartition(".")
    return getattr(modules[owner], name, None)


def _held(value: Any) -> Any:
    """A value as it is now, whatever is written to it or put into it later."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if type(value) in (list, tuple, set, torch.Size):
        return tuple(value)
    return dict(value) if isinstance(value, dict) else value


def _same(value: Any, before: Any) -> bool:
    if isinstance(value, torch.Tensor) and isinstance(before, torch.Tensor):
        return value.dtype == before.dtype and not differ(value, before)
    if type(value) is not type(before):
        return False
    if isinstance(value, tuple):
        return len(value) == len(before) and all(map(_same, value, before))
    if isinstance(value, dict):
        return value.keys() == before.keys() and all(_same(value[key], before[key]) for key in value)
    return value is before or (isinstance(value, _PLAIN) and value == before)
