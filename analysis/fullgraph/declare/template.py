"""The comment to fill in for a model that nothing says how to export: a suggestion for each input.

The rule: what is suggested follows from names and annotations of the constructor and of `forward`. It is there
to be changed, and declares nothing before somebody has read it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..python.binding import scopes
from ..python.syntax.names import dotted_name, last_part
from ..python.syntax.statements import Function
from ..text.source import SourceText, SyntaxProblem, parse_module


@dataclass(frozen=True, slots=True)
class Blank:
    """What somebody is to look at, and a suggestion."""

    text: str


@dataclass(frozen=True, slots=True)
class Template:
    """`pieces` are one line, which goes above `line`."""

    line: int
    pieces: tuple[str | Blank, ...]

    @property
    def text(self) -> str:
        """With the suggestions as they are."""
        return "".join(each.text if isinstance(each, Blank) else each for each in self.pieces)


def template(source: SourceText, name: str) -> Template | None:
    """That of a class at the top of a module; None where there is no such class."""
    tree = parse_module(source.normal)
    body = [] if isinstance(tree, SyntaxProblem) else tree.body
    model = next((each for each in body if isinstance(each, ast.ClassDef) and each.name == name), None)
    if model is None:
        return None
    pieces = ("# fullgraph: ", *_model(model), "args=(", *_inputs(model), ")")
    lines = [model.lineno, *(each.lineno for each in model.decorator_list)]
    return Template(min(lines) - 1, pieces)


def _model(model: ast.ClassDef) -> Iterator[str | Blank]:
    given = [each for each, default in _parameters(model, "__init__") if default is None]
    if given:
        yield f"model={model.name}("
        for number, parameter in enumerate(given):
            yield f"{', ' if number else ''}{parameter.arg}="
            yield Blank(_setting(parameter))
        yield "), "


def _inputs(model: ast.ClassDef) -> Iterator[str | Blank]:
    given = [each for each, default in _parameters(model, "forward") if default is None]
    for number, parameter in enumerate(given):
        yield " " if number else ""
        yield Blank(_input(parameter))
        yield "," if number < len(given) - 1 or len(given) == 1 else ""


def _parameters(model: ast.ClassDef, name: str) -> Iterable[tuple[ast.arg, ast.expr | None]]:
    """Those of a method by name or place, without `self`."""
    method = next((each for each in model.body if isinstance(each, Function) and each.name == name), None)
    return list(scopes.given(method.args))[1:] if method else ()


def _setting(parameter: ast.arg) -> str:
    kind = last_part(dotted_name(parameter.annotation)) if parameter.annotation else ""
    return {"bool": "True", "float": "0.1", "str": '""'}.get(kind, "64")


_INDICES = ("input_ids", "tokens", "token_ids", "ids", "idx", "indices", "src", "tgt", "labels")
_LENGTHS = ("lengths", "lens", "timesteps", "timestep", "t")


def _input(parameter: ast.arg) -> str:
    kind = last_part(dotted_name(parameter.annotation)) if parameter.annotation else ""
    plain = {"bool": "True", "int": "8", "float": "1.0"}.get(kind)
    name = parameter.arg
    if plain:
        return plain
    if name in _INDICES or name.endswith(("_ids", "_tokens", "_idx")):
        return "torch.randint(0, 100, (2, 16))"
    if name in _LENGTHS or name.endswith(("_lengths", "_lens")):
        return "torch.randint(1, 16, (2,))"
    if "mask" in name:
        return "torch.ones(2, 16, dtype=torch.bool)"
    image = name in ("image", "images", "img", "pixel_values")
    return "torch.randn(2, 3, 224, 224)" if image else "torch.randn(2, 64)"
