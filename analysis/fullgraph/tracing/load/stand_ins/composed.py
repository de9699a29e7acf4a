"""The configuration of `@hydra.main(config_path="conf", config_name="config") def main(config)`: what hydra composes.

The rule: hydra itself reads and composes it, as it would in the user's run, with the options `name=value` of the
command line. Where it cannot, or is not installed, the configuration is unknown like any parameter.
"""

from __future__ import annotations

import ast
import importlib
import os
import sys
from typing import Any

COMPOSED = "__fullgraph_composed__"
_PARAMETERS = ("config_path", "config_name", "version_base")


def call(function: ast.FunctionDef, unknown: ast.expr) -> ast.expr | None:
    """An expression for the first parameter of a function that hydra runs; `unknown` is what it is else."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "hydra.main":
            given = dict(zip(_PARAMETERS, decorator.args, strict=False))
            given.update((each.arg, each.value) for each in decorator.keywords if each.arg in _PARAMETERS)
            keywords = [ast.keyword(name, value) for name, value in given.items()]
            later = ast.Lambda(ast.arguments([], [], None, [], [], None, []), unknown)
            return ast.Call(
                ast.Name(COMPOSED, ast.Load()), [ast.Name("__file__", ast.Load()), later], keywords
            )
    return None


def composed(file: str, unknown: Any, **given: Any) -> Any:
    """What hydra makes of the files below `config_path`, a folder beside the file."""
    folder = os.path.join(os.path.dirname(os.path.abspath(file)), given.get("config_path") or "")  # noqa: PTH100, PTH118, PTH120
    overrides = [each for each in sys.argv[1:] if "=" in each]
    try:
        hydra = importlib.import_module("hydra")
        hydra.core.global_hydra.GlobalHydra.instance().clear()
        with hydra.initialize_config_dir(folder, version_base=given.get("version_base")):
            return hydra.compose(given.get("config_name"), overrides)
    except Exception:  # noqa: BLE001 (a library's, of whatever version)
        return unknown()
