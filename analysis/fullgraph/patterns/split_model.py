"""Control flow that has to stay in Python: export the parts, and keep the decision outside.

Some decisions lead to computations too different for one program, or their loop ends when the data says so. Export
what stands before the decision and what follows it as programs of their own, and let the caller decide between
them. For one side or the other of a branch, `torch.cond` may do; for a loop with a fixed state, `torch.while_loop`.

## Before

```python
def forward(self, x):
    features = self.encode(x)
    if self.confidence(features) > 0.9:
        return self.fast(features)
    return self.slow(features)
```

## After

```python
encode = torch.export.export(WithConfidence(model), (x,))
fast = torch.export.export(model.fast, (features,))
slow = torch.export.export(model.slow, (features,))

features, confidence = encode.module()(x)
result = (fast if confidence > 0.9 else slow).module()(features)
```
"""

from __future__ import annotations

import ast

from .pattern import Pattern, Sight, page

_RULES = frozenset({"data-dependent-branch", "data-dependent-loop"})


def _fits(sight: Sight) -> bool:
    return isinstance(sight.statement, ast.While) or (
        isinstance(sight.statement, ast.If) and sight.node in set(ast.walk(sight.statement.test))
    )


PATTERN = Pattern("split-model", _RULES, page(__doc__), _fits)
