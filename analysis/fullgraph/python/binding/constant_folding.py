"""What an argument is, where the text settles it: as an expression that means the same elsewhere.

`width` after `width = 64`, bound once, is `64`; so is a parameter with that default, and `args.width` after
`parser.add_argument("--width", default=64)`. In the file that the classes stand in, names of its top are
settled as they are: `ResNet(Block, [2, 2])`, `GPT(GPTConfig(layers=2))`. The rule: what is another value on
another way through the program is settled only by its default, which is what a first run would take.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

from ..syntax.names import imported_name
from ..syntax.nodes import Nodes
from ..syntax.statements import Function
from . import scopes

Scopes: TypeAlias = tuple[Function, ...]
"""The functions around a place, the innermost first."""

Binding: TypeAlias = ast.expr | ast.ClassDef | Function | ast.alias | None
"""What a name is bound to: None where that is more than one thing, or nothing that a text says."""

_DEEPEST = 8
_FLAGS: Final[Mapping[str, bool]] = {"store_true": False, "store_false": True}
_CONVERSIONS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "int": int,
    "float": float,
    "bool": bool,
    "str": str,
}
_PARTS = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp)


class Text:
    """What one file binds. `at_home` says whether what is settled will be evaluated in this very file."""

    def __init__(self, nodes: Nodes, *, at_home: bool) -> None:
        self.nodes = nodes
        self.at_home = at_home
        self._bindings: dict[ast.AST, Mapping[str, Binding]] = {}

    @cached_property
    def top(self) -> Mapping[str, Binding]:
        return self.of(*self.nodes.of(ast.Module))

    def of(self, scope: ast.Module | ast.ClassDef | Function) -> Mapping[str, Binding]:
        if scope not in self._bindings:
            self._bindings[scope] = _bindings(scope)
        return self._bindings[scope]

    @cached_property
    def options(self) -> Mapping[str, ast.expr]:
        """The defaults of what `add_argument` declares, by the attribute that it becomes."""
        declared = map(_option, self.nodes.calls("add_argument"))
        return dict(option for option in declared if option is not None)

    def around(self, node: ast.expr) -> Scopes:
        """The functions that an expression stands in, the innermost first."""
        found = [each for each in self._functions if each.lineno <= node.lineno <= (each.end_lineno or 0)]
        return tuple(sorted(found, key=lambda each: -each.lineno))

    @cached_property
    def _functions(self) -> Scopes:
        return (*self.nodes.of(ast.FunctionDef), *self.nodes.of(ast.AsyncFunctionDef))


@dataclass(frozen=True, slots=True)
class ConstantFolder:
    """One place of a text."""

    text: Text
    scopes: Scopes = ()
    depth: int = 0

    def expression(self, node: ast.expr) -> ast.expr | None:
        """What stands for a node wherever it is evaluated; None where the text does not settle it."""
        if isinstance(node, ast.Constant):
            return node
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Call):
            return self._converted(node) or (self.call(node) if self._makes_a_value(node.func) else None)
        return self._from_parts(node) if isinstance(node, _PARTS) else None

    def call(self, node: ast.Call) -> ast.Call | None:
        """A call with its arguments settled; its function stays as it is."""
        args = [settled for each in node.args if (settled := self.expression(each)) is not None]
        keywords = [
            ast.keyword(each.arg, settled)
            for each in node.keywords
            if each.arg is not None and (settled := self.expression(each.value)) is not None
        ]
        whole = len(args) == len(node.args) and len(keywords) == len(node.keywords)
        return ast.Call(node.func, args, keywords) if whole else None

    def _from_parts(self, node: ast.expr) -> ast.expr | None:
        """`[4 * width, depth]`, each part settled."""
        new = copy(node)
        for name, value in ast.iter_fields(node):
            parts = value if isinstance(value, list) else [value]
            # An operator is no expression.
            settled = [self.expression(each) if isinstance(each, ast.expr) else each for each in parts]
            if None in settled:  # also where a dict has `**other`
                return None
            setattr(new, name, settled if isinstance(value, list) else settled[0])
        return new

    def _converted(self, node: ast.Call) -> ast.Constant | None:
        """`64` of `int(args.width)`."""
        convert = _CONVERSIONS.get(getattr(node.func, "id", ""))
        given = self.expression(node.args[0]) if len(node.args) == 1 and not node.keywords else None
        if convert is None or not isinstance(given, ast.Constant):
            return None
        with contextlib.suppress(ValueError, TypeError):
            return ast.Constant(convert(given.value))
        return None

    def _name(self, node: ast.Name) -> ast.expr | None:
        for number, scope in enumerate(self.scopes):
            own = self.text.of(scope)
            if node.id in own:
                return self._bound(own[node.id], self.scopes[number:])
        bound = self.text.top.get(node.id)
        settled = self._bound(bound, ())
        if not self.text.at_home or (settled is None and isinstance(bound, ast.expr)):
            return settled
        # What came of an option's default is written out: to evaluate the name would read the command line.
        as_it_is = settled is None or (bound is not None and ast.dump(settled) == ast.dump(bound))
        return node if bound is not None and as_it_is else settled

    def _bound(self, binding: Binding, scopes: Scopes) -> ast.expr | None:
        if not isinstance(binding, ast.expr) or self.depth >= _DEEPEST:
            return None
        return ConstantFolder(self.text, scopes, self.depth + 1).expression(binding)

    def _makes_a_value(self, function: ast.expr) -> bool:
        """Whether a call is of a class of the file that the result is evaluated in."""
        if not isinstance(function, ast.Name) or any(function.id in self.text.of(s) for s in self.scopes):
            return False
        return self.text.at_home and isinstance(self.text.top.get(function.id), ast.ClassDef)

    def _attribute(self, node: ast.Attribute) -> ast.expr | None:
        """`args.width`: the default of its option; `Config.width`, `config.width`: what the class says."""
        owner = self.text.top.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and not _arguments(owner):
            owner = self.text.top.get(owner.func.id)
        if isinstance(owner, ast.ClassDef):
            return self._bound(self.text.of(owner).get(node.attr), ())
        return self.text.options.get(node.attr) if isinstance(node.value, ast.Name) else None


def _bindings(scope: ast.Module | ast.ClassDef | Function) -> Mapping[str, Binding]:
    found: dict[str, Binding] = {}
    if isinstance(scope, Function):
        found.update(scopes.parameters(scope.args))
    for statement in scope.body:
        for name in scopes.bound([statement]):
            found[name] = None if name in found else _binding(statement, name)
    return found


def _binding(statement: ast.stmt, name: str) -> Binding:
    """What one statement binds a name to; what stands in an `if` or a loop is not certain."""
    if isinstance(statement, ast.Assign) and all(isinstance(each, ast.Name) for each in statement.targets):
        return statement.value
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.value
    if isinstance(statement, (ast.ClassDef, *_FUNCTIONS)):
        return statement
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return next(each for each in statement.names if imported_name(each, statement) == name)
    return None


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _option(call: ast.Call) -> tuple[str, ast.expr] | None:
    """`parser.add_argument("-w", "--hidden-width", default=64)` as `hidden_width` and its default."""
    given = {each.arg: each.value for each in call.keywords}
    spelled = [each.value for each in call.args if isinstance(each, ast.Constant)]
    words = [each for each in spelled if isinstance(each, str)]
    if not words:
        return None
    named = given.get("dest")
    long = next((each for each in words if each.startswith("--")), words[0])
    name = named.value if isinstance(named, ast.Constant) else long.lstrip("-").replace("-", "_")
    default = given.get("default") or _flag(given.get("action"))
    return (
        (str(name), default) if isinstance(default, (ast.Constant, *_PARTS)) and _is_plain(default) else None
    )


def _flag(action: ast.expr | None) -> ast.expr | None:
    said = action.value if isinstance(action, ast.Constant) else None
    return ast.Constant(_FLAGS[said]) if isinstance(said, str) and said in _FLAGS else None


def _is_plain(node: ast.expr) -> bool:
    return not any(isinstance(each, (ast.Name, ast.Call)) for each in ast.walk(node))


def _arguments(call: ast.Call) -> bool:
    return bool(call.args or call.keywords)
