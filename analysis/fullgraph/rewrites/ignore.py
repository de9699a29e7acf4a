"""Silences a finding at its line, by a comment that says which rule is meant.

For what is known and wanted as it is. The program stays what it was.

## After

```python
if x.sum() > 0:  # fullgraph: ignore[data-dependent-branch]
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Edit, Position, Range
from ..text.source import SourceText, comments
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
        yield Proposal(f"Ignore {finding.rule} here", (edit,), verify=False)


def _edit(code: Code, line: int, rule: str) -> Edit | None:
    """The comment at the end of the line, or where that cannot be, on a line of its own above."""
    source = code.source
    there = next((each for each in comments(source) if each.line == line), None)
    if there is not None and (named := _NAMED.search(there.text)):
        at = Position(line, there.character + named.end("names"))
        return code.edit(Range(at, at), f", {rule}" if named["names"].strip() else rule)
    end = Position(line, len(source.lines[line].rstrip()))
    if _ends_plainly(source, line):
        return code.edit(Range(end, end), f"  # fullgraph: ignore[{rule}]")
    return None


def _ends_plainly(source: SourceText, line: int) -> bool:
    """Whether a comment at the end of a line is one: no string goes on there, and no continuation."""
    text = source.lines[line]
    if text.rstrip().endswith("\\"):
        return False
    mark = "# fullgraph-mark"
    lines = (*source.lines[:line], f"{text}  {mark}", *source.lines[line + 1 :])
    marked = SourceText(source.file, "\n".join(lines))
    return any(each.line == line and each.text.endswith(mark) for each in comments(marked))


_RULES_TEXT = """
    data-dependent-branch data-dependent-loop data-dependent-assert data-dependent-guard
    data-dependent-output tensor-to-python silent-specialization dim-range dim-relation dim-specialized
    graph-break lost-state traced-side-effect training-mode unregistered-type unsupported-operator
    missing-fake-kernel mismatched-fake-kernel export-error caught-export-error control-flow-operator
"""
_RULES = frozenset(_RULES_TEXT.split())
REWRITE = Rewrite("ignore", _RULES, page(__doc__), _find)
