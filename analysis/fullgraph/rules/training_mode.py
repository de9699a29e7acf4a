"""The model is exported in training mode, and has modules that act otherwise there.

Dropout drops, and batch norm uses the statistics of the batch and changes its own, as long as the module
is in training mode. The mode is fixed when torch traces: the exported program goes on dropping.

## What to do

Call `.eval()` on the model that you export for inference. If it is exported to be trained on, nothing.

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
    message = f"the model is in training mode, and the exported program keeps {which} in it"
    hint = "export `model.eval()` for inference"
    return Finding("training-mode", "information", message, case.target.place, case.target.name, hint)


RULE = Rule("training-mode", "information", page(__doc__), _explain)
