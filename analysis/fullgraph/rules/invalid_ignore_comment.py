"""A `# fullgraph: ignore` comment is malformed, or names a rule that does not exist.

`# fullgraph: ignore[rule-a, rule-b]` at the end of a line suppresses these rules for findings that begin on
that line; on a line of its own, for the next line of code. Without brackets, it suppresses all rules there.

## Before

```python
if x.sum() > 0:  # fullgraph: ignore[data-dependent-brunch]
```

## After

```python
if x.sum() > 0:  # fullgraph: ignore[data-dependent-branch]
```
"""

from __future__ import annotations

from ..settings.suppress import INVALID_IGNORE_COMMENT
from .rule import Case, Rule, page


def _explain(_: Case) -> None:
    """Comments are read from the text, not observed by a trace: `suppress` makes these findings."""


RULE = Rule(INVALID_IGNORE_COMMENT, "warning", page(__doc__), _explain)
