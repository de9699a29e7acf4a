"""Says how many classes `torch.bincount` counts, where the code knows it and torch does not.

`torch.bincount(ids, minlength=n)` has more than `n` numbers where an id is beyond the last class, so that its size
is the data's. Ids that choose one of `n` experts are none beyond them. That is checked, and then each expert's
share of the tokens is a size that the program computes: `split`, slices between offsets and a loop over the
experts work with such sizes.

Without `minlength`, experts behind the last one that is chosen are counted, too, where a round of the loop does
nothing for an expert without tokens.

## Before

```python
counts = torch.bincount(ids, minlength=self.n).tolist()
for expert, chunk in zip(self.experts, tokens[order].split(counts)):
    outs.append(expert(chunk))
```

## After

```python
classes = torch.bincount(ids, minlength=self.n)
torch._check(classes.shape[0] == self.n)
counts = classes.tolist()
for expert, chunk in zip(self.experts, tokens[order].split(counts)):
    outs.append(expert(chunk))
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard

from ...model import DataDependent, Edit
from ...python.binding.liveness import read_later
from ...python.binding.scopes import bindings
from ...python.syntax.assignments import assigned_name
from ...python.syntax.literals import is_zero
from ...python.syntax.names import call_name, dotted_name, is_name, last_name
from ...python.syntax.precedence import Binds, operand
from ..branches.empty_case import is_empty
from ..edit.lines import put_above, put_below
from ..edit.module import Code, code_at, code_of
from ..edit.naming import free_name
from ..rewrite import Problem, Proposal, Rewrite, page


def _find(problem: Problem) -> Iterator[Proposal]:
    for code, call in _counted(problem):
        torch, statement = code.torch, code.statement_of(call)
        if torch is None or not isinstance(statement, ast.Assign):
            continue
        said = _minlength(code, call)
        classes = _plain(code, said) if said is not None else _experts(code, statement)
        if classes is None:
            continue
        text = code.flat(call) if said is not None else _with_length(code, call, classes)
        edits = _edits(code, call, statement, text, classes)
        if edits is not None:
            yield Proposal(f"Check that no id is beyond `{classes}`", edits)
            return


def _counted(problem: Problem) -> Iterator[tuple[Code, ast.Call]]:
    """The count in the expression that the finding is at, or the one that made its symbol."""
    found = code_of(problem)
    if found is not None:
        code, node = found
        yield from ((code, each) for each in ast.walk(node) if _is_count(each))
    symbols = problem.failure.symbols if isinstance(problem.failure, DataDependent) else ()
    for symbol in symbols:
        made_in = code_at(problem, symbol.made_at)
        made = made_in.expression_at(symbol.made_at.range) if made_in and symbol.made_at else None
        if made_in is not None and made is not None:
            yield from ((made_in, each) for each in ast.walk(made) if _is_count(each))


def _is_count(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and last_name(node) == "bincount"


def _minlength(code: Code, call: ast.Call) -> ast.expr | None:
    given = next((each.value for each in call.keywords if each.arg == "minlength"), None)
    first = 2 if call_name(call) == f"{code.torch}.bincount" else 1
    if given is None and len(call.args) > first:
        given = call.args[first]
    return None if given is None or is_zero(given) else given


def _plain(code: Code, node: ast.expr) -> str | None:
    """A number that the code knows wherever it stands: `self.n`, `len(self.experts)`, `2 * n`."""
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
    plain = all(is_name(each.func, "len") for each in calls) and not isinstance(node, ast.Starred)
    return code.flat(node) if plain else None


def _edits(
    code: Code, call: ast.Call, statement: ast.Assign, counted: str, classes: str
) -> tuple[Edit, ...] | None:
    number = operand(classes, Binds.BIT_OR)
    if statement.value is call and (name := assigned_name(statement)):
        check = put_below(code, statement, f"{code.torch}._check({name}.shape[0] == {number})")
        return (code.replaced(call, counted), check) if check else None
    name = free_name(code, call, "classes", "bins")
    lines = f"{name} = {counted}", f"{code.torch}._check({name}.shape[0] == {number})"
    above = put_above(code, statement, *lines)
    return (above, code.replaced(call, name)) if above else None


# -- a count without `minlength` ---------------------------------------------------------------------


def _with_length(code: Code, call: ast.Call, classes: str) -> str:
    given = [*map(code.flat, call.args), *map(code.flat, call.keywords)]
    assert isinstance(call.func, (ast.Attribute, ast.Name))
    return f"{code.flat(call.func)}({', '.join((*given, f'minlength={classes}'))})"


def _experts(code: Code, statement: ast.Assign) -> str | None:
    """`len(self.experts)` where the counts are enumerated, and each round picks an expert by its number.

    An id beyond the last expert has tokens, so that its round raised an `IndexError`. An expert behind the last
    one that is chosen has none, and its round is left before it does anything.
    """
    function = code.function_of(statement)
    for loop in ast.walk(function) if function else ():
        number = _number(loop, assigned_name(statement)) if isinstance(loop, ast.For) else None
        if not isinstance(loop, ast.For) or number is None or not _leaves_empty_rounds(loop):
            continue
        bound = [name for name, _ in bindings([loop])]
        picked = [each.value for each in ast.walk(loop) if _is_picked(each, number)]
        if picked and bound.count(number) == 1 and not read_later(code, loop, bound):
            return f"len({code.flat(picked[0])})"
    return None


def _number(loop: ast.For, counts: str) -> str | None:
    """`i` of `for i, n in enumerate(counts)`."""
    over, target = loop.iter, loop.target
    enumerates = isinstance(over, ast.Call) and is_name(over.func, "enumerate") and len(over.args) == 1
    if not enumerates or not counts or not is_name(over.args[0], counts):  # type: ignore[attr-defined]
        return None
    first = target.elts[0] if isinstance(target, ast.Tuple) and len(target.elts) == 2 else None
    return first.id if isinstance(first, ast.Name) and not loop.orelse else None


def _leaves_empty_rounds(loop: ast.For) -> bool:
    """Whether a round for no tokens only gives names values before it is left."""
    for statement in loop.body:
        if isinstance(statement, ast.If) and not statement.orelse:
            alone = len(statement.body) == 1 and isinstance(statement.body[0], ast.Continue)
            return alone and is_empty(statement.test, loop.body)
        if not assigned_name(statement):
            return False
    return False


def _is_picked(node: ast.AST, number: str) -> TypeGuard[ast.Subscript]:
    """`self.experts[i]`."""
    is_own = isinstance(node, ast.Subscript) and dotted_name(node.value).startswith("self.")
    return is_own and is_name(node.slice, number)  # type: ignore[attr-defined]


_RULES = frozenset({"tensor-to-python", "data-dependent-guard", "data-dependent-loop"})
REWRITE = Rewrite("bin-count", _RULES, page(__doc__), _find)
