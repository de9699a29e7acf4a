"""Dynamo cannot trace this line: a graph break.

Strict export and `torch.compile(fullgraph=True)` trace the program's bytecode with Dynamo. Where Dynamo
encounters something it does not support, `torch.compile` splits the graph, and strict export fails. The code
(`GB0170`) identifies the kind of graph break; the link explains it.

## What to do

Follow the hints, or export with `strict=False`, the default: it runs your Python code instead of tracing its
bytecode.

## Before

```python
def forward(self, x):
    print("shape", x.shape)
    return self.layer(x)
```

## After

```python
def forward(self, x):
    return self.layer(x)
```
"""

from __future__ import annotations

from ..model import Finding, GraphBreak, Severity
from .rule import Case, Rule, first_sentence, library, page

_SITE = "https://meta-pytorch.github.io/compile-graph-break-site/gb/{}.html"


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, GraphBreak):
        return None
    severity: Severity = "error" if _stops(case, failure) else "information"
    code = f" ({failure.code})" if failure.code else ""
    words = first_sentence(failure.explanation)
    message = f"graph break{code}: {first_sentence(failure.reason)}" + (f": {words}" if words else "")
    return Finding(
        rule="graph-break",
        severity=severity,
        message=message,
        place=case.place(failure.frame),
        target=case.target.name,
        hint=" ".join(failure.hints),
        related=library(failure.frame),
        link=_SITE.format(failure.code.lower()) if failure.code else None,
    )


def _stops(case: Case, failure: GraphBreak) -> bool:
    """Whether export failed by it: what strict export takes, torch.compile can still break at."""
    return failure.stops or (case.target.strict and not case.facts.exported)


RULE = Rule("graph-break", "error", page(__doc__), _explain)
