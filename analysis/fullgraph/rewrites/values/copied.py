"""Copies a tensor by `clone()`, and not by the module `copy`.

`copy.copy` and `copy.deepcopy` take an object apart as Python stores it. A tensor that is traced has no data to
be copied so; `clone()` is an operator. A module that is copied only to be called can be called itself.

## Before

```python
x = copy.deepcopy(batch)
twin = copy.deepcopy(self.layer)
```

## After

```python
x = batch.clone()
twin = self.layer
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import Edit, GraphBreak, Raised
from ...python.syntax.assignments import assignments_to
from ...python.syntax.names import dotted_name, last_name, names_in
from ...python.syntax.precedence import Binds, operand, owner
from ..edit.blocks import tupled
from ..edit.module import Code, code_of
from ..edit.naming import free_name, unneeded_import
from ..edit.single_call import given_to, single_call, without_name
from ..rewrite import Problem, Proposal, Rewrite, page

_COPYING = ("copy", "deepcopy")


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, (Raised, GraphBreak)):
        return
    code, node = found
    calls = [node] if _is_copy(node) else list(_copies_behind(code, node))
    for form in ("tensor", "shared", "list", "dict"):
        edits = [_edit(problem, code, call, form) for call in calls]
        whole = tuple(edit for edit in edits if edit is not None)
        if whole and len(whole) == len(edits):
            title = f"Use `{whole[0].new_text}`" if len(whole[0].new_text) < _LONG else "Copy with clone()"
            yield Proposal(title, (*_import(code, calls), *whole))
    if isinstance(node, ast.Call) and _is_copy(node) and (apart := _called_apart(code, node)):
        yield Proposal("Call it with its weights apart", apart)


_LONG = 50


def _is_copy(node: ast.AST) -> bool:
    plain = isinstance(node, ast.Call) and last_name(node) in _COPYING and len(node.args) == 1
    return plain and dotted_name(node.func) in ("copy", "deepcopy", *(f"copy.{name}" for name in _COPYING))  # type: ignore[attr-defined]


def _copies_behind(code: Code, node: ast.expr) -> Iterator[ast.expr]:
    """The copies whose names an expression reads: what fails is the first use of one."""
    function = code.function_of(node)
    names = sorted(names_in(node))
    for name in names if function is not None else ():
        yield from (each.value for each in assignments_to(name, [function]) if _is_copy(each.value))  # type: ignore[list-item]


def _edit(problem: Problem, code: Code, call: ast.expr, form: str) -> Edit | None:
    assert isinstance(call, ast.Call)
    text = _form(problem, code, call, form)
    return None if text is None else code.replaced(call, text)


def _form(problem: Problem, code: Code, call: ast.Call, form: str) -> str | None:
    """A copy of what a value is, if it may be such a thing."""
    value, text = call.args[0], code.flat(call.args[0])
    if form == "tensor":
        if isinstance(value, (ast.Dict, ast.List, ast.Tuple)) or _holds(problem, text, ("[",)):
            return None
        return text if _is_module(code, value) else f"{owner(text)}.clone()"
    if form == "shared":  # what is written to one shows in the other
        return f"{owner(text)}.view_as({text})" if last_name(call) == "copy" else None
    each = free_name(code, value, "each", "item")
    if form == "list" and _holds(problem, text, ("[0]",)):
        return f"[{each}.clone() for {each} in {operand(text, Binds.OR)}]"
    if form == "dict" and _holds(problem, text, ("['", '["')):
        key = free_name(code, value, "key", "name")
        return f"{{{key}: {each}.clone() for {key}, {each} in {owner(text)}.items()}}"
    return _literal(code, value) if form == "list" else None


def _literal(code: Code, value: ast.expr) -> str | None:
    """`{"a": x.clone(), "n": 3}` of a dict that is written out."""
    parts = list(value.values) if isinstance(value, ast.Dict) else list(getattr(value, "elts", ()))
    if not isinstance(value, (ast.Dict, ast.List, ast.Tuple)) or not parts:
        return None
    names: dict[ast.expr, str] = {
        part: f"{code.flat(part)}.clone()" for part in parts if isinstance(part, ast.Name)
    }
    return code.flat_with(value, names)


def _called_apart(code: Code, node: ast.Call) -> tuple[Edit, ...]:
    """The one call of a copied module, whose weights get no gradient by it: `state_dict` gives them without."""
    call, torch = single_call(code, node), code.torch
    named = without_name(code, node, call) if call is not None else None
    if call is None or named is None or torch is None or call.keywords or not _is_module(code, node.args[0]):
        return ()
    module, given = code.flat(node.args[0]), given_to(code, call)
    text = f"{torch}.func.functional_call({module}, {module}.state_dict(), {tupled(given)})"
    return (*_import(code, [node]), *named, code.replaced(call, text))


def _holds(problem: Problem, name: str, beginnings: tuple[str, ...]) -> bool:
    """Whether an input is a part of what has the name: `xs[0]` of `xs`."""
    return any(each.name.startswith(tuple(name + b for b in beginnings)) for each in problem.facts.inputs)


def _is_module(code: Code, value: ast.expr) -> bool:
    """Whether it is an attribute that is made by a call of a class, and no parameter or tensor."""
    owner, name = code.class_of(value), dotted_name(value)
    if owner is None or not name.startswith("self."):
        return False
    given = (
        n.value for n in ast.walk(owner) if isinstance(n, ast.Assign) and name in map(dotted_name, n.targets)
    )
    made = next(given, None)
    return isinstance(made, ast.Call) and last_name(made)[:1].isupper() and last_name(made) != "Parameter"


def _import(code: Code, calls: list[ast.expr]) -> tuple[Edit, ...]:
    gone = sum(dotted_name(call.func).startswith("copy.") for call in calls)  # type: ignore[attr-defined]
    edit = unneeded_import(code, "copy", gone) if gone else None
    return (edit,) if edit is not None else ()


_RULES = frozenset({"graph-break", "tensor-to-python", "export-error", "unsupported-operator"})
REWRITE = Rewrite("copied", _RULES, page(__doc__), _find)
