"""An input or output has a class that torch does not know how to take apart.

Inputs and outputs of an exported program are tensors in tuples, lists, dicts, named tuples and the
classes registered with pytree. A dataclass is opaque until it is registered.

## Before

```python
@dataclass
class Output:
    logits: torch.Tensor
    loss: torch.Tensor | None = None
```

## After

```python
@dataclass
class Output:
    logits: torch.Tensor
    loss: torch.Tensor | None = None

torch.export.register_dataclass(Output)
```
"""

from __future__ import annotations

import re

from ..model import Finding, Raised
from .rule import Case, Rule, page

_INPUT = re.compile(r"Unsupported input type <class '(?P<name>[^']+)'>")
_OUTPUT = re.compile(r"Found <class '(?P<name>[^']+)'> in output")


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, Raised):
        return None
    if match := _INPUT.search(failure.message):
        name, where = match["name"].rpartition(".")[2], "an input"
        place = case.target.args.place if case.target.args else case.target.place
    elif match := _OUTPUT.search(failure.message):
        name, where = match["name"].rpartition(".")[2], "the output"
        place = case.place(failure.frame)
    else:
        return None
    message = f"{where} is of the class `{name}`, which torch.export does not know how to take apart"
    return Finding("unregistered-type", "error", message, place, case.target.name, _hint(match["name"]))


def _hint(qualified: str) -> str:
    """What helps with this class: numpy's are no containers, and of a library's only the user can tell."""
    if qualified.startswith("numpy."):
        return "return the tensor, without .numpy()"
    name = qualified.rpartition(".")[2]
    return f"for a dataclass, after it: torch.export.register_dataclass({name}); else return its tensors in a dict"


RULE = Rule("unregistered-type", "error", page(__doc__), _explain)
