"""A model whose numbers nobody tells: its constructor with names in their place, which the check finds values for.

`CLIP(embed_dim=embed_dim, vision_layers=vision_layers, …)`: likely values are tried where the model is built. The
rule: an argument is made up only where it is a number, some numbers, or a configuration of such; a model with a
part that somebody else gives it is not built without. Only what no other class builds is worth it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...model import MadeUp
from ...python.binding import scopes
from ...python.syntax.names import dotted_name, is_name
from ...python.syntax.statements import Function
from ..classes.classes import Class
from ..classes.constructors import ENDINGS
from ..classes.roles import is_part_by_name
from ..finder import Module
from ..repository.parsed import ParsedFile
from . import presets
from .parameters import CONFIGURATIONS
from .way import Construction, sliced

_NUMBERS = re.compile(
    r"(\w+_)?(n|d|k|h|w|c|dims?|size|sizes|width|height|depth|depths|heads?|layers?|channels?|features?|hidden|units|classes|vocab"
    r"|length|len|tokens?|steps?|kernel|stride|dilation|padding|groups?|rate|dropout|ratio|scale|factor|rank|order"
    r"|resolution|planes|filters?|bins|mels|embed|latent|levels?|stages?|experts|actions?|nodes?|items?|users?|max|min"
    r"|blocks?|window|patch|frames?|bands?|num|count|eps|alpha|beta|gamma|sigma|temperature|ctx|state|nc|nz|ngf|ndf|nf|dim\d?)"
    r"|(n|d|num|max|min|in|out|input|output|hidden|embed|vocab|len|nb|dim|size|ch)_\w+|[a-z]*_?dim\w*|nheads?|nlayers?|nhid|ninp|ntokens?|inp|oup|in_c|out_c|c\d|dim\d"
)
_OTHERS = re.compile(
    r"(\w+_)?(layer|block|cls|class|fn|func|function|module|model|net|network|backbone|encoder|decoder|activation|act|norm"
    r"|loss|criterion|transform|tokenizer|name|path|file|mode|type|device|dtype|weights|embeddings?|graph|adj|mask|callback"
    r"|logger|writer|data|dataset|loader|optimizer|scheduler|head|neck|stem|pool|init)"
)
_LISTS = re.compile(r"\b(list|tuple|sequence|iterable)\b", re.IGNORECASE)
_OF_NUMBERS = re.compile(r"\b(int|float)\b")
_PLURAL = {
    "depth": ("[2, 2, 2, 2]", "[2, 2]"),
    "kernel": ("[3, 3]", "[3, 3, 3]", "3"),
    "stride": ("[1, 2]", "[2, 2]", "2"),
    "": ("[16, 32]", "[16, 32, 64]", "[16, 32, 64, 128]", "32"),
}


@dataclass(frozen=True, slots=True)
class Given:
    """The text of an argument, and the names in it that nothing tells."""

    text: str
    made_up: tuple[MadeUp, ...]


def find(model: Class, module: Module) -> Iterator[Construction]:
    """The constructor with made-up arguments, where all of them can be."""
    init = model.method("__init__")
    if init is None or is_part_by_name(model.name) or _is_built_by_another(model, module):
        return
    required = set(model.required())
    arguments = [each for each, _ in scopes.given(init.args) if each.arg in required]
    given = [argument(each, init, model, module) for each in arguments]
    if not all(given):
        return
    known = [(each.arg, value) for each, value in zip(arguments, given, strict=True) if value]
    text = f"{model.name}({', '.join(f'{name}={value.text}' for name, value in known)})"
    made_up = tuple(dict.fromkeys(part for _, value in known for part in value.made_up))
    here = sliced(module.parsed, model.name, module)
    if here is not None and made_up:
        yield Construction(text, module.parsed, model.node, here.slice, made_up)


def _is_built_by_another(model: Class, module: Module) -> bool:
    """Whether the body of another class calls it."""
    for home in module.index.naming(model.name):
        owners = [each for each in home.definitions.values() if isinstance(each, ast.ClassDef)]
        for call in home.nodes.calls(model.name):
            owner = next(
                (each for each in owners if each.lineno <= call.lineno <= (each.end_lineno or 0)), None
            )
            found = module.index.definition_of(call.func, home)
            if owner is not None and found is not None and found.key == model.key != (home.file, owner.name):
                return True
    return False


def argument(node: ast.arg, init: Function, model: Class, module: Module) -> Given | None:
    """What is made up for a parameter of a constructor; None where it is nothing that can be."""
    name, annotation = node.arg, ast.unparse(node.annotation) if node.annotation else ""
    settings = _settings(node, model, module)
    if settings is not None:
        return settings
    if annotation and not _OF_NUMBERS.search(annotation):
        text = (
            presets.name_for(node, init, model.home, module)
            if re.search(r"\bstr\b|Literal", annotation)
            else None
        )
        text = "False" if annotation == "bool" else text
        return Given(text, ()) if text else None
    if annotation and not re.search(r"\bUnion\b|\|", annotation) and _LISTS.search(annotation):
        return Given(name, (MadeUp(name, _several(name, annotation)),))
    if _OF_NUMBERS.search(annotation) or _is_used_as_number(name, init):
        return Given(name, (MadeUp(name),))
    if CONFIGURATIONS.fullmatch(name):
        return Given(name, (MadeUp(name, settings=True),))
    if _NUMBERS.fullmatch(name.lower()) and not _OTHERS.fullmatch(name.lower()):
        several = _several(name, "") if _is_used_as_several(name, init) else ()
        return Given(name, (MadeUp(name, several),))
    return None


def _several(name: str, annotation: str) -> tuple[str, ...]:
    """Texts of lists that a parameter may be; of a tuple with a length, of that."""
    count = len(re.findall(r"\bint\b", annotation.partition("[")[2])) if "uple" in annotation else 0
    if count > 1 and "..." not in annotation:
        return (repr((2,) * count if re.search(r"layer|depth|block", name) else (16,) * count),)
    key = next((key for key in _PLURAL if key and key in name), "")
    key = "depth" if re.search(r"depth|layers|blocks|repeat", name) else key
    return _PLURAL[key]


# -- what the constructor does with it -----------------------------------------------------------------


def _is_used_as_number(name: str, init: Function) -> bool:
    """In arithmetic, as a count of rounds, or as a size of a layer of torch's."""
    for node in ast.walk(init):
        match node:
            case ast.BinOp(
                left=left, right=right, op=ast.FloorDiv() | ast.Mult() | ast.Div() | ast.Mod() | ast.Pow()
            ):
                if is_name(left, name) or is_name(right, name):
                    return True
            case ast.Call(func=function, args=args):
                layer = re.match(
                    r"(torch\.)?(nn\.)?(range|int|(Lazy)?[A-Z]\w*\d?d?|empty|zeros|ones|randn)$",
                    dotted_name(function),
                )
                if (
                    layer
                    and any(is_name(each, name) for each in args)
                    and _is_of_torch(dotted_name(function))
                ):
                    return True
    return False


def _is_of_torch(function: str) -> bool:
    return function.startswith(("nn.", "torch.")) or function in ("range", "int")


def _is_used_as_several(name: str, init: Function) -> bool:
    """Iterated, indexed, unpacked, or asked for its length."""
    for node in ast.walk(init):
        match node:
            case (
                ast.For(iter=each)
                | ast.comprehension(iter=each)
                | ast.Starred(value=each)
                | ast.Subscript(value=each)
            ):
                named = {part.id for part in ast.walk(each) if isinstance(part, ast.Name)}
                if is_name(each, name) or (name in named and "range" not in named):
                    return True
            case ast.Call(func=ast.Name(id="len" | "zip" | "enumerate" | "list" | "tuple"), args=args):
                if any(is_name(each, name) for each in args):
                    return True
    return False


# -- configurations --------------------------------------------------------------------------------------


def _settings(argument: ast.arg, model: Class, module: Module) -> Given | None:
    """`ModelDimensions(n_mels=n_mels, …)` of a dataclass whose required fields are numbers."""
    named, node = _dataclass_of(argument, model, module)
    if node is None:
        return None
    fields = [each for each in _fields(node) if each.value is None]
    given = [_field(each) for each in fields]
    if not all(given):
        return None
    known = [each for each in given if each]
    said = ", ".join(f"{name}={value.text}" for name, value in zip(_names(fields), known, strict=True))
    return Given(f"{named}({said})", tuple(p for each in known for p in each.made_up))


def fields_of(model: Class, parameter: str, module: Module) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The dataclass that a parameter takes, as the file calls it; its required fields, and the others."""
    init = model.method("__init__")
    every = scopes.given(init.args) if init else ()
    argument = next((each for each, _ in every if each.arg == parameter), None)
    named, node = _dataclass_of(argument, model, module) if argument else ("", None)
    fields = _fields(node) if node else ()
    required = _names([each for each in fields if each.value is None])
    return named, tuple(required), tuple(_names([each for each in fields if each.value is not None]))


def _dataclass_of(argument: ast.arg, model: Class, module: Module) -> tuple[str, ast.ClassDef | None]:
    """The dataclass by an annotation, or the only one of the file, and what the file calls it."""
    annotation = argument.annotation
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        named = annotation.value
    else:
        named = dotted_name(annotation) if annotation else _only_settings(argument, model.home)
    found = module.index.resolve(named, model.home)
    node = found.node if found else None
    return (named, node) if isinstance(node, ast.ClassDef) and _is_dataclass(node) else ("", None)


def _only_settings(argument: ast.arg, home: ParsedFile) -> str:
    """The one dataclass of the file that is called like a configuration; "" where there are several."""
    known = [each for each in home.definitions.values() if isinstance(each, ast.ClassDef)]
    named = [each.name for each in known if _is_dataclass(each) and each.name.endswith(ENDINGS)]
    return named[0] if len(named) == 1 and CONFIGURATIONS.fullmatch(argument.arg) else ""


def _is_dataclass(node: ast.ClassDef) -> bool:
    return any("dataclass" in ast.unparse(each) for each in node.decorator_list)


def _fields(node: ast.ClassDef) -> Sequence[ast.AnnAssign]:
    declared = (each for each in node.body if isinstance(each, ast.AnnAssign))
    return [each for each in declared if "ClassVar" not in ast.unparse(each.annotation)]


def _names(fields: Sequence[ast.AnnAssign]) -> list[str]:
    return [ast.unparse(each.target) for each in fields]


def _field(field: ast.AnnAssign) -> Given | None:
    name, annotation = ast.unparse(field.target), ast.unparse(field.annotation)
    if annotation == "bool":
        return Given("False", ())
    if not _OF_NUMBERS.search(annotation):
        return None
    several = _several(name, annotation) if _LISTS.search(annotation) and "Union" not in annotation else ()
    return Given(name, (MadeUp(name, several),))
