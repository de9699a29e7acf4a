"""Observed code: every expression's value of a function passed to an observer, its meaning unchanged.

The rule: the user's module is imported as it always is. Beside it stands a second form of the same text
in which the value of each expression in a function body goes through `__fullgraph_observe__(site, value)`,
which returns it; for as long as a `Swap` lasts, and not a moment longer, the functions that are alive
have the code of that form.

A function is swapped only where it is certain which code is its twin. Code objects compare by value and
the import system has its own, from a `.pyc`: so twins are found by value, name, line and columns within
one file, and those that are equal and yet stand for different text (on Python 3.10, which knows no
columns, two equal lambdas on one line) are left alone and listed in `skipped`.
"""

from __future__ import annotations

import ast
import builtins
import gc
import inspect
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any, final

from ..locations.source_locations import UserCode
from .rewrite import rewrite
from .sites import OBSERVER, Binding, Kind, Site

__all__ = [
    "OBSERVER",
    "Binding",
    "Kind",
    "Observed",
    "Site",
    "Skipped",
    "Swap",
    "observe_source",
    "observed_files",
]

Observer = Callable[[int, Any], Any]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A function that stays unobserved. `line` counts from 0."""

    function: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Observed:
    """The two forms of one file.

    `plain` and `observed` are the code of the module. `twins` leads from the code of a plain function to
    that of its observed form, `originals` from any observed code back. `tree` is what `observed` was
    compiled from: its nodes have the places of the user's text. Sites are numbered from `base`.
    """

    file: str
    plain: CodeType
    observed: CodeType
    tree: ast.Module = field(repr=False)
    base: int
    sites: tuple[Site, ...] = field(repr=False)
    twins: Mapping[CodeType, CodeType] = field(repr=False)
    originals: Mapping[CodeType, CodeType] = field(repr=False)
    skipped: tuple[Skipped, ...] = ()

    @property
    def end(self) -> int:
        """The number after that of the last site: the `base` of the next file."""
        return self.base + len(self.sites)

    def site(self, number: int) -> Site:
        """Raises IndexError where the number belongs to another file."""
        if not self.base <= number < self.end:
            raise IndexError(f"site {number} is not in {self.file}")
        return self.sites[number - self.base]


def observe_source(text: str, file: str, base: int = 0) -> Observed:
    """Both forms of `text`, which is the source of `file`.

    `file` is the name that the code of the imported module has (its `co_filename`).

    Raises:
        SyntaxError, ValueError, RecursionError: Python itself cannot compile `text`.
    """
    # Importing the module has said what there was to warn of.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = text.removeprefix("\ufeff")
        plain = compile(text, file, "exec", dont_inherit=True)
        try:
            return _observe(text, file, base, plain)
        except RecursionError:
            skipped = Skipped("<module>", 0, "its syntax is too deeply nested")
            return Observed(file, plain, plain, ast.Module([], []), base, (), {}, {}, (skipped,))


def _observe(text: str, file: str, base: int, plain: CodeType) -> Observed:
    tree = ast.parse(text, file)
    sites = rewrite(tree, text, base)
    observed = compile(tree, file, "exec", dont_inherit=True)
    pairs = _Pairs()
    pairs.match(plain, observed)
    skipped = tuple(pairs.skipped.values())
    return Observed(file, plain, observed, tree, base, sites, pairs.twins, pairs.originals, skipped)


class _Pairs:
    """Which code of the plain form is which of the observed form."""

    def __init__(self) -> None:
        self.twins: dict[CodeType, CodeType] = {}
        self.originals: dict[CodeType, CodeType] = {}
        self.skipped: dict[CodeType, Skipped] = {}

    def match(self, plain: CodeType, observed: CodeType) -> bool:
        """Pairs what the two contain. Returns whether every code inside of `observed` got its original."""
        ours, theirs = _inside(plain), _inside(observed)
        complete = ours.keys() == theirs.keys()
        for shape, codes in ours.items():
            twins = theirs.get(shape, [])
            # Equal codes are one constant, their twins are not: each has sites of its own.
            originals = codes * len(twins) if len(codes) == 1 else codes
            if len(originals) != len(twins) or not twins:
                self._skip(codes, "its observed form could not be matched")
                complete = False
                continue
            for original, twin in zip(originals, twins, strict=True):
                complete &= self._pair(original, twin)
        return complete

    def _pair(self, plain: CodeType, observed: CodeType) -> bool:
        # A function whose inner functions have no way back must not make any.
        if not self.match(plain, observed):
            self._skip([plain], "a function inside it could not be matched")
            return False
        if plain.co_flags & inspect.CO_OPTIMIZED and plain != observed:
            self.originals[observed] = plain
            self._add(plain, observed)
        return True

    def _add(self, plain: CodeType, observed: CodeType) -> None:
        if plain not in self.skipped and self.twins.setdefault(plain, observed) != observed:
            self._skip([plain], "it equals another function on the same line")

    def _skip(self, codes: Iterable[CodeType], reason: str) -> None:
        for code in codes:
            self.twins.pop(code, None)
            self.skipped[code] = Skipped(_qualname(code), code.co_firstlineno - 1, reason)


def _inside(code: CodeType) -> dict[object, list[CodeType]]:
    """The codes that `code` makes functions and classes of, in order, by what two forms have in common."""
    found: dict[object, list[CodeType]] = defaultdict(list)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found[_shape(constant)].append(constant)
    return found


def _shape(code: CodeType) -> tuple[object, ...]:
    """What must be the same for one code to stand in for the other in a living function."""
    arguments = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount
    names = code.co_varnames, code.co_freevars, code.co_cellvars
    return _qualname(code), code.co_firstlineno, code.co_flags, *arguments, *names


def _qualname(code: CodeType) -> str:
    return getattr(code, "co_qualname", code.co_name)  # 3.11+


def observed_files(user_code: UserCode) -> list[Observed]:
    """The two forms of each file of the user's that is loaded."""
    observed: list[Observed] = []
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        syntax = user_code.syntax(file) if isinstance(file, str) and user_code.is_user(file) else None
        if syntax is not None and isinstance(file, str):
            observed.append(observe_source(syntax.text, file, observed[-1].end if observed else 0))
    return observed


@final
class Swap:
    """While it lasts, every living function of the given files is observed.

    `observer` gets a site's number and a value, and what it returns goes on in the value's place. Functions
    that observed code makes are observed from birth; at the end all go back to their plain code, also when
    the body raised. Functions that come from plain code meanwhile (of a module imported in the body) stay
    plain, as do frames that are running, and functions that `gc.freeze` has hidden.

    A frame that outlives the swap, such as a generator half done, goes on in the form it began in. The name
    in `builtins` therefore stays, and just hands the value on; only where such a frame was stopped in the
    midst of an expression does the old observer see that one value still.

    Raises:
        RuntimeError: on entry, another swap lasts.
    """

    def __init__(self, files: Iterable[Observed], observer: Observer) -> None:
        self.functions = 0  # how many were swapped on entry
        self._observer = observer
        self._forth: dict[str, Mapping[CodeType, CodeType]] = {}
        self._back: dict[str, Mapping[CodeType, CodeType]] = {}
        for observed in files:
            self._forth[observed.file] = observed.twins
            self._back[observed.file] = observed.originals

    def __enter__(self) -> Swap:
        if getattr(builtins, OBSERVER, _hand_on) is not _hand_on:
            raise RuntimeError("another swap lasts")
        setattr(builtins, OBSERVER, self._observer)
        try:
            self.functions = _exchange(self._forth)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        _exchange(self._back)
        setattr(builtins, OBSERVER, _hand_on)


def _hand_on(_site: int, value: Any) -> Any:
    return value


def _exchange(codes: Mapping[str, Mapping[CodeType, CodeType]]) -> int:
    """Gives each living function the code that stands for its own, if one does. Returns how many it gave."""
    count = 0
    # By type, not isinstance: that would ask `__class__`, and so run user code.
    for function in [candidate for candidate in gc.get_objects() if type(candidate) is FunctionType]:
        code = codes.get(function.__code__.co_filename, _NOTHING).get(function.__code__)
        # Sandboxed globals have builtins of their own, where the observer is not.
        if code is not None and getattr(function, "__builtins__", None) is vars(builtins):
            function.__code__ = code
            count += 1
    return count


_NOTHING: Mapping[CodeType, CodeType] = {}
