"""An input or output has a type that is not registered as a pytree node.

The inputs and outputs of an exported program are tensors in tuples, lists, dicts, named tuples, and classes
registered with pytree. A dataclass is opaque until it is registered.

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

from ..model import Finding, InputRefused, Raised
from .rule import Case, Rule, page


def _explain(case: Case) -> Finding | None:
    failure, target = case.failure, case.target
    if isinstance(failure, InputRefused):
        which = f"the input `{failure.input}`" if failure.input else "an input"
        given = target.kwargs if failure.given == "kwargs" else target.args
        place, qualified, hint = (
            given.place if given else target.place,
            failure.kind,
            _input_hint(failure.kind),
        )
    elif isinstance(failure, Raised) and (output := failure.said("output type")):
        qualified = output.part("type")
        which, place, hint = "the output", case.place(failure.frame), _output_hint(qualified)
    else:
        return None
    name = qualified if qualified.startswith(("numpy.", "torch.")) else qualified.rpartition(".")[2]
    if which != "the output" and qualified in _CONSTANTS:
        message = f"{which} has type `{name}`, which an exported program cannot take as an input"
    else:
        message = f"{which} has type `{name}`, which is not registered as a pytree node"
    return Finding("unregistered-type", "error", message, place, target.name, hint)


def _input_hint(qualified: str) -> str:
    """What to pass in its place: numpy's are no containers, and what holds no tensors is no input."""
    if qualified == "numpy.ndarray":
        return "pass a tensor: `torch.from_numpy(…)`"
    if qualified.startswith("numpy."):
        return "pass a Python number or a tensor"
    if qualified in _CONSTANTS:
        return "pass it to the model's constructor: it holds no tensors"
    return _register(qualified, "pass")


def _output_hint(qualified: str) -> str:
    if qualified.startswith("numpy."):
        return "return the tensor, without `.numpy()`"
    if qualified in ("set", "frozenset", "generator"):
        return "return a list or a tuple"
    return _register(qualified, "return")


def _register(qualified: str, do: str) -> str:
    name = qualified.rpartition(".")[2]
    if qualified in _CACHES:
        return f"call `register_dynamic_cache_export_support()` of `transformers.integrations.executorch`, or {do} the keys and values of its layers"
    return f"register it as a pytree node (a dataclass: `torch.export.register_dataclass({name})`), or {do} the tensors in a dict"


_CACHES = ("transformers.cache_utils.DynamicCache",)
"""What transformers registers when it is asked to."""

_CONSTANTS = (
    "function",
    "builtin_function_or_method",
    "method",
    "type",
    "set",
    "frozenset",
    "range",
    "torch.dtype",
    "torch.memory_format",
    "torch.layout",
    "torch.Generator",
)

RULE = Rule("unregistered-type", "error", page(__doc__), _explain)
