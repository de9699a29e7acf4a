"""From a failed run to wishes: by the layer that refused, by the user's own assertion, by torch's words.

The call that raised is the best witness, as it has the weight whose size the input must have. Then the
user's code: of `assert x.shape[1] == self.channels` both sides are still there to be looked at. Words
come last: two numbers, of which one is a size of ours, are taken for what it is and what it should be.
"""

from __future__ import annotations

import ast
import functools
import linecache
import math
import re
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from ..torch_compat import wording
from .refused_calls import of_call
from .repairs import LARGEST, AtLeast, Below, Instead, Repair, Rerank, Reshape, Resize, Retype, Unit, Volume
from .sizes import sized
from .spec import Candidate, tensors
from .trial import Failed


def diagnose(failed: Failed, candidate: Candidate) -> Iterator[Repair]:
    """What a failed run asks for, the most certain first."""
    if failed.call is not None:
        yield from of_call(failed.call)
    yield from of_code(failed)
    yield from _of_words(failed, candidate)


# -- by the user's code ------------------------------------------------------------------------------

_Pair = tuple[ast.expr, ast.expr, bool]


def of_code(failed: Failed) -> Iterator[Repair]:
    """By the conditions in the user's code that led there."""
    for frame, line in failed.frames[:2]:
        for test in _tests(frame.f_code.co_filename, line):
            yield from _of_test(test, frame)


@functools.lru_cache(maxsize=256)
def _tests(file: str, line: int) -> tuple[ast.expr, ...]:
    """The conditions that led to the failure at a line: of the assertion, of the `if` around a raise."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError, RecursionError):
        return ()
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.Assert, ast.If)) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    around.sort(key=lambda node: -node.lineno)
    return tuple(node.test for node in around[:2])


def _of_test(test: ast.expr, frame: FrameType) -> Iterator[Repair]:
    for node in ast.walk(test):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            size, step = _value(node.left, frame), _value(node.right, frame)
            if _is_size(size) and _is_size(step) and size % step:
                yield Resize(size, max(2, round(size / step)) * step)
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            yield from _of_comparison(node, frame)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance":
            yield from _of_isinstance(node)


def _of_comparison(node: ast.Compare, frame: FrameType) -> Iterator[Repair]:
    left, right = _value(node.left, frame), _value(node.comparators[0], frame)
    text = ast.unparse(node.left)
    for one, other in ((left, right), (right, left)):
        options = other if isinstance(node.ops[0], (ast.In, ast.NotIn)) else (other,)
        for option in options if isinstance(options, (tuple, list)) else ():
            counts = _is_count(one) and _is_count(option) and max(one, option) < 7
            if counts and ("dim" in text or text.startswith("len(")):
                yield Rerank(option, one)
            elif _is_size(one) and _is_size(option):
                yield Resize(one, option)
            elif isinstance(one, tuple) and isinstance(option, (tuple, list)):
                yield from (
                    Resize(a, b)
                    for a, b in zip(one, option, strict=False)
                    if a != b and _is_size(a) and _is_size(b)
                )


def _of_isinstance(node: ast.Call) -> Iterator[Repair]:
    said = ast.unparse(node.args[1]) if len(node.args) > 1 else ""
    name = node.args[0].id if node.args and isinstance(node.args[0], ast.Name) else ""
    if "list" in said or "tuple" in said or "Sequence" in said:
        yield Instead("[]", name)
    if said in ("int", "float"):
        yield Instead("4", name)


def _value(node: ast.expr, frame: FrameType) -> Any:
    """What an expression of a condition is worth; it was evaluated there a moment ago."""
    if not all(isinstance(each, _PLAIN_SYNTAX) for each in ast.walk(node)):
        return None
    try:
        code = compile(ast.Expression(node), "<condition>", "eval")
        value = eval(code, frame.f_globals, dict(frame.f_locals))  # noqa: S307 (the user's own condition)
    except Exception:  # noqa: BLE001 (a condition that raises says nothing)
        return None
    return tuple(map(sized, value)) if isinstance(value, tuple) else sized(value)


_PLAIN_SYNTAX = (
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.Constant,
    ast.Call,
    ast.Tuple,
    ast.List,
    ast.BinOp,
    ast.operator,
    ast.expr_context,
    ast.UnaryOp,
    ast.USub,
    ast.Slice,
)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST


# -- by the words ------------------------------------------------------------------------------------


def _of_view(shape: str, size: int) -> tuple[Repair, ...]:
    sizes = [int(each) for each in shape.split(",")]
    known = math.prod(each for each in sizes if each > 0)
    if all(each > 0 for each in sizes):
        return (Volume(size, known),)
    return tuple(Volume(size, known * more) for more in (max(1, size // known), 1, 2, 4))


_ASKED: dict[str, Callable[[re.Match[str]], tuple[Repair, ...]]] = {
    "unpacked": lambda m: (Rerank(int(m[1]), int(m[2])), Instead("[]")),
    "rank": lambda m: (Rerank(*map(int, m.groups())),),
    "either rank": lambda m: (Rerank(int(m[2])), Rerank(int(m[1]))),
    "any rank": lambda m: (Rerank(int(m[1])), Rerank(int(m[2]))),
    "permuted": lambda m: (Rerank(int(m[2]), int(m[1])),),
    "higher rank": lambda m: (Rerank(int(m[1]) + 1, int(m[1])), Rerank(int(m[1]) + 2, int(m[1]))),
    "usual rank": lambda _: (Rerank(3), Rerank(4), Rerank(2)),
    "chunks": lambda m: _of_chunks(int(m[1]), int(m[2])),
    "view": lambda m: _of_view(m[1], int(m[2])),
    "unit": lambda _: (Unit(),),
    "larger": lambda m: (AtLeast(int(m[1] or m[2]) + 1),),
    "index": lambda _: (Below(2), Below(1)),
    "integer": lambda _: (Retype("int"), Retype("bool")),
    "float": lambda _: (Retype("float"),),
    "several": lambda _: (Instead("[]"),),
    "number": lambda _: (Instead("4"),),
    "channels": lambda m: tuple(Resize(n, int(m[1])) for n in (3, 2, 24)),
    "no tensor": lambda _: (Instead("[]"), Instead("None"), Instead("4")),
}
"""By what a sentence of `wording.INPUT_COMPLAINTS` asks for."""


def _of_chunks(size: int, chunks: int) -> tuple[Repair, ...]:
    return Resize(size, max(1, size // chunks) * chunks or chunks), Resize(size, chunks)


def _of_words(failed: Failed, candidate: Candidate) -> Iterator[Repair]:
    text = str(failed.error)
    for asks, pattern in wording.INPUT_COMPLAINTS:
        if match := pattern.search(text):
            yield from _ASKED[asks](match)
    shapes = [tuple(map(int, each.split(","))) for each in wording.SHAPE.findall(text)[:4]]
    for shape in shapes:
        yield from (Reshape(shape, other) for other in shapes if other != shape)
    numbers = list(dict.fromkeys(int(n) for n in wording.NUMBER.findall(text)))
    ours = {size for spec in tensors(candidate) for size in spec.sizes}
    for size in numbers[:8]:
        if size in ours:
            yield from (Resize(size, other) for other in numbers[:8] if other not in ours and other > 1)
    # A size that is none of ours was made of one of ours on the way.
    for size in numbers[:6]:
        if size not in ours and size > 1:
            yield from (Resize(size, other) for other in numbers[:6] if other not in (size, 0, 1))
