"""Sections that say what to make: a class or function by its name, with its arguments.

- Hydra's `instantiate`: `_target_: pkg.Net`, `_args_`, `_partial_`, and sections in it that are such themselves
- Lightning's command line, jsonargparse: `class_path: pkg.Net` with `init_args`
- `target: pkg.Net` with `params`
- a class by its bare name, as registries build it: `type: Net` with the arguments beside it or in `args`
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...configuration.sections import Path, Section, Value
from .named_classes import NamedClasses

_BARE_KEYS = ("type", "name", "class", "class_name", "cls", "arch", "architecture", "model_name", "_name_")
_ARGUMENTS = ("args", "kwargs", "params", "init_args", "arguments", "options", "model_args", "model_kwargs")
_NO_MODELS = re.compile(
    r".*(Trainer|Data(set|Module|Loader)?|Loader|Optimizer|Scheduler|Logger|Callback|Loss|Runner|Sampler|Transform)s?"
)


@dataclass(frozen=True, slots=True)
class Instance:
    """`name(*args, **kwargs)`. `nested`: sections in its arguments are instances in turn, if they say so."""

    name: str
    section: Section
    args: tuple[Value, ...]
    kwargs: Section
    nested: bool
    partial: bool = False
    settings: bool = False  # a plain section among its arguments is an object of OmegaConf's


def instance_of(section: Section, known: NamedClasses, *, bare: bool = True) -> Instance | None:
    """What a section says to make; None where it says nothing of the kind. `bare` names count only if asked for."""
    values = section.values
    match values:
        case {"_target_": str(name)}:
            return _of_hydra(name, section)
        case {"class_path": str(name)}:
            return _with(name, values.get("init_args"), section, known)
        case {"target": str(name), "params": Section() as given} if "." in name:
            return _with(name, given, section, known)
    return _of_bare_name(section, known) if bare else None


def _of_hydra(name: str, section: Section) -> Instance:
    args = section.values.get("_args_")
    special = ("_target_", "_args_", "_partial_", "_recursive_", "_convert_")
    converted = section.values.get("_convert_") in ("all", "partial", "object")
    return Instance(
        name,
        section,
        args if isinstance(args, tuple) else (),
        section.without(*special),
        nested=section.values.get("_recursive_") is not False,
        partial=section.values.get("_partial_") is True,
        settings=not converted,
    )


def _with(name: str, given: Value, section: Section, known: NamedClasses) -> Instance | None:
    full = name if "." in name else known.full_name(name)
    kwargs = given if isinstance(given, Section) else Section({}, section.line, section.file)
    return Instance(full, section, (), kwargs, nested=True) if full else None


def _of_bare_name(section: Section, known: NamedClasses) -> Instance | None:
    for key in _BARE_KEYS:
        name = section.values.get(key)
        if isinstance(name, str) and known.has(name) and not _NO_MODELS.fullmatch(name):
            full = known.full_name(name)
            given = next(
                (g for each in _ARGUMENTS if isinstance(g := section.values.get(each), Section)), None
            )
            kwargs = section.without(key) if given is None else given
            return Instance(full, section, (), kwargs, nested=False) if "." in full else None
    return None


def instances(value: Value, known: NamedClasses, path: Path = ()) -> Iterator[tuple[Path, Instance]]:
    """The outermost instances in a value, each with the keys that lead to it."""
    if isinstance(value, Section):
        found = instance_of(value, known)
        if found is not None:
            yield path, found
            return
        for name, each in value.values.items():
            yield from instances(each, known, (*path, name))
    elif isinstance(value, tuple):
        for number, each in enumerate(value):
            yield from instances(each, known, (*path, str(number)))
