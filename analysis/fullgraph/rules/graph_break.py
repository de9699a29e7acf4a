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
    with open("shapes.txt", "w") as file:
        file.write(str(x.shape))
    return self.layer(x)
```

## After

```python
def forward(self, x):
    return self.layer(x)
```
"""

from __future__ import annotations

import re

from ..model import Finding, GraphBreak, Severity
from .rule import Case, Rule, first_sentence, library, page, quoted

_SITE = "https://meta-pytorch.github.io/compile-graph-break-site/gb/{}.html"


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, GraphBreak):
        return None
    severity: Severity = "error" if _stops(case, failure) else "information"
    what = quoted(failure.frame.text) if failure.frame and failure.frame.text else "the model"
    code = f" ({failure.code})" if failure.code else ""
    title = first_sentence(failure.reason)
    words = _SENTENCE.split(first_sentence(failure.explanation))[0].removesuffix(".")
    why = words if title.lower() in words.lower() else ": ".join(filter(None, (title, words)))
    message = f"{what} causes a graph break{code}: {why}"
    return Finding(
        rule="graph-break",
        severity=severity,
        message=message,
        place=case.place(failure.frame),
        target=case.target.name,
        hint=_hint(failure.hints),
        related=library(failure.frame),
        link=_SITE.format(failure.code.lower()) if failure.code else None,
    )


_SENTENCE = re.compile(r"(?<=[.)`])(?<!e\.g\.) (?=[A-Z])")
_GENERAL = (
    "It may be possible to write Dynamo tracing rules",
    "Your code may result in an error when running in eager",
    "This is likely to be a Dynamo bug",
    "This graph break ",
    "Please report",
    "Please open",
    "If it is a Python builtin, please file",
)
"""How Dynamo's hints begin that say nothing about the line itself."""


def _hint(hints: tuple[str, ...]) -> str:
    """Dynamo's first hint about the line; the page of the code has all of them."""
    own = (hint for hint in hints if not hint.startswith(_GENERAL))
    first = _SENTENCE.split(next(own, "").replace("please ", ""))[0].removesuffix(".")
    return first[:1].lower() + first[1:]


def _stops(case: Case, failure: GraphBreak) -> bool:
    """Whether export failed by it: what strict export takes, torch.compile can still break at."""
    return failure.stops or (case.target.strict and not case.facts.exported)


RULE = Rule("graph-break", "error", page(__doc__), _explain)
