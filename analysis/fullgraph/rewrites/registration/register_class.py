"""Registers the class of an input or output as a pytree node.

A dataclass is registered with `torch.export.register_dataclass`. Any other class is registered if its
`__init__` stores each argument in an attribute of the same name, so that it can be flattened and rebuilt.

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

from ...model import Failure, InputRefused, Raised
from ...python.syntax.names import last_name
from ..edit.lines import put_below
from ..edit.module import Code
from ..rewrite import Problem, Proposal, Rewrite, page


def _find(problem: Problem) -> Iterator[Proposal]:
    name = _refused(problem.failure).rpartition(".")[2]
    for file in dict.fromkeys((problem.target.file, *problem.facts.loaded)):
        parsed = problem.parsed(file)
        if parsed is None or (owner := _defined(parsed.tree, name)) is None:
            continue
        code = Code.of(parsed)
        lines, margin = _registration(code, owner)
        edit = put_below(code, owner, *lines, margin=margin) if lines else None
        if edit is not None:
            yield Proposal(f"Register `{name}` as a pytree node", (edit,))
        return


def _refused(failure: Failure) -> str:
    """The class that torch does not know, by its qualified name."""
    if isinstance(failure, InputRefused):
        return failure.kind
    output = failure.said("output type") if isinstance(failure, Raised) else None
    return output.part("type") if output else ""


def _defined(tree: ast.Module, name: str) -> ast.ClassDef | None:
    return next((n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name), None)


def _registration(code: Code, owner: ast.ClassDef) -> tuple[list[str], int]:
    torch = code.torch
    if torch is None:
        return [], 0
    if any(last_name(decorator) == "dataclass" for decorator in owner.decorator_list):
        return [f"{torch}.export.register_dataclass({owner.name})"], 2
    fields = _fields(owner)
    if not fields:
        return [], 0
    value = owner.name[0].lower() + owner.name[1:]
    pytree = f"{torch}.utils._pytree"
    parts = ", ".join(f"{value}.{field}" for field in fields)
    keyed = [f'            ({pytree}.GetAttrKey("{field}"), {value}.{field}),' for field in fields]
    return [
        f"{pytree}.register_pytree_node(",
        f"    {owner.name},",
        f"    lambda {value}: ([{parts}], None),",
        f"    lambda parts, _: {owner.name}(*parts),",
        f"    flatten_with_keys_fn=lambda {value}: (",
        "        [",
        *keyed,
        "        ],",
        "        None,",
        "    ),",
        ")",
    ], 2


def _fields(owner: ast.ClassDef) -> list[str]:
    """The arguments of `__init__`, where it does nothing but keep each as the attribute of its name."""
    init = next((n for n in owner.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)
    if init is None or init.args.vararg or init.args.kwarg or init.args.kwonlyargs or owner.bases:
        return []
    names = [argument.arg for argument in init.args.args[1:]]
    kept = [_kept(statement) for statement in init.body]
    return names if sorted(names) == sorted(name for name in kept if name) and all(kept) else []


def _kept(statement: ast.stmt) -> str:
    """`size` of `self.size = size`."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return ""
    target, value = statement.targets[0], statement.value
    same = isinstance(target, ast.Attribute) and isinstance(value, ast.Name) and target.attr == value.id
    return value.id if same and isinstance(value, ast.Name) else ""


REWRITE = Rewrite("register-class", frozenset({"unregistered-type"}), page(__doc__), _find)
