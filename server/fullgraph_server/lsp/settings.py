"""The editor's settings, read from the client's JSON.

The rule: every setting is one line of `_SETTINGS`. An invalid value falls back to the default, with a message
that names the setting and the values that it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from fullgraph.rules import NAMES
from fullgraph.text.patterns import pattern_problem

When = Literal["open", "save", "type"]
CheckModels = Literal["idle", "onRequest"]
Level = Literal["error", "warning", "info", "debug"]


@dataclass(frozen=True, slots=True)
class Settings:
    """None and empty mean: as the project's pyproject.toml says, else the default."""

    interpreter: str | None = None
    check_on: frozenset[When] = frozenset(("open", "save", "type"))
    delay: float = 0.6
    """Seconds without a keystroke before a trace begins."""
    check_models: CheckModels = "idle"
    """When models are checked that nobody opened."""
    strict: bool = False
    graph_breaks: bool = False
    timeout: float | None = None
    inlay_hints: bool = True
    code_lens: bool = True
    hover: bool = True
    verify: bool = True
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    level: Level = "info"


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a value is not taken; `text` follows the setting's name."""

    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The settings that a client gave, and what is wrong with them."""

    settings: Settings
    problems: tuple[str, ...] = ()


def read_settings(given: object, folder: str | None, defaults: Settings = Settings()) -> Reading:
    """The settings in what the client calls the section `fullgraph`; paths count from `folder`."""
    if given is None:
        return Reading(defaults)
    if not isinstance(given, Mapping):
        return Reading(defaults, ("`fullgraph` must be an object",))
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, (field, read) in _SETTINGS.items():
        value = _at(given, name)
        if value is None:
            continue
        got = read(value, folder)
        if isinstance(got, Wrong):
            problems.append(f"`fullgraph.{name}` {got.text}")
        else:
            values[field] = got
    return Reading(replace(defaults, **values), tuple(problems))


def _at(given: Mapping[str, Any], name: str) -> Any:
    """`check.on` is said as `{"check": {"on": …}}`, or flat."""
    if name in given:
        return given[name]
    value: Any = given
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _interpreter(value: Any, folder: str | None) -> object:
    said = value[0] if isinstance(value, list) and len(value) == 1 else value
    if said in ("", []):
        return None
    if not isinstance(said, str) or "\0" in said:
        return Wrong("must be the path of a Python interpreter, or a list with one path")
    if "/" not in said and "\\" not in said:
        return said
    return str(Path(folder or ".", Path(said).expanduser() if said.startswith("~") else said))


def _switch(value: Any, _: str | None) -> object:
    return value if isinstance(value, bool) else Wrong("must be true or false")


def _when(value: Any, _: str | None) -> object:
    said = [value] if isinstance(value, str) else value
    if not isinstance(said, list) or any(each not in ("open", "save", "type") for each in said):
        return Wrong('must be a list of "open", "save", and "type"')
    return frozenset(said)


def _check_models(value: Any, _: str | None) -> object:
    return value if value in ("idle", "onRequest") else Wrong('must be "idle" or "onRequest"')


def _milliseconds(value: Any, _: str | None) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 60_000:
        return Wrong("must be a number of milliseconds, from 0 to 60000")
    return value / 1000


def _seconds(value: Any, _: str | None) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1_000_000:
        return Wrong("must be a number of seconds, or 0 for the default")
    return float(value) or None


def _strings(value: Any, _: str | None) -> object:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return Wrong("must be a list of strings")
    return tuple(value)


def _patterns(value: Any, folder: str | None) -> object:
    patterns = _strings(value, folder)
    for pattern in patterns if isinstance(patterns, tuple) else ():
        if (problem := pattern_problem(pattern)) is not None:
            return Wrong(f"has the pattern {pattern!r}, which {problem}")
    return patterns


def _rules(value: Any, folder: str | None) -> object:
    names = _strings(value, folder)
    unknown = [name for name in names if name not in NAMES] if isinstance(names, tuple) else []
    return Wrong(f"names the unknown rule {unknown[0]!r}") if unknown else names


def _level(value: Any, _: str | None) -> object:
    return (
        value
        if value in ("error", "warning", "info", "debug")
        else Wrong('must be "error", "warning", "info", or "debug"')
    )


_SETTINGS: Mapping[str, tuple[str, Callable[[Any, str | None], object]]] = {
    "interpreter": ("interpreter", _interpreter),
    "check.on": ("check_on", _when),
    "check.delay": ("delay", _milliseconds),
    "models.check": ("check_models", _check_models),
    "strict": ("strict", _switch),
    "graphBreaks": ("graph_breaks", _switch),
    "timeout": ("timeout", _seconds),
    "inlayHints.enabled": ("inlay_hints", _switch),
    "codeLens.enabled": ("code_lens", _switch),
    "hover.enabled": ("hover", _switch),
    "fixes.verify": ("verify", _switch),
    "select": ("select", _rules),
    "ignore": ("ignore", _rules),
    "exclude": ("exclude", _patterns),
    "log.level": ("level", _level),
}
