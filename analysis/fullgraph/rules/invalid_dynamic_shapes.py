"""`dynamic_shapes` does not match the model's inputs.

`dynamic_shapes` mirrors the structure of the inputs: a dict keyed by `forward`'s parameter names, or a tuple
in their order. Below that, there is one entry per tensor (a dict from dimension to `Dim`, a list with one
entry per dimension, or None), nested like the lists and dicts among the inputs. What comes through `*args` is a
tuple below its name, what comes through `**kwargs` a dict; a named tuple has a named tuple, an object of a
registered class a list with its parts; whatever is no tensor has None.

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

from collections.abc import Callable

from ..model import Finding, SpecFault, SpecMismatch
from .rule import Case, Rule, first_sentence, page


def _explain(case: Case) -> Finding | None:
    failure, target = case.failure, case.target
    if not isinstance(failure, SpecMismatch):
        return None
    place = target.spec_place
    if failure.faults:
        fault = failure.faults[0]
        place = target.spec_entry(fault.at, key=fault.kind in _AT_KEY)
        message, hint = _SAYING[fault.kind](fault)
        if more := len(failure.faults) - 1:
            message += f" (and {more} more)"
    else:
        message, hint = _plainer(failure)
    return Finding("invalid-dynamic-shapes", "error", message, place, target.name, hint)


# -- what does not fit -------------------------------------------------------------------------------

_AT_KEY = ("unknown", "rank", "dimension", "keywords")


def _unknown(fault: SpecFault) -> tuple[str, str]:
    key = f"`{fault.said}`"
    if fault.input:
        return f"`{fault.input}` has no {key}", f"its keys are {_listed(fault.wanted)}"
    if not fault.belongs:
        return (
            f"the inputs do not include {key}",
            f"remove {key} from `dynamic_shapes`; the inputs are {_listed(fault.wanted)}",
        )
    holder = fault.belongs[0]
    if len(fault.belongs) == 1:
        return f"{key} is not a parameter of `forward`", f'use the key `"{holder}"`'
    through = "**" if isinstance(fault.belongs[1], str) else "*"
    message = f"{key} is not a parameter of `forward`: it is passed through `{through}{holder}`"
    return message, f'nest its entry: `{{"{holder}": {fault.fits}}}`'


def _missing(fault: SpecFault) -> tuple[str, str]:
    return (
        f"`dynamic_shapes` has no entry for `{fault.input}`",
        f"add `{fault.fits}` for it: no dynamic dimension",
    )


def _container(fault: SpecFault) -> tuple[str, str]:
    return f"`{fault.input}` is {fault.wanted}, but its entry is {fault.said}", _mirror(fault)


def _length(fault: SpecFault) -> tuple[str, str]:
    if not fault.input:
        return (
            f"`dynamic_shapes` has {_counted(fault.said, 'entry')}, but there {'is' if fault.wanted == '1' else 'are'} {_counted(fault.wanted, 'input')}",
            _as_many(fault),
        )
    said = f"`{fault.input}` has {_counted(fault.wanted, 'part')}, but its entry has {fault.said}"
    return said, _as_many(fault)


def _value(fault: SpecFault) -> tuple[str, str]:
    number = " (or `Dim.DYNAMIC`)" if fault.wanted == "int" else ""
    what = "`None`" if fault.wanted == "NoneType" else f"of type `{fault.wanted}`"
    return (
        f"`{fault.input}` is {what} and has no dimensions, but its entry is {fault.said}",
        f"write `None`{number} for it",
    )


def _rank(fault: SpecFault) -> tuple[str, str]:
    counted = f"`{fault.input}`, which has {_counted(fault.wanted, 'dimension')}"
    if fault.at and str(fault.at[-1]) == fault.said:
        return f"`dynamic_shapes` names dimension {fault.said} of {counted}", "dimensions count from 0"
    return (
        f"`dynamic_shapes` has {fault.said} for {counted}",
        "write one for each dimension, `None` where it is static",
    )


def _dimension(fault: SpecFault) -> tuple[str, str]:
    return (
        f"`{fault.said}` is not an index of a dimension of `{fault.input}`",
        "key dimensions by number, from 0: `{0: …}`",
    )


def _name(fault: SpecFault) -> tuple[str, str]:
    message = f"`dynamic_shapes` has the string '{fault.said}' where a `Dim` is expected"
    return message, f'use `Dim("{fault.said}")` for a named dimension, or `Dim.DYNAMIC` for an unnamed one'


def _entry(fault: SpecFault) -> tuple[str, str]:
    return (
        f"the entry of `{fault.input}` is {fault.said}, not a dict of dimensions",
        "write which dimension it is for: `{0: …}`",
    )


def _keywords(fault: SpecFault) -> tuple[str, str]:
    message = (
        f"`dynamic_shapes` cannot be applied to {_listed(fault.input)}, passed through `**{fault.at[0]}`"
    )
    return message, "export a module whose `forward` has them as parameters, or leave them out of the call"


_SAYING: dict[str, Callable[[SpecFault], tuple[str, str]]] = {
    "unknown": _unknown,
    "missing": _missing,
    "container": _container,
    "length": _length,
    "value": _value,
    "rank": _rank,
    "dimension": _dimension,
    "name": _name,
    "entry": _entry,
    "keywords": _keywords,
}


def _as_many(fault: SpecFault) -> str:
    """What to change, without a word on the entries that are right."""
    surplus = int(fault.said) - int(fault.wanted)
    what = "part" if fault.input else "input"
    if surplus > 0:
        return f"write one entry for each {what}, in their order: leave out {'the last one' if surplus == 1 else f'the last {surplus}'}"
    return f"write one entry for each {what}, in their order: `None` for one without a dynamic dimension, as in `{fault.fits}`"


def _mirror(fault: SpecFault) -> str:
    return f"mirror it: `{fault.fits}`, with a dict of dimensions for each `None` that is dynamic"


def _counted(number: str, noun: str) -> str:
    plural = "entries" if noun == "entry" else f"{noun}s"
    return f"{number} {noun if number == '1' else plural}"


def _listed(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split(", "))


# -- in torch's words --------------------------------------------------------------------------------


def _plainer(failure: SpecMismatch) -> tuple[str, str]:
    """torch's message, shorter where it is one of the common ones, and what helps."""
    message, mirror = (
        first_sentence(failure.message),
        "mirror the inputs in `dynamic_shapes`: by parameter name, then by dimension",
    )
    if failure.said("nameless structure"):
        return "`dynamic_shapes` does not match the structure of the inputs", mirror
    if twice := failure.said("different definitions"):
        message = f"one `Dim` name has two definitions: `{twice.part('one')}` and `{twice.part('other')}`"
        return message, "create one `Dim` per name, and reuse it for every dimension of that name"
    return message, mirror if failure.said("structure") else ""


RULE = Rule("invalid-dynamic-shapes", "error", page(__doc__), _explain)
