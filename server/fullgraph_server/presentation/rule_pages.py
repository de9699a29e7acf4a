"""The rules' pages as files, so that the link of a diagnostic leads somewhere without a network.

The rule: the page is `Rule.document`, which is what `fullgraph explain` prints, the documentation has under
docs/rules, and SARIF carries. It comes with the package; it is written when it is first linked to.
"""

from __future__ import annotations

import contextlib
from functools import cache

from fullgraph.rules import RULES
from platformdirs import user_cache_path
from pygls import uris


@cache
def href(rule: str) -> str | None:
    """The URI of a rule's page; None for what is no rule, and where no file can be written."""
    document = next((each.document for each in RULES if each.name == rule), None)
    if document is None:
        return None
    path = user_cache_path("fullgraph", appauthor=False) / "rules" / f"{rule}.md"
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document, encoding="utf-8")
        return str(uris.from_fs_path(str(path)))
    return None
