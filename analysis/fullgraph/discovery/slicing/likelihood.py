"""Which of several slices most likely runs where the repository was just checked out."""

from __future__ import annotations

import re

Likelihood = tuple[int, int]

_NEEDS_MORE = re.compile(
    r"\b(open|load\w*|read\w*|imread|\w*DataLoader|\w*Dataset|parse_args|parse_known_args|from_pretrained|download\w*"
    r"|environ|getenv|argv|get|wandb)\b(?=[(\[.])"
)
_TEST = re.compile(r"(^|[/\\])(test_[^/\\]*|[^/\\]*_test|conftest)\.py$|(^|[/\\])tests?[/\\]")


def likelihood(file: str, sliced: str) -> Likelihood:
    """Less for what asks for fewer files, options and downloads, and is nearer to what the model is meant for.

    A document shows a model's use, a script uses it, a test may try a corner of it.
    """
    kind = 0 if not file.endswith(".py") else 2 if _TEST.search(file) else 1
    return len(set(_NEEDS_MORE.findall(sliced))), kind
