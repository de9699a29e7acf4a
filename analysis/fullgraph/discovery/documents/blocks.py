"""Blocks of code in a file that is no Python, as texts in which each line keeps its place and all else is blank.

The rule: a block stands for itself; what it uses and does not bind is taken from the nearest blocks before it
that do, as a reader would.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from textwrap import dedent

from ...python.binding import scopes
from ...text.source import SourceText, SyntaxProblem, parse_module

_KNOWN = frozenset(dir(builtins)) | {"__name__", "torch"}
_MOST = 400  # blocks of one file


@dataclass(frozen=True)
class CodeBlock:
    """Some lines of code; `line` is where the first of them stands in the file, from 0."""

    line: int
    lines: tuple[str, ...]

    @cached_property
    def tree(self) -> ast.Module | None:
        found = parse_module("\n".join(self.lines))
        return None if isinstance(found, SyntaxProblem) else found

    @cached_property
    def binds(self) -> frozenset[str]:
        return scopes.bound(self.tree.body) if self.tree else frozenset()

    @cached_property
    def needs(self) -> frozenset[str]:
        return scopes.used(*self.tree.body) - self.binds - _KNOWN if self.tree else frozenset()


def dedented(line: int, lines: Sequence[str]) -> CodeBlock:
    """A block that may be indented as a whole, as in a list."""
    return CodeBlock(line, tuple(dedent("\n".join(lines)).split("\n")))


def virtual_texts(source: SourceText, blocks: Iterable[CodeBlock]) -> tuple[SourceText, ...]:
    """A text for each block that is Python and calls something, with those before it that it builds on.

    Of blocks that say the same, and build on the same, the first one counts.
    """
    python = list(islice((each for each in blocks if each.tree is not None), _MOST))
    calling = (number for number, each in enumerate(python) if any("(" in line for line in each.lines))
    wholes = ((*_before(number, python), python[number]) for number in calling)
    distinct: dict[tuple[tuple[str, ...], ...], tuple[CodeBlock, ...]] = {}
    for whole in wholes:
        distinct.setdefault(tuple(each.lines for each in whole), whole)
    return tuple(virtual_text(source, whole) for whole in distinct.values())


def virtual_text(source: SourceText, blocks: Iterable[CodeBlock]) -> SourceText:
    """The blocks at their places, and blank lines."""
    lines = [""] * len(source.lines)
    for block in blocks:
        lines[block.line : block.line + len(block.lines)] = block.lines
    return SourceText(source.file, "\n".join(lines))


def _before(number: int, blocks: Sequence[CodeBlock]) -> Sequence[CodeBlock]:
    needed, taken = blocks[number].needs, []
    for block in reversed(blocks[:number]):
        if block.binds & needed:
            taken.append(block)
            needed = (needed - block.binds) | block.needs
    return taken[::-1]
