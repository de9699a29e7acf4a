"""Exports the model in eval mode.

Dropout and batch norm behave differently in training mode, and the exported program keeps the mode in which
it was exported.

## Before

```python
# fullgraph: args=(torch.randn(2, 64),)
class Classifier(nn.Module): ...
```

## After

```python
# fullgraph: model=Classifier().eval(), args=(torch.randn(2, 64),)
class Classifier(nn.Module): ...
```
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...model import Edit, Place, Position, Range, Target, TrainingLeftOn
from ...text.source import parse_expression
from ..edit.module import code_at
from ..rewrite import Problem, Proposal, Rewrite, page
from ..shapes.spec import Part, Spec, written_part


def _find(problem: Problem) -> Iterator[Proposal]:
    if not isinstance(problem.failure, TrainingLeftOn):
        return
    edits = _said_here(problem) or _in_comment(problem)
    if edits:
        yield Proposal("Export the model in eval mode", edits)


def _said_here(problem: Problem) -> tuple[Edit, ...]:
    """`.eval()` behind the expression that makes the model, where it is written out."""
    part = written_part(problem.target.model)
    binding = Spec(problem).binding(part.node) if part else None
    if part is None or not (binding or _is_written(problem, part)):
        return ()
    made = binding.value if binding else part
    if isinstance(made.node, ast.Call):
        end = _range(made).end
        return (made.written.between(end, end, ".eval()"),)
    return () if isinstance(made.node, ast.Name) else (made.replaced(f"({made.text}).eval()"),)


def _is_written(problem: Problem, part: Part) -> bool:
    """Whether the text stands at its place: nobody wrote the `Gate()` of the comment above `class Gate`."""
    code = code_at(problem, problem.target.model.place)
    return code is None or code.source.between(_range(part)) == part.text


def _range(part: Part) -> Range:
    return part.written.range(part.node)


def _in_comment(problem: Problem) -> tuple[Edit, ...]:
    """`model=…` before the first argument of a comment that leaves the model to the class below it."""
    target = problem.target
    code = code_at(problem, target.place)
    first = _first_argument(target)
    if target.origin != "comment" or code is None or first is None:
        return ()
    line, start = code.source.lines[first.line], first.character
    keyword = re.search(r"\w+\s*=\s*$", line[:start])
    tree = parse_expression(target.model.text)
    if keyword is None or not isinstance(tree, ast.Expression) or not isinstance(tree.body, ast.Call):
        return ()
    at = Position(first.line, keyword.start())
    return (Edit(Place(target.file, Range(at, at)), f"model={target.model.text}.eval(), "),)


def _first_argument(target: Target) -> Position | None:
    said = (target.args, target.kwargs, target.dynamic_shapes)
    return min((e.place.range.start for e in said if e is not None), default=None)


REWRITE = Rewrite("eval-mode", frozenset({"training-mode"}), page(__doc__), _find)
