"""What Hydra gives the function that it runs: `@hydra.main(config_path="conf", config_name="config")`.

The configuration is composed as `python train.py` composes it, without options of the command line, and is an
expression of the module. The rule: what depends on more than the project's files is left out.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Mapping, Sequence

from ...configuration.file import ConfigurationFile
from ...configuration.sections import Opaque, Path, Section, Value
from ...python.syntax.statements import Function
from ..configurations.code import literal
from ..configurations.composition import Configurations
from ..finder import Module


def hydra_values(path: Sequence[ast.stmt], module: Module) -> Mapping[str, ast.expr]:
    """By parameter of the innermost function of a path, what Hydra calls it with."""
    around = [each for each in path[:-1] if isinstance(each, Function)]
    if not around or "hydra" not in module.imports.by_name or not around[-1].args.args:
        return {}
    every = module.index.configurations
    for decorator in around[-1].decorator_list:
        file = _file(decorator, module, every)
        top = every.composed(file) if file else None
        if file is not None and top is not None:
            text = _text(top, file, every, ())
            made = f"__import__('omegaconf').OmegaConf.create({text})"
            return {around[-1].args.args[0].arg: ast.parse(made, mode="eval").body}
    return {}


def _file(decorator: ast.expr, module: Module, every: Configurations) -> ConfigurationFile | None:
    """The primary configuration that a decorator names: in a folder beside the script, or beside it."""
    if not isinstance(decorator, ast.Call) or module.imports.dotted(decorator.func) != "hydra.main":
        return None
    said = dict(_said(decorator))
    name, folder = said.get("config_name", ""), said.get("config_path", "")
    beside = posixpath.dirname(module.source.file.replace("\\", "/"))
    path = posixpath.normpath(posixpath.join(beside, folder, name))
    return every.named(path) if name else None


def _said(decorator: ast.Call) -> Iterator[tuple[str, str]]:
    positional = zip(("config_path", "config_name"), decorator.args, strict=False)
    for name, value in (*positional, *((each.arg or "", each.value) for each in decorator.keywords)):
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield name, value.value


def _text(value: Value, file: ConfigurationFile, every: Configurations, path: Path) -> str:
    """The text of a dict with all that is known."""
    if isinstance(value, Section):
        items = ((name, every.settled(each, file, (*path, name))) for name, each in value.values.items())
        texts = (f"{n!r}: {_text(v, file, every, (*path, n))}" for n, v in items if _is_known(v))
        return f"{{{', '.join(texts)}}}"
    if isinstance(value, tuple):
        settled = [every.settled(each, file, (*path, str(n))) for n, each in enumerate(value)]
        return f"[{', '.join(_text(each, file, every, path) for each in settled if _is_known(each))}]"
    return literal(value)


def _is_known(value: Value) -> bool:
    inside = value if isinstance(value, tuple) else ()
    return not isinstance(value, Opaque) and all(map(_is_known, inside))
