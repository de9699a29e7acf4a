"""A model was found but not checked, because its inputs or what it depends on are not available.

Fullgraph finds calls such as `torch.export.export(model, args)`, and runs only the statements that define the
model and its inputs. Here, they could not be run, even with [stand-ins](../stand-ins.md) for what is missing.
The message says which of these it is:

- The model itself comes from a file, or from a caller that is not known.
- A statement raises.
- A statement would write a file, start a program, end a process, or access the network, which is not allowed
  while a model is built that nobody declared. Temporary and cache folders may be written to, and queries
  (`git rev-parse HEAD`) and compilers run.
- What the call stands in cannot be entered: `with exporting():` raises, or needs a name that is not there.
- The code insists on a device that is not there (`assert x.is_cuda`).

A class that can be constructed without arguments is also skipped if no inputs can be inferred for it.

## What to do

To have the model checked, declare its inputs above its class, and with `model=` how it is built. Declared models
are built without these restrictions. Where the code insists on a device, set [`cuda = true`](../configuration.md) on a machine that
has the device. If you do not need the model checked, ignore this note.

## Before

```python
def save(model, inputs):
    torch.export.save(torch.export.export(model, inputs), "model.pt2")
```

## After

```python
# fullgraph: args=(torch.randn(2, 64),)
class Encoder(nn.Module): ...
```
"""

from __future__ import annotations

import re

from ..model import Expression, Facts, Finding, NoInputs, Place, Raised, Related, Target
from .rule import Case, Rule, first_sentence, page

_MEANT = ("pyproject", "comment", "exportdb", "recorded")  # somebody means these to be checked
_MISSING_FILE = "MissingFileError"
_REFUSED = ("RefusedError", "RefusedProgramError")
_OWN = (
    *_REFUSED,
    _MISSING_FILE,
    "NotReachedError",
    "ReplacedError",
    "UnknownValueError",
)  # what a slice says itself; its words are a sentence
_HINT = "declare inputs above the model's class: `# fullgraph: args=(torch.randn(2, 64),)`"


NEEDS_DEVICE = "set `cuda = true` in `[tool.fullgraph]`, on a machine that has the device"
"""What to do about code that asks for an accelerator and does not do without."""


def is_skipped(target: Target, facts: Facts) -> bool:
    """Whether a target that was discovered turned out to be none."""
    return any(_stops(failure, target) for failure in facts.failures)


def _stops(failure: object, target: Target) -> bool:
    if isinstance(failure, NoInputs) or insists_on_device(failure):
        return True
    if not isinstance(failure, Raised) or failure.step != "load" or target.origin in _MEANT:
        return False
    # Inputs that are not a tuple stop the user's own call as well.
    inputs = {part.place for part in (target.args, target.kwargs) if part}
    return not (is_wrong_target(failure) and failure.frame and failure.frame.place in inputs)


def is_wrong_target(failure: object) -> bool:
    """Whether the target is not a model with inputs, such as a class in place of its instance: the reason says it."""
    return isinstance(failure, Raised) and failure.exception == "WrongTarget"


def is_refused(failure: object) -> bool:
    """Whether it does what is not allowed during a check: a declared target is built without its statements."""
    return isinstance(failure, Raised) and _kind(failure) in _REFUSED


def says_all(failure: object) -> bool:
    """Whether the reason says what to do as well."""
    return is_wrong_target(failure) or (isinstance(failure, Raised) and _kind(failure) == _MISSING_FILE)


def insists_on_device(failure: object) -> bool:
    """Whether it does not run because the user's code asks for the device, and does not do without (`assert x.is_cuda`)."""
    if not isinstance(failure, Raised) or failure.step not in ("load", "eager") or failure.frame is None:
        return False
    asked = _ASKS_DEVICE.search(failure.frame.text)
    return failure.frame.construct in ("assert", "raise") and asked is not None


_ASKS_DEVICE = re.compile(
    r"\.is_(?:cuda|xpu|mps)\b|\.is_available\(|\.device_count\(|\.device\b|\bdevice\.type\b"
)
"""What an assertion asks, or the `if` around a `raise`."""


def _explain(case: Case) -> Finding | None:
    failure, target = case.failure, case.target
    if isinstance(failure, NoInputs):
        message = f"not checked: no inputs declared, and none could be inferred ({failure.reason})"
        return Finding("target-skipped", "information", message, target.place, target.name, _HINT)
    if not _stops(failure, target) or not isinstance(failure, Raised):
        return None
    place = failure.frame.place if failure.frame else target.place
    if (context := _context_at(failure, target)) is not None:
        message = f"not checked: `{' '.join(context.text.split())}` around the call raises {_raised(failure)}"
        return Finding("target-skipped", "information", message, context.place, target.name, _hint(failure))
    elsewhere = place.file != target.place.file or not _same_line(place, target.place)
    message = f"not checked: {_reason(failure, place if elsewhere else None)}"
    related = (Related("required by the target", place),) if elsewhere else ()
    return Finding(
        "target-skipped", "information", message, target.place, target.name, _hint(failure), related
    )


def _context_at(failure: Raised, target: Target) -> Expression | None:
    """What the call stands in and was being entered."""
    frame = failure.frame
    places = (frame.place, *frame.calls) if frame else ()
    return next((each for each in target.context if any(_is_in(place, each.place) for place in places)), None)


def _is_in(place: Place, other: Place) -> bool:
    return place.file == other.file and other.range.contains(place.range)


def _raised(failure: Raised) -> str:
    said = first_sentence(failure.message)
    return f"{_kind(failure)}: {said}" if said else _kind(failure)


def _hint(failure: Raised) -> str:
    if says_all(failure):
        return ""
    return NEEDS_DEVICE if insists_on_device(failure) else _HINT


def _reason(failure: Raised, place: Place | None) -> str:
    if place and insists_on_device(failure):
        return f"line {place.range.start.line + 1} insists on a device that is not there"
    said = first_sentence(failure.message)
    kind = _kind(failure)
    if said and (is_wrong_target(failure) or kind in _OWN):
        return said
    raised = _raised(failure)
    return f"it depends on line {place.range.start.line + 1}, which raises {raised}" if place else raised


def _kind(failure: Raised) -> str:
    return failure.exception.rpartition(".")[2]


def _same_line(one: Place, other: Place) -> bool:
    return one.range.start.line == other.range.start.line


RULE = Rule("target-skipped", "information", page(__doc__), _explain)
