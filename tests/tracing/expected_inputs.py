"""What a model was made for, in a line: `x float B 3 H%8 W%8; t int|float B`.

A leaf is a path, kinds, and sizes. A letter is one size wherever it stands, of at least 2; `H%8`, `H>=4`,
`H<=9` and `H=60` bound it. `int<50` and `int<N` bound the values, `lengths<=T` are positive ones. ` | ` separates
what would also do, and `?` is anything.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

import torch

_LIKELY = {"B": 2, "N": 7, "T": 11, "S": 13, "H": 64, "W": 96, "V": 32, "U": 48, "R": 24, "E": 17}


def leaves(model: torch.nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The tensors and numbers of a call, by paths that begin with a parameter's name."""
    bound = inspect.signature(model.forward).bind(*args, **kwargs).arguments
    return dict(leaf for name, value in bound.items() for leaf in _leaves(name, value))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    inner: Mapping[Any, Any]
    if dataclasses.is_dataclass(value):
        inner = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    elif hasattr(value, "_asdict"):
        inner = value._asdict()
    elif isinstance(value, (tuple, list)):
        inner = dict(enumerate(value))
    elif isinstance(value, dict):
        inner = value
    elif type(value).__module__ not in ("builtins", "torch") and not isinstance(value, torch.Tensor):
        inner = vars(value)
    else:
        yield path, value
        return
    for key, each in inner.items():
        yield from _leaves(f"{path}.{key}", each)


def problem(expected: str, given: Mapping[str, Any]) -> str:
    """Why a call is not what the model was made for; empty where it is."""
    problems = [_problem(each, given) for each in expected.split(" | ")]
    return "" if "" in problems else problems[0]


def _problem(expected: str, given: Mapping[str, Any]) -> str:
    wanted = [each.split() for each in expected.split(";")]
    if {name for name, *_ in wanted} != set(given):
        return f"{sorted(given)} are given"
    sizes: dict[str, int] = {}
    for name, kinds, *dims in sorted(wanted, key=lambda each: each[1].startswith(("int", "lengths"))):
        said = _leaf_problem(kinds, dims, given[name], sizes)
        if said:
            return f"{name}: {said}"
    return ""


def _leaf_problem(kinds: str, dims: list[str], value: Any, sizes: dict[str, int]) -> str:
    if kinds == "?":
        return ""
    if kinds == "number" or not isinstance(value, torch.Tensor):
        return "" if kinds == "number" and type(value) is int else f"is {value!r}"
    shape = tuple(value.shape)
    if len(shape) != len(dims) or not all(_fits(d, n, sizes) for d, n in zip(dims, shape, strict=True)):
        return f"has the shape {shape}"
    if not any(_is(kind, value, sizes) for kind in kinds.split("|")):
        return f"is {value.dtype}, {value.flatten()[:8].tolist()}"
    return ""


def _fits(dim: str, size: int, sizes: dict[str, int]) -> bool:
    if dim.isdigit():
        return size == int(dim)
    name, relation, bound = _parts(dim)
    if sizes.setdefault(name, size) != size or size < 2:
        return False
    number = int(bound or 0)
    return {
        "": True,
        "%": number > 0 and size % number == 0,
        ">=": size >= number,
        "<=": size <= number,
        "=": size == number,
    }[relation]


def _parts(dim: str) -> tuple[str, str, str]:
    match = re.fullmatch(r"([A-Z])(?:(%|>=|<=|=)(\d+))?", dim)
    assert match, dim
    return match[1], match[2] or "", match[3] or ""


def _is(kind: str, value: torch.Tensor, sizes: Mapping[str, int]) -> bool:
    name, _, bound = kind.replace("<=", "<").partition("<")
    if name == "double":
        return value.dtype is torch.float64
    if name in ("float", "bool"):
        return value.is_floating_point() if name == "float" else value.dtype is torch.bool
    if value.is_floating_point() or value.dtype is torch.bool:
        return False
    limit = (int(bound) if bound.isdigit() else sizes[bound]) if bound else 10**6
    low, high = int(value.min()), int(value.max())
    return 1 <= low <= high <= limit if name == "lengths" else 0 <= low <= high < limit


def example(expected: str) -> dict[str, Any]:
    """Inputs of that kind, to see that the model runs with what it is said to be made for."""
    sizes: dict[str, int] = {}
    return {
        name: _example(kinds, dims, sizes)
        for name, kinds, *dims in (each.split() for each in expected.split(" | ")[0].split(";"))
    }


def _example(kinds: str, dims: list[str], sizes: dict[str, int]) -> Any:
    kind, _, bound = kinds.split("|")[0].replace("<=", "<").partition("<")
    shape = [_size(each, sizes) for each in dims]
    if kind in ("number", "?"):
        return 40
    if kind == "float":
        return torch.rand(shape)
    if kind == "double":
        return torch.rand(shape, dtype=torch.float64)
    if kind == "bool":
        return torch.ones(shape, dtype=torch.bool)
    if kind == "lengths":
        return torch.full(shape, sizes.get(bound, 2))
    return torch.randint(0, int(bound) if bound.isdigit() else sizes.get(bound, 2), shape)


def _size(dim: str, sizes: dict[str, int]) -> int:
    if dim.isdigit():
        return int(dim)
    name, relation, bound = _parts(dim)
    if name not in sizes:
        likely = _LIKELY.get(name, 9)
        number = int(bound or 0)
        sizes[name] = {
            "": likely,
            "%": -(-likely // (number or 1)) * number,
            ">=": max(likely, number),
            "<=": min(likely, number),
            "=": number,
        }[relation]
    return sizes[name]
