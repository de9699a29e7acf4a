"""Targets in the calls of a model that a program makes anyway: `net = Net(7); net(torch.randn(4, 7))`.

In a script, below `if __name__ == "__main__":`, in a test, in the README. The class is found through imports, the
constructor and the inputs by a slice up to the call. The rules: only a call whose inputs the text makes; one target
for each class, of the call that most likely runs where the repository is just checked out; nothing is dynamic that
nobody said, so the verdict is that of `torch.export.export(model.eval(), args, kwargs)` at that call.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from ...model import Expression, Finding, Target
from ...python.binding import scopes
from ...python.syntax.definitions import place_of_name
from ...python.syntax.statements import of_scope
from ..classes.alternatives import alternatives
from ..classes.called import called_model, is_in_a_model, substituted
from ..classes.classes import Class
from ..classes.instances import Instances
from ..finder import SKIPPED, Discovered, Finder, Module
from ..inputs import callers
from ..inputs.call_sites import CallSite, args_of, call_sites, in_eval_mode, kwargs_of, place_of, text_of
from ..slicing.fixture_files import supplied_slice
from ..slicing.likelihood import likelihood
from ..slicing.selection import CannotSlice

_MOST_CALLERS = 4


def find(module: Module) -> Discovered:
    calls = tuple(call_sites(module.tree.body))
    instances = Instances(module)
    found: dict[tuple[str, str], Target] = {}
    for site in calls:
        for target in _targets(site, calls, instances):
            best = found.get(target.subject)
            found[target.subject] = min(best, target, key=likely_to_run) if best else target
    return Discovered(tuple(found.values()))


def likely_to_run(target: Target) -> tuple[int, ...]:
    """Less for a call that more likely runs, and then is what the model is meant for."""
    sliced = target.slice.text if target.slice else ""
    return (*likelihood(target.file, sliced), 0 if target.model.text.endswith(".eval()") else 1)


def unfollowed(module: Module) -> Iterator[Finding]:
    """The calls of what a function of the repository gives, where the text does not tell which class that is."""
    instances = Instances(module)
    for site in call_sites(module.tree.body):
        model = called_model(site, module)
        values = instances.values_of(model, site.path) if model is not None else []
        made = values[0] if len(values) == 1 else model
        if (
            isinstance(made, ast.Call)
            and _is_of_ours(made, module)
            and not instances.model_of(made, site.path)
        ):
            why = f"the text does not tell which class `{ast.unparse(made)}` gives"
            hint = "run the call: `fullgraph record -- python SCRIPT.py`"
            place = place_of(site.call, module.source)
            yield Finding(SKIPPED, "information", f"not checked: {why}", place, hint=hint)


def _is_of_ours(made: ast.Call, module: Module) -> bool:
    found = module.index.definition_of(made.func, module.parsed)
    return found is not None and isinstance(found.node, ast.FunctionDef)


# -- one call ----------------------------------------------------------------------------------------


def _targets(site: CallSite, calls: Sequence[CallSite], instances: Instances) -> Iterator[Target]:
    module, model = instances.module, called_model(site, instances.module)
    if model is None or is_in_a_model(site, module):
        return
    any_found = False
    for supplied in alternatives(site, instances):
        found = instances.where(supplied).model_of(substituted(model, supplied), site.path)
        target = _target(found, model, site, site, supplied, module) if found else None
        if target is not None:
            any_found = True
            yield target
    if not any_found and _helper(site) is not None:
        yield from _through_callers(model, site, calls, instances)


def _helper(site: CallSite) -> ast.FunctionDef | None:
    """The function, or the method, that a call stands in, if it asks for anything."""
    *around, function = site.enclosing or (None,)
    if not isinstance(function, ast.FunctionDef) or len(around) > 1 or not function.args.args:
        return None
    return function if all(isinstance(each, ast.ClassDef) for each in around) else None


# -- a call in a helper ------------------------------------------------------------------------------


def _through_callers(
    model: ast.expr, site: CallSite, calls: Sequence[CallSite], instances: Instances
) -> Iterator[Target]:
    """`check(Net(3), torch.randn(1, 3))`, where `def check(model, x)` calls the model."""
    module, function = instances.module, _helper(site)
    assert function is not None
    here = instances.model_of(model, site.path)
    for caller, given in islice(_callers(function, site, calls), _MOST_CALLERS):
        found = here or instances.model_of(substituted(model, given), caller.path)
        if found is None:
            continue
        own = {name: value for name, value in given.items() if not _is_local(value, caller)}
        target = _target(found, model, site, site, own, module)
        target = target or _at_caller(found, model, site, caller, given, module)
        if target is not None:
            yield target


def _callers(
    function: ast.FunctionDef, site: CallSite, calls: Sequence[CallSite]
) -> Iterator[tuple[CallSite, Mapping[str, ast.expr]]]:
    """Who calls the function, or on `self` the method, with what they give it."""
    owner = site.path[0] if isinstance(site.path[0], ast.ClassDef) else None
    for each in calls:
        match each.call.func:
            case ast.Name(id=function.name) if owner is None and each.path[0] is not function:
                yield each, callers.arguments_of(function, each.call)
            case ast.Attribute(value=ast.Name(id="self") as itself, attr=function.name) if (
                each.path[0] is owner and function not in each.path
            ):
                call = ast.Call(each.call.func, [itself, *each.call.args], each.call.keywords)
                yield each, callers.arguments_of(function, call)


def _is_local(value: ast.expr, caller: CallSite) -> bool:
    """Whether a value is made of what the caller alone knows."""
    around = frozenset().union(*(scopes.binds(each) for each in caller.enclosing))
    return bool(scopes.used(value) & around) or any("self." in each for each in scopes.used(value))


def _at_caller(
    found: Class,
    model: ast.expr,
    site: CallSite,
    caller: CallSite,
    given: Mapping[str, ast.expr],
    module: Module,
) -> Target | None:
    """Where the helper hands on what it was given, the call is as if the caller made it."""
    values = (*site.call.args, *(each.value for each in site.call.keywords))
    if not all(_is_handed_on(each, given) for each in (model, *values)):
        return None
    args = [substituted(each, given) for each in site.call.args]
    keywords = [ast.keyword(each.arg, substituted(each.value, given)) for each in site.call.keywords]
    call = ast.copy_location(ast.Call(substituted(model, given), args, keywords), caller.call)
    return _target(found, call.func, CallSite(call, caller.path), caller, {}, module)


def _is_handed_on(node: ast.expr, given: Mapping[str, ast.expr]) -> bool:
    """A parameter, or an attribute of the object whose methods both are."""
    return (isinstance(node, ast.Name) and node.id in given) or scopes.attribute_of_self(node) is not None


# -- the target --------------------------------------------------------------------------------------


def _target(
    found: Class,
    model: ast.expr,
    site: CallSite,
    shown: CallSite,
    supplied: Mapping[str, ast.expr],
    module: Module,
) -> Target | None:
    source, call = module.source, site.call
    values = (*call.args, *(each.value for each in call.keywords))
    sliced = supplied_slice(module, site.path, shown.call, scopes.used(model, *values), supplied)
    if isinstance(sliced, CannotSlice):
        return None
    place = place_of(shown.call, source)
    written = text_of(model, source)
    trained = _is_trained(model, site)
    return Target(
        name=f"{found.home.name}:{found.name}",
        module=module.name,
        file=source.file,
        origin="eager",
        place=place,
        model=Expression(written if trained else in_eval_mode(model, written), place_of(model, source)),
        args=args_of(call, source),
        kwargs=kwargs_of(call, source),
        strict=module.strict,
        slice=sliced,
        model_class=f"{found.home.name}.{found.name}",
        model_place=place_of_name(found.node, found.home.source),
    )


def _is_trained(model: ast.expr, site: CallSite) -> bool:
    """Whether the text puts the model in training mode above the call: `net.train()`."""
    name = scopes.own_name(model)
    last = None
    for statement in _above(site):
        called = statement.value if isinstance(statement, ast.Expr) else None
        method = called.func if isinstance(called, ast.Call) else None
        if isinstance(method, ast.Attribute) and scopes.own_name(method.value) == name:
            last = method.attr if method.attr in ("train", "eval") else last
    return name is not None and last == "train"


def _above(site: CallSite) -> Iterable[ast.stmt]:
    functions = [each for each in site.path if isinstance(each, ast.FunctionDef)]
    around = functions[-1].body if functions else [site.path[0]]
    return (each for each in of_scope(around) if each.lineno < site.call.lineno)


FINDER = Finder("eager", "eager", "called", find)
