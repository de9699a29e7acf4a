"""One text of the user's, asked by place and edited by node: what every rewrite here works with.

Edits say what to put where and never move text that they do not name, so that formatting and comments
stay. A node is found by its exact range alone: what a place in a string (an f-string's expression) or on
a line shared with other statements would need is not offered.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TypeAlias

from ...model import Edit, Place, Position, Range
from ...text.source import SourceText
from ..rewrite import NotOneLineError, Parsed, Problem

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Scope: TypeAlias = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

_INNER = (ast.JoinedStr, ast.FormattedValue)


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


@dataclass(frozen=True)
class Code:
    """A parsed text with the parent of each node."""

    source: SourceText
    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(repr=False)

    @staticmethod
    def of(parsed: Parsed) -> Code:
        """The same for the same text and tree: every rewrite of every finding asks."""
        return _code(parsed.source, parsed.tree)

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

    def range(self, node: ast.expr | ast.stmt | ast.keyword) -> Range:
        return self.source.range_of(node)

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
        parts = [(self.range(part), new) for part, new in instead.items() if part in inside]
        for where, new in sorted(parts, key=lambda part: part[0], reverse=True):
            first, last = (self.source.offset_at(edge) - start for edge in (where.start, where.end))
            text = text[:first] + new + text[last:]
        return on_one_line(text)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        while (up := self.parents.get(node)) is not None:
            yield up
            node = up

    def in_string(self, node: ast.AST) -> bool:
        return any(isinstance(up, _INNER) for up in self.ancestors(node))

    def statement_of(self, node: ast.AST) -> ast.stmt | None:
        """The innermost statement around a node."""
        return next((up for up in (node, *self.ancestors(node)) if isinstance(up, ast.stmt)), None)

    def function_of(self, node: ast.AST) -> Function | None:
        found = (up for up in self.ancestors(node) if isinstance(up, (ast.FunctionDef, ast.AsyncFunctionDef)))
        return next(found, None)

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        return next((up for up in self.ancestors(node) if isinstance(up, ast.ClassDef)), None)

    # -- lines -----------------------------------------------------------------------------------------

    def indent(self, statement: ast.stmt) -> str:
        line = self.source.lines[self.range(statement).start.line]
        return line[: len(line) - len(line.lstrip())]

    def has_own_lines(self, statement: ast.stmt) -> bool:
        """Whether nothing but space and a comment shares the statement's lines."""
        where = self.range(statement)
        before = self.source.lines[where.start.line][: where.start.character]
        after = self.source.lines[where.end.line][where.end.character :].strip()
        return not before.strip() and (not after or after.startswith("#"))

    def edit(self, where: Range, text: str) -> Edit:
        return Edit(self.source.place(where), text)

    def replaced(self, node: ast.expr | ast.stmt | ast.keyword, text: str) -> Edit:
        return self.edit(self.range(node), text)

    def bracketed(self, node: ast.expr) -> Range:
        """The range of an expression with the brackets that stand around it alone, if any do."""
        where, text = self.range(node), self.source.normal
        start, end = (self.source.offset_at(edge) for edge in (where.start, where.end))
        first, last = start - 1, end
        while first >= 0 and text[first] in " \t\n":
            first -= 1
        while last < len(text) and text[last] in " \t\n":
            last += 1
        around = first > 0 and last < len(text) and text[first] == "(" and text[last] == ")"
        # `f(a)` and `f()(a)` are calls, and those brackets are theirs.
        ahead = text[:first].rstrip(" \t\\")[-1:]
        called = ahead.isalnum() or (ahead and ahead in "_)]}\"'")
        keyword = re.search(
            r"\b(in|and|or|not|return|if|else|is|yield|await|lambda|assert)$", text[:first].rstrip()
        )
        if not around or (called and not keyword):
            return where
        return Range(self.source.position_at(first), self.source.position_at(last + 1))

    def before(self, statement: ast.stmt, *lines: str) -> Edit | None:
        """New lines above a statement, with its indentation."""
        if not self.has_own_lines(statement):
            return None
        start = Position(self._first_line(statement), 0)
        return self.edit(Range(start, start), self._block(lines, self.indent(statement)))

    def after(self, statement: ast.stmt, *lines: str, margin: int = 0) -> Edit | None:
        """New lines below a statement, with its indentation, `margin` blank lines between."""
        if not self.has_own_lines(statement):
            return None
        last = self.range(statement).end.line
        block = "\n" * margin + self._block(lines, self.indent(statement))
        if last + 1 < len(self.source.lines):
            start = Position(last + 1, 0)
            return self.edit(Range(start, start), block)
        end = self.source.whole.end  # a last line without an end
        return self.edit(Range(end, end), "\n" + block.removesuffix("\n"))

    def without(self, statement: ast.stmt) -> Edit | None:
        """Takes a statement out with its lines; a block that it is all of keeps a `pass`."""
        if not self.has_own_lines(statement):
            return None
        if self._is_alone(statement):
            return self.replaced(statement, "pass")
        first, last = self._first_line(statement), self.range(statement).end.line
        if last + 1 >= len(self.source.lines):
            return self.edit(Range(Position(first, 0), self.source.whole.end), "")
        return self.edit(Range(Position(first, 0), Position(last + 1, 0)), "")

    def indented(self, statements: list[ast.stmt], head: str) -> Edit | None:
        """Neighbouring statements as they are, as the block of a new line `head`.

        None where a string goes over several lines: moving its lines would change it.
        """
        if not all(self.has_own_lines(each) and not self._has_long_string(each) for each in statements):
            return None
        first, last = self.range(statements[0]).start.line, self.range(statements[-1]).end.line
        indent = self.indent(statements[0])
        step = "\t" if indent.startswith("\t") else "    "
        lines = self.source.lines[first : last + 1]
        moved = [step + line if line.strip() else line for line in lines]
        whole = Range(Position(first, 0), Position(last, len(lines[-1])))
        return self.edit(whole, "\n".join((f"{indent}{head}", *moved)))

    def _first_line(self, statement: ast.stmt) -> int:
        decorators = getattr(statement, "decorator_list", [])
        return min([self.range(statement).start.line, *(self.range(d).start.line for d in decorators)])

    def _block(self, lines: tuple[str, ...], indent: str) -> str:
        return "".join(f"{indent}{line}\n" if line else "\n" for line in lines)

    def _is_alone(self, statement: ast.stmt) -> bool:
        parent = self.parents.get(statement)
        blocks = (getattr(parent, name, None) for name in ("body", "orelse", "finalbody"))
        return not isinstance(parent, ast.Module) and any(block == [statement] for block in blocks)

    def _has_long_string(self, statement: ast.stmt) -> bool:
        strings = (n for n in ast.walk(statement) if isinstance(n, (ast.Constant, ast.JoinedStr)))
        return any(n.lineno != n.end_lineno for n in strings)

    # -- names -----------------------------------------------------------------------------------------

    def imported_as(self, module: str) -> str | None:
        """What the file calls a module that it imports at its top: `np` for `numpy`."""
        for node in self.tree.body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name == module and (alias.asname or "." not in module):
                        return alias.asname or module
                    if alias.asname is None and alias.name.partition(".")[0] == module:
                        return module
        return None

    @property
    def torch(self) -> str | None:
        """What the file calls torch, or would call it: the import is added (`importing.py`).

        None where the name `torch` is something else's.
        """
        return self.imported_as("torch") or (None if "torch" in self._bound() else "torch")

    def _bound(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                yield node.id
            elif isinstance(node, ast.arg):
                yield node.arg
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield node.name
            elif isinstance(node, ast.alias) and node.asname is not None:
                yield node.asname

    def unneeded_import(self, name: str, gone: int) -> Edit | None:
        """Takes `import math` out where `gone` uses of the name were all that there are."""
        uses = sum(isinstance(n, ast.Name) and n.id == name for n in ast.walk(self.tree))
        for node in self.tree.body:
            if isinstance(node, ast.Import) and len(node.names) == 1 and uses == gone:
                alias = node.names[0]
                if (alias.asname or alias.name) == name:
                    return self.without(node)
        return None

    def names_in(self, node: ast.AST) -> frozenset[str]:
        return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name))

    def free_name(self, near: ast.AST, *wanted: str) -> str:
        """The first of `wanted`, else it with a number, that the function around `near` does not use."""
        scope = self.function_of(near) or self.tree
        taken = self.names_in(scope) | {a.arg for a in ast.walk(scope) if isinstance(a, ast.arg)}
        numbered = (f"{wanted[-1]}_{number}" for number in range(2, 100))
        return next(name for name in (*wanted, *numbered) if name not in taken)


@lru_cache(maxsize=4)
def _code(source: SourceText, tree: ast.Module) -> Code:
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return Code(source, tree, parents)


def code_at(problem: Problem, place: Place | None) -> Code | None:
    """The text that a place lies in."""
    parsed = problem.parsed(place.file) if place is not None else None
    return Code.of(parsed) if parsed is not None else None


def code_of(problem: Problem) -> tuple[Code, ast.expr] | None:
    """The text of the finding, and the expression at its place."""
    code = code_at(problem, problem.finding.place)
    node = code.expression_at(problem.finding.place.range) if code else None
    return (code, node) if code and node else None


def call_name(node: ast.AST) -> str:
    """`torch.export.Dim` of `torch.export.Dim(…)` or of the name itself; "" where it is no plain name."""
    if isinstance(node, ast.Call):
        return call_name(node.func)
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = call_name(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def is_simple(node: ast.expr) -> bool:
    """Whether an expression can stand as an operand, or before a dot, without brackets."""
    return isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))


def operand(text: str, node: ast.expr) -> str:
    return text if is_simple(node) else f"({text})"
