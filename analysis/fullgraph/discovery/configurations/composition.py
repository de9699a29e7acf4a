"""The configuration files of a repository together: defaults lists, and where `${data.classes}` leads.

As Hydra composes: `defaults: [base, {encoder: small}]` merges files, those of a group under the group's name,
and an interpolation is looked up from the top of what was composed. The rule: what is looked up in no file, as
an environment variable or a resolver of the program's, is not known.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import PurePath

from ...configuration.file import ConfigurationFile
from ...configuration.sections import Opaque, Path, Section, Value

_DEEPEST = 8
_PRIMARY = re.compile(r"config|default|defaults|main|train|eval|base|experiment|cfg|run|hydra")
_INTERPOLATION = re.compile(r"\$\{([^${}]+)\}")
_MISSING = "???"


class Configurations:
    """The files that may be configurations, each read when something asks for what it holds."""

    def __init__(self, files: Iterable[ConfigurationFile]) -> None:
        self.files = tuple(files)
        self._composed: dict[str, Section | None] = {}

    @cached_property
    def _by_name(self) -> Mapping[str, ConfigurationFile]:
        return {posixpath.splitext(_posix(each.file))[0]: each for each in self.files}

    def named(self, path: str) -> ConfigurationFile | None:
        """The file with a path, which may leave out how it ends."""
        return self._by_name.get(path) or self._by_name.get(posixpath.splitext(path)[0])

    # -- defaults lists ------------------------------------------------------------------------------

    def composed(self, file: ConfigurationFile, depth: int = 0) -> Section | None:
        """What a file holds, with the files of its defaults list; None where it is no configuration."""
        if file.file not in self._composed:
            self._composed[file.file] = None  # one that includes itself adds nothing
            self._composed[file.file] = self._compose(file, depth)
        return self._composed[file.file]

    def _compose(self, file: ConfigurationFile, depth: int) -> Section | None:
        top = file.top
        entries = top.values.get("defaults") if top else None
        if top is None or not isinstance(entries, tuple) or depth > _DEEPEST:
            return top
        own = top.without("defaults")
        parts: list[Section] = []
        for entry in entries:
            parts += [own] if entry == "_self_" else self._included(entry, file, depth)
        if "_self_" not in entries:
            parts.append(own)
        whole = parts[0]
        for part in parts[1:]:
            whole = _merged(whole, part)
        return replace(own, values=whole.values)

    def _included(self, entry: Value, file: ConfigurationFile, depth: int) -> list[Section]:
        """The file that an entry names, under the name of its group."""
        group, name = _entry(entry)
        if not name or group.startswith("override "):
            return []
        group, _, package = group.removeprefix("optional ").partition("@")
        found = self._named(posixpath.join(group, name), file)
        section = self.composed(found, depth + 1) if found else None
        if section is None:
            return []
        for part in reversed([each for each in (package or group).split("/") if each]):
            inner: Value = section
            section = Section({part: inner}, section.line, section.file)
        return [section]

    def _named(self, name: str, asking: ConfigurationFile) -> ConfigurationFile | None:
        """A file beside the asking one, or below a folder above it, where its group is."""
        folder = posixpath.dirname(_posix(asking.file))
        path = posixpath.splitext(name)[0] if name.endswith((".yaml", ".yml")) else name
        for _ in range(_DEEPEST):
            found = self._by_name.get(posixpath.join(folder, path.lstrip("/")))
            if found is not None:
                return found
            folder = posixpath.dirname(folder)
        return None

    # -- interpolations ------------------------------------------------------------------------------

    def settled(self, value: Value, file: ConfigurationFile, path: Path, depth: int = 0) -> Value:
        """A value whose interpolations are looked up; Opaque where one is not known."""
        if not isinstance(value, str) or "${" not in value:
            return Opaque() if value == _MISSING else value
        if depth > _DEEPEST:
            return Opaque()
        whole = _INTERPOLATION.fullmatch(value)
        if whole:
            found = self._looked_up(whole[1], file, path)
            return self.settled(found, file, path, depth + 1)
        match = _INTERPOLATION.search(value)
        part = self._looked_up(match[1], file, path) if match else Opaque()
        if match is None or not isinstance(part, str | int | float):
            return Opaque()
        return self.settled(f"{value[: match.start()]}{part}{value[match.end() :]}", file, path, depth + 1)

    def _looked_up(self, key: str, file: ConfigurationFile, path: Path) -> Value:
        if ":" in key:  # a resolver
            return Opaque()
        parts = tuple(re.findall(r"[^.\[\]]+", key))
        up = len(key) - len(key.lstrip("."))
        if up:
            parts = (*path[: max(0, len(path) - up)], *parts)
        found = (top.at(inner) for top, inner in self._tops(file, parts))
        return next((each for each in found if not isinstance(each, Opaque)), Opaque())

    def _tops(self, file: ConfigurationFile, path: Path) -> Iterator[tuple[Section, Path]]:
        """Where a path may lead from: the file, as one of its group, what includes it, and other groups."""
        own = self.composed(file)
        folder = PurePath(file.file).parent
        if own is not None:
            yield own, path
            if path[:1] == (folder.name,):
                yield own, path[1:]
        for other in self.files:
            above = PurePath(other.file).parent in (folder, folder.parent, folder.parent.parent)
            if above and _PRIMARY.fullmatch(PurePath(other.file).stem) and (top := self.composed(other)):
                yield top, path
        for other in self.files:
            named = PurePath(other.file)
            if path[:1] in ((named.stem,), (named.parent.name,)) and (top := self.composed(other)):
                yield top, path[1:]


def _entry(entry: Value) -> tuple[str, str]:
    """The group and the name that an entry of a defaults list says; no name where it says none."""
    if isinstance(entry, str):
        group, _, name = entry.rpartition("/")
        return group, name
    if isinstance(entry, Section) and len(entry.values) == 1:
        [(group, value)] = entry.values.items()
        return group, value if isinstance(value, str) else ""
    return "", ""


def _merged(one: Section, other: Section) -> Section:
    """Both, the later one's values in the place of the earlier one's."""
    values = dict(one.values)
    for name, value in other.values.items():
        before = values.get(name)
        if isinstance(before, Section) and isinstance(value, Section):
            values[name] = _merged(before, value)
        else:
            values[name] = value
    return replace(other, values=values)


def _posix(file: str) -> str:
    return file.replace("\\", "/")
