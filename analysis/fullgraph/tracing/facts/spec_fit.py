"""Where a dynamic-shapes spec does not fit the inputs, and what fits there.

torch says the first thing that it meets, in words of its own, and for some not even that. The rules are those of
`_check_dynamic_shapes` and `_tree_map_with_path` in torch/export/dynamic_shapes.py: containers of Python's own
are matched kind by kind, objects of registered classes by the list of their parts, and of leaves only tensors
(and integers) have an entry.
"""

from __future__ import annotations

import dataclasses
import difflib
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch.export import dynamic_shapes as spec_of

from ...model import SpecFault, SpecPath
from ..load.build import Built
from ..torch_compat import dynamic_shapes, pytree

_PLAIN = (bool, int, float, complex, str, bytes, type(None))


def faults(built: Built) -> tuple[SpecFault, ...]:
    """All of them, in the order of the inputs; none where torch takes the spec, or it is an object of torch's."""
    shapes = built.dynamic_shapes
    if not shapes or not isinstance(shapes, (dict, list, tuple)):
        return ()
    try:
        combined = dynamic_shapes.combined(built.model, built.args, built.kwargs)
        if isinstance(shapes, dict):
            return tuple(_of_inputs(built.model, combined, shapes))
        return tuple(_of_row(list(combined), list(combined.values()), shapes))
    except Exception:  # noqa: BLE001 (inputs that do not fit forward, classes that cannot be taken apart)
        return ()


def unregistered(built: Built) -> tuple[str, Any] | None:
    """An input of a class that torch does not know, for which the spec has an entry: its name, and it."""
    for fault in faults(built):
        if fault.kind == "value":
            combined = dynamic_shapes.combined(built.model, built.args, built.kwargs)
            value = _value_at(combined, fault.at, by_name=isinstance(built.dynamic_shapes, dict))
            if not isinstance(value, _PLAIN):
                return fault.input, value
    return None


def keywords(built: Built) -> SpecFault | None:
    """That inputs come through `**kwargs`: torch (2.13) takes them for inputs of their own at the end."""
    if not built.dynamic_shapes:
        return None
    try:
        combined = dynamic_shapes.combined(built.model, built.args, built.kwargs)
    except Exception:  # noqa: BLE001 (inputs that do not fit forward)
        return None
    name = _variadic(built.model).get(inspect.Parameter.VAR_KEYWORD, "")
    given = combined.get(name)
    return SpecFault("keywords", (name,), ", ".join(given)) if given else None


def _value_at(combined: Mapping[str, Any], at: SpecPath, *, by_name: bool) -> Any:
    value: Any = combined if by_name else list(combined.values())
    for key in at:
        if isinstance(value, (dict, list, tuple)):
            value = value[key]  # type: ignore[index]
        else:
            value = (pytree.children_of(value) or [])[int(key)]
    return value


# -- the whole ---------------------------------------------------------------------------------------


def _of_inputs(
    model: torch.nn.Module, combined: Mapping[str, Any], shapes: Mapping[Any, Any]
) -> Iterator[SpecFault]:
    places = dict(_belonging(model, combined, shapes))
    for fault in _of_keys(combined, shapes, (), "", places):
        nested = _nested(fault.belongs[0], combined, shapes, places) if len(fault.belongs) > 1 else fault.fits
        yield replace(fault, fits=nested)


def _belonging(
    model: torch.nn.Module, combined: Mapping[str, Any], shapes: Mapping[Any, Any]
) -> Iterator[tuple[str | int, SpecPath]]:
    """Where entries under keys that no input has belong: into `**kwargs`, into `*args`, or to a like name."""
    unknown = [key for key in shapes if key not in combined]
    missing = [name for name in combined if name not in shapes]
    variadic = _variadic(model)
    keywords = variadic.get(inspect.Parameter.VAR_KEYWORD, "")
    held = combined.get(keywords, {}) if keywords in missing else {}
    yield from ((key, (keywords, key)) for key in unknown if key in held)
    unknown = [key for key in unknown if key not in held]
    positional = variadic.get(inspect.Parameter.VAR_POSITIONAL, "")
    if positional in missing and len(unknown) == len(combined[positional]):
        yield from ((key, (positional, index)) for index, key in enumerate(unknown))
        return
    names = [name for name in missing if name not in variadic.values()]
    yield from _alike(unknown, names)


def _alike(unknown: list[Any], missing: list[Any]) -> Iterator[tuple[str | int, SpecPath]]:
    """Which key is which other one, misspelled; a single one is, whatever it is called."""
    if len(unknown) == len(missing) == 1:
        yield unknown[0], (missing[0],)
        return
    left = list(missing)
    for key in unknown:
        if like := difflib.get_close_matches(str(key), [each for each in left if isinstance(each, str)], 1):
            left.remove(like[0])
            yield key, (like[0],)


def _nested(
    holder: str | int,
    combined: Mapping[str, Any],
    shapes: Mapping[Any, Any],
    places: Mapping[str | int, SpecPath],
) -> str:
    """What `*args` or `**kwargs` is to have: the entries that belong there, and None for the others."""
    value = combined[str(holder)]
    by_step = {to[1]: key for key, to in places.items() if len(to) > 1 and to[0] == holder}
    if isinstance(value, dict):
        said = (_short(shapes, by_step.get(key), part) for key, part in value.items())
        return "{" + ", ".join(f"{_quoted(key)}: {each}" for key, each in zip(value, said, strict=True)) + "}"
    entries = [_short(shapes, by_step.get(index), part) for index, part in enumerate(value)]
    return f"({', '.join(entries)}{',' if len(entries) == 1 else ''})"


def _short(shapes: Mapping[Any, Any], key: str | int | None, part: Any) -> str:
    if key is None:
        return fitting(part)
    return "None" if shapes[key] is None else "{…}" if isinstance(shapes[key], dict) else "…"


def _variadic(model: torch.nn.Module) -> dict[Any, str]:
    """The names of `*args` and `**kwargs`, by their kind."""
    parameters = inspect.signature(model.forward).parameters.values()
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {each.kind: each.name for each in parameters if each.kind in kinds}


def _of_row(names: list[str], values: list[Any], shapes: Any) -> Iterator[SpecFault]:
    if len(shapes) != len(values):
        yield SpecFault("length", (), "", str(len(shapes)), str(len(values)), _row(values))
        return
    for index, (name, value, entry) in enumerate(zip(names, values, shapes, strict=True)):
        yield from _of_value(value, entry, (index,), name)


# -- a part ------------------------------------------------------------------------------------------


def _of_value(value: Any, entry: Any, at: SpecPath, name: str) -> Iterator[SpecFault]:
    parts = pytree.children_of(value)
    if isinstance(value, torch.Tensor):
        yield from _of_tensor(value, entry, at, name)
    elif parts is None:
        if not _takes(value, entry):
            yield SpecFault("value", at, name, _said(entry), type(value).__name__, "None")
    elif not _is_container(value, entry):
        names = _names(value, len(parts))
        yield SpecFault("container", at, name, _said(entry), _kind(value, parts), fitting(value), parts=names)
    elif isinstance(value, dict):
        unknown, missing = [k for k in entry if k not in value], [k for k in value if k not in entry]
        yield from _of_keys(value, entry, at, name, dict(_alike(unknown, missing)))
    elif len(parts) != len(entry):
        yield SpecFault("length", at, name, str(len(entry)), str(len(parts)), fitting(value))
    else:
        fields = getattr(value, "_fields", None)
        for index, (part, own) in enumerate(zip(parts, entry, strict=True)):
            yield from _of_value(
                part, own, (*at, index), f"{name}.{fields[index]}" if fields else f"{name}[{index}]"
            )


def _of_keys(
    value: Mapping[Any, Any],
    entry: Mapping[Any, Any],
    at: SpecPath,
    name: str,
    places: Mapping[str | int, SpecPath],
) -> Iterator[SpecFault]:
    """`places` are where entries belong that no part has."""
    for key in entry:
        if key not in value:
            known = ", ".join(map(str, value))
            yield SpecFault("unknown", (*at, _step(key)), name, str(key), known, belongs=places.get(key, ()))
    filled = {to[0] for to in places.values() if to}
    for key, part in value.items():
        said = f"{name}[{key!r}]" if name else str(key)
        if key in entry:
            yield from _of_value(part, entry[key], (*at, _step(key)), said)
        elif key not in filled:
            yield SpecFault("missing", (*at, _step(key)), said, fits=fitting(part))


def _step(key: Any) -> str | int:
    return key if isinstance(key, (str, int)) else str(key)


def _of_tensor(value: torch.Tensor, entry: Any, at: SpecPath, name: str) -> Iterator[SpecFault]:
    rank = value.dim()
    if isinstance(entry, (list, tuple)) and not any(isinstance(each, (dict, list, tuple)) for each in entry):
        if len(entry) != rank:
            yield SpecFault("rank", at, name, str(len(entry)), str(rank))
        yield from _of_dimensions(dict(enumerate(entry)), at, name)
    elif isinstance(entry, dict):
        for dim in entry:
            if not isinstance(dim, int):
                yield SpecFault("dimension", (*at, _step(dim)), name, repr(dim), str(rank))
            elif not -rank <= dim < rank:
                yield SpecFault("rank", (*at, dim), name, str(dim), str(rank))
        yield from _of_dimensions(entry, at, name)
    elif entry is not None:
        yield SpecFault("entry", at, name, _said(entry), str(rank))


def _of_dimensions(entry: Mapping[Any, Any], at: SpecPath, name: str) -> Iterator[SpecFault]:
    named = ((dim, said) for dim, said in entry.items() if isinstance(said, str))
    yield from (SpecFault("name", (*at, _step(dim)), name, said) for dim, said in named)


def _takes(value: Any, entry: Any) -> bool:
    """Whether something that is no tensor may have an entry: integers may be called dynamic."""
    number = isinstance(value, int) and not isinstance(value, bool)
    hinted = isinstance(entry, int) or getattr(entry, "type", None) is not None
    return entry is None or (number and hinted and not isinstance(entry, spec_of.Dim))


def _is_container(value: Any, entry: Any) -> bool:
    """Whether the entry is of the kind of container that the input is."""
    if isinstance(value, dict):
        return isinstance(entry, dict)
    if isinstance(value, (list, tuple)):
        return type(entry) is type(value)
    return isinstance(entry, list)  # an object of a registered class is matched by its parts


# -- words -------------------------------------------------------------------------------------------


def fitting(value: Any) -> str:
    """An entry that fits: None for each tensor, in the containers that hold them."""
    parts = pytree.children_of(value)
    if parts is None or isinstance(value, torch.Tensor):
        return "None"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(key)}: {fitting(part)}" for key, part in value.items()) + "}"
    if hasattr(value, "_fields"):
        return f"{type(value).__name__}({', '.join(map(fitting, parts))})"
    return _row(parts) if isinstance(value, tuple) else f"[{', '.join(map(fitting, parts))}]"


def _row(parts: list[Any]) -> str:
    return f"({', '.join(map(fitting, parts))}{',' if len(parts) == 1 else ''})"


def _quoted(key: Any) -> str:
    return f'"{key}"' if isinstance(key, str) and '"' not in key else repr(key)


def _kind(value: Any, parts: list[Any]) -> str:
    if isinstance(value, dict):
        return f"a dict with {', '.join(map(_quoted, value))}"
    if type(value) in (list, tuple):
        return f"a {type(value).__name__} of {len(parts)}"
    return f"a `{type(value).__name__}` of {len(parts)}"


def _names(value: Any, count: int) -> tuple[str, ...]:
    """What the parts of an input are called, in their order; none where that is not known."""
    if isinstance(value, dict):
        return tuple(map(str, value))
    fields = getattr(value, "_fields", ())
    if dataclasses.is_dataclass(value):
        fields = [each.name for each in dataclasses.fields(value)]
    fields = fields or pytree.names_of(value)
    return tuple(fields) if len(fields) == count else ()


def _said(entry: Any) -> str:
    if entry is None:
        return "`None`"
    if isinstance(entry, spec_of.Dim):
        return f"the Dim `{entry.__name__}`"
    if (kind := getattr(getattr(entry, "type", None), "name", None)) is not None:
        return f"`Dim.{kind}`"
    if isinstance(entry, _PLAIN):
        return f"`{entry!r}`"
    plain = type(entry) in (dict, list, tuple, set)
    return f"a {type(entry).__name__}" if plain else f"a `{type(entry).__name__}`"
