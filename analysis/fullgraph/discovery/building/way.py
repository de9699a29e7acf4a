"""One way to build a model: an expression, and where it is evaluated."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ...model import Slice
from ...python.syntax.statements import Function
from ..repository.parsed import ParsedFile


@dataclass(frozen=True, slots=True)
class Construction:
    """`model` is evaluated in the file `home`, or where `slice` says; `node` is what of that file builds it."""

    model: str
    home: ParsedFile
    node: Function | ast.ClassDef | ast.expr
    slice: Slice | None = None
