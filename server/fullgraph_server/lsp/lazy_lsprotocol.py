"""The protocol's types, each made when it is first used.

lsprotocol has more than 500 classes, and attrs writes and compiles the methods of each as it is imported:
that was half of the time that the server took to start, and a session uses some sixty of them. So attrs'
decorator is put off while the module is imported, and applied to a class when somebody makes an instance
of it or asks for its fields.

The rule: this module is the first that imports lsprotocol, and what it makes is what attrs would have made,
without slots: a class with slots is another class than the one that was written.
"""

from __future__ import annotations

import sys
import threading
from functools import partial
from typing import Any

import attrs

_pending: dict[type, dict[str, Any]] = {}
_names: dict[str, Any] = {}
_lock = threading.RLock()


class _Fields:
    """Stands for a class's fields until somebody asks for them."""

    def __get__(self, _instance: object, owner: type) -> Any:
        _make(owner)
        return getattr(owner, "__attrs_attrs__", None)


def _first(self: Any, *given: Any, **named: Any) -> None:
    """Stands for `__init__` until the first instance is made."""
    _make(type(self))
    type(self).__init__(self, *given, **named)


def _make(cls: type) -> None:
    with _lock:
        asked = _pending.pop(cls, None)
        if asked is None:
            return
        attrs.define(cls, **asked)
        if _names:
            attrs.resolve_types(cls, _names, {})


def _put_off(cls: type | None = None, **asked: Any) -> Any:
    if cls is None:
        return partial(_put_off, **asked)
    # `init`: ours is not to be taken for one that the class wrote itself. It stays until theirs is there,
    # so that another thread waits for that, and does not find the `__init__` of `object`.
    _pending[cls] = {**asked, "slots": False, "init": True}
    cls.__attrs_attrs__ = _Fields()  # type: ignore[attr-defined]
    cls.__init__ = _first  # type: ignore[misc]
    return cls


def _load() -> None:
    define = attrs.define
    attrs.define = _put_off  # type: ignore[assignment]
    try:
        from lsprotocol import types
    finally:
        attrs.define = define
    _names.update(types.ALL_TYPES_MAP)
    from lsprotocol import _hooks

    # It would ask every class for its fields, to say once for all what the names in them mean. A version
    # that does not know this flag does so, and is right, and slow.
    _hooks._resolved_forward_references = True  # noqa: SLF001


if "lsprotocol.types" not in sys.modules:
    _load()
