"""`dynamic_shapes` does not match the model's inputs.

`dynamic_shapes` mirrors the structure of the inputs: a dict keyed by `forward`'s parameter names, or a tuple
in their order. Below that, there is one entry per tensor (a dict from dimension to `Dim`, a list with one
entry per dimension, or None), nested like the lists and dicts among the inputs.

## Before

```python
def forward(self, tokens, mask): ...

dynamic_shapes = {"token": {0: Dim("batch")}, "mask": None}
```

## After

```python
dynamic_shapes = {"tokens": {0: Dim("batch")}, "mask": None}
```
"""

from __future__ import annotations

from ..model import Finding, SpecMismatch
from .rule import Case, Rule, first_sentence, page


def _explain(case: Case) -> Finding | None:
    if not isinstance(case.failure, SpecMismatch):
        return None
    message, hint = _plainer(case.failure)
    return Finding("invalid-dynamic-shapes", "error", message, case.target.spec_place, case.target.name, hint)


def _plainer(failure: SpecMismatch) -> tuple[str, str]:
    """torch's message, shorter where it is one of the common ones, and what helps."""
    if string := failure.said("string"):
        name = string.part("text")
        message = f"`dynamic_shapes` has the string '{name}' where a `Dim` is expected"
        return message, f'use `Dim("{name}")` for a named dimension, or `Dim.DYNAMIC` for an unnamed one'
    message, mirror = (
        first_sentence(failure.message),
        "mirror the inputs in `dynamic_shapes`: by parameter name, then by dimension",
    )
    if failure.said("nameless structure"):
        return "`dynamic_shapes` does not match the structure of the inputs", mirror
    if keys := failure.said("keys"):
        said, wanted = keys.part("said"), keys.part("wanted")
        return f"the keys of `dynamic_shapes` are {said}, but the parameters are {wanted}", mirror
    if length := failure.said("length"):
        said, wanted = (f"`{length.part(of)}` has length {length.part(n)}" for of, n in _SIDES)
        return f"{said}, but {wanted}", mirror
    if kind := failure.said("container kind"):
        said, wanted = (f"`{kind.part(of)}` is a {kind.part(n)}" for of, n in _SIDES)
        return f"{said}, but {wanted}", mirror
    if dims := failure.said("tensor rank"):
        said, wanted = dims.part("said"), dims.part("wanted")
        return f"`{dims.part('spec')}` has length {said}, but the tensor has {wanted} dimensions", mirror
    if twice := failure.said("different definitions"):
        message = f"one `Dim` name has two definitions: `{twice.part('one')}` and `{twice.part('other')}`"
        return message, "create one `Dim` per name, and reuse it for every dimension of that name"
    return message, mirror if failure.said("structure") else ""


_SIDES = (("spec", "said"), ("path", "wanted"))

RULE = Rule("invalid-dynamic-shapes", "error", page(__doc__), _explain)
