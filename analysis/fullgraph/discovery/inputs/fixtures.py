"""The fixtures that a test asks for: of its file, of `conftest.py` beside it and above, and of what those import.

Each is an expression of the test's file: `images()`, or `__fullgraph_fixtures__['…/conftest.py'].images()` of another
file, whose slice the target has. The rule is pytest's: the nearest counts, and of a fixture that asks for its own
name the next one is meant.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath

from ...python.binding import scopes
from ...python.syntax.names import last_name
from ...python.syntax.statements import of_scope
from ..finder import Module
from ..repository.index import Definition
from ..repository.parsed import ParsedFile

FILES = "__fullgraph_fixtures__"
"""By this name, the files of fixtures that are not the test's own; `tracing/load/supplied.py` fills it."""

PARAM = "request.param"
"""How a fixture asks which of its values is meant."""

_DEEPEST = 6
_NONE: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Fixture:
    """A function that pytest calls, found in the file of that `number` on the way up."""

    home: ParsedFile
    node: ast.FunctionDef
    number: int

    @property
    def params(self) -> ast.expr | None:
        """What `@pytest.fixture(params=[…])` goes through."""
        calls = (each for each in self.node.decorator_list if isinstance(each, ast.Call))
        found = next((each.value for call in calls for each in call.keywords if each.arg == "params"), None)
        bound = self.home.text.top.get(found.id) if isinstance(found, ast.Name) else None
        return bound if isinstance(bound, ast.List | ast.Tuple) else found


@dataclass(frozen=True)
class Fixtures:
    """Those that the tests of a file can ask for; of one with several values the first counts, or the one `picked`."""

    module: Module
    picked: Mapping[str, int] = field(default_factory=lambda: _NONE)

    def value(self, name: str, start: int = 0, depth: int = 0) -> ast.expr | None:
        """What pytest gives a parameter of that name; None where that cannot be told."""
        fixture = self.find(name, start)
        if fixture is None or depth > _DEEPEST:
            return None
        keywords = []
        for parameter, default in scopes.parameters(fixture.node.args):
            value = self._given(parameter, name, fixture, depth + 1)
            if value is None and default is None:
                return None
            keywords += [ast.keyword(parameter, value)] if value is not None else []
        call = ast.Call(self._named(fixture.node.name, fixture.home), [], keywords)
        return ast.Call(ast.Name("next", ast.Load()), [call], []) if _yields(fixture.node) else call

    def _given(self, parameter: str, name: str, fixture: Fixture, depth: int) -> ast.expr | None:
        if parameter == "request":
            return self._request(name, fixture)
        return self.value(parameter, fixture.number + 1 if parameter == name else 0, depth)

    def _request(self, name: str, fixture: Fixture) -> ast.expr | None:
        """`request.param` is asked of it."""
        if fixture.params is None:
            return None
        value = one_of(fixture.params, self.picked.get(name, 0)) or first_of(fixture.params)
        module = ast.Call(ast.Name("__import__", ast.Load()), [ast.Constant("types")], [])
        made = ast.Attribute(module, "SimpleNamespace", ast.Load())
        return ast.Call(made, [], [ast.keyword("param", self._abroad(value, fixture.home))])

    def several(self, name: str, start: int = 0, depth: int = 0) -> Iterator[tuple[str, int]]:
        """The fixtures behind a parameter that have several values written out, with how many."""
        fixture = self.find(name, start)
        if fixture is None or depth > _DEEPEST:
            return
        if isinstance(fixture.params, ast.List | ast.Tuple):
            yield name, len(fixture.params.elts)
        for parameter, _ in scopes.parameters(fixture.node.args):
            yield from self.several(parameter, fixture.number + 1 if parameter == name else 0, depth + 1)

    # -- where they are ------------------------------------------------------------------------------

    def find(self, name: str, start: int = 0) -> Fixture | None:
        """The nearest of that name."""
        for number, home in enumerate(self.files[start:], start):
            own = (e for e in home.definitions.values() if is_fixture(e) and _name_of(e) == name)
            node = next(own, None)
            found = Definition(home, node) if node else self.module.index.resolve(name, home)
            if found is not None and isinstance(found.node, ast.FunctionDef) and is_fixture(found.node):
                return Fixture(found.home, found.node, number)
        return None

    @cached_property
    def files(self) -> Sequence[ParsedFile]:
        """The test's own, then each `conftest.py` on the way up with the plugins that it names."""
        index, own = self.module.index, self.module.parsed
        above = (index.file(str(each / "conftest.py")) for each in PurePath(own.file).parents)
        found = [own, *(each for each in above if each is not None and each is not own)]
        plugins = (index.module(name, each) for each in found for name in _plugins(each))
        return (*found, *(each for each in plugins if each is not None))

    # -- expressions of other files ------------------------------------------------------------------

    def _named(self, name: str, home: ParsedFile) -> ast.expr:
        own = ast.Name(name, ast.Load())
        return own if home is self.module.parsed else ast.Attribute(_file(home), name, ast.Load())

    def _abroad(self, value: ast.expr, home: ParsedFile) -> ast.expr:
        """An expression of a file as the test's file can evaluate it."""
        if home is self.module.parsed:
            return value
        found: ast.expr = _Abroad(home).visit(deepcopy(value))
        return found


class _Abroad(ast.NodeTransformer):
    def __init__(self, home: ParsedFile) -> None:
        self._home = home
        self._bound = scopes.bound(home.tree.body)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Attribute(_file(self._home), node.id, ast.Load()) if node.id in self._bound else node


def _file(home: ParsedFile) -> ast.expr:
    return ast.Subscript(ast.Name(FILES, ast.Load()), ast.Constant(home.file), ast.Load())


def abroad(node: ast.AST) -> tuple[str, str] | None:
    """The file and the dotted name of an expression that stands for something in the file of a fixture."""
    match node:
        case ast.Attribute(
            value=ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(file))), attr=attr
        ) if name == FILES:
            return file, attr
        case ast.Attribute(value=ast.Attribute() as owner, attr=attr):
            found = abroad(owner)  # `nets.Net`, where that file imports `nets`
            return (found[0], f"{found[1]}.{attr}") if found else None
    return None


def param_of(call: ast.Call) -> ast.expr | None:
    """What `request.param` is where a fixture is called so."""
    request = next((each.value for each in call.keywords if each.arg == "request"), None)
    keywords = request.keywords if isinstance(request, ast.Call) else []
    return next((each.value for each in keywords if each.arg == "param"), None)


def is_fixture(statement: ast.stmt) -> bool:
    """Whether pytest calls a function for the tests that name it."""
    decorators = statement.decorator_list if isinstance(statement, ast.FunctionDef) else []
    return any(last_name(each) == "fixture" for each in decorators)


def _name_of(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """`images` of `@pytest.fixture(name="images") def make_images()`."""
    calls = (each for each in node.decorator_list if isinstance(each, ast.Call))
    said = (each.value for call in calls for each in call.keywords if each.arg == "name")
    return next((str(each.value) for each in said if isinstance(each, ast.Constant)), node.name)


def _yields(node: ast.FunctionDef) -> bool:
    return any(isinstance(e, ast.Expr) and isinstance(e.value, ast.Yield) for e in of_scope(node.body))


def _plugins(home: ParsedFile) -> Iterator[str]:
    """`pytest_plugins = ["tests.nets"]`."""
    said = home.text.top.get("pytest_plugins")
    parts = said.elts if isinstance(said, ast.List | ast.Tuple) else [said]
    yield from (e.value for e in parts if isinstance(e, ast.Constant) and isinstance(e.value, str))


# -- values of several -------------------------------------------------------------------------------


def first_of(values: ast.expr) -> ast.expr:
    """The first of some values, also where they are not written out."""
    iterated = ast.Call(ast.Name("iter", ast.Load()), [values], [])
    return one_of(values, 0) or ast.Call(ast.Name("next", ast.Load()), [iterated], [])


def one_of(values: ast.expr, number: int) -> ast.expr | None:
    """One of values that are written out; `pytest.param(4, 2, id="small")` is what it holds."""
    if not isinstance(values, ast.List | ast.Tuple) or number >= len(values.elts):
        return None
    value = values.elts[number]
    if isinstance(value, ast.Call) and last_name(value) == "param" and value.args:
        return value.args[0] if len(value.args) == 1 else ast.Tuple(value.args, ast.Load())
    return value
