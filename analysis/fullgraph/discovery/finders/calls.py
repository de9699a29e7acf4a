"""Targets in the calls that export a model already: `torch.export.export(model, (x,), …)` and its like.

The call may stand anywhere: in the module, below `if __name__ == "__main__":`, in `main()`, in a test. Of
what stands around it only the statements that its arguments need are run (`slicing`). Where they cannot
be had, the call is not checked, and an information says which name is missing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ...model import Expression, Finding, Surrounding, Target
from ...python.binding import scopes
from ...python.binding.imports import Imports
from ...python.syntax.definitions import place_of_name
from ...python.syntax.names import dotted_name
from ...text.source import SourceText
from ..classes.alternatives import alternatives
from ..classes.instances import Instances
from ..classes.model_class import model_class_of
from ..finder import SKIPPED, Discovered, Finder, Module, target_name
from ..inputs import callers
from ..inputs.call_sites import (
    CallSite,
    Path,
    args_of,
    call_sites,
    expression_of,
    in_eval_mode,
    kwargs_of,
    place_of,
)
from ..inputs.options import OPTIONS, options_of
from ..slicing.fixture_files import supplied_slice
from ..slicing.made import elsewhere, entering
from ..slicing.selection import CannotSlice
from ..slicing.surroundings import surroundings_in
from . import exporting_helpers
from .call_slices import (
    Slicing,
    as_it_stands,
    called_on_an_instance,
    caller_of,
    is_self,
    with_unknown_parameters,
)


@dataclass(frozen=True, slots=True)
class Signature:
    """Where a function takes its model and inputs: the names of its first parameters."""

    verb: str
    positional: tuple[str, ...]
    refused_by: str = ""  # a keyword that is False where the call does not go by torch.export
    single: bool = False  # one input may be given without a tuple around it

    @property
    def model(self) -> str:
        return self.positional[0]


_EXPORT = Signature("export", ("mod", "args", "kwargs"))

SIGNATURES: Mapping[str, Signature] = {
    "torch.export.export": _EXPORT,
    "torch.export.draft_export": Signature("draft_export", ("mod", "args", "kwargs")),
    "torch.export.export_for_training": _EXPORT,
    "torch.export.export_for_inference": _EXPORT,
    "torch.export._trace._export": _EXPORT,
    "torch.onnx.export": Signature("onnx", ("model", "args", "f"), refused_by="dynamo", single=True),
}
COMPILE = "torch.compile"

_PARTS = ("args", "kwargs", "dynamic_shapes", OPTIONS)


def find(module: Module) -> Discovered:
    text = module.source.text
    helpers = frozenset(exporting_helpers.names_of(module))
    if not helpers and ("torch" not in text or ("export" not in text and "fullgraph" not in text)):
        return Discovered()
    imports = module.imports
    found = Discovered()
    calls = tuple(call_sites(module.tree.body))
    for each in calls:
        dotted = imports.dotted(each.call.func)
        if (signature := SIGNATURES.get(dotted)) and _is_meant(signature, each.call):
            found += _in_each_context(_exported(each, signature, calls, module))
        elif dotted == COMPILE and _is_true(_keyword(each.call, "fullgraph")):
            found += _compiled(each, calls, module, imports)
        elif dotted_name(each.call.func).partition(".")[0] in helpers:
            found += _through_helper(each, module)
    return found


def _is_meant(signature: Signature, call: ast.Call) -> bool:
    return not signature.refused_by or not _is_false(_keyword(call, signature.refused_by))


def _signature(found: CallSite, module: Module) -> Signature | None:
    signature = SIGNATURES.get(module.imports.dotted(found.call.func))
    return signature if signature and _is_meant(signature, found.call) else None


def _exports(found: CallSite, module: Module) -> Mapping[str, ast.expr] | None:
    """What an export call says, the model as `model`."""
    signature = _signature(found, module)
    given = _arguments(found.call, signature) if signature else {}
    if signature is None or signature.model not in given:
        return None
    parts = {name: given[name] for name in _PARTS if name in given and not _is_none(given[name])}
    return {"model": given[signature.model], **parts}


def _through_helper(found: CallSite, module: Module) -> Discovered:
    """A call of a function in another file that exports what it is given."""
    handed = exporting_helpers.handed(found, module, _exports)
    signature = _signature(handed.export, handed.home) if handed else None
    if handed is None or signature is None:
        return Discovered()
    model, parts = (
        handed.given["model"],
        {name: handed.given[name] for name in handed.given if name != "model"},
    )
    strict = _keyword(handed.export.call, "strict")
    said = _Said(
        found,
        found,
        model,
        parts,
        module.strict if strict is None else _is_true(strict),
        handed.evaluated,
        handed.within,
        spelled=True,
    )
    return Discovered(_target(said, signature, module).targets)


# -- torch.export.export and its like ----------------------------------------------------------------


def _exported(found: CallSite, signature: Signature, calls: Sequence[CallSite], module: Module) -> Discovered:
    given = _arguments(found.call, signature)
    model = given.get(signature.model)
    if model is None:
        return _skipped(found.call, module, "the model is passed with `*` or `**`")
    named = {name: given[name] for name in _PARTS if name in given}
    parts = {name: value for name, value in named.items() if not _is_none(value)}
    strict = given.get("strict")
    said = _Said(found, found, model, parts, module.strict if strict is None else _is_true(strict))
    outcome = _in_some_way(said, signature, calls, module)
    if outcome.targets or OPTIONS not in parts:
        return outcome if outcome.targets else _incomplete(said, outcome, signature, calls, module)
    # What its options are is not known: they are what they are by default.
    plain = replace(said, parts={name: each for name, each in parts.items() if name != OPTIONS})
    outcome = _in_some_way(plain, signature, calls, module)
    return outcome if outcome.targets else _incomplete(plain, outcome, signature, calls, module)


def _in_each_context(found: Discovered) -> Discovered:
    """With a target for each of the callers that differ in what they have around the call."""
    return replace(found, targets=tuple(each for target in found.targets for each in elsewhere(target)))


def _in_some_way(here: _Said, signature: Signature, calls: Sequence[CallSite], module: Module) -> Discovered:
    """The call with all that it needs: as it stands, as its method is called, or as its function is."""
    outcome = _target(here, signature, module)
    if outcome.targets:
        return replace(outcome, targets=tuple(_in_turn(outcome.targets[0], here, module)))
    method = _target(here, signature, module, called_on_an_instance(calls))
    if method.targets:
        return replace(method, targets=tuple(_of_self(each, here) for each in method.targets))
    there = _through_caller(here, calls, module)
    through = _target(there, signature, module) if there else outcome
    if through.targets or OPTIONS not in here.parts:
        return through if through.targets else outcome
    called = _target(here, signature, module, with_unknown_parameters(calls))
    whole = [each for each in called.targets if each.slice is not None and not each.slice.unknown]
    return replace(called, targets=tuple(_of_class(each, here, calls, module) for each in whole))


def _incomplete(
    here: _Said, outcome: Discovered, signature: Signature, calls: Sequence[CallSite], module: Module
) -> Discovered:
    """The call with parameters that are unknown; where that cannot be had, the `outcome` of the other ways."""
    incomplete = _target(here, signature, module, with_unknown_parameters(calls))
    if not incomplete.targets and exporting_helpers.is_handed(here.export, module, _exports):
        return Discovered()
    if not incomplete.targets:
        return outcome
    return replace(
        incomplete, targets=tuple(_of_class(each, here, calls, module) for each in incomplete.targets)
    )


def _in_turn(target: Target, said: _Said, module: Module) -> Iterator[Target]:
    """One for each of the classes that a loop around the call goes through."""
    instances = Instances(module)
    wanted = scopes.used(said.model, *said.parts.values())
    known: set[tuple[str, str]] = set()
    for number, values in enumerate(alternatives(said.at, instances)):
        found = instances.where(values).model_of(said.model, said.at.path) if values else None
        if found is None or found.key in known:
            yield from [target] if number == 0 else []
            continue
        known.add(found.key)
        sliced = supplied_slice(module, said.at.path, said.at.call, wanted, values)
        if isinstance(sliced, CannotSlice):
            yield from [target] if number == 0 else []
        else:
            place = place_of_name(found.node, found.home.source)
            name = f"{found.home.name}.{found.name}"
            yield replace(target, slice=sliced, model_class=name, model_place=place)


def _of_self(target: Target, said: _Said) -> Target:
    owner = said.at.path[0]
    if isinstance(owner, ast.ClassDef) and is_self(said.model):
        return replace(target, model_class=owner.name)
    return target


def _of_class(target: Target, said: _Said, calls: Sequence[CallSite], module: Module) -> Target:
    """With the class of a model that the caller of its function gives."""
    caller, name = caller_of(said.at, calls), scopes.root(said.model)
    function = said.at.path[0]
    if target.model_class or caller is None or name is None or not isinstance(function, ast.FunctionDef):
        return target
    given = callers.arguments_of(function, caller.call).get(name)
    return replace(target, model_class=model_class_of(given, caller.path, module)) if given else target


@dataclass(frozen=True, slots=True)
class _Said:
    """An export call, and where and as what its model and inputs are said: at itself, or by a caller."""

    export: CallSite
    at: CallSite
    model: ast.expr
    parts: Mapping[str, ast.expr]
    strict: bool
    evaluated: bool = False
    within: tuple[Surrounding, ...] = ()  # what the export call has around it in its own function
    spelled: bool = False  # whether its expressions stand nowhere as they are


def _through_caller(said: _Said, calls: Sequence[CallSite], module: Module) -> _Said | None:
    function, line = said.export.path[0], said.export.call.lineno
    within = surroundings_in(said.export.path, module)
    if not isinstance(function, ast.FunctionDef) or within is None:
        return None
    outside = [each for each in calls if each.path[0] is not function]
    found = callers.given(
        function, line, {"model": said.model, **said.parts}, [each.call for each in outside]
    )
    if found is None:
        return None
    call, parts = found
    rest = {name: value for name, value in parts.items() if name != "model" and not _is_none(value)}
    at = next(each for each in outside if each.call is call)
    evaluated = callers.is_evaluated(function, line, said.model)
    return _Said(said.export, at, parts["model"], rest, said.strict, evaluated, within)


def _target(said: _Said, signature: Signature, module: Module, slicing: Slicing | None = None) -> Discovered:
    source, found, model = module.source, said.export, said.model
    expression = _spelled if said.spelled else expression_of
    written = expression(model, source)
    if said.evaluated:
        written = replace(written, text=in_eval_mode(model, written.text))
    expressions = {
        name: (_spelled if name == OPTIONS else expression)(value, source)
        for name, value in said.parts.items()
    }
    target = Target(
        name=_name(found, signature.verb, model, module),
        module=module.name,
        file=source.file,
        origin="call",
        place=place_of(found.call.func, source),
        model=written,
        strict=said.strict,
        model_class=model_class_of(model, said.at.path, module),
        single=signature.single,
        args=expressions.get("args"),
        kwargs=expressions.get("kwargs"),
        dynamic_shapes=expressions.get("dynamic_shapes"),
        options=expressions.get(OPTIONS),
    )
    target = _of_its_class(target, model, said.at.path, module)
    found_there = _sliced(target, said.at, (model, *said.parts.values()), module, slicing or as_it_stands)
    return replace(found_there, targets=tuple(entering(each, said.within) for each in found_there.targets))


def _of_its_class(target: Target, model: ast.expr, path: Path, module: Module) -> Target:
    """With the class of what a function gives: `torch.export.export(my_model_function(), …)`."""
    made = Instances(module).model_of(model, path) if not target.model_class else None
    if made is None:
        return target
    place = place_of_name(made.node, made.home.source)
    return replace(target, model_class=f"{made.home.name}.{made.name}", model_place=place)


def _spelled(node: ast.expr, source: SourceText) -> Expression:
    return Expression(ast.unparse(node), place_of(node, source))


def _arguments(call: ast.Call, signature: Signature) -> dict[str, ast.expr]:
    """What is passed by place and by name; nothing behind a `*` is known."""
    given: dict[str, ast.expr] = {}
    for name, value in zip(signature.positional, call.args, strict=False):
        if isinstance(value, ast.Starred):
            break
        given[name] = value
    named = {each.arg: each.value for each in call.keywords if each.arg}
    options = options_of(call)
    return given | named | ({OPTIONS: options} if options else {})


# -- torch.compile(…, fullgraph=True) ----------------------------------------------------------------


def _compiled(found: CallSite, calls: Sequence[CallSite], module: Module, imports: Imports) -> Discovered:
    """The first call of what was compiled gives the inputs; without one there is nothing to check."""
    model = found.call.args[0] if found.call.args else _keyword(found.call, "model")
    first = _first_call(found, calls)
    if model is None or first is None:
        return Discovered()
    source, call = module.source, first.call
    target = Target(
        name=_name(found, "compile", model, module),
        module=module.name,
        file=source.file,
        origin="call",
        place=place_of(found.call.func, source),
        model=expression_of(call.func, source),
        args=args_of(call, source),
        kwargs=kwargs_of(call, source),
        strict=True,  # what torch.compile and a strict export trace with is the same
        model_class=model_class_of(model, found.path, module, imports),
    )
    wanted = (call.func, *call.args, *(each.value for each in call.keywords))
    return _sliced(target, first, wanted, module, as_it_stands)


def _first_call(found: CallSite, calls: Sequence[CallSite]) -> CallSite | None:
    statement = found.path[-1]
    direct = next((each for each in calls if each.call.func is found.call), None)
    if direct or not isinstance(statement, ast.Assign) or statement.value is not found.call:
        return direct
    bound = scopes.bound(statement.targets)
    around = found.path[:-1]
    later = (each for each in calls if each.path[: len(around)] == around and _is_after(each.path, statement))
    return next((each for each in later if scopes.root(each.call.func) in bound and _is_name(each)), None)


def _is_name(found: CallSite) -> bool:
    return scopes.own_name(found.call.func) is not None


def _is_after(path: Path, statement: ast.stmt) -> bool:
    return path[-1].lineno > statement.lineno


# -- what they share ---------------------------------------------------------------------------------


def _sliced(
    target: Target, found: CallSite, wanted: Sequence[ast.expr], module: Module, slicing: Slicing
) -> Discovered:
    made = slicing(found, wanted[0], scopes.used(*wanted), module)
    if isinstance(made, CannotSlice):
        return _skipped(found.call, module, made.message)
    return Discovered((replace(target, slice=made),))


def _skipped(call: ast.Call, module: Module, why: str) -> Discovered:
    place = place_of(call.func, module.source)
    hint = "declare inputs above the model's class: `# fullgraph: args=(torch.randn(2, 64),)`"
    return Discovered(findings=(Finding(SKIPPED, "information", f"not checked: {why}", place, hint=hint),))


def _name(found: CallSite, verb: str, model: ast.expr, module: Module) -> str:
    """`train:model (export in main)`: it stays the same when lines are added above."""
    enclosing = [each.name for each in found.enclosing]
    where = f" in {'.'.join(enclosing)}" if enclosing else ""
    return f"{target_name(module.name, ast.unparse(model))} ({verb}{where})"


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


FINDER = Finder("call", "call", "export call", find)
