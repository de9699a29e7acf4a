"""Something that targets import is not installed, not built, or raises.

What cannot be imported is reported once, with all targets that need it: a library that is not installed, a
git submodule that is not checked out, an extension that is not compiled, a file that a build generates, or a
module whose top level raises. The finding is at the import, or at the line that raises.

## What to do

Make the import work in the environment that Fullgraph uses (`python` in `[tool.fullgraph]`, or `--python`).
The hint has the command where there is one.

## Before

```python
import cv2  # error[import-error]: `cv2` is not installed
```

## After

After `python -m pip install opencv-python`, or where the model can do without it:

```python
try:
    import cv2
except ImportError:
    cv2 = None
```
"""

from __future__ import annotations

import re

from ..model import BrokenImport, Finding, Raised
from .distributions import distribution_of
from .rule import Case, Rule, first_sentence, library, page

NAME = "import-error"
_PLACE = re.compile(r" \([^()]*\.py\)$")


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if not isinstance(failure, Raised) or failure.step != "load" or failure.broken_import is None:
        return None
    message, hint = _said(failure.broken_import, failure)
    related = library(failure.frame)
    return Finding(NAME, "error", message, case.place(failure.frame), case.target.name, hint, related)


def _said(broken: BrokenImport, failure: Raised) -> tuple[str, str]:
    name, top = broken.module, broken.module.partition(".")[0]
    match broken.kind:
        case "library":
            install = f"{broken.python or 'python'} -m pip install {distribution_of(top)}"
            return f"`{top}` is not installed", f"install it: `{install}`"
        case "submodule":
            fetch = f"git submodule update --init {broken.folder}"
            return (
                f"`{name}` cannot be imported: `{broken.folder}` is an empty git submodule",
                f"check it out: `{fetch}`",
            )
        case "extension":
            build = _build(broken)
            return (
                f"`{name}` cannot be imported: it is a compiled extension that has not been built",
                f"build it: `{build}`",
            )
        case "project":
            return (
                f"`{name}` cannot be imported: the project has no such module",
                "if the project's build generates it, run that first",
            )
    # Python adds where the module is: "cannot import name 'x' from 'y' (/a/long/path/y.py)".
    said, kind = _PLACE.sub("", first_sentence(failure.message)), failure.exception.rpartition(".")[2]
    return f"importing `{name}` fails: {kind}: {said}" if said else f"importing `{name}` fails: {kind}", ""


def _build(broken: BrokenImport) -> str:
    """The command that compiles an extension, from the project's root."""
    python = broken.python or "python"
    if not broken.folder:
        return f"{python} -m pip install -e ."
    return f"cd {broken.folder} && {python} setup.py build_ext --inplace"


RULE = Rule(NAME, "error", page(__doc__), _explain)
