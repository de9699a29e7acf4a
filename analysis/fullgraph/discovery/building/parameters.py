"""A call of a function in which only what it needs is given, as far as the repository's text tells it.

Weights are never asked for: `pretrained=False`, `checkpoint=None`. A name among several published models
(`variant`, `arch`) is the smallest that the repository knows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...python.binding import scopes
from ...python.syntax.names import dotted_name, is_name
from ...python.syntax.statements import Function
from ..classes.classes import is_called_without_arguments
from ..finder import Module
from ..repository.parsed import ParsedFile
from . import presets

_WEIGHTS = re.compile(r"(use_|load_)?(pretrain(ed)?|imagenet)(_\w+)?|load_weights|download")
_FILES = re.compile(r"(\w+_)?(weights|checkpoint|ckpt|resume|state_dict|weights_path|pretrained_path)(_\w+)?")
_KNOWN = {
    "progress": "False",
    "device": "'cpu'",
    "map_location": "'cpu'",
    "verbose": "False",
    "strict": "False",
}
CONFIGURATIONS = re.compile(r"(\w+_)?(config|cfg|hparams|hps|params|args|opts?|options|conf|configuration)")
_MAKING = re.compile(r"(create|get|make|build|default|load|init|base|parse|setup)?_*(default_)?(\w+)?")


def call(
    name: str, function: Function, owner: ast.ClassDef | None, home: ParsedFile, module: Module
) -> str | None:
    """`resnet18(pretrained=False)`; None where an argument that it needs is not known."""
    given = list(scopes.given(function.args))
    bound = owner is not None and not _is_static(function)
    arguments: list[str] = []
    for argument, default in given[1:] if bound else given:
        value = _value(argument, default, function, home, module)
        if value is None and default is None:
            return None
        if value is not None:
            arguments.append(value if _is_first(argument, function) else f"{argument.arg}={value}")
    return f"{name}({', '.join(arguments)})"


def _is_first(argument: ast.arg, function: Function) -> bool:
    return argument in function.args.posonlyargs


def _is_static(function: Function) -> bool:
    return any(dotted_name(each) == "staticmethod" for each in function.decorator_list)


def _value(
    argument: ast.arg, default: ast.expr | None, function: Function, home: ParsedFile, module: Module
) -> str | None:
    """What is given for a parameter; None where its default will do, or nothing is known."""
    name = argument.arg
    usual = None if default is None else ast.unparse(default)
    if _FILES.fullmatch(name):
        return _without_file(name, default, function)
    if _WEIGHTS.fullmatch(name):
        return None if usual in ("None", "False") else "False"
    if default is not None:
        return None
    if name in _KNOWN:
        return _KNOWN[name]
    if CONFIGURATIONS.fullmatch(name):
        return _configuration(name, home, module)
    return presets.name_for(argument, function, home, module)


def _without_file(name: str, default: ast.expr | None, function: Function) -> str | None:
    """What says that there are no weights; where nobody asks whether there are, they are needed."""
    if default is None:
        return "None" if _is_asked_for(name, function) else None
    if _is_flag(default) is not None:
        return "False" if _is_flag(default) else None
    return None if ast.unparse(default) == "None" else "None"


def _is_asked_for(name: str, function: Function) -> bool:
    """Whether the function tests if it has one: `if checkpoint:`, `checkpoint is not None`."""
    tests = [node.test for node in ast.walk(function) if isinstance(node, ast.If | ast.IfExp)]
    parts = (
        part for test in tests for part in (test, *(test.values if isinstance(test, ast.BoolOp) else ()))
    )
    return any(_asks(part, name) for part in parts)


def _asks(test: ast.expr, name: str) -> bool:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return is_name(operand, name)
        case ast.Compare(left=left, comparators=[ast.Constant(value=None)]):
            return is_name(left, name)
    return is_name(test, name)


def _is_flag(default: ast.expr | None) -> bool | None:
    value = default.value if isinstance(default, ast.Constant) else None
    return value if isinstance(value, bool) else None


def _configuration(name: str, home: ParsedFile, module: Module) -> str | None:
    """`create_hparams()` for `hparams`: a function that the file knows, needs nothing, and is called so."""
    words = {name, name.rpartition("_")[2]}
    made = (each for each in _functions(home, module) if each[0].rpartition("_")[2].lower() in words)
    return next((f"{called}()" for called, node in made if is_called_without_arguments(node)), None)


def _functions(home: ParsedFile, module: Module) -> Iterator[tuple[str, Function]]:
    """The functions of the repository that a file can call, by the names that it has for them."""
    yield from ((name, node) for name, node in home.definitions.items() if isinstance(node, ast.FunctionDef))
    for name in home.imports.by_name:
        found = module.index.resolve(name, home)
        if found is not None and isinstance(found.node, ast.FunctionDef):
            yield name, found.node
