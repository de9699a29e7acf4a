"""What an annotation says of a tensor: `Float[Tensor, "batch seq 64"]` its type and each of its dimensions.

The words of jaxtyping: a name is a dimension, equal names are the same one; `64` and `name=64` are 64;
`*name` and `...` are any number of dimensions, of which one is taken; `#name` may be 1, and is taken as
`name`; `_` and `_name` are dimensions of which nothing is said; `name+1` is computed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...python.binding import scopes
from ...python.binding.imports import Imports
from ...python.syntax.assignments import assignments
from ...python.syntax.names import last_part
from ...python.syntax.statements import body_last, of_scope
from ...text.source import SyntaxProblem, parse_expression

_DTYPES = {
    "Float": "float32", "Float16": "float16", "BFloat16": "bfloat16", "Float32": "float32",
    "Float64": "float64", "Shaped": "float32", "Num": "float32", "Real": "float32", "Inexact": "float32",
    "Complex": "complex64", "Complex64": "complex64", "Complex128": "complex128", "Bool": "bool",
    "Int": "int64", "Integer": "int64", "UInt": "uint8", "Int8": "int8", "Int16": "int16", "Int32": "int32",
    "Int64": "int64", "UInt8": "uint8",
}  # fmt: skip
_TENSORS = frozenset({"Tensor", "Parameter", "FloatTensor", "LongTensor", "IntTensor", "BoolTensor"})
_SCALARS = {"bool": "False", "int": "2", "float": "0.5"}
_NAME = re.compile(r"[A-Za-z_]\w*")
_NOTHING = frozenset({"", "_", "..."})


@dataclass(frozen=True, slots=True)
class Dimension:
    """`expression` is Python over the names of dimensions, or a number; empty where nothing is said."""

    expression: str

    @property
    def is_name(self) -> bool:
        return self.expression.isidentifier()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(_NAME.findall(self.expression))


@dataclass(frozen=True, slots=True)
class Shaped:
    """A tensor of a type and shape."""

    dtype: str
    shape: tuple[Dimension, ...]


@dataclass(frozen=True, slots=True)
class Several:
    """A tuple or list. `ending` closes it: `,)` or `]`."""

    parts: tuple[Annotated, ...]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number, as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class PlainTensor:
    """`torch.Tensor`, of which nothing else is said."""


Annotated = Shaped | Several | Scalar | PlainTensor


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the names of a module stand for: what it imports, and the annotations that it gave a name."""

    imports: Imports
    aliases: Mapping[str, ast.expr]

    def dotted(self, node: ast.expr) -> str:
        """The full name of what an expression names, and an empty one of any other expression."""
        return self.imports.dotted(node)


def vocabulary(tree: ast.Module, imports: Imports) -> Vocabulary:
    """What the names in a module's annotations stand for: its imports, and its assignments at the top."""
    given = (each for node in of_scope(tree.body, body_last) for each in assignments(node))
    return Vocabulary(imports, {target.id: value for target, value in given if isinstance(target, ast.Name)})


def tensor_arguments(forward: ast.FunctionDef, words: Vocabulary | None = None) -> tuple[str, ...]:
    """The arguments of a forward that its annotations call tensors, `Tensor | None` included."""
    given = words or Vocabulary(Imports({}), {})
    arguments = (each for each, _ in scopes.given(forward.args))
    said = ((each.arg, annotated(each.annotation, given)) for each in arguments if each.annotation)
    return tuple(name for name, value in said if isinstance(value, Shaped | PlainTensor))


def annotated(node: ast.expr, words: Vocabulary, depth: int = 8) -> Annotated | None:
    """What an annotation says; None where it says nothing that a tensor or number could be made of."""
    if depth == 0:
        return None
    match node:
        case ast.Constant(value=str(text)):
            tree = parse_expression(text.strip())
            return None if isinstance(tree, SyntaxProblem) else annotated(tree.body, words, depth - 1)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _either([left, right], words, depth)
        case ast.Subscript(value=base, slice=inner):
            return _subscript(words.dotted(base), inner, words, depth)
        case ast.Name(id=name) if name in words.aliases:
            return annotated(words.aliases[name], words, depth - 1)
    full = words.dotted(node)
    if last_part(full) in _TENSORS:
        return PlainTensor()
    return Scalar(_SCALARS[full]) if full in _SCALARS else None


def _subscript(full: str, inner: ast.expr, words: Vocabulary, depth: int) -> Annotated | None:
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    match last_part(full):
        case "Optional" | "Union":
            return _either(parts, words, depth)
        case "Annotated":
            return annotated(parts[0], words, depth - 1)
        case "tuple" | "Tuple":
            return _several(parts, words, depth)
        case "list" | "List" | "Sequence":
            return _several([parts[0]] * 2, words, depth, is_list=True)
    dtype = _DTYPES.get(last_part(full)) if full.startswith("jaxtyping.") else None
    return _shaped(dtype, parts, words, depth) if dtype and len(parts) == 2 else None


def _shaped(dtype: str, parts: list[ast.expr], words: Vocabulary, depth: int) -> Shaped | None:
    """`Float[Tensor, "batch 4"]`; the array may be annotated itself: `Float[Float[Tensor, "4"], "batch"]`."""
    array, text = annotated(parts[0], words, depth - 1), parts[1]
    if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
        return None
    shape = _shape(text.value)
    if shape is None or not isinstance(array, PlainTensor | Shaped):
        return None
    return Shaped(dtype, shape if isinstance(array, PlainTensor) else (*shape, *array.shape))


def _shape(text: str) -> tuple[Dimension, ...] | None:
    shape = [_dimension(word) for word in text.split()]
    return None if any(each is None for each in shape) else tuple(each for each in shape if each)


def _dimension(word: str) -> Dimension | None:
    word = word.lstrip("*#?")
    if word in _NOTHING or (word.startswith("_") and word.isidentifier()):
        return Dimension("")
    # `channels=3` is 3, and says what for.
    name, equals, value = word.partition("=")
    said = value if equals and name.isidentifier() else word
    tree = parse_expression(said)
    if isinstance(tree, SyntaxProblem) or not _is_arithmetic(tree.body):
        return None
    return Dimension(said)


_ARITHMETIC = (ast.BinOp, ast.Name, ast.Constant, ast.operator, ast.expr_context)


def _is_arithmetic(node: ast.expr) -> bool:
    """`{n}` of an f-string and calls are of the running program; nothing is made of them."""
    for each in ast.walk(node):
        if not isinstance(each, _ARITHMETIC) or isinstance(each, ast.Pow | ast.LShift):
            return False
        if isinstance(each, ast.Constant) and (type(each.value) is not int or each.value > 2**16):
            return False
    return True


def _several(
    parts: list[ast.expr], words: Vocabulary, depth: int, *, is_list: bool = False
) -> Several | None:
    if len(parts) == 2 and isinstance(parts[1], ast.Constant) and parts[1].value is ...:
        parts = [parts[0]] * 2
    said = [annotated(each, words, depth - 1) for each in parts]
    known = tuple(each for each in said if each is not None)
    return Several(known, is_list) if known and len(known) == len(said) else None


def _either(parts: list[ast.expr], words: Vocabulary, depth: int) -> Annotated | None:
    """The first of them that is not None: more of the model runs with it than without."""
    if any(
        words.dotted(each) == "" and not isinstance(each, ast.Constant | ast.Subscript | ast.BinOp)
        for each in parts
    ):
        return None
    said = (annotated(each, words, depth - 1) for each in parts if not _is_none(each))
    return next((each for each in said if each is not None), None)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
