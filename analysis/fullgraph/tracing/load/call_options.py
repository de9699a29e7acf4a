"""What an export call says besides its model and inputs, as its slice gives it: `**options`, and `strict=STRICT`.

The rule: an option that is none of `torch.export.export`'s is of no interest, and one that the call says twice is an
error here as it is in the user's own run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...model import Target
from .stand_ins.unknown import Unknown
from .wrong_target import WrongTargetError

_PASSED_ON = ("prefer_deferred_runtime_asserts_over_guards", "preserve_module_call_signature")


def with_options(values: Mapping[str, Any], target: Target) -> dict[str, Any]:
    """The values of a call's arguments, those behind its `**` among them.

    Raises:
        WrongTargetError: they are no dict, or name an argument that the call names as well.
    """
    options = values.get("options")
    if options is None or isinstance(options, Unknown):
        return dict(values)
    assert target.options is not None
    if not isinstance(options, Mapping):
        said = type(options).__name__
        raise WrongTargetError(f"what stands behind `**` must be a dict, not a {said}", target.options)
    for name in options:
        if values.get(name) is not None:
            raise WrongTargetError(f"the call has `{name}` twice, once behind `**`", target.options)
    return {**values, **options}


def passed_on(values: Mapping[str, Any]) -> dict[str, Any]:
    """The options that change what torch does, and that no field of a target says."""
    return {name: values[name] for name in _PASSED_ON if values.get(name)}
