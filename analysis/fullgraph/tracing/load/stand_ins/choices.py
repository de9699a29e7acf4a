"""Values that the user's code itself tells, when it fails for want of them.

A text that is a key of a dict is one of its keys, one that names an attribute is that of a model, one that is
compared is what it is compared to; and a mapping that is given as `**config` has the parameters that the
function asks for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from .notes import Notes, Want
from .unknown import Text, Unknown, keys_of, source_of

_MISSING = re.compile(r"missing \d+ required (positional|keyword-only) arguments?: (?P<names>.*)")


def wanted_by(error: BaseException, notes: Notes) -> Want | None:
    """What an attempt that failed with `error` would have to be given; None where nothing tells.

    What failed before may be why: a model that was to be looked up, by a text that is no key.
    """
    looked_up = (_looked_up(each, notes) for each in (*notes.failures, error))
    return next(filter(None, looked_up), None) or notes.wanted or _asked_for(error, notes)


def _looked_up(error: BaseException, notes: Notes) -> Want | None:
    if isinstance(error, KeyError) and error.args and isinstance(error.args[0], (Text, Unknown)):
        return _with(error.args[0], _keys(error, notes))
    if isinstance(error, AttributeError) and isinstance(error.name, Text):
        return _with(error.name, _models(error.obj))
    return None


def _asked_for(error: BaseException, notes: Notes) -> Want | None:
    if isinstance(error, TypeError) and notes.expanded and (missing := _MISSING.search(str(error))):
        names = tuple(re.findall(r"'(\w+)'", missing["names"]))
        path = keys_of(notes.expanded)
        known = notes.chosen(path) or ()
        return Want(path, path, options=((*known, *names),)) if set(names) - set(known) else None
    compared = (want for want in notes.compared.values() if notes.chosen(want.path) is None)
    return next(compared, notes.absent[-1] if notes.absent else None)


def _with(value: Text | Unknown, options: tuple[Any, ...]) -> Want | None:
    if not options:
        return None
    if isinstance(value, Text):
        return replace(value.want, options=options)
    source = source_of(value)
    return Want(source.path, source.name, source.kind, options=options)


def _keys(error: KeyError, notes: Notes) -> tuple[str, ...]:
    """The keys of the mapping that was asked, in the innermost frame."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    frame = notes.user_code.of_exception(error)
    if traceback is None or frame is None:
        return ()
    try:
        node = ast.parse(frame.text, mode="eval").body
        inner = next(each for each in ast.walk(node) if isinstance(each, ast.Subscript))
        code = compile(ast.Expression(inner.value), "<mapping>", "eval")
        mapping: Any = eval(code, traceback.tb_frame.f_globals, dict(traceback.tb_frame.f_locals))  # noqa: S307
    except Exception:  # noqa: BLE001 (the expression is the user's)
        return ()
    keys = tuple(mapping) if isinstance(mapping, Mapping) else ()
    return tuple(key for key in keys if isinstance(key, str))


def _models(owner: Any) -> tuple[str, ...]:
    """The names of models in a module, and of functions where it has none."""
    public = {name: each for name, each in vars(owner).items() if not name.startswith("_")} if owner else {}
    models = [n for n, each in public.items() if isinstance(each, type) and issubclass(each, torch.nn.Module)]
    return tuple(models or [name for name, each in public.items() if callable(each)])
