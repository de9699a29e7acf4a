"""Statements that end a program where something is not as it must be: `assert`, `if …: sys.exit()`, `raise`.

What comes below one is reached by the user's own run only past it. The rule: a guard above a call is run
with it, where what it asks can be had without running more than imports and plain assignments.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable

from ...python.binding import scopes
from ...python.binding.imports import Imports
from ...python.syntax.names import dotted_name
from ...python.syntax.statements import Block, Function, Loop, of_scope
from ..finder import Module
from .enclosing import paths_of

_BUILTINS = frozenset(dir(builtins)) | {"__file__", "__name__"}
_PLAIN = sys.stdlib_module_names | {"torch", "packaging"}
_EXITS = frozenset({"sys.exit", "exit", "quit"})
_LIGHT = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr, ast.Pass)


class Guards:
    """Those of one file."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._light: dict[ast.AST, frozenset[str]] = {}

    def ends(self, statement: ast.stmt) -> bool:
        """Whether a statement ends the program whenever it runs."""
        return _ends(statement, self._module.imports)

    def stays(self, statement: ast.stmt) -> bool:
        """Whether a statement is a guard, and what it asks can be had."""
        if self.ends(statement):
            return True
        guards = _is_guard(statement, self._module.imports) or self._calls_guards(statement)
        return guards and scopes.used(statement) <= self._light_names(statement)

    def _calls_guards(self, statement: ast.stmt) -> bool:
        """`check_environment()`, where the function does no more than that."""
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call):
            return False
        found = self._module.index.definition_of(call.func, self._module.parsed)
        return (
            found is not None
            and isinstance(found.node, Function)
            and _only_guards(found.node, found.home.imports)
        )

    def _light_names(self, statement: ast.stmt) -> frozenset[str]:
        around = paths_of(self._module).get(statement, ())[:-1]
        found: frozenset[str] = frozenset()
        for scope in (self._module.tree, *around):
            if scope not in self._light:
                self._light[scope] = _light_in(getattr(scope, "body", ()), self._module.imports)
            hidden = scopes.binds(scope) if isinstance(scope, Function) else frozenset()
            found = (found - hidden) | self._light[scope]
        return found


def _ends(statement: ast.stmt, imports: Imports) -> bool:
    """Whether it ends the program whenever it runs; not as `sys.exit(main())` does, which runs the program first."""
    match statement:
        case ast.Raise(exc=raised):
            return not (isinstance(raised, ast.Call) and _calls(raised.args))
        case ast.Expr(value=ast.Call(func=function, args=given)):
            return imports.dotted(function) in _EXITS and not _calls(given)
    return False


def _is_guard(statement: ast.stmt, imports: Imports) -> bool:
    """Whether it is there to end the program under a condition, and for nothing else."""
    match statement:
        case ast.Assert():
            return True
        case ast.If(body=body, orelse=orelse):
            return _is_light([*body, *orelse], imports) and (_end(body, imports) or _end(orelse, imports))
        case ast.Try(body=body, handlers=handlers):
            imported = all(isinstance(each, ast.Import | ast.ImportFrom) for each in body)
            return imported and any(_end(each.body, imports) for each in handlers)
    return False


def _only_guards(function: Function, imports: Imports) -> bool:
    """Whether a function does no more than to look whether things are as they must be."""
    statements = list(of_scope(function.body))
    if any(isinstance(each, Loop | ast.With | ast.AsyncWith) for each in statements):
        return False
    return any(_ends(each, imports) or isinstance(each, ast.Assert) for each in statements)


def _end(block: Block, imports: Imports) -> bool:
    return any(_ends(each, imports) or _is_guard(each, imports) for each in block)


def _is_light(block: Iterable[ast.stmt], imports: Imports) -> bool:
    return all(isinstance(each, _LIGHT) or _ends(each, imports) or _is_guard(each, imports) for each in block)


def _calls(nodes: Iterable[ast.AST]) -> bool:
    return any(isinstance(each, ast.Call) and not _is_text(each) for node in nodes for each in ast.walk(node))


def _is_text(call: ast.Call) -> bool:
    """`"…".format(x)`, `str(x)`: words, and not the program."""
    function = call.func
    of_text = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Constant)
    return of_text or (isinstance(function, ast.Name) and function.id in ("str", "repr", "len", "type"))


def _light_in(body: Iterable[ast.stmt], imports: Imports) -> frozenset[str]:
    """The names of a scope that imports, definitions and plain assignments bind, and nothing else does."""
    light: set[str] = set(imports.by_name) | _BUILTINS
    heavy: set[str] = set()
    for each in of_scope(body):
        bound = scopes.bound([each])
        if isinstance(each, Function | ast.ClassDef | ast.Import | ast.ImportFrom):
            light |= bound
        elif isinstance(each, ast.Assign | ast.AnnAssign):
            plain = not scopes.used(each.value) & heavy and all(_is_plain(n, imports) for n in ast.walk(each))
            (light if plain else heavy).update(bound)
        else:
            heavy |= _own_bindings(each)
    return frozenset(light - heavy)


def _is_plain(node: ast.AST, imports: Imports) -> bool:
    """Of calls, one of Python's or torch's, or of a function of the program that is given nothing."""
    if not isinstance(node, ast.Call):
        return not isinstance(node, ast.Await)
    root = imports.dotted(node.func).partition(".")[0]
    if isinstance(node.func, ast.Name) and root == node.func.id and root not in _BUILTINS:
        return not (node.args or node.keywords)
    return not imports.by_name.keys() & {dotted_name(node.func).partition(".")[0]} or root in _PLAIN


def _own_bindings(statement: ast.stmt) -> frozenset[str]:
    """What a statement binds itself, and not in its blocks: those come by themselves."""
    if isinstance(statement, ast.For | ast.AsyncFor):
        return scopes.bound([statement.target])
    if isinstance(statement, ast.With | ast.AsyncWith):
        return scopes.bound(item.optional_vars for item in statement.items if item.optional_vars)
    return scopes.bound([statement]) if isinstance(statement, ast.AugAssign) else frozenset()
