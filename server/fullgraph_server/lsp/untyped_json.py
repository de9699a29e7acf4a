"""What a client sends without a type, as plain values.

pygls makes objects with attributes of JSON whose shape it does not know; a setting named `check.on`, or
any that is no identifier, is easier read from a mapping.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def plain(value: object) -> Mapping[str, Any]:
    """An object of JSON as a mapping, all the way down; whatever is none gives an empty one."""
    found = _plain(value)
    return found if isinstance(found, Mapping) else {}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple) and not hasattr(value, "_asdict"):
        return [_plain(item) for item in value]
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if value is not None and not isinstance(value, str | int | float | bool):
        return _plain(vars(value)) if hasattr(value, "__dict__") else {}
    return value
