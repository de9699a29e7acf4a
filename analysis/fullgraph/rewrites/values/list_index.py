"""Stacks what a Python list holds, where a tensor chooses from it.

A list needs a Python int, which is in the data. A stacked tensor takes the index as it is. Of modules, all are
computed and their results stacked: for a few small experts; for large ones `torch.cond` computes one alone. A
`ModuleDict` is such a list where its keys count, or where a list of names leads to them; that the number is no
negative one, which is no key, is checked. All modules run, so that in training batch norms that are not chosen
update too.

## Before

```python
style = self.styles[speaker]
y = self.experts[choice](x)
z = self.heads[f"head_{task.item()}"](x)
scale = [1.0, 2.0, 4.0][level.item()]
```

## After

```python
style = torch.stack(list(self.styles))[speaker]
y = torch.stack([each(x) for each in self.experts])[choice]
torch._assert_async(task >= 0, "no such key")
z = torch.stack([each(x) for each in self.heads.values()])[task]
scale = torch.tensor([1.0, 2.0, 4.0])[level]
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import DataDependent, Edit, Raised
from ...python.syntax.assignments import assigned_name, assignments
from ...python.syntax.literals import is_number
from ...python.syntax.names import dotted_name, is_name, last_name, names_in
from ...python.syntax.precedence import Binds, operand, owner
from ..edit.lines import put_above, take_out
from ..edit.module import Code, code_of
from ..edit.naming import free_name, only_value
from ..edit.single_call import given_to, single_call, without_name
from ..rewrite import Problem, Proposal, Rewrite, page
from .tensor_index import indexed, scalar_text

_DICTS = ("ModuleDict", "ParameterDict", "BufferDict", "dict")


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, (DataDependent, Raised)):
        return
    code, node, torch = found[0], indexed(*found), found[0].torch
    if node is None or torch is None or not isinstance(node.ctx, ast.Load):
        return
    index = scalar_text(code, node.slice) or _shown(code, node)
    if index is None:
        return
    for place, text in (*_stacked(code, node, torch), *_by_name(code, node, torch)):
        title = (
            "Stack the results of all modules, and choose from them"
            if place is not node
            else "Stack the list"
        )
        further = _without_names(code, node, place) if isinstance(place, ast.Call) else ()
        check = _checked(code, node, index, torch)
        if further is None or check is None:
            continue
        # A tensor of one element gives a list one item, and a tensor one more dimension.
        for chosen in dict.fromkeys((index, f"{index}.item()")):
            yield Proposal(title, (*check, *further, code.replaced(place, f"{text}[{chosen}]")))


def _checked(code: Code, node: ast.Subscript, index: str, torch: str) -> tuple[Edit, ...] | None:
    """A list counts from its end below 0, where a dict raises; None where there is no place to check it."""
    if _keys_of(_made(code, node.value)) is None:
        return ()
    statement = code.statement_of(node)
    asked = f'{torch}._assert_async({operand(index, Binds.BIT_OR)} >= 0, "no such key")'
    edit = put_above(code, statement, asked) if isinstance(statement, ast.stmt) else None
    return (edit,) if edit is not None else None


def _stacked(code: Code, node: ast.Subscript, torch: str) -> Iterator[tuple[ast.expr, str]]:
    """What to choose from, in place of the subscript or of a call of what it gives."""
    made, call = _made(code, node.value), single_call(code, node)
    whole = owner(code.flat(node.value))
    keyed = _keys_of(made)
    if call is not None and (keyed is None or _counts(keyed, node.slice)):
        yield (
            call,
            f"{torch}.stack({_all_called(code, node, call, whole if keyed is None else f'{whole}.values()')})",
        )
        return
    literal = isinstance(node.value, (ast.List, ast.Tuple))
    if keyed is not None and made is not keyed:
        if call is None and _counts(keyed, node.slice):
            yield node, f"{torch}.stack({_all_of(code, node, whole)})"
        return
    if isinstance(made, ast.Dict):
        if _counts_from_zero(made):
            values = (
                ", ".join(map(code.flat, made.values)) if made is node.value else f"list({whole}.values())"
            )
            yield node, f"{torch}.stack({f'[{values}]' if made is node.value else values})"
    elif isinstance(made, (ast.List, ast.Tuple)) and made.elts and all(map(is_number, made.elts)):
        yield node, f"{torch}.tensor({whole})"
    elif isinstance(made, (ast.List, ast.Tuple, ast.ListComp)):
        yield node, f"{torch}.stack({whole})"
    elif made is None or last_name(made) in ("ParameterList", "BufferList") or is_name(made, "list"):
        yield node, f"{torch}.stack({whole if literal else f'list({whole})'})"


def _made(code: Code, value: ast.expr) -> ast.expr | None:
    """What a list was made as: of an attribute of self, in `__init__`."""
    if isinstance(value, ast.Name):
        return only_value(code, value) or ast.Name("list", ast.Load())
    if not isinstance(value, ast.Attribute):
        return value
    name, own = dotted_name(value), code.class_of(value)
    for there in (own, code.tree) if name.startswith("self.") else ():  # a base class may have made it
        given = (
            [v for s in ast.walk(there) for target, v in assignments(s) if dotted_name(target) == name]
            if there
            else []
        )
        if given:
            return given[0] if len(given) == 1 else None
    return None


def _counts_from_zero(node: ast.Dict) -> bool:
    """`{0: a, 1: b}`."""
    keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
    return bool(keys) and keys == list(range(len(keys)))


def _all_called(code: Code, node: ast.Subscript, call: ast.Call, modules: str) -> str:
    each = free_name(code, node, "each", "module")
    return f"[{each}({', '.join(given_to(code, call))}) for {each} in {operand(modules, Binds.OR)}]"


def _all_of(code: Code, node: ast.Subscript, whole: str) -> str:
    """What is under the keys, in the order of their numbers: a `ParameterDict` sorts its keys as words."""
    number, (before, behind) = free_name(code, node, "number", "index"), _form(node.slice) or ("", "")
    key = f"str({number})" if not before + behind else f'f"{before}{{{number}}}{behind}"'
    return f"[{whole}[{key}] for {number} in range(len({whole}))]"


# -- modules by their names --------------------------------------------------------------------------


def _shown(code: Code, node: ast.Subscript) -> str | None:
    """The number that a key shows: `k` of `str(k.item())` and of `f"head_{k.item()}"`."""
    key = node.slice
    if isinstance(key, ast.Call) and is_name(key.func, "str") and len(key.args) == 1:
        return scalar_text(code, key.args[0])
    shown = [part.value for part in getattr(key, "values", ()) if isinstance(part, ast.FormattedValue)]
    return scalar_text(code, shown[0]) if isinstance(key, ast.JoinedStr) and len(shown) == 1 else None


def _keys_of(made: ast.expr | None) -> ast.Dict | ast.DictComp | None:
    """The display that says the keys of a dict, or of a `ModuleDict`."""
    if isinstance(made, ast.Call) and last_name(made) in _DICTS and len(made.args) == 1:
        made = made.args[0]
    return made if isinstance(made, ast.Dict | ast.DictComp) else None


def _counts(made: ast.Dict | ast.DictComp, key: ast.expr) -> bool:
    """Whether the keys are those that a key gives for 0, 1, 2 and so on."""
    if isinstance(made, ast.DictComp):
        loop = made.generators[0]
        counts = (
            isinstance(loop.iter, ast.Call) and is_name(loop.iter.func, "range") and len(loop.iter.args) == 1
        )
        plain = len(made.generators) == 1 and not loop.ifs and isinstance(loop.target, ast.Name)
        return counts and plain and _form(made.key) == _form(key) is not None
    form, keys = _form(key), [each.value if isinstance(each, ast.Constant) else None for each in made.keys]
    if form is None:
        return _counts_from_zero(made)
    return bool(keys) and keys == [f"{form[0]}{number}{form[1]}" for number in range(len(keys))]


def _form(key: ast.expr) -> tuple[str, str] | None:
    """What stands before and behind the number that a key shows."""
    if isinstance(key, ast.Call):
        return ("", "") if is_name(key.func, "str") and len(key.args) == 1 else None
    if not isinstance(key, ast.JoinedStr):
        return None
    plain = all(part.format_spec is None for part in key.values if isinstance(part, ast.FormattedValue))
    parts = [part.value if isinstance(part, ast.Constant) else None for part in key.values]
    if parts.count(None) != 1 or not plain:
        return None
    at = parts.index(None)
    return "".join(map(str, parts[:at])), "".join(map(str, parts[at + 1 :]))


def _by_name(code: Code, node: ast.Subscript, torch: str) -> Iterator[tuple[ast.expr, str]]:
    """`self.heads[self.names[k]](x)`: the results of all that the names lead to."""
    keyed = _keyed(code, node)
    call = single_call(code, keyed) if keyed is not None else None
    if keyed is None or call is None or names_in(keyed.value) - {"self"}:
        return
    each = free_name(code, node, "name", "each")
    called = f"{owner(code.flat(keyed.value))}[{each}]({', '.join(given_to(code, call))})"
    yield call, f"{torch}.stack([{called} for {each} in {operand(code.flat(node.value), Binds.OR)}])"


def _keyed(code: Code, node: ast.expr) -> ast.Subscript | None:
    """The subscript that an expression is the key of, by itself or by a name that does nothing else."""
    name = assigned_name(code.parents.get(node))
    uses = [n for n in ast.walk(code.scope_of(node)) if is_name(n, name)] if name else []
    key = uses[1] if len(uses) == 2 else node
    around = code.parents.get(key)
    return around if isinstance(around, ast.Subscript) and around.slice is key else None


def _without_names(code: Code, node: ast.Subscript, call: ast.Call) -> tuple[Edit, ...] | None:
    """Takes the lines out that give names to what is not needed any more."""
    keyed = _keyed(code, node)
    if keyed is None:
        return without_name(code, node, call)
    own = code.statement_of(node)
    gone = () if own is code.statement_of(keyed) or own is None else (take_out(code, own),)
    further = without_name(code, keyed, call)
    return None if further is None or None in gone else (*(each for each in gone if each), *further)


_RULES = frozenset({"data-dependent-guard", "tensor-to-python", "export-error"})
REWRITE = Rewrite("list-index", _RULES, page(__doc__), _find)
