"""Which layer each input reaches first, and as what: read from the text of forward, with the model at hand.

The text is followed in the order in which it stands, into submodules, methods and functions of the user's;
both sides of a branch are read, and a loop once where its rounds are not known. `self.conv1` is looked up in
the model, so that what a layer takes is known. Nothing runs. Where a value is no input any more it is dropped.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from . import expressions, iteration
from .clues import Clue, Flow
from .source import Function
from .values import Several, Shape, Value, is_a_tensor

_DEEPEST = 12
_MOST_NODES = 20_000


def read(function: Function, clues: Mapping[str, Clue]) -> None:
    """Notes in the clues, one for each parameter, what the function does with it."""
    Reader(function, {name: Flow(clue) for name, clue in clues.items()}).read()


@dataclass
class _Left:
    """How much more is read."""

    nodes: int = _MOST_NODES


@dataclass
class Reader:
    """Reads one function, with what its names hold."""

    function: Function
    names: dict[str, Value]
    left: _Left = field(default_factory=_Left)
    depth: int = 0
    returned: Value = None

    def read(self) -> Value:
        """What the function returns first."""
        self._statements(self.function.node.body)
        return self.returned

    def entered(self, inner: Function, names: Mapping[str, Value]) -> Value:
        if self.depth >= _DEEPEST:
            return None
        return Reader(inner, dict(names), self.left, self.depth + 1).read()

    def value(self, node: ast.expr | None) -> Value:
        self.left.nodes -= 1
        if node is None or self.left.nodes <= 0:
            return None
        handle = expressions.TABLE.get(type(node))
        if handle is not None:
            return handle(self, node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
        return None

    def _statements(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            if self.left.nodes <= 0:
                return
            self._statement(statement)

    def _statement(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=targets, value=value):
                given = self.value(value)
                for target in targets:
                    self.bind(target, given)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self.bind(target, self.value(value))
            case ast.AugAssign(target=target, value=value):
                self.value(value)
                self.value(target)
            case ast.For(target=target, iter=over, body=body):
                for item in iteration.items(self.value(over)):
                    self.bind(target, item)
                    self._statements(body)
            case ast.Return(value=ast.expr() as value):
                given = self.value(value)
                self.returned = given if self.returned is None else self.returned
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                pass
            case _:
                self._nested(statement)

    def _guarded(self, statement: ast.If, asked: Sequence[Clue]) -> None:
        """`if "boxes" in x:` guards other keys, which may be left out too."""
        known = [set(clue.parts) for clue in asked]
        self.value(statement.test)
        self._statements(statement.body)
        for clue, before in zip(asked, known, strict=True):
            clue.optional |= {key for key in clue.parts if key not in before and isinstance(key, str)}
        self._statements(statement.orelse)

    def _asked_for_key(self, test: ast.expr) -> list[Clue]:
        """The dicts that a condition asks for a key."""
        asked = [
            self.value(each.comparators[0])
            for each in ast.walk(test)
            if isinstance(each, ast.Compare) and isinstance(each.ops[0], ast.In)
        ]
        return [each.clue for each in asked if isinstance(each, Flow)]

    def _nested(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.If) and (asked := self._asked_for_key(statement.test)):
            self._guarded(statement, asked)
            return
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.expr):
                self.value(child)
            elif isinstance(child, ast.withitem):
                self.value(child.context_expr)
            elif isinstance(child, ast.ExceptHandler):
                self._statements(child.body)
            elif isinstance(child, ast.stmt):
                self._statement(child)

    def bind(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            for each, part in zip(target.elts, self._unpacked(target, value), strict=False):
                self.bind(each, part)
        elif isinstance(target, ast.Subscript):
            self._assigned_item(target)

    def _assigned_item(self, target: ast.Subscript) -> None:
        """`xs[i] = …`: of a list, if what is put there is made of what was there."""
        base = self.value(target.value)
        if isinstance(base, Flow) and isinstance(target.slice, ast.Name) and base.clue.parts:
            base.clue.form = "list"

    def _unpacked(self, target: ast.Tuple | ast.List, value: Value) -> Iterator[Value]:
        count = len(target.elts)
        starred = any(isinstance(each, ast.Starred) for each in target.elts)
        if isinstance(value, Shape) and value.dim is None:
            if not starred:
                self._names_of_dimensions(value, target.elts)
            yield from (Shape(value.flow, dim) for dim in range(count))
        elif isinstance(value, Several):
            yield from value.parts
        elif isinstance(value, Flow) and not starred:
            yield from self._parts(value, target.elts)

    def _names_of_dimensions(self, shape: Shape, targets: Sequence[ast.expr]) -> None:
        names = [each.id if isinstance(each, ast.Name) else "_" for each in targets]
        flow = shape.flow
        if shape.begin:
            self._names_of_last(flow, names)
            return
        if flow.known and not flow.order and not flow.more and len(names) > flow.trailing:
            flow.clue.named(names[: len(names) - flow.trailing])
        else:
            flow.rank(len(names))

    def _names_of_last(self, flow: Flow, names: Sequence[str]) -> None:
        """`h, w = x.shape[-2:]`: of a picture, or a map of features."""
        flow.at_least(len(names))
        if flow.is_plain and tuple(name.lower()[:1] for name in names) == ("h", "w"):
            flow.clue.is_map = True

    def _parts(self, flow: Flow, targets: Sequence[ast.expr]) -> Iterator[Value]:
        if "edge" in flow.clue.name or not flow.known or is_a_tensor(flow.clue):
            if flow.is_plain:
                flow.clue.size(0, len(targets))
            return
        for number, target in enumerate(targets):
            part = flow.clue.part(number, "tuple")
            if isinstance(target, ast.Name):
                part.name = target.id
            yield Flow(part)
