"""Values to try for a number that nobody knows: by the default of its parameter, its name, and the inputs' sizes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any

from .notes import Want

_MAKING = frozenset(
    ["randn", "rand", "zeros", "ones", "empty", "full", "randint", "arange", "randn_like", "normal"]
)

_BY_NAME: Sequence[tuple[str, tuple[Any, ...]]] = (
    (
        r".*drop(_?out|_?path)?(_?(rate|prob|p))?|rate|prob|.*_(rate|prob|eps|momentum|decay|alpha|beta|gamma)|lr|eps",
        (0.1,),
    ),
    (r".*_per_.*", (1, 2)),
    (r"(.*_)?(mean|mu|offset|bias|shift)(_.*)?", (0.0,)),
    (r"(.*_)?(std|sigma|var|variance)(_.*)?", (1.0,)),
    (r"(in|input)_?(ch\w*|planes|nc)|n?_?channels_?in|channels|in_c|nc", (3, 1)),
    (r".*(class|label|categor|targets).*|.*\bn_?out\b.*|out(put)?_\w+", (10,)),
    (r".*(batch|bs).*", (2,)),
    (r".*(layer|depth|block|stack|stage|level).*", (2,)),
    (r".*head.*", (4, 2, 8, 1)),
    (r".*(vocab|tokens?|words?|entit|items?|users?|nodes?).*", (1000,)),
    (r"len\(.*\)", (10,)),
    (r".*(img|image|res(olution)?|crop|height|size_?[hw])\w*|size|h|w", (224, 32, 64)),
    (r".*(seq|len|length|context|steps?|window|horizon|frames?).*", (32, 16, 128)),
    (r".*(kernel|ksize|k_size).*", (3, 1)),
    (r".*(stride|group|dilation|expansion).*", (1, 2)),
    (r".*(scale|factor|upscale|ratio).*", (2, 4)),
    (r".*(seed|device|gpu|rank|worker|epoch|iter|padding).*", (0, 1)),
    (r".*(patch).*", (16, 8, 4)),
    (r".*mels?", (80,)),
    (r".*ctx", (32,)),
    (r"n[gd]?f|n_?filters|.*filters", (16, 32)),
    (
        r".*(width|dim|hidden|embe?d|feature|units|model|latent|channel|planes|size|inner|ff|mlp|state|nz).*",
        (64, 16, 128),
    ),
)
_ANY = (16, 8, 32, 64, 3, 1, 2, 128)
_COUNTS = re.compile(
    r"batch|bs|layer|depth|block|stack|stage|level|head|class|label|vocab|kernel|stride|group|scale|seed|patch"
    r"|rank|gpu|device|worker|index|token|word|item|user|node|len\(",
    re.IGNORECASE,
)
"""What counts things that the sizes of inputs tell nothing of."""

INCIDENTAL = re.compile(
    r"(?!n_|num_|max_|.*_per_)(.*_)?(loss|acc(uracy)?|epochs?|steps?|iter\w*|best|score|metrics?|time|f1|psnr)(_.*)?"
)
"""What checkpoints note of their training; `n_frames_per_step` is none of it."""


_MODELS = re.compile(
    r"((base|ema|pretrained|student|target|teacher)_)?(model|net|network|backbone|module|student|teacher)"
)
"""What is a model, and no number stands for."""


def values_for(want: Want, sizes: Sequence[int]) -> tuple[Any, ...]:
    """The values to try, the likeliest first; `sizes` are those that the inputs are made with."""
    if want.options:
        return want.options
    if want.default is None and _MODELS.fullmatch(want.parameter or want.name):
        return ()
    if INCIDENTAL.fullmatch(want.name):
        return (0,)
    given = (want.default,) if isinstance(want.default, (int, float, str)) else ()
    if isinstance(want.default, (bool, float, str)):
        return given
    name = want.name if by_name(want.name) or not want.parameter else want.parameter
    named = by_name(name)
    if named and isinstance(named[0], float):
        return (*given, *named)
    first = () if _COUNTS.search(name) else tuple(sizes)
    return tuple(dict.fromkeys((*given, *first, *named, *sizes, *_ANY)))


def by_name(name: str) -> tuple[Any, ...]:
    """What a number of that name is likely to be; empty where the name tells nothing."""
    found = (values for pattern, values in _BY_NAME if re.fullmatch(pattern, name.strip("-"), re.IGNORECASE))
    return next(found, ())


def sizes_in(text: str) -> tuple[int, ...]:
    """The sizes that tensors are made with in a text, the last first: those are the ones that layers are made for."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return ()
    found = [size for node in ast.walk(tree) for size in _sizes(node)]
    return tuple(dict.fromkeys(size for size in found if 0 < size < 1 << 16))


def _sizes(node: ast.AST) -> Iterator[int]:
    if not isinstance(node, ast.Call):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name not in _MAKING:
        return
    for argument in reversed(node.args):
        parts = argument.elts if isinstance(argument, (ast.Tuple, ast.List)) else [argument]
        for part in reversed(parts):
            if isinstance(part, ast.Constant) and type(part.value) is int:
                yield part.value
