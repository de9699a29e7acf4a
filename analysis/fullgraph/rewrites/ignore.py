"""Suppresses a finding on its line, with a comment that names the rule.

For findings that are known and accepted. The program does not change.

## After

```python
if x.sum() > 0:  # fullgraph: ignore[data-dependent-branch]
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Edit, Position, Range
from .edit.module import Code, code_at
from .rewrite import Problem, Proposal, Rewrite, page

_NAMED = re.compile(r"#\s*fullgraph\s*:\s*ignore\[(?P<names>[^\]]*)\]")


def _find(problem: Problem) -> Iterator[Proposal]:
    finding = problem.finding
    code = code_at(problem, finding.place)
    if code is None or not finding.place.file.endswith(".py"):
        return
    edit = _edit(code, finding.place.range.start.line, finding.rule)
    if edit is not None:
        yield Proposal(f"Suppress {finding.rule} on this line", (edit,), verify=False)


def _edit(code: Code, line: int, rule: str) -> Edit | None:
    """The comment at the end of the line, or where that cannot be, on a line of its own above."""
    source = code.source
    start, stop = (source.offset_at(Position(line, at)) for at in (0, len(source.lines[line])))
    there = next(iter(code.tokens.comments(start, stop)), None)
    if there is not None and (named := _NAMED.search(there.string)):
        at = source.position_at(there.startpos + named.end("names"))
        return code.edit(Range(at, at), f", {rule}" if named["names"].strip() else rule)
    end = Position(line, len(source.lines[line].rstrip()))
    # A string, or what a `\\` continues, has no place for a comment.
    if code.tokens.ends_plainly(line):
        return code.edit(Range(end, end), f"  # fullgraph: ignore[{rule}]")
    return None


_RULES_TEXT = """
    data-dependent-branch data-dependent-loop data-dependent-assert data-dependent-guard
    data-dependent-output tensor-to-python silent-specialization dim-range dim-relation dim-specialized
    graph-break lost-state traced-side-effect training-mode unregistered-type unsupported-operator
    missing-fake-kernel mismatched-fake-kernel export-error caught-export-error control-flow-operator
"""
_RULES = frozenset(_RULES_TEXT.split())
REWRITE = Rewrite("ignore", _RULES, page(__doc__), _find)
