"""One way to build a model: an expression, and where it is evaluated."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from ...model import MadeUp, Place, Slice
from ...python.syntax.statements import Function
from ..finder import Module
from ..repository.parsed import ParsedFile
from ..slicing.plain import is_plain
from ..slicing.selection import CannotSlice
from ..slicing.slicer import slice_for


@dataclass(frozen=True, slots=True)
class Construction:
    """`model` is evaluated in the file `home`, or where `slice` says; `node` is what of that file builds it.

    `made_up` are names in it that nothing tells. `place` is where it stands, if that is not where the node is.
    """

    model: str
    home: ParsedFile
    node: Function | ast.ClassDef | ast.expr
    slice: Slice | None = None
    made_up: tuple[MadeUp, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Sliced:
    """How a file is run for a name of its top: as it is, or in part."""

    slice: Slice | None


def sliced(home: ParsedFile, name: str, module: Module) -> Sliced | None:
    """None where the name cannot be had without running what must not be run."""
    there = replace(module, parsed=home, configured=(), recorded=())
    if is_plain(there):
        return Sliced(None)
    text = slice_for(there, frozenset({name}))
    return None if isinstance(text, CannotSlice) else Sliced(Slice(text))
