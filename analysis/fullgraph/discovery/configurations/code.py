"""The code that a configuration stands for: `from pkg import Net; Net(width=64)` at the line of the section.

A text as those of documents are, so that whoever reads code finds the models in it. The rule: a section of
which one argument is not known gives no text, because another model would be built without.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath

from ...configuration.file import ConfigurationFile
from ...configuration.sections import Opaque, Path, Section, Value
from ...text.source import SourceText, SyntaxProblem, parse_module
from ..repository.parsed import ParsedFile
from .composition import Configurations
from .instances import Instance, instance_of, instances
from .named_classes import NamedClasses

_MOST = 30  # instances of one file
_GET = ("hydra.utils.get_class", "hydra.utils.get_method", "hydra.utils.get_object")


class NotKnownError(Exception):
    """An argument depends on more than the repository's files tell."""


def code_in(file: ConfigurationFile, every: Configurations, known: NamedClasses) -> Iterator[ParsedFile]:
    """A text for each section of a file that makes something of the repository's."""
    if not any(name in file.source.text for name in known.by_name):
        return
    top = every.composed(file)
    for path, found in list(instances(top, known))[:_MOST]:
        if found.section.file != file.file:  # it stands in a file that this one includes
            continue
        writer = _Writer(file, every, known)
        try:
            call = writer.call(found, path)
        except NotKnownError:
            continue
        parsed = _parsed(file, found.section.line, writer.imports, call)
        if parsed is not None:
            yield parsed


def _parsed(file: ConfigurationFile, line: int, imports: list[str], call: str) -> ParsedFile | None:
    """The imports stand above where there is a line for them, so that the call begins its own."""
    statements = [*dict.fromkeys(imports), call]
    lines = [""] * len(file.source.lines)
    if line:
        lines[0], statements = "; ".join(statements[:-1]), statements[-1:]
    lines[line] = "; ".join(statements)
    source = SourceText(file.file, "\n".join(lines))
    tree = parse_module(source.normal)
    return None if isinstance(tree, SyntaxProblem) else ParsedFile(source, tree, PurePath(file.file).stem)


def literal(value: Value) -> str:
    """The text of a plain value.

    Raises:
        NotKnownError: the file does not tell it.
    """
    if isinstance(value, Opaque):
        raise NotKnownError
    if isinstance(value, Section):
        return f"{{{', '.join(f'{name!r}: {literal(each)}' for name, each in value.values.items())}}}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    return repr(value)


class _Writer:
    """Writes one call, and collects what has to be imported for it."""

    def __init__(self, file: ConfigurationFile, every: Configurations, known: NamedClasses) -> None:
        self.imports: list[str] = []
        self._names: dict[str, str] = {}  # by full name, what the text calls it
        self._file = file
        self._every = every
        self._known = known

    def call(self, instance: Instance, path: Path) -> str:
        """`Net(width=64)`.

        Raises:
            NotKnownError: an argument is not known.
        """
        if instance.name in _GET:
            wanted = instance.kwargs.values.get("path")
            return self._name(wanted) if isinstance(wanted, str) else literal(Opaque())
        name = self._name(instance.name)
        given = [self._value(each, instance, (*path, str(i))) for i, each in enumerate(instance.args)]
        named = {key: value for key, value in instance.kwargs.values.items() if value != "???"}
        if not all(key.isidentifier() for key in named):
            raise NotKnownError
        given += [f"{key}={self._value(value, instance, (*path, key))}" for key, value in named.items()]
        if instance.partial:
            self.imports.append("from functools import partial")
            return f"partial({', '.join((name, *given))})"
        return f"{name}({', '.join(given)})"

    def _name(self, full: str) -> str:
        """What a full name is called in the text: with its module, where another has its last part."""
        full = self._known.full_name(full) or full
        parts = full.split(".")
        if len(parts) < 2 or not all(each.isidentifier() for each in parts):
            raise NotKnownError
        if full not in self._names:
            own = next((i for i, each in enumerate(parts) if each[:1].isupper()), len(parts) - 1) or 1
            module, name = ".".join(parts[:own]), parts[own]
            alias = name if name not in self._names.values() else f"{name}_{len(self._names)}"
            self.imports.append(f"from {module} import {name}" + (f" as {alias}" if alias != name else ""))
            self._names[full] = ".".join((alias, *parts[own + 1 :]))
        return self._names[full]

    def _value(self, value: Value, of: Instance, path: Path) -> str:
        value = self._every.settled(value, self._file, path)
        inner = instance_of(value, self._known, bare=False) if isinstance(value, Section) else None
        if inner is not None and of.nested:
            return self.call(inner, path)
        if isinstance(value, Section):
            return self._settings(value, of, path) if of.settings else self._plain(value, of, path)
        if isinstance(value, tuple):
            items = (self._value(each, of, (*path, str(i))) for i, each in enumerate(value))
            return f"[{', '.join(items)}]"
        return literal(value)

    def _settings(self, section: Section, of: Instance, path: Path) -> str:
        self.imports.append("from omegaconf import OmegaConf")
        return f"OmegaConf.create({self._plain(section, of, path)})"

    def _plain(self, section: Section, of: Instance, path: Path) -> str:
        """A dict; what is in a plain section of an instance's is made too."""
        inside = replace(of, settings=False)
        items = (
            f"{name!r}: {self._value(each, inside, (*path, name))}" for name, each in section.values.items()
        )
        return f"{{{', '.join(items)}}}"
