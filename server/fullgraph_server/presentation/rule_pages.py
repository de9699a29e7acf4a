"""The rules' pages as files, so that the link of a diagnostic leads somewhere without a network.

The rule: a page is written when it is first linked to, and is the text that `fullgraph explain` prints.
"""

from __future__ import annotations

import contextlib
from functools import cache

from fullgraph.rules import RULES
from platformdirs import user_cache_path
from pygls import uris


@cache
def href(rule: str) -> str | None:
    """The URI of a rule's page; None where it cannot be written."""
    page = next((each.page for each in RULES if each.name == rule), None)
    path = user_cache_path("fullgraph", appauthor=False) / "rules" / f"{rule}.md"
    if page is None:
        return None
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {rule}\n\n{page}\n", encoding="utf-8")
        return str(uris.from_fs_path(str(path)))
    return None
