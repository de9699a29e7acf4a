"""What pytest gives the parameters of a test: what its fixtures return, and the first of parametrized values.

Each is an expression of the module: `net()` of `@pytest.fixture def net(): …`, a `4` of
`@pytest.mark.parametrize("dim", [4, 8])`. The rule: of fixtures, those that the file defines at its top.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence

from ...python.binding import scopes
from ...python.binding.imports import Imports
from ...python.syntax.names import last_name, names_in
from ...python.syntax.statements import Function, of_scope
from ...text.source import SyntaxProblem, parse_module

_DEEPEST = 6
_MOST = 16


Resolve = Callable[[ast.expr], ast.expr]


def as_it_is(node: ast.expr) -> ast.expr:
    """No name is followed."""
    return node


def is_fixture(statement: ast.stmt) -> bool:
    """Whether pytest calls a function for the tests that name it."""
    decorators = statement.decorator_list if isinstance(statement, ast.FunctionDef) else []
    return any(last_name(each) == "fixture" for each in decorators)


def pytest_values(
    path: Sequence[ast.stmt], tree: ast.Module, imports: Imports, resolve: Resolve = as_it_is
) -> Mapping[str, ast.expr]:
    """By parameter of the innermost function of a path, what pytest calls it with first.

    `resolve` gives what a name is bound to, where that is known.
    """
    around = [each for each in path[:-1] if isinstance(each, Function | ast.ClassDef)]
    if not around or not isinstance(around[-1], ast.FunctionDef) or "pytest" not in imports.by_name:
        return {}
    fixtures = {
        each.name: each for each in tree.body if isinstance(each, ast.FunctionDef) and is_fixture(each)
    }
    marked = [each for owner in around for each in owner.decorator_list]
    given = dict(pair for mark in marked for pair in _parametrized(mark, 0, resolve))
    for name, _ in scopes.parameters(around[-1].args):
        if name not in given and (value := _fixture(name, fixtures, 0)) is not None:
            given[name] = value
    return given


def parametrized(
    path: Sequence[ast.stmt], imports: Imports, resolve: Resolve
) -> Iterator[Mapping[str, ast.expr]]:
    """The further values of each parametrized parameter of a path, where they are written out."""
    around = [each for each in path[:-1] if isinstance(each, Function | ast.ClassDef)]
    if "pytest" not in imports.by_name:
        return
    for mark in (each for owner in around for each in owner.decorator_list):
        for number in range(1, _MOST):
            found = dict(_parametrized(mark, number, resolve))
            if not found:
                break
            yield found


def supplied_of(
    values: Mapping[str, ast.expr], used: frozenset[str], text: str
) -> tuple[tuple[str, str], ...]:
    """Those of the values that the names `used`, or a slice's own statements, ask for."""
    tree = parse_module(text)
    named = used if isinstance(tree, SyntaxProblem) else used | names_in(tree)
    return tuple((name, ast.unparse(value)) for name, value in values.items() if name in named)


def _fixture(name: str, fixtures: Mapping[str, ast.FunctionDef], depth: int) -> ast.expr | None:
    fixture = fixtures.get(name)
    if fixture is None or depth > _DEEPEST:
        return None
    keywords = []
    for parameter, default in scopes.parameters(fixture.args):
        value = _request(fixture) if parameter == "request" else _fixture(parameter, fixtures, depth + 1)
        if value is None and default is None:
            return None
        keywords += [ast.keyword(parameter, value)] if value is not None else []
    call = ast.Call(ast.Name(name, ast.Load()), [], keywords)
    yields = any(
        isinstance(each, ast.Expr) and isinstance(each.value, ast.Yield) for each in of_scope(fixture.body)
    )
    return ast.Call(ast.Name("next", ast.Load()), [call], []) if yields else call


def _request(fixture: ast.FunctionDef) -> ast.expr | None:
    """What `@pytest.fixture(params=[…])` hands its function: `request.param` is asked of it."""
    calls = (each for each in fixture.decorator_list if isinstance(each, ast.Call))
    params = next((each.value for call in calls for each in call.keywords if each.arg == "params"), None)
    if params is None:
        return None
    module = ast.Call(ast.Name("__import__", ast.Load()), [ast.Constant("types")], [])
    made = ast.Attribute(module, "SimpleNamespace", ast.Load())
    return ast.Call(made, [], [ast.keyword("param", _first(params))])


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
    taken = _one(written, number) or (None if number else _first(values))
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


def _first(values: ast.expr) -> ast.expr:
    """The first of some values, also where they are not written out."""
    iterated = ast.Call(ast.Name("iter", ast.Load()), [values], [])
    return _one(values, 0) or ast.Call(ast.Name("next", ast.Load()), [iterated], [])


def _one(values: ast.expr, number: int) -> ast.expr | None:
    """One of values that are written out; `pytest.param(4, 2, id="small")` is what it holds."""
    if not isinstance(values, ast.List | ast.Tuple) or number >= len(values.elts):
        return None
    value = values.elts[number]
    if isinstance(value, ast.Call) and last_name(value) == "param" and value.args:
        return value.args[0] if len(value.args) == 1 else ast.Tuple(value.args, ast.Load())
    return value


def _item(value: ast.expr, number: int) -> ast.expr:
    if isinstance(value, ast.List | ast.Tuple) and number < len(value.elts):
        return value.elts[number]
    return ast.Subscript(value, ast.Constant(number), ast.Load())
