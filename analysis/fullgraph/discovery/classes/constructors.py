"""How a class is built, by the text: without arguments, as somebody builds it, or with its configuration."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ...python.binding import scopes
from ...python.binding.constant_folding import ConstantFolder, Text
from ...python.syntax.statements import Function
from ..finder import Module
from ..repository.parsed import ParsedFile
from .classes import Class

_CONFIGURATIONS = frozenset(
    {"config", "configuration", "cfg", "conf", "args", "params", "hparams", "options"}
)


def construction(model: Class, module: Module) -> str | None:
    """`Net()` where no argument is needed, else the first call of it whose arguments the text settles.

    Calls in the same file come before those in others. Where there are none, a configuration that can be
    made without arguments will do: `GPT(GPTConfig())`.
    """
    if not model.required():
        return f"{model.name}()"
    return as_called(model, module) or by_configuration(model, module)


def as_called(model: Class, module: Module) -> str | None:
    """The first call of a class whose arguments the text settles, in the same file or in another."""
    return next(_constructions(model, module.parsed, module), None) or next(_abroad(model, module), None)


def is_given_arguments(model: Class, module: Module) -> bool:
    """Whether every call of a class in the repository gives it some, and there is one."""
    calls = [
        call
        for home in module.index.naming(model.name)
        for call in home.nodes.calls(model.name)
        if _is_of(model, call, home, module)
    ]
    return bool(calls) and all(each.args or each.keywords for each in calls)


def _abroad(model: Class, module: Module) -> Iterator[str]:
    """Each call in another file, in the order of the files."""
    for home in module.index.naming(model.name):
        if home.file != model.home.file:
            yield from _constructions(model, home, module)


def _constructions(model: Class, home: ParsedFile, module: Module) -> Iterator[str]:
    """The calls of that very class in a file, and not of another that is called like it."""
    text = home.text if home.file == module.source.file else home.text_abroad
    calls = (call for call in text.nodes.calls(model.name) if _is_of(model, call, home, module))
    yield from settled(model.name, calls, text)


def settled(name: str, calls: Iterable[ast.Call], text: Text) -> Iterator[str]:
    """`Net(3, hidden=64)` for each of the calls all of whose arguments the text settles."""
    given = (call for call in calls if call.args or call.keywords)
    known = (ConstantFolder(text, text.around(call)).call(call) for call in given)
    built = (ast.Call(ast.Name(name, ast.Load()), call.args, call.keywords) for call in known if call)
    yield from dict.fromkeys(map(ast.unparse, built))


def _is_of(model: Class, call: ast.Call, home: ParsedFile, module: Module) -> bool:
    found = module.index.definition_of(call.func, home)
    return found is not None and found.key == model.key


# -- configurations ------------------------------------------------------------------------------------


def by_configuration(model: Class, module: Module) -> str | None:
    """`GPT(GPTConfig())`, where each argument that the constructor asks for is such a configuration."""
    made = [(name, _configuration(model, name, module)) for name in model.required()]
    given = [
        f"{value}()" if number == 0 else f"{name}={value}()" for number, (name, value) in enumerate(made)
    ]
    return f"{model.name}({', '.join(given)})" if made and all(value for _, value in made) else None


def _configuration(model: Class, parameter: str, module: Module) -> str | None:
    """The class that an argument is of: by its annotation, or as the one that is called like it."""
    annotated = _annotation(model, parameter)
    if annotated:
        found = module.index.resolve(annotated, module.parsed)
        if found is not None and isinstance(found.node, ast.ClassDef) and not _makes_itself(found.node):
            return None
        return annotated if annotated.endswith(ENDINGS) else None
    if parameter not in _CONFIGURATIONS:
        return None
    here = (each for each in module.tree.body if isinstance(each, ast.ClassDef))
    named = [each for each in here if each.name.endswith(ENDINGS) and _makes_itself(each)]
    own = [each for each in named if each.name.startswith(model.name)]
    return (own or named)[0].name if len(own or named) == 1 else None


ENDINGS = ("Config", "Configuration", "Args", "Params", "HParams", "Options", "Settings")


def _annotation(model: Class, parameter: str) -> str:
    init = model.method("__init__")
    every = scopes.given(init.args) if init else ()
    found = next((each.annotation for each, _ in every if each.arg == parameter), None)
    if isinstance(found, ast.Constant) and isinstance(found.value, str):
        return found.value if found.value.isidentifier() else ""
    return found.id if isinstance(found, ast.Name) else ""


def _makes_itself(node: ast.ClassDef) -> bool:
    """Whether a class can be called without arguments, as far as its own text tells."""
    init = next((each for each in node.body if isinstance(each, Function) and each.name == "__init__"), None)
    if init is not None:
        return all(default for _, default in list(scopes.parameters(init.args))[1:])
    return all(each.value is not None for each in _fields(node)) if _is_dataclass(node) else not node.bases


def _fields(node: ast.ClassDef) -> Iterator[ast.AnnAssign]:
    declared = (each for each in node.body if isinstance(each, ast.AnnAssign))
    return (each for each in declared if "ClassVar" not in ast.unparse(each.annotation))


def _is_dataclass(node: ast.ClassDef) -> bool:
    return any("dataclass" in ast.unparse(each) for each in node.decorator_list)
