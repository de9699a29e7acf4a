"""Whether an exception would be caught before it leaves the user's program.

`try: … except RuntimeError:` around an operation that export refuses makes a program that exports.
"""

from __future__ import annotations

import ast
import os
from pathlib import Path
from types import FrameType
from typing import Any

import torch
import torch.distributions

from ...model import Place
from .source_locations import UserCode, positions_of_stack
from .syntax import Syntax


def would_catch(error: BaseException, user_code: UserCode, frame: FrameType | None) -> bool:
    """Whether a `try` around one of the frames from `frame` outwards handles `error`."""
    return catcher(error, user_code, frame) is not None


def catcher(error: BaseException, user_code: UserCode, frame: FrameType | None) -> Place | None:
    """What handles `error` in one of the frames from `frame` outwards: the classes of an `except`, or a call.

    Looks at the code of the user, of libraries, and at torch's modules; the rest of torch is its machinery
    for tracing, which handles nothing that comes out of the program.
    """
    while frame is not None:
        file = frame.f_code.co_filename
        outside = user_code.is_user(file) or user_code.is_library(file) or file.startswith(_TORCH_MODELS)
        if outside and (place := _catches(error, user_code, frame)):
            return place
        frame = frame.f_back
    return None


_TORCH_MODELS = tuple(
    str(Path(package.__file__).parent) + os.sep for package in (torch.nn, torch.distributions)
)


def _catches(error: BaseException, user_code: UserCode, frame: FrameType) -> Place | None:
    position = next(positions_of_stack(frame))
    syntax = user_code.syntax(position.file)
    node: ast.AST | None = syntax.statement_at(position.line) if syntax else None
    while syntax is not None and node is not None and not isinstance(node, (ast.FunctionDef, ast.Lambda)):
        parent = syntax.parents.get(node)
        if isinstance(parent, ast.Try) and node in parent.body:
            for handler in parent.handlers:
                if _handles(handler, error, frame):
                    return _place_of(handler, position.file, syntax)
        if isinstance(parent, ast.With) and node in parent.body:
            for item in parent.items:
                if _suppresses(item, error, frame):
                    return Place(position.file, syntax.range_of(item.context_expr))
        node = parent
    return None


def _place_of(handler: ast.ExceptHandler, file: str, syntax: Syntax) -> Place:
    if handler.type is None:
        return Place(file, syntax.line_range(handler.lineno))
    return Place(file, syntax.range_of(handler.type))


def _handles(handler: ast.ExceptHandler, error: BaseException, frame: FrameType) -> bool:
    return handler.type is None or isinstance(error, _classes(handler.type, frame))


def _suppresses(item: ast.withitem, error: BaseException, frame: FrameType) -> bool:
    call = item.context_expr
    if not isinstance(call, ast.Call) or not ast.unparse(call.func).endswith("suppress"):
        return False
    return any(isinstance(error, _classes(argument, frame)) for argument in call.args)


def _classes(expression: ast.expr, frame: FrameType) -> tuple[type[BaseException], ...]:
    try:
        code = compile(ast.Expression(expression), "<handler>", "eval")
        value: Any = eval(code, frame.f_globals, dict(frame.f_locals))  # noqa: S307 (names of exception classes)
    except Exception:  # noqa: BLE001 (what cannot be told catches, so that nothing false is reported)
        return (BaseException,)
    classes = value if isinstance(value, tuple) else (value,)
    return tuple(c for c in classes if isinstance(c, type) and issubclass(c, BaseException))
