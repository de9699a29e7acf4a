"""Whether a file can be imported without running more than it defines."""

from __future__ import annotations

import ast

from ...python.syntax.statements import blocks, is_main_guard
from ..finder import Module


def is_plain(module: Module) -> bool:
    """Whether to import the file runs nothing but definitions, imports and plain assignments."""
    return all(_is_plain(statement) for statement in module.tree.body)


def _is_plain(statement: ast.stmt) -> bool:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Import() | ast.ImportFrom():
            return True
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            return True
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            return not any(isinstance(node, ast.Call | ast.Await) for node in ast.walk(value))
        case ast.If(test=test) if is_main_guard(test):
            return True
        case ast.If() | ast.Try():
            return all(_is_plain(each) for block in blocks(statement) for each in block)
    return isinstance(statement, ast.AnnAssign)
