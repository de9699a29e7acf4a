"""The examples in docstrings: `>>>`, fences and literal blocks, with the module's own names imported.

What an example uses and does not bind is, as a rule, the very class that it documents.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from ...python.syntax.statements import Definition
from ...text.source import SourceText, SyntaxProblem, parse_module
from . import markup
from .blocks import CodeBlock, virtual_text


def texts(source: SourceText, module: str) -> tuple[SourceText, ...]:
    """One text for each docstring with examples."""
    if ">>>" not in source.text and "```" not in source.text:
        return ()
    tree = parse_module(source.normal)
    if isinstance(tree, SyntaxProblem):
        return ()
    defined = {each.name for each in tree.body if isinstance(each, Definition)}
    found = (_text(source, docstring, module, defined) for docstring in _docstrings(tree))
    return tuple(each for each in found if each is not None)


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, Definition | ast.Module) and node.body:
            first = node.body[0]
            value = first.value if isinstance(first, ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value


def _text(source: SourceText, docstring: ast.Constant, module: str, defined: set[str]) -> SourceText | None:
    start, end = docstring.lineno, (docstring.end_lineno or docstring.lineno) - 1
    blocks = [each for each in markup.blocks(source.lines[start:end], start) if each.tree is not None]
    used = sorted(frozenset().union(*(each.needs for each in blocks)) & defined)
    if not used:
        return None
    head = CodeBlock(0, (f"from {module} import {', '.join(used)}",))
    text = virtual_text(source, (head, *blocks))
    return replace(text, text=f"{text.text}\n")
