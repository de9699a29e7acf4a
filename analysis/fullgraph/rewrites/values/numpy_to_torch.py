"""Replaces a function's NumPy calls with their torch equivalents.

`.numpy()` needs tensor data, which does not exist at export time. If every NumPy function that the function
calls has an equivalent in torch, the equivalents are called instead, and the conversions are removed. Defaults
that are others in torch are written out: NumPy's `std` divides by `n`, and its `median` lies between the two
middle values.

## Before

```python
log = np.log(np.maximum(power.numpy(), 1e-10))
scaled = (log - log.mean(axis=-1, keepdims=True)) / log.std(axis=-1, keepdims=True)
return torch.from_numpy(scaled)
```

## After

```python
log = torch.log(torch.clamp(power, min=1e-10))
scaled = (log - log.mean(dim=-1, keepdim=True)) / log.std(dim=-1, keepdim=True, correction=0)
return scaled
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from ...model import Raised
from ...python.binding.imports import imported_as
from ...python.syntax.assignments import assigned_name
from ...python.syntax.names import is_name
from ...python.syntax.statements import Function
from ..edit.module import code_of
from ..edit.naming import unneeded_import
from ..rewrite import Problem, Proposal, Rewrite, page
from .numpy_forms import Forms, is_plain
from .numpy_likes import NoLikeError


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, Raised):
        return
    code, node = found
    function, torch = code.function_of(node), code.torch
    if not isinstance(function, Function) or torch is None:
        return
    numpy = imported_as(code.tree, "numpy")
    forms = _with_arrays(Forms(code, torch, numpy, frozenset()), function)
    try:
        changes = dict(_changes(forms, function))
    except NoLikeError:
        return
    if not changes:
        return
    edits = [code.replaced(each, text) for each, text in changes.items()]
    left = sum(is_name(n, numpy or "") for text in changes.values() for n in ast.walk(ast.parse(text)))
    gone = sum(is_name(n, numpy or "") for each in changes for n in ast.walk(each))
    unneeded = unneeded_import(code, numpy, gone - left) if numpy else None
    every = (*edits, *([unneeded] if unneeded else ()))
    yield Proposal("Use torch instead of NumPy", tuple(sorted(every, key=lambda edit: edit.place)))


def _with_arrays(forms: Forms, function: ast.AST) -> Forms:
    """With the names that hold arrays: what is given one, and what a function of NumPy's is given first."""
    plain = {name for each in ast.walk(function) if (name := _given_plain(each))}
    names: set[str] = set()
    while True:
        known = replace(forms, arrays=frozenset(names))
        found = {name for each in ast.walk(function) for name in _arrays(known, each)} - plain
        if found <= names:
            return known
        names |= found


def _given_plain(node: ast.AST) -> str:
    """`n` of `n = x.shape[0]`."""
    return assigned_name(node) if isinstance(node, ast.Assign) and is_plain(node.value) else ""


def _arrays(forms: Forms, node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and forms.name_of(node.func):
        yield from (each.id for each in node.args[:1] if isinstance(each, ast.Name))
    value = getattr(node, "value", None)
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and value and forms.is_array(value):
        for target in targets:
            parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
            yield from (each.id for each in parts if isinstance(each, ast.Name))


def _changes(forms: Forms, node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """The outermost expressions that change; the text between them stays."""
    text = forms.changed(node) if isinstance(node, ast.expr) else None
    if text is not None and isinstance(node, ast.expr):
        if text != forms.code.flat(node):
            yield node, text
        return
    for child in ast.iter_child_nodes(node):
        yield from _changes(forms, child)


REWRITE = Rewrite("numpy-to-torch", frozenset({"tensor-to-python"}), page(__doc__), _find)
