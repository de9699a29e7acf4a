"""Options of the command line, variables of the environment and answers that nobody gave.

The rule: what has a default is not touched, and a choice is the first one.
"""

from __future__ import annotations

import argparse
import builtins
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from ....model import AssumedKind
from ...torch_compat.hooks import patched
from .notes import Notes, Want
from .unknown import Text, text


@contextmanager
def filled(notes: Notes) -> Iterator[None]:
    """Within, what the user's program asks of whoever runs it is answered."""
    with ExitStack() as stack:
        for owner, name, make in (
            (argparse.ArgumentParser, "parse_known_args", _parsing(notes)),
            (type(os.environ), "__getitem__", _variable(notes)),
            (type(os.environ), "get", _optional(notes)),
            (os, "getenv", _optional(notes)),
            (builtins, "input", _input(notes)),
            (sys, "argv", lambda argv: _Arguments(argv, notes)),
        ):
            stack.enter_context(patched(owner, name, make))
        yield


# -- argparse ----------------------------------------------------------------------------------------


def _parsing(notes: Notes) -> Any:
    def make(original: Any) -> Any:
        def parse(parser: argparse.ArgumentParser, args: Any = None, namespace: Any = None) -> Any:
            given = list(sys.argv[1:] if args is None else args)
            return original(parser, [*given, *_fill(parser, given, notes)], namespace)

        return parse

    return make


def _fill(parser: Any, given: Sequence[str], notes: Notes) -> Sequence[str]:
    """Gives a parser's required options a default; what has to stand on the command line is returned."""
    for group in parser._mutually_exclusive_groups:  # noqa: SLF001 (argparse has no other way to ask)
        group.required = False
    added: list[str] = []
    for action in parser._actions:  # noqa: SLF001
        names = {each.partition("=")[0] for each in given} & set(action.option_strings)
        if not action.required or names or (not action.option_strings and given):
            continue
        if isinstance(action.choices, dict):  # its subcommands
            added += list(action.choices)[:1]
        else:
            action.required = False
            action.default = _of_action(action, notes)
            # argparse would convert the default, and a plain text says nothing when it is compared.
            action.type = None if action.type is str else action.type
    return added


def _of_action(action: argparse.Action, notes: Notes) -> Any:
    name = action.option_strings[-1] if action.option_strings else action.dest
    value = _typed(action, name, notes)
    notes.add("option", name, _shown(value))
    if isinstance(action.nargs, int):
        return [value] * action.nargs
    return [value] if action.nargs in ("+", "*") else value


def _typed(action: argparse.Action, name: str, notes: Notes) -> Any:
    if action.choices:
        return next(iter(action.choices))
    want = Want(name, name, "option", action.dest)
    if action.type in (int, float):
        return notes.demand(want)
    if isinstance(action.type, type) and issubclass(action.type, os.PathLike):
        return Path(action.dest)
    return text(notes, want)


def _shown(value: Any) -> str:
    """What is said to stand in: a text that nobody chose has no meaning."""
    return "a placeholder string" if isinstance(value, Text) else str(value)


# -- the environment, and what is asked ---------------------------------------------------------------


def _variable(notes: Notes) -> Any:
    def make(original: Any) -> Any:
        def item(environment: Any, key: Any) -> Any:
            try:
                return original(environment, key)
            except KeyError as error:
                caller = sys._getframe(1)
                own = notes.user_code.is_user(caller.f_code.co_filename)
                if not own or notes.is_handled(error, caller):
                    raise
                return _answer(notes, "environment", str(key))

        return item

    return make


def _optional(notes: Notes) -> Any:
    """Without a default it gives None, which many ask for: it is answered where only a text will do."""

    def make(original: Any) -> Any:
        def get(*args: Any, **kwargs: Any) -> Any:
            value = original(*args, **kwargs)
            if value is None and _is_needed(sys._getframe(1), notes):
                key = kwargs.get("key", args[-1] if args else "")
                return _answer(notes, "environment", str(key))
            return value

        return get

    return make


_NEEDS_TEXT = re.compile(r"\b(int|float|Path|join|load|open)\(\s*(os\.)?(getenv|environ\.get)\([^,()]*\)")


def _is_needed(frame: FrameType, notes: Notes) -> bool:
    file = frame.f_code.co_filename
    syntax = notes.user_code.syntax(file) if notes.user_code.is_user(file) else None
    lines = syntax.lines if syntax else ()
    return frame.f_lineno <= len(lines) and bool(_NEEDS_TEXT.search(lines[frame.f_lineno - 1]))


def _input(notes: Notes) -> Any:
    return lambda _original: lambda prompt="": _answer(notes, "option", str(prompt).strip() or "input()")


class _Arguments(list[Any]):
    """`sys.argv`, of which each argument that is asked for is there."""

    def __init__(self, argv: Sequence[str], notes: Notes) -> None:
        super().__init__(argv)
        self._notes = notes

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice) or index < len(self):
            return super().__getitem__(index)
        return _answer(self._notes, "option", f"argument {index}")

    def __reduce__(self) -> tuple[type[list[Any]], tuple[list[Any]]]:
        """What multiprocessing sends to a process that it starts is what was given."""
        return list, ([*self],)


def _answer(notes: Notes, kind: AssumedKind, name: str) -> str:
    value = text(notes, Want(name, name, kind))
    notes.add(kind, name, _shown(value))
    return value
