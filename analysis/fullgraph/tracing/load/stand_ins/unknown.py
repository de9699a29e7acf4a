"""Values that nobody knows: what is read from a checkpoint that is not there, and all that is made of it.

The rule: an unknown value gives further ones, is false, and holds nothing; it never turns into a number or a
tensor by itself. Where a number is needed, the attempt ends and says which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from ....model import AssumedKind, Place
from .notes import Notes, Want

_ABSENT: Any = object()
_WEIGHTS = re.compile(
    r"state|model|net|weights?|params?|module|ema|encoder|decoder|generator|discriminator|optim|sched",
    re.IGNORECASE,
)
_OF_A_TENSOR = ("shape", "size", "ndim", "dtype")
KEYS = ".keys()"
"""The end of a path that leads to keys."""

_VIEWS = ("items", "keys", "values")
_MAPPINGS = ("checkpoint", "file", "option", "number")


@dataclass(frozen=True)
class Source:
    """Where an unknown value is from. `root` is the thing itself (`best.pt`), `path` the way from there.

    `written` is the file that it was to be read from, as the code writes it, and `error` what the user's run
    raised in its place, or would.
    """

    notes: Notes
    kind: AssumedKind
    root: str
    path: str
    name: str
    error: BaseException | None = None
    place: Place | None = None
    written: str = ""

    def derived(self, path: str, name: str = "") -> Any:
        """What stands for a value that is made of this one: known where an attempt chose it."""
        value = self.notes.chosen(path)
        if value is not None:
            return value
        return Unknown(replace(self, path=path, name=name or self.name))

    def answer(self) -> None:
        """Notes that something was made of not knowing the value."""
        self.notes.add(self.kind, self.root, "an unknown value", self.place)

    def number(self, parameter: str = "", default: Any = None) -> Any:
        return self.notes.demand(Want(self.path, self.name, "number", parameter, default))


class Unknown:
    """A value that nobody knows."""

    __slots__ = ("_source",)

    def __init__(self, source: Source) -> None:
        object.__setattr__(self, "_source", source)

    # -- what it gives ------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # a protocol that it has no part in
            raise AttributeError(name)
        source = source_of(self)
        if name in _VIEWS and source.kind in _MAPPINGS:
            return getattr(self._known_items(), name)
        if name in ("get", "pop", "setdefault"):
            return self._get
        return source.derived(f"{source.path}.{name}", "" if name in _OF_A_TENSOR else name)

    def _known_items(self) -> dict[str, Any]:
        """Nothing, or what the code that `**unknown` was given to cannot do without."""
        source = source_of(self)
        source.notes.expanded = source.path
        if source.kind != "checkpoint":
            source.notes.add(
                "file" if source.kind == "file" else "option", source.root, "the defaults", source.place
            )
        return {key: self[key] for key in source.notes.chosen(keys_of(source.path)) or ()}

    def _get(self, key: Any, default: Any = _ABSENT) -> Any:
        if default is _ABSENT:
            return self[key]
        source_of(self).answer()
        return default

    def __getitem__(self, key: Any) -> Any:
        source = source_of(self)
        name = key if isinstance(key, str) else source.name
        return source.derived(f"{source.path}[{key!r}]", name)

    def __call__(self, *_args: Any, **_kwargs: Any) -> Any:
        source = source_of(self)
        return source.derived(f"{source.path}()")

    def __copy__(self) -> Unknown:
        return self

    def __deepcopy__(self, _memo: object) -> Unknown:
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_raised: object) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        source = source_of(self)
        if source.kind == "checkpoint" and (source.path == source.root or _WEIGHTS.search(source.name)):
            return iter(())
        raise TypeError(f"what `{source.path}` holds is not known")

    # -- what it takes without effect ---------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        pass

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __delitem__(self, key: Any) -> None:
        pass

    # -- what it answers ----------------------------------------------------------------------------

    def __bool__(self) -> bool:
        source_of(self).answer()
        return False

    def __contains__(self, _item: object) -> bool:
        source_of(self).answer()
        return False

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            source = source_of(self)
            source.notes.compare(Want(source.path, source.name, source.kind), other)
        return bool(self._number() == other) if _is_number(other) else self is other

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: Any) -> bool:
        return bool(self._number() < other) if _is_number(other) else False

    def __le__(self, other: Any) -> bool:
        return bool(self._number() <= other) if _is_number(other) else False

    def __gt__(self, other: Any) -> bool:
        return bool(self._number() > other) if _is_number(other) else False

    def __ge__(self, other: Any) -> bool:
        return bool(self._number() >= other) if _is_number(other) else False

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"<unknown {source_of(self).path}>"

    def __str__(self) -> str:
        return source_of(self).name

    def __format__(self, _form: str) -> str:
        return source_of(self).name

    def __fspath__(self) -> str:
        return source_of(self).name

    # -- where only a number will do ----------------------------------------------------------------

    def _number(self) -> Any:
        return source_of(self).number()

    def __index__(self) -> int:
        return int(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def __float__(self) -> float:
        return float(self._number())

    def __len__(self) -> int:
        source = source_of(self)
        if source.kind == "checkpoint" and source.path != source.root and _WEIGHTS.search(source.name):
            return 0  # of its weights, as many as there are to load
        return int(source.notes.demand(Want(f"len({source.path})", f"len({source.name})")))

    def __array__(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError(f"what `{source_of(self).path}` holds is not known")


def keys_of(path: str) -> str:
    """The path of the keys of an unknown mapping."""
    return f"{path}{KEYS}"


def source_of(value: Unknown) -> Source:
    """Where an unknown value is from."""
    source: Source = object.__getattribute__(value, "_source")
    return source


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _binary(sign: str, *, swapped: bool) -> Callable[[Unknown, Any], Any]:
    def operation(self: Unknown, other: Any) -> Any:
        if swapped and isinstance(other, (list, tuple, str)):
            number = source_of(self).number()
            return other * number if sign == "*" else NotImplemented
        source, said = source_of(self), _said(other)
        return source.derived(
            f"({said} {sign} {source.path})" if swapped else f"({source.path} {sign} {said})"
        )

    return operation


def _said(value: Any) -> str:
    if isinstance(value, Unknown):
        return source_of(value).path
    return repr(value) if _is_number(value) else type(value).__name__


def _unary(sign: str) -> Callable[[Unknown], Any]:
    return lambda self: source_of(self).derived(f"{sign}{source_of(self).path}")


_SIGNS = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "matmul": "@",
    "and": "&",
    "or": "|",
    "xor": "^",
    "lshift": "<<",
    "rshift": ">>",
}
for _name, _sign in _SIGNS.items():
    setattr(Unknown, f"__{_name}__", _binary(_sign, swapped=False))
    setattr(Unknown, f"__r{_name}__", _binary(_sign, swapped=True))
for _name, _sign in {"neg": "-", "pos": "+", "invert": "~"}.items():
    setattr(Unknown, f"__{_name}__", _unary(_sign))


class Text(str):
    """A text that nobody gave, of an option or a variable: its value is its name, until a number is asked of it."""

    __slots__ = ("notes", "want")
    want: Want
    notes: Notes

    def __int__(self) -> int:
        return int(self.notes.demand(self.want))

    def __float__(self) -> float:
        return float(self.notes.demand(self.want))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            self.notes.compare(self.want, str(other))
        return str.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def text(notes: Notes, want: Want) -> str:
    """What stands for a text: the one that was chosen, where one was."""
    chosen = notes.chosen(want.path)
    if chosen is not None:
        return str(chosen)
    made = Text(want.name)
    made.want, made.notes = want, notes
    return made
