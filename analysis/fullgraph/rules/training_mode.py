"""The model is exported in training mode, and has modules that behave differently in it.

In training mode, dropout drops activations, and batch norm normalizes with batch statistics and updates its
running ones. The mode is fixed at export time: the exported program keeps dropping.

## What to do

Call `.eval()` on a model that you export for inference. If you export it for training, nothing.

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

from ..model import Finding, TrainingLeftOn
from .rule import Case, Rule, page

_MOST = 3


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, TrainingLeftOn):
        return None
    shown = ", ".join(f"`{name}`" for name in failure.modules[:_MOST])
    more = len(failure.modules) - _MOST
    which = f"{shown} and {more} more" if more > 0 else shown
    message = f"the model is in training mode: the exported program keeps the training behavior of {which}"
    hint = "call `model.eval()` before you export for inference"
    return Finding("training-mode", "information", message, case.target.place, case.target.name, hint)


RULE = Rule("training-mode", "information", page(__doc__), _explain)
