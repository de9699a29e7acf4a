"""From a target to its model and inputs: the user's module is imported as their own run would import it.

The text may be newer than the file (an editor's unsaved buffer). Whatever goes wrong here is the
user's: every exception leaves with a traceback whose frames lie in their files, the expressions of the
target included, which are compiled with the positions they have there.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import torch

from ...model import Assumed, Expression, Slice, Target, TraceRequest
from ..isolation.steps_aside import Isolation, fit
from ..locations.source_locations import UserCode
from ..locations.syntax import Syntax, split_lines
from ..torch_compat import surroundings
from ..torch_compat.modules import original, without_parallel
from . import call_options, fake_build, packages, refusals, slice_runner
from .call_context import CallContext
from .expression_places import put_at, shift
from .named_modules import named_modules
from .stand_ins import attempts, made_up
from .stand_ins.attempts import Attempt
from .stand_ins.notes import Notes
from .stand_ins.statements import unknown_for
from .wrong_target import WrongTargetError, check_model

_PARTS = ("model", "args", "kwargs", "dynamic_shapes", "options")


@dataclass(frozen=True)
class Built:
    """A target brought to life. `dynamic_shapes` is None where the target says nothing of them."""

    model: torch.nn.Module
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    dynamic_shapes: Any
    strict: bool
    fake: Any = None  # the mode of its tensors where they have no data
    assumed: tuple[Assumed, ...] = ()  # what of the user's run was replaced
    without_inputs: Assumed | None = None  # what its inputs would be made of, where they are not known
    known_inputs: Mapping[str, Any] = field(default_factory=dict)  # by parameter, those that are all the same
    context: CallContext = field(default_factory=CallContext)  # what stands around the call
    options: Mapping[str, Any] = field(default_factory=dict)  # of `torch.export.export`, but for the above

    def copied(self) -> Built:
        """For a second step in the same process; what cannot be copied is shared."""
        import copy

        try:
            model, args, kwargs = copy.deepcopy((self.model, self.args, self.kwargs))
        except Exception:  # noqa: BLE001 (any class of the user's may refuse to be copied)
            return self
        return replace(self, model=model, args=args, kwargs=kwargs)


def build(request: TraceRequest, user_code: UserCode, isolation: Isolation | None = None) -> Built:
    """Imports the target's module and evaluates its expressions there; with stand-ins for what is missing.

    Raises:
        WrongTargetError: an expression gives something that cannot be exported.
        BaseException: whatever the user's code raises, SystemExit included.
    """
    _prepare(request, user_code)
    context = CallContext(functools.partial(_run, user_code))
    try:
        return _built(request.target, _attempt(request, user_code, isolation, context), context)
    except BaseException:
        context.leave()
        raise


def _built(target: Target, attempt: Attempt, context: CallContext) -> Built:
    values = attempt.values
    model = values["model"]
    if target.slice is not None:
        model = original(model)
    if target.origin in (
        "eager",
        "tools",
    ):  # who calls it does not export it, and so does not mean the wrapper
        model = original(without_parallel(model))
    check_model(model, target)
    said = call_options.with_options(values, target)
    args, kwargs = said.get("args", ()), said.get("kwargs")
    if isinstance(args, list) and target.origin != "call":  # of a call torch says that it takes no list
        args = tuple(args)
    if target.single and isinstance(args, Mapping):
        args, kwargs = (), args
    if target.single and not isinstance(args, tuple):
        args = (args,)
    if not isinstance(args, tuple) and target.args:
        raise WrongTargetError(
            f"`args` must be a tuple of positional arguments, as in `(x,)`, not a {type(args).__name__}",
            target.args,
        )
    if not isinstance(kwargs or {}, Mapping) and target.kwargs:
        raise WrongTargetError(
            f"`kwargs` must be a dict of keyword arguments, not a {type(kwargs).__name__}",
            target.kwargs,
        )
    shapes = said.get("dynamic_shapes")
    if target.single:
        shapes = _without_names(shapes)
    strict = target.strict or bool(said.get("strict", False))
    rest = (strict, attempt.fake, attempt.assumed, attempt.without_inputs, attempt.known_inputs)
    return Built(model, args, dict(kwargs or {}), shapes, *rest, context, call_options.passed_on(said))


def _without_names(shapes: Any) -> Any:
    """torch.onnx.export lets a dimension be a name, `{0: "batch"}`, and makes Dim.DYNAMIC of it (2.13)."""
    if isinstance(shapes, str):
        return torch.export.Dim.DYNAMIC
    if isinstance(shapes, dict):
        return {key: _without_names(value) for key, value in shapes.items()}
    return type(shapes)(map(_without_names, shapes)) if type(shapes) in (list, tuple) else shapes


def _attempt(
    request: TraceRequest, user_code: UserCode, isolation: Isolation | None, context: CallContext
) -> Attempt:
    def run(notes: Notes | None = None) -> tuple[dict[str, Any], Any]:
        context.leave()  # what the last attempt entered
        return _values(request, user_code, context, notes)

    with surroundings.loaders_without_workers():
        try:
            if attempts.is_incomplete(request):
                return attempts.with_stand_ins(request, user_code, run, isolation and fit(isolation))
            return Attempt(*run())
        except BaseException as error:
            if not attempts.is_worth_it(error, request):
                raise
        return attempts.with_stand_ins(request, user_code, run, isolation and fit(isolation))


def _values(
    request: TraceRequest, user_code: UserCode, context: CallContext, notes: Notes | None
) -> tuple[dict[str, Any], Any]:
    """What the target's expressions are worth, and the fake mode of their tensors, if they are fake.

    With `notes`, what of it fails may be unknown, but for the model.
    """
    target = request.target
    parts = {name: getattr(target, name) for name in _PARTS}
    said: dict[str, Expression] = {name: part for name, part in parts.items() if part is not None}
    if target.origin == "inferred" and target.slice is None:
        # Nobody asked for this model: its default may be to download the weights of the published one.
        with refusals.nothing_changes(request.root):
            module = _load(request, user_code)
            return fake_build.built(target, lambda: _evaluated(said, module, request, user_code, notes))
    if target.slice is None:
        module = _load(request, user_code)
        return fake_build.built(target, lambda: _evaluated(said, module, request, user_code, notes))
    name = _name(request, user_code)
    with refusals.nothing_changes(request.root):
        if target.slice.reached is None:
            module = _sliced(target.slice, name, user_code, notes)
            return fake_build.built(target, lambda: _evaluated(said, module, request, user_code, notes))
        trees = {part: _tree(expression, user_code).body for part, expression in said.items()}
        if packages.is_asked_for(target.slice.text, name):
            packages.imported(name)
        module = _empty_module(name, user_code)
        return slice_runner.values_at(target.slice, module, user_code.target, trees, context, notes), None


def _evaluated(
    said: Mapping[str, Expression],
    module: ModuleType,
    request: TraceRequest,
    user_code: UserCode,
    notes: Notes | None,
) -> dict[str, Any]:
    namespace = {"torch": torch, "Dim": torch.export.Dim, **vars(module)}
    namespace |= made_up.values(request.target.made_up, notes)
    for expression in said.values():
        namespace |= named_modules(_tree(expression, user_code), namespace)

    def value(name: str, expression: Expression) -> Any:
        try:
            return _evaluate(expression, namespace, user_code)
        except (Exception, SystemExit) as error:
            if notes is None or name == "model":
                raise
            return unknown_for(error, name, notes)

    return {name: value(name, expression) for name, expression in said.items()}


def loaded_files(user_code: UserCode) -> tuple[str, ...]:
    """The files of the user's own that have been imported so far."""
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    # Some of torch's modules say a relative name that no file has.
    known = {file for file in files if isinstance(file, str) and user_code.may_be_user(file)}
    return tuple(sorted(file for file in known if Path(file).is_absolute() and user_code.is_user(file)))


def _prepare(request: TraceRequest, user_code: UserCode) -> None:
    known = set(sys.path)
    sys.path[:0] = [path for path in request.paths if path not in known]
    beside = str(Path(request.target.file).parent)
    if beside not in sys.path:  # last: a script in a package's folder, which imports what lies beside it
        sys.path.append(beside)
    run_as = request.target.run_as
    sys.argv = [request.target.file, *(run_as.arguments if run_as else ())]
    # The same text gives the same findings: which side of a branch is taken depends on the example inputs.
    torch.manual_seed(0)
    random.seed(0)
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    sys.dont_write_bytecode = True
    if user_code.overlays:
        sys.meta_path.insert(0, _Overlays(user_code.overlays))


def _load(request: TraceRequest, user_code: UserCode) -> ModuleType:
    """The target's module, imported under its own name.

    A file whose package raises may still run by itself, as a script does. Where it does not, the package is why.
    """
    name, file = _name(request, user_code), user_code.target
    cause = packages.imported(name)
    if cause is None and _finds(name, file):
        return importlib.import_module(name)
    # The name belongs to another module (a file called `types.py`), or is none (`my-model.py`).
    free = name.isidentifier() and name not in sys.modules
    module, loader = _new_module(name if free else _own_name(file), user_code)
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[module.__name__]
        if cause is None:
            raise
        raise cause from None
    return module


def _name(request: TraceRequest, user_code: UserCode) -> str:
    text = _text_of(user_code.target, user_code)
    return packages.name_of(request.target.module, text, user_code.target, user_code.root)


def _own_name(file: str) -> str:
    """A name that no other module has, without a dot: the module is in no package."""
    return f"__fullgraph_target__{Path(file).stem.replace('.', '_')}"


def _sliced(sliced: Slice, name: str, user_code: UserCode, notes: Notes | None) -> ModuleType:
    """The target's module with what the slice gives it.

    What it imports from its own package leads through the package, which may import the whole file: then that
    is the module, under its name, as in the user's own run.
    """
    cause = packages.imported(name) if packages.is_asked_for(sliced.text, name) else None
    if (module := packages.whole(name, user_code.target)) is not None:
        return module
    module = _empty_module(name, user_code)
    try:
        slice_runner.run(sliced, module, user_code.target, notes)
    except BaseException:
        if cause is None:
            raise
        raise cause from None
    return module


def _empty_module(name: str, user_code: UserCode) -> ModuleType:
    """The target's module without its contents, which a slice gives it.

    A module of a package keeps its name without being looked for: to find it would import the package,
    which may import the file.
    """
    known = all(part.isidentifier() for part in name.split(".")) and name not in sys.modules
    if not known or ("." not in name and not _finds(name, user_code.target)):
        package = packages.parent_of(name)
        module = _new_module(_own_name(user_code.target), user_code)[0]
        module.__package__ = package
        return module
    return _new_module(name, user_code)[0]


def _new_module(name: str, user_code: UserCode) -> tuple[ModuleType, importlib.machinery.SourceFileLoader]:
    file = user_code.target
    loader: importlib.machinery.SourceFileLoader = importlib.machinery.SourceFileLoader(name, file)
    if file in user_code.overlays:
        loader = _OverlayLoader(name, file, user_code.overlays[file])
    packages = [str(Path(file).parent)] if Path(file).name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(
        name, file, loader=loader, submodule_search_locations=packages
    )
    if spec is None:
        raise ImportError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    return module, loader


def _finds(name: str, file: str) -> bool:
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        return False
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return False
    return bool(spec and spec.origin and str(Path(spec.origin).resolve()) == file)


def _evaluate(expression: Expression, namespace: dict[str, Any], user_code: UserCode) -> Any:
    code = _compiled(expression, user_code)
    return eval(code, namespace)  # noqa: S307 (the target's text is the user's own code)


def _run(
    user_code: UserCode, written: Expression, outer: dict[str, Any], inner: dict[str, Any], *, statement: bool
) -> Any:
    if not statement:
        return eval(_compiled(written, user_code), outer, inner)  # noqa: S307 (the user's own code)
    place = written.place.range.start
    tree = ast.parse(written.text)
    ast.increment_lineno(tree, place.line)
    code = compile(tree, written.place.file, "exec", dont_inherit=True)
    return exec(code, outer, inner)  # noqa: S102 (the user's own code)


def _compiled(expression: Expression, user_code: UserCode) -> CodeType:
    return compile(_tree(expression, user_code), expression.place.file, "eval", dont_inherit=True)


def _tree(expression: Expression, user_code: UserCode) -> ast.Expression:
    """The expression with the line and columns it has in its file, so that tracebacks point there."""
    file, start = expression.place.file, expression.place.range.start
    text = _text_of(file, user_code)
    lines = split_lines(text)
    prefix = lines[start.line][: start.character] if start.line < len(lines) else ""
    tree = ast.parse(expression.text.strip() if "\n" not in expression.text else expression.text, mode="eval")
    shift(tree, start.line, len(prefix.encode()))
    if "\n" not in expression.text and not "".join(lines[start.line : start.line + 1])[
        start.character :
    ].startswith(expression.text):
        put_at(tree, expression.place, lines)
    user_code.add_expression(file, Syntax(text, tree, lines))
    return tree


def _text_of(file: str, user_code: UserCode) -> str:
    from ..locations.source_locations import read_source

    try:
        return user_code.overlays[file] if file in user_code.overlays else read_source(file)
    except (OSError, SyntaxError, UnicodeDecodeError):
        return ""


class _OverlayLoader(importlib.machinery.SourceFileLoader):
    """Loads unsaved text in the place of the file's."""

    def __init__(self, name: str, file: str, text: str) -> None:
        super().__init__(name, file)
        self._text = text

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002
        # Not through get_data and a cached .pyc, which would be the saved file's.
        return compile(self._text, self.path, "exec", dont_inherit=True)

    def get_source(self, fullname: str) -> str:  # noqa: ARG002
        return self._text


class _Overlays(importlib.abc.MetaPathFinder):
    """Finds modules as ever, and gives those with unsaved text a loader for it."""

    def __init__(self, overlays: Mapping[str, str]) -> None:
        self._overlays = overlays

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None:
            return None
        file = str(Path(spec.origin).resolve())
        if file not in self._overlays:
            return None
        spec.loader = _OverlayLoader(fullname, spec.origin, self._overlays[file])
        return spec


def submodule_names(model: torch.nn.Module) -> Iterator[tuple[str, torch.nn.Module]]:
    """(`self`, the model), (`self.layers.0`, …): each module once, named from the root."""
    for name, module in model.named_modules():
        yield (f"self.{name}" if name else "self"), module
