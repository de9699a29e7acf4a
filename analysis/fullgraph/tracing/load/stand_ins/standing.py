"""All stand-ins together, for as long as a target is built with them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from ...torch_compat import surroundings
from ...torch_compat.hooks import patched
from . import pretrained
from .libraries import placeholders
from .notes import Notes
from .options import filled
from .presence import told
from .reading import READERS, standing_in
from .unknown import Unknown
from .weights import as_initialized

_FLAGS = "absl.flags"


@contextmanager
def standing(notes: Notes, root: str, paths: tuple[str, ...]) -> Iterator[None]:
    """Within, there are stand-ins for what the target asks for and is not there.

    The user's own modules lie in the project's `root` and in `paths`.
    """
    with ExitStack() as stack:
        readers = _Readers(stack, notes)
        stack.enter_context(filled(notes))
        stack.enter_context(told(notes))
        stack.enter_context(as_initialized(notes))
        stack.enter_context(
            surroundings.one_process(lambda what: notes.add("call", what, "this process alone"))
        )
        stack.enter_context(surroundings.before_loaders(_ask_for_data))
        stack.enter_context(placeholders(notes, root, paths, readers.wrap))
        readers.wrap()
        yield


def _ask_for_data(_loader: Any, dataset: Any, *_args: Any, **_kwargs: Any) -> None:
    if isinstance(dataset, Unknown):
        raise TypeError("what the data set holds is not known")


class _Readers:
    """The functions of `READERS`, each wrapped as soon as its module has it."""

    def __init__(self, stack: ExitStack, notes: Notes) -> None:
        self._stack = stack
        self._notes = notes
        self._functions = {module: dict(functions) for module, functions in READERS.items()}
        self._others = pretrained.modules() | {_FLAGS}

    def wrap(self) -> None:
        for name, functions in self._functions.items():
            module = sys.modules.get(name)
            for function in list(functions):
                kind, _, own = function.rpartition(".")
                owner = getattr(module, kind, None) if kind else module
                if hasattr(owner, own):
                    wrapped = standing_in(own, functions.pop(function), self._notes)
                    self._stack.enter_context(patched(owner, own, wrapped))
        for name in [each for each in self._others if each in sys.modules]:
            self._others -= {name}
            if name == _FLAGS:
                sys.modules[name].FLAGS.mark_as_parsed()  # of flags that nobody gave, the defaults count
            else:
                self._stack.enter_context(pretrained.standing_in(name, self._notes))
