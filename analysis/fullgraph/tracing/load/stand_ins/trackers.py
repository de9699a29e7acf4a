"""The options that a program gives a tracker of experiments, and asks back of it: `wandb.config.width`.

The tracker is not installed, or is not to be asked. The rule: what the program's own text gave it, is what it gives
back; of what nobody gave, nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .unknown import Source, Unknown

KEEPING = ("wandb", "swanlab")
"""Trackers that give options back as `config`."""

_MAPPING = frozenset({"keys", "values", "items", "as_dict", "copy"})


def given_to(values: dict[str, Any], given: Mapping[str, Any]) -> None:
    """What a call like `wandb.init(config={…})` or `config.update(…)` adds to the options."""
    for each in given.values():
        values.update(_items(each))


def _items(options: Any) -> Mapping[str, Any]:
    """Those of a dict, or of a namespace of argparse."""
    if isinstance(options, Mapping):
        return options
    plain = type(options).__name__ in ("Namespace", "SimpleNamespace")
    return vars(options) if plain else {}


class Options(Unknown):
    """`wandb.config`: its `values` are those that the program gave."""

    __slots__ = ("_values",)

    def __init__(self, source: Source, values: dict[str, Any]) -> None:
        super().__init__(source)
        object.__setattr__(self, "_values", values)

    @property
    def _known(self) -> dict[str, Any]:
        known: dict[str, Any] = object.__getattribute__(self, "_values")
        return known

    def __getattr__(self, name: str) -> Any:
        if name in self._known:
            return self._known[name]
        if name in ("update", "setdefaults"):
            return self._update
        if name == "as_dict":
            return self._known.copy
        if name in _MAPPING and self._known:
            return getattr(self._known, name)
        return super().__getattr__(name)

    def _update(self, given: Any = None, *_: Any, **_options: Any) -> None:
        given_to(self._known, {"given": given})

    def _get(self, key: Any, default: Any = None) -> Any:
        return self._known[key] if key in self._known else super()._get(key, default)

    def __getitem__(self, key: Any) -> Any:
        return self._known[key] if key in self._known else super().__getitem__(key)

    def __setattr__(self, name: str, value: Any) -> None:
        self._known[name] = value

    def __setitem__(self, key: Any, value: Any) -> None:
        self._known[key] = value

    def __contains__(self, item: object) -> bool:
        return item in self._known or super().__contains__(item)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._known) if self._known else super().__iter__()

    def __bool__(self) -> bool:
        return bool(self._known) or super().__bool__()
