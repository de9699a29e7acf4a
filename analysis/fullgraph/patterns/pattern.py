"""What a pattern is: a page of what people write by hand, and a function that says whether a finding calls for it.

A pattern has no state, reads no file and runs nothing: it looks at the text around a finding, as a rewrite does.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ..model import Finding
from ..python.syntax.names import last_name
from ..python.syntax.statements import Function, Loop
from ..python.syntax.tree import Tree


@dataclass(frozen=True, eq=False)
class Sight:
    """A finding with the expression at its place, and the tree that it stands in."""

    finding: Finding
    node: ast.expr
    tree: Tree

    @cached_property
    def loop(self) -> Loop | None:
        """The innermost loop of the same function that it stands in."""
        for up in self.tree.ancestors(self.node):
            if isinstance(up, Loop):
                return up
            if isinstance(up, Function):
                return None
        return None

    @cached_property
    def function(self) -> ast.AST:
        return self.tree.scope_of(self.node)

    @cached_property
    def statement(self) -> ast.AST:
        return self.tree.statement_of(self.node) or self.node

    def calls(self, node: ast.AST | None, *names: str) -> bool:
        """Whether something of one of these names is called in a node, whatever stands before the dot."""
        return any(last_name(call) in names for call in _calls_in(node))


def _calls_in(node: ast.AST | None) -> Iterator[ast.Call]:
    return (n for n in ast.walk(node) if isinstance(n, ast.Call)) if node is not None else iter(())


def says(node: ast.AST | None, *words: str) -> bool:
    """Whether a name or attribute has one of the words, alone or between underscores; `iou` is not in `previous`."""
    found = (
        (getattr(n, "id", "") or getattr(n, "attr", "") for n in ast.walk(node)) if node is not None else ()
    )
    names = " ".join(filter(None, found)).lower()
    return any(re.search(rf"(?<![a-z]){word}s?(?![a-z])", names) for word in words)


@dataclass(frozen=True, slots=True)
class Pattern:
    """`page` is Markdown, for `fullgraph explain` and the documentation; its first line is the summary."""

    name: str
    rules: frozenset[str]
    page: str
    fits: Callable[[Sight], bool]

    @property
    def summary(self) -> str:
        return self.page.splitlines()[0]

    @property
    def document(self) -> str:
        """The page with its heading."""
        return f"# {self.name}\n\n*pattern*\n\n{self.page.strip()}\n"


def page(module_doc: str | None) -> str:
    """A module's docstring as a page."""
    return inspect.cleandoc(module_doc or "")


ON_DATA = frozenset(
    {
        "data-dependent-branch",
        "data-dependent-guard",
        "data-dependent-loop",
        "data-dependent-output",
        "dim-specialized",
        "export-error",
        "silent-specialization",
        "tensor-to-python",
    }
)
"""The rules whose findings say that the data, or a size, decides what runs."""
