"""Targets said in pyproject.toml, one table each.

    [[tool.fullgraph.targets]]
    module = "models/gate.py"        # or the name it is imported by
    model = "Gate()"
    args = "(torch.randn(2, 64),)"
    dynamic_shapes = '{"x": {0: Dim("batch")}}'

`model`, `args`, `kwargs` and `dynamic_shapes` are Python in strings. An escape in a basic string
(`\\"`, where a literal string needs none) is longer in the file than in the expression: the expression's
start and its end are right, and a column told by whoever evaluates it is too low by the escapes before it
on its line. Mistakes that are found here are placed exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ...model import Expression, Finding, Position, Range, Target
from ...project.files import ModuleFile, NoModule
from ...python.syntax.expressions import Locate, mistake
from ...text.messages import target_error, unknown
from ...text.source import SourceText
from ...toml.document import TomlDocument
from ...toml.positions import Path, Spelled
from ..finder import Discovered, Finder, Module, target_name

TARGETS: Path = ("tool", "fullgraph", "targets")
KEYS = ("module", "model", "args", "kwargs", "dynamic_shapes", "strict")
_EXPRESSIONS = ("model", "args", "kwargs", "dynamic_shapes")

FindModule = Callable[[str], ModuleFile | NoModule]
"""The file of a module said by import name or by path."""


def find(module: Module) -> Discovered:
    return Discovered(module.configured)


def read_targets(document: TomlDocument, find_module: FindModule, *, strict: bool = False) -> Discovered:
    """All targets of a pyproject.toml; those with mistakes are left out, and each mistake is a finding."""
    tables = document.at(TARGETS)
    if tables is None:
        return Discovered()
    if isinstance(tables, dict):
        hint = "use double brackets: `[[tool.fullgraph.targets]]`"
        place = document.key_place(TARGETS)
        return Discovered(findings=(target_error("`targets` must be an array of tables", place, hint),))
    if not isinstance(tables, list):
        place = document.value_place(TARGETS)
        return Discovered(findings=(target_error("`targets` must be an array of tables", place),))
    found = (_target(document, (*TARGETS, index), find_module, strict) for index in range(len(tables)))
    return sum(found, Discovered())


def _target(document: TomlDocument, path: Path, find_module: FindModule, strict: bool) -> Discovered:
    table = document.at(path)
    if not isinstance(table, Mapping):
        wrong = target_error("a target must be a table", document.value_place(path))
        return Discovered(findings=(wrong,))
    said = _Said(document, path, table)
    findings = tuple(said.mistakes())
    if findings:
        return Discovered(findings=findings)
    module = find_module(str(table["module"]))
    if isinstance(module, NoModule):
        place = document.value_place((*path, "module"))
        return Discovered(findings=(target_error(module.message, place),))
    expressions = {key: said.expression(key) for key in _EXPRESSIONS if key in table}
    target = Target(
        name=target_name(module.name, expressions["model"].text),
        module=module.name,
        file=module.file,
        origin="pyproject",
        place=expressions["model"].place,
        model=expressions["model"],
        args=expressions.get("args"),
        kwargs=expressions.get("kwargs"),
        dynamic_shapes=expressions.get("dynamic_shapes"),
        strict=bool(table.get("strict", strict)),
    )
    return Discovered((target,))


@dataclass(frozen=True, slots=True)
class _Said:
    """One table of `document`, at `path`."""

    document: TomlDocument
    path: Path
    table: Mapping[str, object]

    def mistakes(self) -> Iterator[Finding]:
        for key in ("module", "model"):
            if key not in self.table:
                yield target_error(f"missing key `{key}`", self.document.key_place(self.path))
        for key, value in self.table.items():
            yield from self._mistakes_in(key, value)

    def _mistakes_in(self, key: str, value: object) -> Iterator[Finding]:
        path = (*self.path, key)
        place = self.document.value_place(path)
        if key not in KEYS:
            yield target_error(unknown("key", key, KEYS), self.document.key_place(path))
        elif key == "strict" and not isinstance(value, bool):
            yield target_error("`strict` must be `true` or `false`", place)
        elif key == "module" and not isinstance(value, str):
            yield target_error("`module` must be a string: the name or path of a module", place)
        elif key in _EXPRESSIONS and not isinstance(value, str):
            yield target_error(f"`{key}` must be a string that contains a Python expression", place)
        elif isinstance(value, str) and not value.strip():
            yield target_error(f"`{key}` is empty", place)
        elif key in _EXPRESSIONS:
            yield from self._mistakes_in_python(key)

    def _mistakes_in_python(self, key: str) -> Iterator[Finding]:
        spelled = self._spelled(key)
        text, locate = _stripped(spelled, self.document.source)
        finding = mistake(text, self.document.source, locate)
        yield from (finding,) if finding else ()

    def expression(self, key: str) -> Expression:
        text, locate = _stripped(self._spelled(key), self.document.source)
        last = text.rpartition("\n")[2]
        where = Range(locate(Position(0, 0)), locate(Position(text.count("\n"), len(last))))
        return Expression(text, self.document.source.place(where))

    def _spelled(self, key: str) -> Spelled:
        spelled = self.document.spelled((*self.path, key))
        assert spelled is not None, f"the reader has a string for `{key}`"
        return spelled


def _stripped(spelled: Spelled, source: SourceText) -> tuple[str, Locate]:
    """The expression without the space around it, and where its characters stand in the file."""
    text = spelled.value.strip()
    skipped = spelled.value.index(text)
    within = SourceText("", text)

    def locate(position: Position) -> Position:
        index = skipped + within.offset_at(position)
        # Where a part ends is where its last character does: a line break may be spelled after it.
        if position == within.whole.end:
            return source.position_at(spelled.spans[index - 1][1])
        return source.position_at(spelled.spans[index][0])

    return text, locate


FINDER = Finder("pyproject", "declared", "pyproject.toml", find)
