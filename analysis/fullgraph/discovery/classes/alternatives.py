"""The values that names take in turn, where a call stands: a loop's variables, a parametrized test's parameters.

    for name, model in {"small": Net(4), "large": Wide(8)}.items():
        model(x)

The rule: only what is written out, in the loop's header or where the name in it is bound, and one name's values at
a time: of two loops around a call, the other is in its first round.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice

from ...python.syntax.names import last_name
from ..inputs.call_sites import CallSite
from ..inputs.hydra_values import hydra_values
from ..inputs.pytest_values import Resolve, further_values, pytest_values
from .instances import Instances

Values = Mapping[str, ast.expr]

_MOST = 16
_THE_SAME = frozenset({"list", "tuple", "sorted", "tqdm", "set"})


def alternatives(site: CallSite, instances: Instances) -> Iterator[Values]:
    """What the names around a call stand for, in each of the ways; the first always comes."""
    module = instances.module

    def resolve(node: ast.expr) -> ast.expr:
        values = instances.values_of(node, site.path)
        return values[0] if len(values) == 1 else node

    first = pytest_values(site.path, module, resolve)
    loops = [each for each in site.path[:-1] if isinstance(each, ast.For)]
    rounds = [list(islice(_rounds(each, resolve), _MOST)) for each in loops]
    begin = {
        **hydra_values(site.path, module),
        **first,
        **{name: value for each in rounds for name, value in (each[:1] or [{}])[0].items()},
    }
    others = (*(each[1:] for each in rounds), further_values(site.path, module, resolve))
    yield begin
    yield from islice(({**begin, **each} for each in chain.from_iterable(others)), _MOST)


def _rounds(loop: ast.For, resolve: Resolve) -> Iterator[Values]:
    for value in _elements(loop.iter, resolve):
        bound = _bound(loop.target, value)
        if bound is not None:
            yield bound


def _bound(target: ast.expr, value: ast.expr) -> Values | None:
    match target, value:
        case ast.Name(id=name), _:
            return {name: value}
        case ((ast.Tuple(elts=names) | ast.List(elts=names)), (ast.Tuple(elts=parts) | ast.List(elts=parts))):
            found = [_bound(*pair) for pair in zip(names, parts, strict=False)]
            whole = len(names) == len(parts) and all(each is not None for each in found)
            return {name: part for each in found if each for name, part in each.items()} if whole else None
    return None


def _elements(node: ast.expr, resolve: Resolve) -> Sequence[ast.expr]:
    """What it gives in turn, where that is written out."""
    match node:
        case ast.Name() | ast.Attribute():
            known = resolve(node)
            return () if known is node else _written(known)
        case ast.Call(func=ast.Attribute(value=owner, attr=("items" | "values" | "keys") as what), args=[]):
            return _of_dict(resolve(owner), what)
        case ast.Call(func=function, args=[first, *rest]):
            return _of_function(last_name(function), [first, *rest], resolve)
    return _written(node)


def _written(node: ast.expr) -> Sequence[ast.expr]:
    return node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else _of_dict(node, "keys")


def _of_dict(node: ast.expr, what: str) -> Sequence[ast.expr]:
    if not isinstance(node, ast.Dict):
        return ()
    pairs = [(key, value) for key, value in zip(node.keys, node.values, strict=True) if key is not None]
    if what == "items":
        return [ast.Tuple([key, value], ast.Load()) for key, value in pairs]
    return [value if what == "values" else key for key, value in pairs]


def _of_function(name: str, args: Sequence[ast.expr], resolve: Resolve) -> Sequence[ast.expr]:
    every = [_elements(each, resolve) for each in args]
    if name == "enumerate":
        return [ast.Tuple([ast.Constant(number), each], ast.Load()) for number, each in enumerate(every[0])]
    if name == "zip":
        return [ast.Tuple(list(each), ast.Load()) for each in zip(*every, strict=False)]
    return every[0] if name in _THE_SAME else ()
