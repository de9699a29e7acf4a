"""Edits of the statements that bind Dims: one taken out, one beside others changed, one put below another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ...model import Edit
from ..edit.lines import has_own_lines, indentation, put_below, take_out
from .scopes import Binding


@dataclass
class Statements:
    """What becomes of the statements that bind the names of a spec."""

    gone: list[Binding] = field(default_factory=list)
    below: list[tuple[Binding, str]] = field(default_factory=list)
    """A line that is to follow the statement of a binding."""

    def edits(self, changed: Iterable[Edit]) -> list[Edit]:
        """All edits, with those of the values that the statements give."""
        left = list(changed)
        for binding in self._bindings():
            own = [each for each in left if _lies_in(each, binding)]
            whole = self._whole(binding, own)
            if whole is not None:
                left = [*(each for each in left if each not in own), *whole]
        return left

    def _bindings(self) -> list[Binding]:
        touched = [*self.gone, *(binding for binding, _ in self.below)]
        return list({binding.statement: binding for binding in touched}.values())

    def _whole(self, binding: Binding, changed: list[Edit]) -> list[Edit] | None:
        """The statement with what is gone from it and what follows it; None where it cannot be edited."""
        code, statement = binding.code, binding.statement
        names = {each.name for each in self.gone if each.statement is statement}
        lines = [text for each, text in self.below if each.statement is statement]
        if names >= set(binding.names):
            if lines:
                return [code.replaced(statement, f"\n{indentation(code, statement)}".join(lines))]
            edit = take_out(code, statement)
            return [edit] if edit is not None else None
        if not names:
            edit = put_below(code, statement, *lines)
            return [*changed, edit] if edit is not None else None
        if not has_own_lines(code, statement):
            return None
        return [
            code.replaced(
                statement, f"\n{indentation(code, statement)}".join([_kept(binding, names, changed), *lines])
            )
        ]


def _lies_in(edit: Edit, binding: Binding) -> bool:
    if any(
        edit.place.file == piece.place.file and edit.place.range == piece.place.range
        for piece in binding.pieces
    ):
        return True
    where = binding.code.range(binding.statement)
    return edit.place.file == binding.code.source.file and where.contains(edit.place.range)


def _kept(binding: Binding, gone: set[str], changed: list[Edit]) -> str:
    """`a = Dim("a")` of `a, b = Dim("a"), Dim("b")`, and of `a = b = Dim("a")`."""
    new = {edit.place: edit.new_text for edit in changed}
    if binding.index is None:
        names = [name for name in binding.names if name not in gone]
        return " = ".join((*names, new.get(binding.value.place, binding.value.text)))
    texts = [new.get(piece.place, piece.text) for piece in binding.pieces]
    pairs = [pair for pair in zip(binding.names, texts, strict=True) if pair[0] not in gone]
    return f"{', '.join(name for name, _ in pairs)} = {', '.join(text for _, text in pairs)}"


def is_bound_before(binding: Binding, other: Binding) -> bool:
    """Whether a name has its value where the statement of another is run."""
    return binding.code is not other.code or (
        binding.statement is not other.statement and binding.statement.lineno < other.statement.lineno
    )
