"""Which classes of a repository are models, and which are parts that models are made of.

A person exports what a script, a test, the README or a hub builds, or what is built of other modules and is
itself in none. Activations, norms and losses are parts, whoever builds them. The rule: what names alone say
counts only while something else in the repository is a model.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ...model import Evidence, FoundModel, Role
from ...project.files import is_test
from ...python.binding.scopes import attribute_of_self
from ...python.syntax.definitions import place_of_name
from ...python.syntax.names import dotted_name
from ...python.syntax.statements import Function, is_main_guard
from ..repository.index import Key, RepositoryIndex, naming_any
from ..repository.parsed import ParsedFile
from .classes import Class, classes_of, is_model

_ALWAYS_PARTS = re.compile(
    r".*(Loss(es)?|Criterion|Metrics?|Norm(alization)?(\d[dD])?|[GS]ELU|SiLU|Swish|Mish|[a-z]?ReLU\d?|Activation"
    r"|DropPath|Drop[Oo]ut(\d[dD])?|DropBlock.*|Identity|Lambda\w*|Concat\w*|Flatten|Reshape|View|Permute|Transpose"
    r"|Residual|Pre[Nn]orm|LayerScale|StochasticDepth|GradientReversal\w*|GRN|GEGLU|SwiGLU|GLU)",
)
_USUALLY_PARTS = re.compile(
    r".*(Block|Layer|Attention|Attn|MLP|Mlp|FeedForward|FFN|Head|Neck|Stem|Cell|Conv(\d[dD])?|Embed(ding)?s?"
    r"|PosEnc|Encoding|Pool(ing)?|Sample[r]?|Upsample|Downsample|Bottleneck|Unit|Postprocess\w*|PostProcess\w*"
    r"|Wrapper|Matcher|Quantizer)\d*",
)
_SCRIPTS = re.compile(
    r"(^|[/\\])(hubconf|setup|conftest|test\w*|\w*_test|demo\w*|example\w*|train\w*|main|run\w*"
    r"|infer\w*|sample\w*|generate\w*|predict\w*|eval\w*|export\w*|convert\w*|onnx\w*|bench\w*)\.py$"
    r"|(^|[/\\])(tests?|examples?|scripts?|tools?|demos?|benchmarks?|notebooks?)[/\\]"
)


@dataclass(frozen=True, slots=True)
class Use:
    """A place that builds a model: `owner` is the model whose body does, None where no model's does.

    `within` says that it is built for another model, as in `Net(Encoder())`; `script`, that somebody runs it.
    """

    model: Key
    home: ParsedFile
    call: ast.Call
    owner: Key | None
    within: bool
    script: bool


def is_part_by_name(name: str) -> bool:
    """Whether classes with that name are made for others."""
    return bool(_ALWAYS_PARTS.fullmatch(name) or _USUALLY_PARTS.fullmatch(name))


class Roles:
    """The models of a repository. Everything is found when it is first asked for."""

    def __init__(self, index: RepositoryIndex) -> None:
        self._index = index

    @cached_property
    def classes(self) -> Mapping[Key, Class]:
        """Every class that has a `forward` and is an `nn.Module`, in the order of the files."""
        files = self._index.mentioning(lambda text: "class " in text and "(" in text)
        found = (each for home in files for each in classes_of(home, self._index))
        return {each.key: each for each in found if is_model(each)}

    @cached_property
    def uses(self) -> Mapping[Key, tuple[Use, ...]]:
        """Who builds each of them."""
        names = {name for _, name in self.classes}
        found: dict[Key, list[Use]] = defaultdict(list)
        for home in self._index.mentioning(naming_any(names), documents=True):
            for use in self._uses_in(home, names):
                found[use.model].append(use)
        return {key: tuple(uses) for key, uses in found.items()}

    def models(self) -> tuple[FoundModel, ...]:
        """All models and parts: those first that somebody uses, then what is composed, then the rest."""
        found = [self._found(each) for each in self.classes.values()]
        if not any(each.role == "model" for each in found):
            found = [self._found(each, by_name=False) for each in self.classes.values()]
        return tuple(sorted(found, key=lambda each: (each.role, _ORDER.index(each.evidence))))

    def _found(self, model: Class, *, by_name: bool = True) -> FoundModel:
        uses = self.uses.get(model.key, ())
        evidence: Evidence = "defined"
        if any(use.script and not use.within and use.owner is None for use in uses):
            evidence = "used"
        elif self._owned.get(model.key):
            evidence = "composed"
        place = place_of_name(model.node, model.home.source)
        role = self._role(model, evidence, by_name=by_name)
        made_of = tuple(sorted(self._owned.get(model.key, ())))
        name = f"{model.home.name}.{model.name}"
        return FoundModel(name, place, role, evidence, model.required(), made_of, _run_by(uses))

    def _role(self, model: Class, evidence: Evidence, *, by_name: bool) -> Role:
        if by_name and (_ALWAYS_PARTS.fullmatch(model.name) or not (_has_layers(model) or _wraps(model))):
            return "part"
        if evidence == "used":
            return "model"
        if model.key in self._parts or (by_name and _USUALLY_PARTS.fullmatch(model.name)):
            return "part"
        return "model"

    @cached_property
    def _owned(self) -> Mapping[Key, frozenset[Key]]:
        """By model, those that it is built of."""
        found: dict[Key, set[Key]] = defaultdict(set)
        for key, uses in self.uses.items():
            for use in uses:
                if use.owner is not None and use.owner != key:
                    found[use.owner].add(key)
        return {owner: frozenset(parts) for owner, parts in found.items()}

    @cached_property
    def _parts(self) -> frozenset[Key]:
        """What another model's body builds, or names; of two that name each other neither is a part for that."""
        made = {key for owner, parts in self._owned.items() for key in parts if not self._builds(key, owner)}
        given = {key for key, uses in self.uses.items() if any(use.within for use in uses)}
        return frozenset(made | given | self._handed_over)

    @cached_property
    def _handed_over(self) -> frozenset[Key]:
        """What a library's function builds to hand it to another model: `backbone = build(…); Net(backbone)`."""
        uses = [use for every in self.uses.values() for use in every if use.owner is None and not use.script]
        return frozenset(key for use in uses for key in self._handed_to(use))

    def _handed_to(self, use: Use) -> Iterator[Key]:
        around = use.home.text.around(use.call)
        own = use.home.text.of(around[0]) if around else {}
        for value in (*use.call.args, *(each.value for each in use.call.keywords)):
            bound = own.get(value.id) if isinstance(value, ast.Name) else value
            if isinstance(bound, ast.Call):
                yield from (key for key in self._made_by(bound, use.home) if key != use.model)

    def _made_by(self, call: ast.Call, home: ParsedFile) -> Iterator[Key]:
        """The models that a call may give: the class's own, or what the function builds."""
        found = self._index.definition_of(call.func, home)
        if found is None or found.key in self.classes:
            yield from [found.key] if found else []
            return
        inside = (node for node in ast.walk(found.node) if isinstance(node, ast.Call))
        made = (self._index.definition_of(node.func, found.home) for node in inside)
        yield from (each.key for each in made if each is not None and each.key in self.classes)

    def _builds(self, owner: Key, part: Key) -> bool:
        return part in self._owned.get(owner, ())

    def _uses_in(self, home: ParsedFile, names: Collection[str]) -> Iterator[Use]:
        within = _arguments_of_models(home)
        guarded = any(isinstance(each, ast.If) and is_main_guard(each.test) for each in home.tree.body)
        script = guarded or _SCRIPTS.search(self._index.below_root(home.file)) is not None
        owners = [each for each in home.definitions.values() if isinstance(each, ast.ClassDef)]
        for call, named in _mentions(home, names):
            found = self._index.definition_of(named, home)
            if found is None or found.key not in self.classes:
                continue
            owner = _around(named, owners)
            key = (home.file, owner.name) if owner else None
            own = key if key in self.classes else None
            if call is None and own is None:
                continue  # a mere mention outside of models: an annotation, an `isinstance`
            top = owner is None and not _around(named, home.nodes.of(ast.FunctionDef))
            runs = script or top or _below_main_guard(named, home)
            yield Use(found.key, home, call or ast.Call(named, [], []), own, id(named) in within, runs)


def _run_by(uses: Iterable[Use]) -> str:
    """The file that a person would run to have the model built: a test before a script."""
    files = [use.home.file for use in uses if use.script and use.home.file.endswith(".py")]
    return min(files, key=lambda file: not is_test(file), default="")


_ORDER: tuple[Evidence, ...] = ("used", "composed", "defined")


def _mentions(home: ParsedFile, names: Collection[str]) -> Iterator[tuple[ast.Call | None, ast.expr]]:
    """The names of models in a file, each with the call of it where it is called.

    An annotation builds nothing: a wrapper that says which model it takes does not make that model a part.
    """
    called = {id(call.func): call for call in home.nodes.of(ast.Call)}
    others = {id(base) for each in home.nodes.of(ast.ClassDef) for base in each.bases} | _annotations(home)
    for node in (*home.nodes.of(ast.Name), *home.nodes.of(ast.Attribute)):
        if id(node) not in others and dotted_name(node).rpartition(".")[2] in names:
            yield called.get(id(node)), node


def _annotations(home: ParsedFile) -> set[int]:
    parameters = (each.annotation for each in home.nodes.of(ast.arg))
    declared = (each.annotation for each in home.nodes.of(ast.AnnAssign))
    return {id(node) for each in (*parameters, *declared) if each for node in ast.walk(each)}


def _arguments_of_models(home: ParsedFile) -> frozenset[int]:
    """The functions of calls that stand in the arguments of a call with a capital letter: `Net(Encoder())`."""
    outer = (call for call in home.nodes.of(ast.Call) if _last(call.func)[:1].isupper())
    arguments = (each for call in outer for each in (*call.args, *(each.value for each in call.keywords)))
    return frozenset(
        id(node.func) for each in arguments for node in ast.walk(each) if isinstance(node, ast.Call)
    )


def _last(node: ast.expr) -> str:
    return dotted_name(node).rpartition(".")[2]


def _around(
    node: ast.expr, owners: Collection[ast.ClassDef] | Collection[Function]
) -> ast.ClassDef | Function | None:
    held = (each for each in owners if each.lineno <= node.lineno <= (each.end_lineno or 0))
    return next(iter(held), None)


def _below_main_guard(node: ast.expr, home: ParsedFile) -> bool:
    guards = (each for each in home.tree.body if isinstance(each, ast.If) and is_main_guard(each.test))
    return any(each.lineno <= node.lineno <= (each.end_lineno or 0) for each in guards)


def _wraps(model: Class) -> bool:
    """Whether its forward calls what the constructor was given: `self.net(x)` after `self.net = net`."""
    forward = model.method("forward")
    calls = (node for node in ast.walk(forward) if isinstance(node, ast.Call)) if forward else ()
    called = {name.partition(".")[2] for each in calls if (name := attribute_of_self(each.func))}
    return any(isinstance(model.attribute(name), ast.Name) for name in called)


def _has_layers(model: Class) -> bool:
    """Whether its constructors build or take anything: a class that only computes is no model."""
    inits = [method for each in model.owners for method in each.body if isinstance(method, Function)]
    made = (node for method in inits if method.name == "__init__" for node in ast.walk(method))
    return any(isinstance(node, ast.Call) and _last(node.func) not in _NO_LAYERS for node in made)


_NO_LAYERS = frozenset(
    {
        "__init__",
        "super",
        "int",
        "float",
        "len",
        "isinstance",
        "print",
        "range",
        "list",
        "tuple",
        "dict",
        "max",
        "min",
        "ValueError",
        "",
    }
)
