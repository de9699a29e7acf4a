"""The settings of a project: `[tool.fullgraph]` in its pyproject.toml.

Every setting is one line of `_SETTINGS`. What is wrong is a finding at the key or value, and the
setting keeps its default, so that one slip does not stop the check of everything else.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..discovery.finders.pyproject import FindModule, read_targets
from ..model import Finding, Target
from ..text.messages import target_error, unknown
from ..text.patterns import pattern_problem
from ..text.source import SourceText
from ..toml.document import TomlDocument, read_toml

TABLE = ("tool", "fullgraph")


@dataclass(frozen=True, slots=True)
class Config:
    """What a project's pyproject.toml says, and what holds where it is silent."""

    python: str | None = None
    """The interpreter: an absolute path, or the name of a command. None: whichever the face chooses."""
    timeout: float = 60.0
    """Seconds for one trace."""
    memory: int | None = None
    """Bytes for one trace. None: half of the machine's."""
    select: tuple[str, ...] = ()
    """The only rules to report; empty for all."""
    ignore: tuple[str, ...] = ()
    """Rules not to report."""
    strict: bool = False
    """Whether targets that say nothing of it are exported in strict mode."""
    jobs: int | None = None
    """Traces at the same time. None: as many as suit the machine."""
    cuda: str | None = ""
    """CUDA_VISIBLE_DEVICES for the worker. None: as it is in the environment."""
    graph_breaks: bool = False
    exclude: tuple[str, ...] = ()
    """Patterns of what is left out below a folder; see `project/exclusion.py`."""
    respect_gitignore: bool = True
    """Whether what git ignores is left out below a folder."""
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Configured:
    """The settings of a project, and what is wrong in their text."""

    config: Config = Config()
    findings: tuple[Finding, ...] = ()


def read_config(source: SourceText, find_module: FindModule, rules: Collection[str]) -> Configured:
    """The settings in the text of a pyproject.toml; those of an empty text are the defaults.

    `find_module` finds the files of targets, `rules` are all names that rules have.
    """
    document = read_toml(source)
    if isinstance(document, Finding):
        return Configured(findings=(document,))
    table = document.at(TABLE)
    if not isinstance(table, Mapping):
        return Configured(findings=tuple(_not_a_table(document)))
    values: dict[str, Any] = {}
    findings: list[Finding] = []
    for key in table:
        value = _setting(key, document, rules)
        if isinstance(value, Finding):
            findings.append(value)
        elif key != "targets":
            values[key.replace("-", "_")] = value
    config = replace(Config(), **values)
    found = read_targets(document, find_module, strict=config.strict)
    return Configured(replace(config, targets=found.targets), (*findings, *found.findings))


def _not_a_table(document: TomlDocument) -> Iterator[Finding]:
    for path in (TABLE[:1], TABLE):
        value = document.at(path)
        if value is not None and not isinstance(value, Mapping):
            yield target_error(f"`{'.'.join(path)}` must be a table", document.value_place(path))


def _setting(key: str, document: TomlDocument, rules: Collection[str]) -> object:
    """The value of one key, or the finding about it."""
    path = (*TABLE, key)
    if key not in _SETTINGS:
        return target_error(unknown("key", key, _SETTINGS), document.key_place(path))
    context = Context(key, str(Path(document.source.file).parent), rules)
    value = _SETTINGS[key](document.at(path), context)
    if isinstance(value, Wrong):
        return target_error(value.message, document.value_place((*path, *value.path)))
    return value


# -- what each setting can be ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Context:
    """What the reader of a setting may know beside its value."""

    key: str
    folder: str  # that of pyproject.toml
    rules: Collection[str]


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a value cannot be; `path` leads to the part of it that is meant."""

    message: str
    path: tuple[int, ...] = ()


Reader = Callable[[object, Context], object]
"""From the TOML value to the one in `Config`, or `Wrong`."""

_MEMORY = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_LONGEST = 1_000_000  # seconds; a wait for longer overflows on some platforms
_MOST = 2**60  # bytes; a limit above is refused by the kernel


def _switch(value: object, context: Context) -> object:
    return value if isinstance(value, bool) else Wrong(f"`{context.key}` must be `true` or `false`")


def _seconds(value: object, context: Context) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST:
        return Wrong(f"`{context.key}` must be a number of seconds, above 0 and at most {_LONGEST}")
    return float(value)


def _count(value: object, context: Context) -> object:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1024:
        return Wrong(f"`{context.key}` must be an integer from 1 to 1024")
    return value


def _bytes(value: object, context: Context) -> object:
    size: object = value
    if isinstance(value, str):
        match = _MEMORY.fullmatch(value.strip())
        size = _size(match) if match else None
    if isinstance(size, bool) or not isinstance(size, int) or not 0 < size <= _MOST:
        return Wrong(f'`{context.key}` must be a number of bytes, or a string such as "4GiB" or "500MB"')
    return size


def _size(match: re.Match[str]) -> int:
    base = 1024 if match[3] else 1000
    power = " kmgt".index(match[2].lower() or " ")
    return math.floor(float(match[1]) * math.pow(base, power))


def _devices(value: object, context: Context) -> object:
    if isinstance(value, bool):
        return None if value else ""
    if isinstance(value, str) and "\0" not in value:
        return value
    return Wrong(
        f'`{context.key}` must be `true`, `false`, or a value for CUDA_VISIBLE_DEVICES, such as "0,1"'
    )


def _interpreter(value: object, context: Context) -> object:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        return Wrong(f"`{context.key}` must be a string: the path or name of a Python interpreter")
    if "/" not in value and os.sep not in value and not value.startswith("~"):
        return value
    return str(Path(context.folder, os.path.expanduser(value)))  # noqa: PTH111 (Path's raises without a home)


def _strings(value: object, context: Context) -> object:
    if not isinstance(value, list):
        return Wrong(f"`{context.key}` must be an array of strings")
    for index, element in enumerate(value):
        if not isinstance(element, str):
            return Wrong(f"each element of `{context.key}` must be a string", (index,))
    return tuple(value)


def _rules(value: object, context: Context) -> object:
    names = _strings(value, context)
    for index, name in enumerate(names if isinstance(names, tuple) else ()):
        if name not in context.rules:
            return Wrong(unknown("rule", name, context.rules), (index,))
    return names


def _patterns(value: object, context: Context) -> object:
    patterns = _strings(value, context)
    for index, pattern in enumerate(patterns if isinstance(patterns, tuple) else ()):
        if (problem := pattern_problem(pattern)) is not None:
            return Wrong(f"`{pattern}` {problem}" if pattern.strip() else f"this pattern {problem}", (index,))
    return patterns


_SETTINGS: Mapping[str, Reader] = {
    "python": _interpreter,
    "timeout": _seconds,
    "memory": _bytes,
    "select": _rules,
    "ignore": _rules,
    "strict": _switch,
    "jobs": _count,
    "cuda": _devices,
    "graph-breaks": _switch,
    "exclude": _patterns,
    "respect-gitignore": _switch,
    "targets": lambda value, _: value,  # read by the way of finding targets that they are
}
