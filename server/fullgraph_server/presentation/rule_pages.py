"""The pages of rules and patterns as files, so that the link of a diagnostic leads somewhere without a network.

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
    return _written("rules", rule, document) if document is not None else None


@cache
def pattern_href(pattern: str) -> str | None:
    """The same of a pattern's page."""
    from fullgraph.patterns import PATTERNS  # needed once a fix was searched for in vain

    document = next((each.document for each in PATTERNS if each.name == pattern), None)
    return _written("patterns", pattern, document) if document is not None else None


def _written(folder: str, name: str, document: str) -> str | None:
    path = user_cache_path("fullgraph", appauthor=False) / folder / f"{name}.md"
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document, encoding="utf-8")
        return str(uris.from_fs_path(str(path)))
    return None
