"""Where the program is: from stack frames and tracebacks to exact ranges in the user's own source.

The rule: a place is an expression of the user's, never a line of torch's. The interpreter says which
instruction was running; the syntax tree of the same text says which expression that is, and what asked
for it (the test of an `if`, the iterable of a `for`).
"""

from __future__ import annotations

import ast
import dis
import functools
import io
import os
import sys
import sysconfig
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import Path
from traceback import FrameSummary
from types import CodeType, FrameType, TracebackType

from ...model import Construct, Frame, Place, Position, Range, TraceRequest
from . import columns
from .syntax import Syntax, asked, construct_of, extent, refuses

OURS = str(Path(__file__).resolve().parents[2]) + os.sep
_STDLIB = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib")})
_PACKAGES = ("site-packages", "dist-packages")


@dataclass(frozen=True, slots=True)
class FramePosition:
    """One moment of one function: its code, the line, and the instruction (-1: only the line is known).

    Dynamo runs no frames of its own but tells columns: start and end, in UTF-8 bytes as `ast` has them.
    """

    file: str
    line: int  # from 1, as Python counts
    code: CodeType | None = None
    instruction: int = -1
    columns: tuple[int, int] | None = None


class UserCode:
    """Which code is the user's, and what its text is.

    Files below the project's root are the user's, but for installed packages in it; the file of the
    target always is, so that a module inside `site-packages` can be checked when it is asked for.
    """

    def __init__(self, request: TraceRequest) -> None:
        self.root = _resolved(request.root)
        self.target = _resolved(request.target.file)
        self._target_place = request.target.place
        self._is_installed = self.target.startswith(_STDLIB) or any(
            p in _PACKAGES for p in Path(self.target).parts
        )
        self.overlays = {_resolved(file): text for file, text in request.overlays.items()}
        self._expressions: dict[str, list[Syntax]] = {}
        self._is_user = functools.lru_cache(maxsize=None)(self._find_is_user)
        self._syntax = functools.lru_cache(maxsize=None)(self._read)

    def is_user(self, file: str) -> bool:
        return self._is_user(file)

    def may_be_user(self, file: str) -> bool:
        """Whether there is a need to look: not for what is installed, unless the target is."""
        return self._is_installed or not is_installed(file)

    def is_library(self, file: str) -> bool:
        """Somebody else's code that a user may want to see: not torch, not Python, not ours."""
        # Ours lies among the installed packages too, unless it is a checkout.
        named = file.startswith(("<", OURS)) or (file.startswith(_STDLIB) and "-packages" not in file)
        return not named and not self.is_user(file) and not _is_torch(file)

    def add_expression(self, file: str, syntax: Syntax) -> None:
        """Makes the text of a target (in a comment, in TOML) known under the file it stands in."""
        self._expressions.setdefault(_resolved(file), []).append(syntax)

    def syntax(self, file: str) -> Syntax | None:
        return self._syntax(_resolved(file))

    def frame_at(self, positions: Sequence[FramePosition]) -> Frame | None:
        """The user's innermost place in a stack given innermost first, or None: no code of theirs."""
        users = [index for index, position in enumerate(positions) if self.is_user(position.file)]
        if not users:
            return None
        innermost, *outer = users
        library = next((s for s in positions[:innermost] if self.is_library(s.file)), None)
        calls = tuple(self._place(positions[index]) for index in reversed(outer))
        return self._frame(positions[innermost], self._place(library) if library else None, calls)

    def here(self) -> Frame | None:
        """Where the user's program is at this moment."""
        return self.frame_at(list(positions_of_stack(sys._getframe(1))))

    def library_here(self) -> Frame | None:
        """Where a library is at this moment, of a model that is nowhere the user's own code."""
        return self._library_frame([list(positions_of_stack(sys._getframe(1)))])

    def direct(self) -> Frame | None:
        """Where the user's program is, if it is their code (and not torch's, called by it) that acts now."""
        positions = [s for s in positions_of_stack(sys._getframe(1)) if not s.file.startswith(OURS)]
        return self.frame_at(positions) if positions and self.is_user(positions[0].file) else None

    def of_exception(self, error: BaseException) -> Frame | None:
        """Where the user's program was when `error` was raised, else where a cause of it was."""
        frames = (self.frame_at(positions) for positions in _positions_of_causes(error))
        return next(filter(None, frames), None)

    def in_library(self, error: BaseException) -> Frame | None:
        """Where a library was when `error` was raised: of a model that is nowhere the user's own code.

        Its place is the target, and what is asked there is the library's.
        """
        return self._library_frame([*_positions_of_causes(error), list(positions_of_stack(sys._getframe(1)))])

    def _library_frame(self, stacks: Sequence[Sequence[FramePosition]]) -> Frame | None:
        position = next(
            (position for positions in stacks for position in positions if self.is_library(position.file)),
            None,
        )
        if position is None:
            return None
        frame = self._frame(position, None, ())
        return replace(frame, place=self._target_place, statement=None, library=frame.place)

    def of_lines(self, stack: Sequence[tuple[str, int]]) -> Frame | None:
        """The user's place in a stack of files and lines, innermost first: what the statement there computes."""
        frame = self.frame_at([FramePosition(file, line) for file, line in stack])
        syntax = self.syntax(frame.place.file) if frame else None
        statement = syntax.statement_at(frame.place.range.start.line + 1) if frame and syntax else None
        value = getattr(statement, "value", None)
        if frame is None or syntax is None or not isinstance(value, ast.expr):
            return frame
        place = Place(frame.place.file, syntax.range_of(value))
        return replace(frame, place=place, text=syntax.segment(value))

    def of_summaries(self, summaries: Sequence[FrameSummary]) -> Frame | None:
        """The user's place in a stack that Dynamo kept, outermost first."""
        return self.frame_at(
            [FramePosition(s.filename, s.lineno or 0, columns=_columns(s)) for s in reversed(summaries)]
        )

    def _frame(self, position: FramePosition, library: Place | None, calls: tuple[Place, ...]) -> Frame:
        found = self._expression(position)
        if found is None:
            syntax = self.syntax(position.file)
            construct, test = _raising(syntax, position.line) if syntax else (None, "")
            return Frame(self._place(position), construct, library=library, calls=calls, text=test)
        syntax, node = found
        statement = syntax.statement_of(node)
        return Frame(
            place=Place(_resolved(position.file), syntax.range_of(node)),
            construct=construct_of(node, syntax),
            statement=syntax.range_of(statement) if statement else None,
            callee=_callee(position, node, syntax),
            library=library,
            calls=calls,
            text=syntax.segment(asked(node, syntax)),
            refuses=refuses(statement),
        )

    def _place(self, position: FramePosition) -> Place:
        file = _resolved(position.file)
        if found := self._expression(position):
            return Place(file, found[0].range_of(found[1]))
        syntax = self.syntax(file)
        if syntax is None:
            return Place(file, Range(Position(position.line - 1, 0), Position(position.line - 1, 0)))
        return Place(file, syntax.line_range(position.line))

    def _expression(self, position: FramePosition) -> tuple[Syntax, ast.expr] | None:
        own = self.syntax(position.file)
        if position.columns is not None and own is not None:
            node = own.between(position.line, *position.columns)
            return (own, node) if node else None
        for syntax in (*self._expressions.get(_resolved(position.file), ()), *([own] if own else [])):
            extent_here = _extent(position, syntax)
            if extent_here and (node := syntax.expression(*extent_here)):
                return syntax, node
        return None

    def _find_is_user(self, file: str) -> bool:
        # Most of what is loaded is installed, and to resolve a path costs a look at the disk.
        if file.startswith("<") or not self.may_be_user(file):
            return False
        path = _resolved(file)
        if path == self.target or path in self._expressions:
            return True
        if not path.startswith(self.root.rstrip("/\\") + ("\\" if "\\" in self.root else "/")):
            return False
        inside = Path(path[len(self.root) :]).parts
        return not path.startswith(OURS) and not any(part in _PACKAGES for part in inside)

    def _read(self, file: str) -> Syntax | None:
        try:
            text = self.overlays[file] if file in self.overlays else read_source(file)
            return Syntax(text, ast.parse(text))
        except (OSError, SyntaxError, ValueError, RecursionError):
            return None


def _raising(syntax: Syntax, line: int) -> tuple[Construct | None, str]:
    """What a statement is that raises by itself, and the condition that it does so by."""
    statement = syntax.statement_at(line)
    if isinstance(statement, ast.Assert):
        return "assert", syntax.segment(statement.test)
    if not isinstance(statement, ast.Raise):
        return None, ""
    around = (node for node in ast.walk(syntax.tree) if isinstance(node, ast.If))
    test = next((node.test for node in around if statement in (*node.body, *node.orelse)), None)
    return "raise", syntax.segment(test) if test is not None else ""


def read_source(file: str) -> str:
    """The text of a Python file in the encoding it declares, line ends as they are.

    Raises:
        OSError, SyntaxError: it cannot be read or decoded.
    """
    data = Path(file).read_bytes()
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding)


def positions_of_stack(frame: FrameType | None) -> Iterator[FramePosition]:
    """Innermost first."""
    while frame is not None:
        yield FramePosition(frame.f_code.co_filename, frame.f_lineno or 0, frame.f_code, frame.f_lasti)
        frame = frame.f_back


def _positions_of_causes(error: BaseException) -> Iterator[list[FramePosition]]:
    """The stack of an exception, innermost first, and those of what caused it."""
    for cause in causes(error):
        yield list(reversed(list(positions_of_traceback(cause.__traceback__))))


def causes(error: BaseException) -> Iterator[BaseException]:
    """An exception, what caused it, and what caused that; each once, as they may go in a circle."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def positions_of_traceback(traceback: TracebackType | None) -> Iterator[FramePosition]:
    """Outermost first, as tracebacks are."""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        yield FramePosition(code.co_filename, traceback.tb_lineno or 0, code, traceback.tb_lasti)
        traceback = traceback.tb_next


def _columns(summary: FrameSummary) -> tuple[int, int] | None:
    start, end = getattr(summary, "colno", None), getattr(summary, "end_colno", None)
    return (start, end) if start is not None and end is not None else None


def frame_of_dump(request: TraceRequest, stack: Sequence[tuple[str, int]]) -> Frame | None:
    """The user's place in a stack of (file, line), innermost first, as `faulthandler` writes it."""
    return UserCode(request).frame_at([FramePosition(file, line) for file, line in stack])


def _extent(position: FramePosition, syntax: Syntax) -> tuple[int, int, int, int] | None:
    if position.code is None or position.instruction < 0:
        return None
    instruction = _value_at(position.code, position.instruction)
    if hasattr(position.code, "co_positions"):
        here = next(islice(position.code.co_positions(), instruction // 2, None), (None,) * 4)
        line, end_line, column, end_column = here
        if line and end_line and column is not None and end_column is not None:
            return line, column, end_line, end_column
    node = columns.node_at(position.code, instruction, syntax.tree)
    return extent(node) if node is not None else None


def _value_at(code: CodeType, instruction: int) -> int:
    """Of a jump, the instruction that made the value it asks.

    The jump of `None if mask.all() else x` has the position of the whole, and that of an `if` of
    `a and b` the position of the `if`: the operand is what came before.
    """
    operations = code.co_code  # made anew at each look (3.11+)
    before = instruction
    while before > 0 and dis.opname[operations[before]].startswith(_ASKING):
        before -= 2
    return instruction if dis.opname[operations[before]].startswith(("JUMP", "POP_TOP")) else before


_ASKING = (
    *("POP_JUMP", "JUMP_IF", "UNARY_NOT", "TO_BOOL", "COPY", "CACHE", "NOP", "EXTENDED_ARG"),
    *("GET_ITER", "FOR_ITER"),  # up to 3.11 these have the position of the whole `for`
)


def region_of(frame: FrameType) -> tuple[int | None, ...]:
    """The extent of the expression that a live frame evaluates; on Pythons without columns, its line.

    Fast: it is asked for at every torch function.
    """
    code = frame.f_code
    if not hasattr(code, "co_positions"):
        return (frame.f_lineno,)
    # By identity, as to hash a code is to hash all of its bytes; it is kept, so that no other gets its id.
    _, known = _REGIONS.setdefault(id(code), (code, {}))
    if frame.f_lasti not in known:
        value = _value_at(code, frame.f_lasti)
        known[frame.f_lasti] = next(islice(code.co_positions(), value // 2, None), (None,))
    return known[frame.f_lasti]


_REGIONS: dict[int, tuple[CodeType, dict[int, tuple[int | None, ...]]]] = {}


def _callee(position: FramePosition, node: ast.expr, syntax: Syntax) -> str | None:
    """What is being called, or the operation itself; None where Python asks a value for its truth.

    Both can have the same position: in `if x.any():` the jump has that of `x.any()`.
    """
    name = _operation(position)
    if isinstance(node, ast.Call) and name.startswith(_CALLING):
        return syntax.segment(node.func)
    return syntax.segment(node) if name.startswith(_OPERATING) and name != "UNARY_NOT" else None


def _operation(position: FramePosition) -> str:
    if position.code is None or position.instruction < 0:
        return "CALL"
    at = position.instruction
    # While a function written in Python runs, its caller stands at the last cache of the call (3.11).
    while at > 0 and dis.opname[position.code.co_code[at]] == "CACHE":
        at -= 2
    return dis.opname[position.code.co_code[at]]


_CALLING = ("CALL", "PRECALL", "WITH_EXCEPT")
_OPERATING = ("BINARY_", "INPLACE_", "UNARY_", "COMPARE_OP", "STORE_SUBSCR", "LOAD_ATTR", "STORE_SLICE")


def _is_torch(file: str) -> bool:
    parts = Path(file).parts
    return any(a in _PACKAGES and b in ("torch", "functorch") for a, b in pairwise(parts))


@functools.cache
def is_installed(file: str) -> bool:
    """Whether a file is Python's own, or of an installed package, by its name alone."""
    return file.startswith(_STDLIB) or any(f"{os.sep}{name}{os.sep}" in file for name in _PACKAGES)


@functools.cache
def _resolved(file: str) -> str:
    return str(Path(file).resolve())
