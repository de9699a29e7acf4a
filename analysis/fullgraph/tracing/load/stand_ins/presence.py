"""Files that the user's code asks after before it reads them: `if not os.path.exists(path): raise …`.

The rule: it is told that a file is not there, as it is. Only where it goes no further without it is the file
assumed to exist, so that what reads it can be stood in for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ...torch_compat.hooks import patched
from .notes import Notes, Want
from .reading import kind_of_file

TAKEN = "assumed to exist"

_ASKING = ((os.path, ("exists", "isfile", "isdir")), (Path, ("exists", "is_file", "is_dir")))


@contextmanager
def told(notes: Notes) -> Iterator[None]:
    """Within, files that were chosen to be there are, for whoever asks."""

    def make(original: Any) -> Any:
        def ask(path: Any, *args: Any, **kwargs: Any) -> Any:
            answer = original(path, *args, **kwargs)
            if answer or not notes.user_code.is_user(sys._getframe(1).f_code.co_filename):
                return answer
            name = Path(str(path)).name
            want = Want(f"exists {path}", name, kind_of_file(name), options=(TAKEN,))
            if notes.chosen(want.path) is None:
                notes.absent.append(want)
                return answer
            notes.add(want.kind, name, TAKEN)
            return True

        return ask

    with ExitStack() as stack:
        for owner, names in _ASKING:
            for name in names:
                stack.enter_context(patched(owner, name, make))
        yield
