"""The dynamic-shapes spec as the user wrote it: each entry, and where the Dims it speaks of are made.

A spec stands in a comment, a TOML string, an assignment or a call; its parts can be names that the
module binds elsewhere. Whatever is not plainly one of the forms below is no entry, and is left alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...model import Edit, Expression, Place, Position, Range
from ...python.binding import scopes
from ...python.syntax.names import call_name, last_part
from ...python.tokens import tokens_of
from ...text.source import SourceText, parse_expression
from ..edit.module import code_at
from ..rewrite import Problem

_TOP = Position(0, 0)


@dataclass(frozen=True)
class Written:
    """A text with nodes of its own tree, and where it stands in a file."""

    source: SourceText
    file: str
    start: Position = _TOP

    def range(self, node: ast.expr | ast.stmt | ast.keyword) -> Range:
        where = self.source.range_of(node)
        return Range(self.at(where.start), self.at(where.end))

    def at(self, position: Position) -> Position:
        character = position.character + (0 if position.line else self.start.character)
        return Position(position.line + self.start.line, character)

    def text(self, node: ast.expr) -> str:
        return self.source.between(self.source.range_of(node))

    def trailing_comma(self, node: ast.expr) -> Position | None:
        """Where a comma behind the last part of a tuple, list or call ends."""
        end = self.source.offset_at(self.source.range_of(node).end)
        comma = tokens_of(self.source.normal).trailing_comma(end)
        return self.at(self.source.position_at(comma.endpos)) if comma else None

    def between(self, start: Position, end: Position, text: str) -> Edit:
        return Edit(Place(self.file, Range(start, end)), text)

    def replaced(self, node: ast.expr | ast.keyword, text: str) -> Edit:
        where = self.range(node)
        return self.between(where.start, where.end, text)


@dataclass(frozen=True)
class Part:
    """An expression of the spec in the text that it is written in."""

    node: ast.expr
    written: Written

    @property
    def text(self) -> str:
        return self.written.text(self.node)

    def replaced(self, text: str) -> Edit:
        return self.written.replaced(self.node, text)


@dataclass(frozen=True)
class Binding:
    """`batch = Dim("batch")`: the statement that gives a name of the spec its value."""

    name: str
    statement: ast.Assign
    value: Part


@dataclass(frozen=True)
class Entry:
    """One dimension of the spec. `holder` is the dict, list or tuple that it is the `index`-th part of."""

    source: str  # `x.shape[0]`
    value: Part
    holder: Part
    index: int
    binding: Binding | None = None

    @property
    def dim(self) -> Part:
        """The expression that makes the Dim, here or where its name is bound."""
        return self.binding.value if self.binding else self.value


class Spec:
    """The spec of one target; `code` is the module that its names belong to."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.code = code_at(problem, Place(problem.target.file, problem.target.place.range))
        self._module = Written(self.code.source, self.code.source.file) if self.code else None

    def root(self) -> Part | None:
        said = self.problem.target.dynamic_shapes
        part = written_part(said) if said else None
        return self._followed(part) if part else None

    def entries(self) -> tuple[Entry, ...]:
        root = self.root()
        return tuple(self._of_arguments(root)) if root else ()

    def parameters(self) -> tuple[str, ...]:
        """What forward's parameters are called, as far as it can be told."""
        forward = self._forward()
        if forward is not None:
            return tuple(argument.arg for argument, _ in scopes.given(forward.args))[1:]
        names = (re.split(r"[.\[]", tensor.name)[0] for tensor in self.problem.facts.inputs)
        return tuple(dict.fromkeys(names))

    def arguments(self) -> dict[str, Part]:
        """The example inputs by the parameter that each is for."""
        found: dict[str, Part] = {}
        target = self.problem.target
        args = self._followed(written_part(target.args)) if target.args else None
        if args and isinstance(args.node, (ast.Tuple, ast.List)):
            for name, node in zip(self.parameters(), args.node.elts, strict=False):
                found[name] = Part(node, args.written)
        elif args and target.single and self.parameters():
            found[self.parameters()[0]] = args
        kwargs = self._followed(written_part(target.kwargs)) if target.kwargs else None
        if kwargs and isinstance(kwargs.node, ast.Dict):
            for key, node in zip(kwargs.node.keys, kwargs.node.values, strict=True):
                if isinstance(key, ast.Constant):
                    found[str(key.value)] = Part(node, kwargs.written)
        return found

    def binding(self, node: ast.expr) -> Binding | None:
        """The one plain assignment to a name at the top of the module."""
        if not isinstance(node, ast.Name) or self.code is None or self._module is None:
            return None
        stores = [
            n
            for n in ast.walk(self.code.tree)
            if isinstance(n, ast.Name) and n.id == node.id and isinstance(n.ctx, ast.Store)
        ]
        if len(stores) != 1:
            return None
        statement = self.code.parents[stores[0]]
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            return None
        return Binding(node.id, statement, Part(statement.value, self._module))

    def uses(self, name: str) -> int:
        """How often the module reads a name."""
        if self.code is None:
            return 0
        reads = (n for n in ast.walk(self.code.tree) if isinstance(n, ast.Name) and n.id == name)
        return sum(isinstance(n.ctx, ast.Load) for n in reads)

    def _followed(self, part: Part | None) -> Part | None:
        binding = self.binding(part.node) if part else None
        return binding.value if binding else part

    def _forward(self) -> ast.FunctionDef | None:
        model = parse_expression(self.problem.target.model.text.strip())
        if self.code is None or not isinstance(model, ast.Expression):
            return None
        name = _class_called(self._model(model.body))
        classes = (n for n in self.code.tree.body if isinstance(n, ast.ClassDef) and n.name == name)
        methods = (n for c in classes for n in c.body if isinstance(n, ast.FunctionDef))
        return next((m for m in methods if m.name == "forward" and not m.args.vararg), None)

    def _model(self, node: ast.expr) -> ast.expr:
        binding = self.binding(node)
        return binding.value.node if binding else node

    # -- entries ---------------------------------------------------------------------------------------

    def _of_arguments(self, root: Part) -> Iterator[Entry]:
        if isinstance(root.node, ast.Dict):
            for key, value in zip(root.node.keys, root.node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield from self._of_input(key.value, Part(value, root.written))
        elif isinstance(root.node, (ast.Tuple, ast.List)):
            for name, value in zip(self.parameters(), root.node.elts, strict=False):
                yield from self._of_input(name, Part(value, root.written))

    def _of_input(self, path: str, part: Part) -> Iterator[Entry]:
        followed = self._followed(part)
        assert followed is not None
        for index, (key, value) in enumerate(_items(followed.node)):
            inner = Part(value, followed.written)
            if isinstance(key, int) and self._is_dim(value):
                source = f"{path}.shape[{key}]"
                yield Entry(source, inner, followed, index, self._dim_binding(value))
            else:
                yield from self._of_input(f"{path}[{key!r}]", inner)

    def _dim_binding(self, node: ast.expr) -> Binding | None:
        return self.binding(node)

    def _is_dim(self, node: ast.expr) -> bool:
        binding = self.binding(node)
        value = binding.value.node if binding else node
        return is_dim(value) or isinstance(value, (ast.Constant, ast.BinOp, ast.Name))


def written_part(expression: Expression | None) -> Part | None:
    """An expression of a target as it is written, with its tree; None where its text is not plainly there."""
    if expression is None:
        return None
    tree = parse_expression(expression.text)
    if not isinstance(tree, ast.Expression):
        return None
    source = SourceText(expression.place.file, expression.text)
    where = expression.place.range
    end = Written(source, "", where.start).at(source.whole.end)
    if end != where.end and not isinstance(tree.body, ast.Name):
        return None  # a string of TOML with escapes: its characters are not those of the file
    return Part(tree.body, Written(source, expression.place.file, expression.place.range.start))


def is_dim(node: ast.AST) -> bool:
    """Whether an expression is `Dim("name", …)`, `Dim.AUTO`, `Dim.DYNAMIC(max=…)` or the like."""
    name = call_name(node)
    return last_part(name) == "Dim" or bool(re.search(r"(^|\.)Dim\.(AUTO|DYNAMIC|STATIC)$", name))


def dim_spelling(node: ast.AST) -> str:
    """How the user says `Dim`: `torch.export.Dim` where an expression has that, else `Dim`."""
    names = (call_name(n) for n in ast.walk(node) if isinstance(n, (ast.Name, ast.Attribute)))
    found = (re.match(r"(.*\bDim)(\.(AUTO|DYNAMIC|STATIC))?$", name) for name in names)
    return next((match[1] for match in found if match), "Dim")


def quote_in(text: str) -> str:
    """The quotation mark that an expression uses: one in a TOML string must not end it."""
    return "'" if "'" in text and '"' not in text else '"'


def _items(node: ast.expr) -> list[tuple[int | str, ast.expr]]:
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return [
            (key.value, value)
            for key, value in pairs
            if isinstance(key, ast.Constant) and isinstance(key.value, (int, str))
        ]
    return list(enumerate(node.elts)) if isinstance(node, (ast.Tuple, ast.List)) else []


def _class_called(node: ast.expr) -> str:
    """`Gate` of `Gate().eval()` and of `Gate()`."""
    while isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name):
            return node.func.id
        node = node.func
        if isinstance(node, ast.Attribute):
            node = node.value
    return ""


def removed(entries: tuple[Entry, ...]) -> tuple[Edit, ...]:
    """Takes entries out of their dicts, each with a comma; a dict that is then empty becomes None."""
    edits: list[Edit] = []
    for holder in dict.fromkeys((entry.holder.written.file, *_at(entry)) for entry in entries):
        own = [entry for entry in entries if (entry.holder.written.file, *_at(entry)) == holder]
        edits += _without(own[0].holder, sorted(entry.index for entry in own))
    return tuple(edits)


def _at(entry: Entry) -> tuple[Position, Position]:
    where = entry.holder.written.range(entry.holder.node)
    return where.start, where.end


def _without(holder: Part, indexes: list[int]) -> list[Edit]:
    node, written = holder.node, holder.written
    if not isinstance(node, ast.Dict):
        values = getattr(node, "elts", ())
        return [written.replaced(values[index], "None") for index in indexes]
    if len(indexes) == len(node.values):
        return [holder.replaced("None")]
    starts = [written.range(key).start for key in node.keys if key is not None]
    ends = [written.range(value).end for value in node.values]
    kept = max(index for index in range(len(ends)) if index not in indexes)
    edits = [written.between(starts[i], starts[i + 1], "") for i in indexes if i < kept]
    # Behind the last one that stays there is no entry to begin the next with.
    return [*edits, *([written.between(ends[kept], ends[-1], "")] if indexes[-1] > kept else [])]
