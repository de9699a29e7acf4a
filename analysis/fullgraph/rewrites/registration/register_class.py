"""Registers the class of an input or output as a pytree node.

A dataclass is registered with `torch.export.register_dataclass`. Any other class is registered with what its
`__init__` assigns, a dict or list of a class of its own with its items; enums and dtypes are kept as they are. For
`DynamicCache` transformers has a function of its own.

## Before

```python
@dataclass
class Output:
    logits: torch.Tensor
```

## After

```python
@dataclass
class Output:
    logits: torch.Tensor


torch.export.register_dataclass(Output)
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import Edit, Failure, InputRefused, Raised
from ..edit.lines import put_below
from ..edit.module import Code
from ..rewrite import Problem, Proposal, Rewrite, page
from .pytree_node import registration


def _find(problem: Problem) -> Iterator[Proposal]:
    refused = _refused(problem.failure)
    name = refused.rpartition(".")[2]
    title = f"Register `{name}` as a pytree node"
    if refused in _LIBRARIES:
        if edit := _by_library(problem, *_LIBRARIES[refused]):
            yield Proposal(title, (edit,))
        return
    for file in dict.fromkeys((problem.target.file, *problem.facts.loaded)):
        parsed = problem.parsed(file)
        if parsed is None or (owners := _defined(parsed.tree, name)) is None:
            continue
        code = Code.of(parsed)
        lines = registration(code, owners)
        margin = 2 if owners[0] in parsed.tree.body else 1
        edit = put_below(code, owners[0], *lines, margin=margin) if lines else None
        if edit is not None:
            yield Proposal(title, (edit,))
        return


def _refused(failure: Failure) -> str:
    """The class that torch does not know, by its qualified name."""
    if isinstance(failure, InputRefused):
        return failure.kind
    output = failure.said("output type") if isinstance(failure, Raised) else None
    return output.part("type") if output else ""


def _defined(tree: ast.Module, name: str) -> tuple[ast.ClassDef, ...] | None:
    """The one class of a name, at the end of the classes that it is in, outermost first."""
    found = list(_classes(tree, name, ()))
    return found[0] if len(found) == 1 else None


def _classes(
    node: ast.AST, name: str, around: tuple[ast.ClassDef, ...]
) -> Iterator[tuple[ast.ClassDef, ...]]:
    for each in ast.iter_child_nodes(node):
        if isinstance(each, ast.ClassDef):
            if each.name == name:
                yield (*around, each)
            yield from _classes(each, name, (*around, each))
        else:
            inside = isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
            yield from _classes(each, name, () if inside else around)


# -- classes of libraries ----------------------------------------------------------------------------

_LIBRARIES = {
    "transformers.cache_utils.DynamicCache": (
        "transformers.integrations.executorch",
        "register_dynamic_cache_export_support",
    )
}
"""Functions of libraries that register their own classes: (module, function)."""


def _by_library(problem: Problem, module: str, function: str) -> Edit | None:
    """The function's import and call, below the imports of the target's file."""
    parsed = problem.parsed(problem.target.file)
    if parsed is None:
        return None
    code = Code.of(parsed)
    imports = [each for each in code.tree.body if isinstance(each, (ast.Import, ast.ImportFrom))]
    if not imports:
        return None
    return put_below(code, imports[-1], f"from {module} import {function}", "", f"{function}()")


REWRITE = Rewrite("register-class", frozenset({"unregistered-type"}), page(__doc__), _find)
