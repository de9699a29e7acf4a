"""One text of the user's, asked by place and edited by node: what every rewrite here works with.

Edits say what to put where and never move text that they do not name, so that formatting and comments
stay. A node is found by its exact range alone: what a place in a string (an f-string's expression) or on
a line shared with other statements would need is not offered.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ...model import Edit, Place, Range
from ...python.binding.imports import imported_as
from ...python.binding.scopes import bound_anywhere
from ...python.syntax.names import last_name, names_in
from ...python.syntax.operators import BINARY
from ...python.syntax.precedence import is_bracketed, needed, operand, owner, text_binds
from ...python.syntax.tree import Tree
from ...python.tokens import Tokens, tokens_of
from ...text.source import SourceText
from ..rewrite import NotOneLineError, Parsed, Problem


def on_one_line(text: str) -> str:
    """A text with its lines joined; spaces inside of strings stay.

    Raises:
        NotOneLineError: it has a comment, or a string over several lines.
    """
    if "\n" not in text:
        return text
    wrapped = io.StringIO(f"({text})")  # an expression of several lines stands in brackets somewhere
    try:
        tokens = list(tokenize.generate_tokens(wrapped.readline))
    except (tokenize.TokenError, SyntaxError) as error:
        raise NotOneLineError from error
    if any(t.type == tokenize.COMMENT or (t.start[0] != t.end[0] and t.string.strip()) for t in tokens):
        raise NotOneLineError
    joined = ""
    for line in text.split("\n"):
        part = line.strip().removesuffix("\\").rstrip()
        bare = not joined or not part or joined[-1] in "([{" or part[0] in ")]}"
        joined += part if bare else f" {part}"
    return joined


NARROW = ("int8", "uint8", "int16", "uint16", "int32", "uint32")
"""Whole numbers that arithmetic of tensors overflows, where Python goes on counting."""


@dataclass(frozen=True, eq=False)
class Code(Tree):
    """A parsed text, with what stands around each node and token of it.

    `whole` are the inputs of the model that hold whole numbers or truths, with their dtypes: `("ids", "int32")`.
    """

    source: SourceText
    whole: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def of(parsed: Parsed, whole: tuple[tuple[str, str], ...] = ()) -> Code:
        """The same for the same text and tree: every rewrite of every finding asks."""
        return _code(parsed.source, parsed.tree, whole)

    def dtypes_in(self, node: ast.expr) -> frozenset[str]:
        """The dtypes of the inputs with whole numbers that an expression of `forward` names."""
        function = self.function_of(node)
        if not self.whole or function is None or function.name != "forward":
            return frozenset()
        return frozenset(dtype for name, dtype in self.whole if name in names_in(node))

    @property
    def tokens(self) -> Tokens:
        return tokens_of(self.source.normal)

    @cached_property
    def torch(self) -> str | None:
        """What the file calls torch, or would call it: the import is added (`importing.py`).

        None where the name `torch` is something else's.
        """
        if imported := imported_as(self.tree, "torch"):
            return imported
        others = (by for name, by in bound_anywhere(self.tree) if name == "torch")
        # One that is imported in a function alone is torch, too.
        taken = any(not isinstance(by, ast.Import) or imported_as(by, "torch") != "torch" for by in others)
        return None if taken else "torch"

    def expression_at(self, where: Range) -> ast.expr | None:
        """The outermost expression with exactly this range."""
        found = self._expressions.get(where, ())
        return next((node for node in found if not self.in_string(node)), None)

    @cached_property
    def _expressions(self) -> dict[Range, list[ast.expr]]:
        """By their ranges, the outer ones first."""
        found: dict[Range, list[ast.expr]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.expr):
                found.setdefault(self.range(node), []).append(node)
        return found

    # -- texts -----------------------------------------------------------------------------------------

    def range(self, node: ast.expr | ast.stmt | ast.keyword) -> Range:
        return self.source.range_of(node)

    def span(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        """The offsets of a node, by which tokens are found."""
        where = self.range(node)
        return self.source.offset_at(where.start), self.source.offset_at(where.end)

    def text(self, node: ast.expr | ast.stmt | ast.keyword) -> str:
        return self.source.between(self.range(node))

    def flat(self, node: ast.expr | ast.stmt | ast.keyword) -> str:
        """The text of an expression or simple statement on one line.

        Raises:
            NotOneLineError: it has a comment, or a string over several lines.
        """
        return on_one_line(self.text(node))

    def flat_with(self, node: ast.expr, instead: Mapping[ast.expr, str]) -> str:
        """The text of an expression on one line, with other texts in place of some of its parts.

        Raises:
            NotOneLineError: as for `flat`.
        """
        text, start = self.text(node), self.source.offset_at(self.range(node).start)
        inside = set(ast.walk(node))
        parts = [
            (self.range(part), new if part is node else self._fitted(part, new))
            for part, new in instead.items()
            if part in inside
        ]
        for where, new in sorted(parts, key=lambda part: part[0], reverse=True):
            first, last = (self.source.offset_at(edge) - start for edge in (where.start, where.end))
            text = text[:first] + new + text[last:]
        return on_one_line(text)

    # -- edits -----------------------------------------------------------------------------------------

    def edit(self, where: Range, text: str) -> Edit:
        return Edit(self.source.place(where), text)

    def replaced(self, node: ast.expr | ast.stmt | ast.keyword, text: str) -> Edit:
        """Another text in the place of a node; that of an expression in brackets where it needs them there."""
        return self.edit(self.range(node), self._fitted(node, text) if isinstance(node, ast.expr) else text)

    def _fitted(self, node: ast.expr, text: str) -> str:
        before, after = self.brackets(node, text)
        return f"{before}{text}{after}"

    def brackets(self, node: ast.expr, text: str) -> tuple[str, str]:
        """What has to stand around a text in the place of a node: brackets, or nothing."""
        parent = self.parents.get(node)
        if parent is None:
            return "", ""
        if self._shares(parent, node):
            fits = is_bracketed(text)
        else:
            fits = text_binds(text) >= needed(parent, node) or self.bracketed(node) != self.range(node)
        return ("", "") if fits else ("(", ")")

    def _shares(self, parent: ast.AST, node: ast.expr) -> bool:
        """Whether the brackets of a call are those of a generator, too, and go with it."""
        alone = isinstance(parent, ast.Call) and isinstance(node, ast.GeneratorExp)
        return alone and self.range(node).end == self.range(parent).end  # type: ignore[arg-type]

    def between(self, start: int, end: int) -> Range:
        """The range from one offset to another."""
        return Range(self.source.position_at(start), self.source.position_at(end))

    def bracketed(self, node: ast.expr) -> Range:
        """The range of an expression with the brackets that stand around it alone, if any do."""
        return self.between(*self.tokens.bracketed(*self.span(node)))


@lru_cache(maxsize=4)
def _code(source: SourceText, tree: ast.Module, whole: tuple[tuple[str, str], ...]) -> Code:
    return Code(tree, source, whole)


def code_at(problem: Problem, place: Place | None) -> Code | None:
    """The text that a place lies in."""
    parsed = problem.parsed(place.file) if place is not None else None
    inputs = ((each.name, each.dtype) for each in problem.facts.inputs if each.dtype in _WHOLE)
    return Code.of(parsed, tuple(inputs)) if parsed is not None else None


_WHOLE = (*NARROW, "int64", "uint64", "bool")


def code_of(problem: Problem) -> tuple[Code, ast.expr] | None:
    """The text of the finding, and the expression at its place."""
    code = code_at(problem, problem.finding.place)
    node = code.expression_at(problem.finding.place.range) if code else None
    return (code, node) if code and node else None


def written_out(code: Code, node: ast.AugAssign) -> str:
    """`x + y` of `x += y`."""
    return f"{code.text(node.target)} {BINARY[type(node.op)]} {operand(code.text(node.value))}"


def as_python_counts(code: Code, tensor: ast.expr, text: str) -> str:
    """The text of a tensor that is calculated with in place of its `.item()`: int64 where it could overflow."""
    narrow = code.dtypes_in(tensor) & frozenset(NARROW)
    return f"{owner(text)}.long()" if narrow and last_name(tensor) != "long" else text
