"""Follows data-dependent values through a function, and keeps all of them in tensors.

`torch.allclose(a, b)`, `x.item()`, and the like give Python a bool or a number, which it goes on with:
`not close`, `a and b`, `1.0 if ok else 0.0`, `max(d1, d2)`, an early return, `torch.tensor([ok1, ok2])`. One
rewrite gives each of these steps the form that tensors have, in the functions of the project that take part,
too. What the model returns stays what it was: a bool that was returned is taken out of its tensor at the end.

`ids.tolist()` stays one tensor as well, with what is computed of each number, counted, looked up in a table, or
kept by an `if`: `[t != pad for t in ids.tolist()]` is `ids != pad`. The first of the places where something holds,
`(ids == eos).nonzero()[0].item()`, is an `argmax`, and `len(found) > 0` asks whether it holds anywhere.

Python compares in double precision: `m > 0.1` of a float32 `m` becomes `m.double() > 0.1`, as float32 has no 0.1.
Where something is decided on numbers that were computed, they are float64 throughout; elsewhere float64 is offered
where the outputs differ on inputs that are tried.
Whole numbers are int64, which wraps where Python's do not.

## Before

```python
close = torch.allclose(y1, y2, atol=1e-4)
finite = not torch.isnan(y1).any()
if not finite:
    return torch.tensor(False)
return torch.tensor(close and finite)
```

## After

```python
close = torch.isclose(y1, y2, atol=1e-4).all()
finite = ~torch.isnan(y1).any()
return finite & (close & finite)
```
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...model import DataDependent, Edit, Frame, Raised, Range
from ...python.syntax.assignments import assignments_to
from ...python.syntax.names import names_in
from ...python.syntax.statements import Function
from ..edit.module import Code, code_at
from ..lifting.expressions import FORMS
from ..lifting.functions import called, function_at, resolver
from ..lifting.inference import parameters
from ..lifting.scope import Pass, Scope
from ..lifting.statements import block
from ..lifting.value import CannotLiftError
from ..rewrite import Problem, Proposal, Rewrite, page

_MOST_PASSES = 6


def _find(problem: Problem) -> Iterator[Proposal]:
    failure = problem.failure
    frame = failure.frame if isinstance(failure, DataDependent | Raised) else None
    if frame is None:
        return
    known: list[tuple[Edit, ...]] = []
    lines = _lines_behind(problem, frame)
    for code, function in _begun_at(problem, frame):
        if code.torch is None:
            continue
        forms = {double: _lifted(problem, code, code.torch, function, double) for double in (False, True)}
        for double in (True, False) if forms[False].rounds else (False, True):
            edits = forms[double].edits
            if edits not in known and _is_about(problem, frame, edits, lines):
                known.append(edits)
                yield Proposal(f"Compute it with {'float64 ' if double else ''}tensors throughout", edits)


def _begun_at(problem: Problem, frame: Frame) -> Iterator[tuple[Code, Function]]:
    """The innermost `forward` on the way to a place, then the outermost function: what is beside the way stays."""
    chain = (*frame.calls, frame.place)
    found = [
        (code, function)
        for place in chain
        if (code := code_at(problem, place)) is not None
        and (function := function_at(code, place)) is not None
    ]
    yield from [each for each in found if each[1].name == "forward"][-1:]
    yield from found[:1]


@dataclass(frozen=True)
class _Lifted:
    """`rounds`: something is decided on floats that Python has computed with more digits."""

    edits: tuple[Edit, ...] = ()
    rounds: bool = False


def _lifted(problem: Problem, code: Code, torch: str, function: Function, double: bool) -> _Lifted:
    """The edits of the pass that learns nothing more.

    Python computes with float64: where float32 gives another result (a scale of which a position is rounded),
    `double` has the digits. A tensor without dimensions leaves the dtype of those with some as it is.
    """
    kept: frozenset[tuple[int, str]] = frozenset()
    promoted: frozenset[tuple[int, str]] = frozenset()
    inputs = {each.name: each for each in problem.facts.inputs}
    resolve, asked, floats = resolver(problem), frozenset(_asked(problem)), frozenset(_floats(problem))
    for _ in range(_MOST_PASSES):
        run = Pass(kept, promoted, asked, problem.finding.place, floats, double)
        scope = Scope(code, torch, function, FORMS, resolve, called, run, dict(parameters(function, inputs)))
        try:
            block(scope, function.body)
        except CannotLiftError:
            return _Lifted()
        known = (kept, promoted)
        promoted |= run.to_promote
        kept = (kept | (run.lifted - _needed(run))) - promoted
        if (kept, promoted) == known:
            return _Lifted(tuple(dict.fromkeys(run.edits)), run.rounds)
    return _Lifted()


def _asked(problem: Problem) -> Iterator[tuple[str, Range]]:
    """The expressions whose truth export asked for."""
    for each in problem.facts.failures:
        frame = each.frame if isinstance(each, DataDependent) and each.asks == "bool" else None
        if frame is not None and frame.callee is None:
            yield frame.place.file, frame.place.range


def _floats(problem: Problem) -> Iterator[tuple[str, Range]]:
    """The expressions that made a float of the trace's own."""
    for each in problem.facts.failures:
        for symbol in each.symbols if isinstance(each, DataDependent) else ():
            if symbol.is_float and symbol.made_at is not None:
                yield symbol.made_at.file, symbol.made_at.range


def _needed(run: Pass) -> set[tuple[int, str]]:
    """The names that have to be tensors: those that are asked, and what they were made from."""
    found, pending = set(run.demanded), list(run.demanded)
    while pending:
        for each in run.flows.get(pending.pop(), ()):
            if each not in found:
                found.add(each)
                pending.append(each)
    return found


def _lines_behind(problem: Problem, frame: Frame) -> frozenset[int]:
    """The line of the finding; where a number was asked that a name holds, those that give it to the name too.

    `done | (error < tol)` asks nothing more once `error` is a tensor.
    """
    line = frame.place.range.start.line
    code = code_at(problem, frame.place)
    node = code.expression_at(frame.place.range) if code is not None else None
    function = code.function_of(node) if code is not None and node is not None else None
    if code is None or node is None or function is None or problem.finding.rule != "data-dependent-guard":
        return frozenset({line})
    given = (each for name in names_in(node) for each in assignments_to(name, [function]))
    return frozenset({line, *(code.range(each).start.line for each in given)})


def _is_about(problem: Problem, frame: Frame, edits: tuple[Edit, ...], lines: frozenset[int]) -> bool:
    """Whether the finding is among what is changed, and no smaller rewrite does the same."""
    here = (edit for edit in edits if edit.place.file == frame.place.file)
    if not any(_touches(edit, line) for edit in here for line in lines):
        return False
    of_branch = isinstance(problem.failure, DataDependent) and frame.construct in _BRANCHES
    edit = edits[0]
    more = _says_apart(edit) or _gives_several(edit) or _reads_places(edit) or _is_of_loop(problem, edit)
    if len(edits) > 1 or more:
        return True
    return not (of_branch or _is_of_number(problem, frame, edits[0]))


def _is_of_loop(problem: Problem, edit: Edit) -> bool:
    """Whether an edit stands for a whole loop, and not for the branch in it."""
    code = code_at(problem, edit.place)
    return code is not None and code.source.between(edit.place.range).lstrip().startswith("for ")


def _says_apart(edit: Edit) -> bool:
    """Whether a branch is left of one that also says something: the rewrites of branches leave such a one alone."""
    lines = [line for line in edit.new_text.splitlines() if line.strip()]
    least = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    return "is_exporting()" in edit.new_text and sum(not line[least].isspace() for line in lines) > 1


def _gives_several(edit: Edit) -> bool:
    """Whether a branch gives several names their values, where `torch.where` is written for one."""
    given = [line for line in edit.new_text.splitlines() if ".where(" in line]
    return len(given) > 1


def _reads_places(edit: Edit) -> bool:
    """Whether a branch reads the first of the places that were found: without any there is none to read."""
    return ".long().argmax()" in edit.new_text


def _is_of_number(problem: Problem, frame: Frame, edit: Edit) -> bool:
    """Whether one number alone stays where it is, or is a number again in the same statement."""
    inside = frame.place.range.contains(edit.place.range) or ".item()" in edit.new_text
    return problem.finding.rule == "tensor-to-python" and inside


_BRANCHES = ("if", "ternary", "assert")
"""One branch by itself is for the rewrites of branches, one number for `keep-tensor`."""


def _touches(edit: Edit, line: int) -> bool:
    return edit.place.range.start.line <= line <= edit.place.range.end.line


_RULES = frozenset(
    {"tensor-to-python", "data-dependent-output", "data-dependent-branch", "data-dependent-guard"}
    | {"data-dependent-assert", "target-error", "export-error"}
)
REWRITE = Rewrite("lift", _RULES, page(__doc__), _find)
