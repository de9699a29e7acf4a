"""Static analysis: where a text, without running anything, shows that export will need a tensor's data.

Pure functions of text: no file is read, no process is started, and nothing raises on any text. What is
not certain is not said; a trace confirms or clears what is.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable

from ..model import Finding
from ..text.gc_paused import without_collecting
from ..text.source import SourceText, SyntaxProblem, parse_module
from .context import AnalysisContext, Arguments
from .expressions import evaluate
from .inlining import call, is_left_alone, root
from .scopes import ClassScope, Scope, Workspace
from .signatures import parameter_values

__all__ = ["find", "find_in"]


def _nowhere(_: str) -> SourceText | None:
    return None


def find(
    source: SourceText, module: str, other: Callable[[str], SourceText | None] = _nowhere
) -> tuple[Finding, ...]:
    """What the forwards of a text are seen to need of the data; nothing where it does not parse.

    `module` is the name that the text is imported by, `other` gives the texts of the workspace by theirs.
    """
    if "forward" not in source.text:
        return ()
    tree = parse_module(source.normal)
    return () if isinstance(tree, SyntaxProblem) else find_in(source, tree, module, other)


def find_in(
    source: SourceText, tree: ast.Module, module: str, other: Callable[[str], SourceText | None] = _nowhere
) -> tuple[Finding, ...]:
    """The same of a tree that is there already."""
    workspace = Workspace(other)
    scope = workspace.scopes[module] = Scope(source, tree, module, workspace)
    context = AnalysisContext(workspace, evaluate, call)
    with without_collecting():
        for each in scope.classes.values():
            # An expression a thousand levels deep, which somebody's program wrote.
            with contextlib.suppress(RecursionError):
                _forward(each, context)
    found = (finding for finding in context.found.values() if finding.place.file == source.file)
    return tuple(sorted(found, key=lambda finding: (finding.place, finding.rule)))


def _forward(scope: ClassScope, context: AnalysisContext) -> None:
    node = scope.methods.get("forward")
    if node is None or is_left_alone(node) or not scope.is_module or not node.args.args:
        return
    context.active.clear()
    context.building = None
    arguments = Arguments(keywords=tuple(parameter_values(node, scope.scope).items()))
    root(scope, node, arguments, context)
