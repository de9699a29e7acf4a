"""The name that a function is called with, where it takes one of several: `GPT.from_name("gpt-nano")`.

Looked for in the annotation (`Literal["b0", "b1"]`), in calls of the function anywhere in the repository, in
the tables that the parameter is looked up in, in what it is compared with, and in the function's docstring.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...python.syntax.names import dotted_name, is_name
from ...python.syntax.statements import Function
from ..finder import Module
from ..repository.parsed import ParsedFile
from .sizes import by_size

_NAMED = re.compile(
    r"(\w+_)?(name|arch|architecture|variant|model_?type|type|size|version|encoder|backbone|preset|key|scale|phi|model)"
)
_QUOTED = re.compile(r"""["'`]([\w.\-/+]+)["'`]""")


def name_for(argument: ast.arg, function: Function, home: ParsedFile, module: Module) -> str | None:
    """The smallest of the names that a parameter may have, as it is written; None where none is known."""
    annotation = ast.unparse(argument.annotation) if argument.annotation else "str"
    if not ("str" in annotation or "Literal" in annotation):
        return None
    ways = (_annotated(argument), _compared(argument, function, home), _called(argument, function, module))
    for found in ways:
        names = sorted(found, key=by_size)
        if names:
            return repr(names[0])
    told = _told(function) if _NAMED.fullmatch(argument.arg) else ()
    return next((repr(each) for each in sorted(told, key=by_size)), None)


def _annotated(argument: ast.arg) -> Iterator[str]:
    match argument.annotation:
        case ast.Subscript(value=literal, slice=choices) if dotted_name(literal).endswith("Literal"):
            yield from _strings(choices)


def _called(argument: ast.arg, function: Function, module: Module) -> Iterator[str]:
    """What calls of the function give, by place or by name."""
    counted = [each.arg for each in function.args.args if each.arg not in ("self", "cls")]
    place = counted.index(argument.arg) if argument.arg in counted else len(counted)
    for home in module.index.naming(function.name):
        for call in home.nodes.calls(function.name):
            named = (each.value for each in call.keywords if each.arg == argument.arg)
            value = next(named, call.args[place] if place < len(call.args) else None)
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value


def _compared(argument: ast.arg, function: Function, home: ParsedFile) -> Iterator[str]:
    """The keys of tables that it is looked up in, and the texts that it is compared with."""
    for node in ast.walk(function):
        match node:
            case ast.Subscript(value=table, slice=key) if is_name(key, argument.arg):
                yield from _keys(table, function, home)
            case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[key, *_]) if is_name(
                key, argument.arg
            ):
                yield from _keys(table, function, home)
            case ast.Compare(left=left, comparators=[right]) if is_name(left, argument.arg):
                yield from (*_strings(right), *_keys(right, function, home))


def _keys(table: ast.expr, function: Function, home: ParsedFile) -> Iterator[str]:
    if isinstance(table, ast.Name):
        local = (
            each.value
            for each in ast.walk(function)
            if isinstance(each, ast.Assign) and any(is_name(target, table.id) for target in each.targets)
        )
        found = home.text.top.get(table.id)
        table = next(local, found if isinstance(found, ast.expr) else table)
    if isinstance(table, ast.Call) and isinstance(table.func, ast.Name) and table.func.id == "dict":
        yield from (each.arg for each in table.keywords if each.arg)
    elif isinstance(table, ast.Dict):
        yield from (name for key in table.keys if key for name in _strings(key))
    else:
        yield from _strings(table)


def _strings(node: ast.expr) -> Iterator[str]:
    parts = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value:
            yield part.value


def _told(function: Function) -> tuple[str, ...]:
    """Quoted in the docstring."""
    return tuple(_QUOTED.findall(ast.get_docstring(function) or ""))
