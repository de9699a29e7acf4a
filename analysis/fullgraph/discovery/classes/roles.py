"""Which classes of a repository are models, and which are parts that models are made of.

A person exports what a script, a test, the README or a hub builds, or what is built of other modules and is
itself in none. Losses are parts, whoever builds them; so are activations, norms and what has no layers, unless
one is built into no model and called by itself. The rule: what names alone say counts only while something else
in the repository is a model.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import PurePath

from ...model import Evidence, FoundModel, Role
from ...python.binding.scopes import attribute_of_self
from ...python.syntax.definitions import place_of_name
from ...python.syntax.names import last_name
from ...python.syntax.statements import Function
from ..finder import Module
from ..repository.index import Key, RepositoryIndex, naming_any
from ..repository.parsed import ParsedFile
from .called import models_built, models_called
from .classes import Class, classes_of, is_model
from .uses import Use, run_by, uses_in

_LOSSES = re.compile(r".*(Loss(es)?|Criterion|Metrics?)")
_ALWAYS_PARTS = re.compile(
    r".*(Norm(alization)?(\d[dD])?|[GS]ELU|SiLU|Swish|Mish|[a-z]?ReLU\d?|Activation"
    r"|DropPath|Drop[Oo]ut(\d[dD])?|DropBlock.*|Identity|Lambda\w*|Concat\w*|Flatten|Reshape|View|Permute|Transpose"
    r"|Residual|Pre[Nn]orm|LayerScale|StochasticDepth|GradientReversal\w*|GRN|GEGLU|SwiGLU|GLU)",
)
_USUALLY_PARTS = re.compile(
    r".*(Block|Layer|Attention|Attn|MLP|Mlp|FeedForward|FFN|Head|Neck|Stem|Cell|Conv(\d[dD])?|Embed(ding)?s?"
    r"|PosEnc|Encoding|Pool(ing)?|Sample[r]?|Upsample|Downsample|Bottleneck|Unit|Postprocess\w*|PostProcess\w*"
    r"|Wrapper|Matcher|Quantizer)\d*",
)
_README = re.compile(r"readme\b", re.IGNORECASE)

_Line = tuple[int, str, int]
"""How deep a document lies, the document, and a line of it."""


def is_part_by_name(name: str) -> bool:
    """Whether classes with that name are made for others."""
    return any(names.fullmatch(name) for names in (_LOSSES, _ALWAYS_PARTS, _USUALLY_PARTS))


class Roles:
    """The models of a repository. Everything is found when it is first asked for."""

    def __init__(self, index: RepositoryIndex) -> None:
        self._index = index
        self._called: dict[ParsedFile, frozenset[Key]] = {}

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
            for use in uses_in(home, names, self.classes, self._index):
                found[use.model].append(use)
        return {key: tuple(uses) for key, uses in found.items()}

    def models(self) -> tuple[FoundModel, ...]:
        """All models and parts: those first that somebody uses, then what is composed, then the rest.

        Of those that are used, what a README builds comes first, in its order; what is a part of another model, or
        is named as one, comes last.
        """
        found = [self._found(each) for each in self.classes.values()]
        if not any(each.role == "model" for each in found):
            found = [self._found(each, by_name=False) for each in self.classes.values()]
        return tuple(sorted(found, key=self._rank))

    def _rank(self, model: FoundModel) -> tuple[object, ...]:
        shown = self._shown.get(model.key, _NOWHERE)
        small = model.key in self._made or is_part_by_name(model.key[1]) or _serves(self.classes[model.key])
        return model.role, _ORDER.index(model.evidence), shown, small

    def _found(self, model: Class, *, by_name: bool = True) -> FoundModel:
        uses = self.uses.get(model.key, ())
        evidence: Evidence = "defined"
        if model.key in self._shown or any(
            use.script and not use.within and use.owner is None for use in uses
        ):
            evidence = "used"
        elif self._owned.get(model.key):
            evidence = "composed"
        place = place_of_name(model.node, model.home.source)
        role = self._role(model, evidence, by_name=by_name)
        made_of = tuple(sorted(self._owned.get(model.key, ())))
        name = f"{model.home.name}.{model.name}"
        return FoundModel(name, place, role, evidence, model.required(), made_of, run_by(uses))

    def _role(self, model: Class, evidence: Evidence, *, by_name: bool) -> Role:
        if by_name and _LOSSES.fullmatch(model.name):
            return "part"
        if by_name and _serves(model) and not self._stands_alone(model.key):
            return "part"
        if evidence == "used":
            return "model"
        if model.key in self._parts or (by_name and _USUALLY_PARTS.fullmatch(model.name)):
            return "part"
        return "model"

    def _stands_alone(self, key: Key) -> bool:
        """Whether it is built into no model, and called by itself where somebody runs it."""
        homes = {use.home for use in self.uses.get(key, ()) if use.script and use.owner is None}
        return key not in self._parts and any(key in self._called_in(home) for home in homes)

    def _called_in(self, home: ParsedFile) -> frozenset[Key]:
        if home not in self._called:
            self._called[home] = models_called(Module(home, self._index))
        return self._called[home]

    @cached_property
    def _shown(self) -> Mapping[Key, _Line]:
        """Where a README first builds each of them, be it by a function that gives it."""
        found: dict[Key, _Line] = {}
        for home in self._index.documents:
            if _README.match(PurePath(home.file).name):
                depth = len(PurePath(self._index.below_root(home.file)).parts)
                for key, line in models_built(Module(home, self._index)).items():
                    found[key] = min(found.get(key, _NOWHERE), (depth, home.file, line))
        return found

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
        """What another model's body builds, or what is built for another."""
        given = {key for key, uses in self.uses.items() if any(use.within for use in uses)}
        return self._made | given | self._handed_over

    @cached_property
    def _made(self) -> frozenset[Key]:
        """What another model's body builds, or names; of two that name each other neither is a part for that."""
        pairs = ((owner, key) for owner, parts in self._owned.items() for key in parts)
        return frozenset(key for owner, key in pairs if not self._builds(key, owner))

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


_ORDER: tuple[Evidence, ...] = ("used", "composed", "defined")
_NOWHERE: _Line = (1 << 30, "", 0)


def _serves(model: Class) -> bool:
    """Whether its name is that of a step between layers, or it has no layers."""
    return bool(_ALWAYS_PARTS.fullmatch(model.name)) or not (_has_layers(model) or _wraps(model))


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
    return any(isinstance(node, ast.Call) and last_name(node.func) not in _NO_LAYERS for node in made)


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
