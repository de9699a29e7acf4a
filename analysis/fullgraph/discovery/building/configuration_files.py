"""A model that reads its configuration file itself: `Net(cfg="configs/small.yaml")` for `open(cfg)` in `__init__`.

The file is one of the repository's: that which the default names, where it lies in another folder than the root,
else the one that has most of the keys the class asks for, and of equals the smallest model's.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

from ...configuration.file import ConfigurationFile
from ...configuration.reading import SUFFIXES
from ...python.binding import scopes
from ...python.syntax.names import is_name, last_name
from ...python.syntax.statements import Function
from ..classes.classes import Class
from ..finder import Module
from .sizes import by_size
from .way import Construction, sliced

_READS = re.compile(r"open|load\w*|read\w*|Path|\w*from_(file|yaml|json)\w*|safe_load|parse\w*")


def find(model: Class, module: Module) -> Iterator[Construction]:
    """The constructor with the files that fit best, where one parameter is such a file and no other is needed."""
    init = model.method("__init__")
    parameter = _file_parameter(init) if init else None
    if parameter is None or not set(model.required()) <= {parameter[0]}:
        return
    name, default = parameter
    here = sliced(module.parsed, model.name, module)
    if here is None:
        return
    for file in _files(default, model, module):
        text = f"{model.name}({name}={module.index.below_root(file.file)!r})"
        yield Construction(text, module.parsed, model.node, here.slice, place=file.place(0))


def _file_parameter(init: Function) -> tuple[str, str] | None:
    """The parameter that the constructor opens, and the file that its default names."""
    for each, default in list(scopes.given(init.args))[1:]:
        named = default.value if isinstance(default, ast.Constant) and isinstance(default.value, str) else ""
        if named.endswith(SUFFIXES) or (default is None and _is_read(each.arg, init)):
            return each.arg, named
    return None


def _is_read(parameter: str, init: Function) -> bool:
    calls = (node for node in ast.walk(init) if isinstance(node, ast.Call) and node.args)
    return any(is_name(call.args[0], parameter) and _READS.fullmatch(last_name(call)) for call in calls)


def _files(default: str, model: Class, module: Module) -> list[ConfigurationFile]:
    """Those of the name that the default has, or those with keys that the class asks for."""
    files = module.index.configurations.files
    if default:
        named = [each for each in files if PurePath(each.file).name == PurePath(default).name]
        is_there = any(module.index.below_root(each.file) == str(PurePath(default)) for each in named)
        return [] if is_there else named
    words = {each.value for node in model.owners for each in ast.walk(node) if isinstance(each, ast.Constant)}
    scored = [(sum(key in words for key in top.values), each) for each in files if (top := each.top)]
    fitting = [pair for pair in scored if pair[0]]
    fitting.sort(key=lambda pair: (-pair[0], by_size(PurePath(pair[1].file).stem)))
    return [file for _, file in fitting]
