"""What pytest gives the parameters of a test: what its fixtures return, and the first of parametrized values.

Each is an expression of the module: `net()` of `@pytest.fixture def net(): …`, a `4` of
`@pytest.mark.parametrize("dim", [4, 8])`. The rule: a mark counts more than a fixture.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence

from ...python.binding import scopes
from ...python.syntax.names import last_name, names_in
from ...python.syntax.statements import Definition
from ...text.source import SyntaxProblem, parse_module
from ..finder import Module
from .fixtures import Fixtures, first_of, one_of

_MOST = 16


Resolve = Callable[[ast.expr], ast.expr]


def as_it_is(node: ast.expr) -> ast.expr:
    """No name is followed."""
    return node


def pytest_values(
    path: Sequence[ast.stmt], module: Module, resolve: Resolve = as_it_is
) -> Mapping[str, ast.expr]:
    """By parameter of the innermost function of a path, what pytest calls it with first.

    `resolve` gives what a name is bound to, where that is known.
    """
    around = _around(path)
    if not _is_called_by_pytest(around, module):
        return {}
    return {**_of_fixtures(around, Fixtures(module)), **_of_marks(around, resolve)}


def further_values(
    path: Sequence[ast.stmt], module: Module, resolve: Resolve
) -> Iterator[Mapping[str, ast.expr]]:
    """The further values of each parameter that has several, by a mark or its fixture, where they are written out."""
    around = _around(path)
    if "pytest" in module.imports.by_name:
        for mark in (each for owner in around for each in owner.decorator_list):
            for number in range(1, _MOST):
                found = dict(_parametrized(mark, number, resolve))
                if not found:
                    break
                yield found
    if _is_called_by_pytest(around, module):
        marked = _of_marks(around, resolve)
        for name, count in _several(around, Fixtures(module)).items():
            for number in range(1, min(count, _MOST)):
                yield {**_of_fixtures(around, Fixtures(module, {name: number})), **marked}


def _around(path: Sequence[ast.stmt]) -> list[Definition]:
    return [each for each in path[:-1] if isinstance(each, Definition)]


def _is_called_by_pytest(around: Sequence[Definition], module: Module) -> bool:
    """Whether a function may have its parameters from pytest: of a test, or where a file says `pytest`."""
    function = around[-1] if around else None
    if not isinstance(function, ast.FunctionDef):
        return False
    return function.name.startswith("test") or "pytest" in module.imports.by_name


def _of_marks(around: Sequence[Definition], resolve: Resolve) -> dict[str, ast.expr]:
    marks = (each for owner in around for each in owner.decorator_list)
    return dict(pair for mark in marks for pair in _parametrized(mark, 0, resolve))


def _of_fixtures(around: Sequence[Definition], fixtures: Fixtures) -> dict[str, ast.expr]:
    values = {name: fixtures.value(name) for name in _parameters(around)}
    return {name: value for name, value in values.items() if value is not None}


def _several(around: Sequence[Definition], fixtures: Fixtures) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for name in _parameters(around):
        found.update(fixtures.several(name))
    return found


def _parameters(around: Sequence[Definition]) -> list[str]:
    function = around[-1]
    return [] if isinstance(function, ast.ClassDef) else [n for n, _ in scopes.parameters(function.args)]


def supplied_of(
    values: Mapping[str, ast.expr], used: frozenset[str], text: str
) -> tuple[tuple[str, str], ...]:
    """Those of the values that the names `used`, or a slice's own statements, ask for."""
    tree = parse_module(text)
    named = used if isinstance(tree, SyntaxProblem) else used | names_in(tree)
    return tuple((name, ast.unparse(value)) for name, value in values.items() if name in named)


def _parametrized(mark: ast.expr, number: int, resolve: Resolve) -> Iterator[tuple[str, ast.expr]]:
    if not (isinstance(mark, ast.Call) and last_name(mark) == "parametrize"):
        return
    given = {"argnames": None, "argvalues": None} | {each.arg: each.value for each in mark.keywords}
    for key, value in zip(given, mark.args, strict=False):
        given[key] = value
    names, values = given["argnames"], given["argvalues"]
    if names is None or values is None:
        return
    written = resolve(values)
    taken = one_of(written, number) or (None if number else first_of(values))
    called = _names(names) if taken is not None else []
    alone = len(called) == 1 and isinstance(names, ast.Constant)
    for place, name in enumerate(called):
        assert taken is not None
        yield name, taken if alone else _item(taken, place)


def _names(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [each.strip() for each in node.value.split(",") if each.strip()]
    parts = node.elts if isinstance(node, ast.List | ast.Tuple) else []
    return [str(each.value) for each in parts if isinstance(each, ast.Constant)]


def _item(value: ast.expr, number: int) -> ast.expr:
    if isinstance(value, ast.List | ast.Tuple) and number < len(value.elts):
        return value.elts[number]
    return ast.Subscript(value, ast.Constant(number), ast.Load())
