"""The calls of a text, each with the statements that it stands in, and what a call gives as expressions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...model import Expression, Place, Range
from ...python.syntax.statements import Function, blocks
from ...text.source import SourceText

Path = tuple[ast.stmt, ...]


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call, and the statements that it stands in, outermost first."""

    call: ast.Call
    path: Path

    @property
    def enclosing(self) -> tuple[Function | ast.ClassDef, ...]:
        """The functions and classes around it, outermost first."""
        return tuple(each for each in self.path if isinstance(each, Function | ast.ClassDef))


def call_sites(body: Sequence[ast.stmt], path: Path = ()) -> Iterator[CallSite]:
    """All calls in statements, in the order of the text."""
    for statement in body:
        here = (*path, statement)
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.expr | ast.withitem | ast.keyword):
                inner = (node for node in ast.walk(child) if isinstance(node, ast.Call))
                yield from (CallSite(call, here) for call in inner)
        for block in blocks(statement):
            yield from call_sites(block, here)


def site_of(call: ast.Call, body: Sequence[ast.stmt]) -> CallSite | None:
    """Where a call of the text stands."""
    path: Path = ()
    inner: Sequence[ast.stmt] = body
    while True:
        here = next((each for each in inner if _holds(each, call)), None)
        if here is None:
            return CallSite(call, path) if path else None
        path = (*path, here)
        inner = [each for block in blocks(here) for each in block]


def _holds(statement: ast.stmt, node: ast.expr) -> bool:
    """A statement begins at its first decorator."""
    first = min((each.lineno for each in getattr(statement, "decorator_list", ())), default=statement.lineno)
    start, end = (first, statement.col_offset), (statement.end_lineno or 0, statement.end_col_offset or 0)
    return start <= (node.lineno, node.col_offset) < end


# -- what a call gives -------------------------------------------------------------------------------


def args_of(call: ast.Call, source: SourceText) -> Expression:
    """The positional arguments as a tuple."""
    texts = [text_of(value, source) for value in call.args]
    said = f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"
    return _written(said, call, call.args, source)


def kwargs_of(call: ast.Call, source: SourceText) -> Expression | None:
    """The named arguments as a dict."""
    if not call.keywords:
        return None
    nodes = [each.value for each in call.keywords]
    parts = (f"{each.arg}=" if each.arg else "**" for each in call.keywords)
    said = ", ".join(f"{name}{text_of(value, source)}" for name, value in zip(parts, nodes, strict=True))
    return _written(f"dict({said})", call, nodes, source)


def expression_of(node: ast.expr, source: SourceText) -> Expression:
    """A node as the user wrote it."""
    return Expression(source.between(source.range_of(node)), place_of(node, source))


def place_of(node: ast.expr, source: SourceText) -> Place:
    """Where a node stands."""
    return source.place(source.range_of(node))


def text_of(node: ast.expr, source: SourceText) -> str:
    """On one line: a comment in the midst of it would hide the rest."""
    text = source.between(source.range_of(node))
    return ast.unparse(node) if "\n" in text else text


def in_eval_mode(node: ast.expr, text: str) -> str:
    """`net.eval()` of `net`, `(a or b).eval()`, and `build().eval()` of that itself."""
    match node:
        case ast.Call(func=ast.Attribute(attr="eval"), args=[], keywords=[]):
            return text
        case ast.Name() | ast.Attribute() | ast.Call() | ast.Subscript():
            return f"{text}.eval()"
    return f"({text}).eval()"


def _written(text: str, call: ast.Call, parts: Sequence[ast.expr], source: SourceText) -> Expression:
    """An expression that nobody wrote as one; it stands where its parts do."""
    if not parts:
        return Expression(text, place_of(call, source))
    start, end = source.range_of(parts[0]).start, source.range_of(parts[-1]).end
    return Expression(text, source.place(Range(start, end)))
