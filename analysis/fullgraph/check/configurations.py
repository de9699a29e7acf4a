"""A project's configuration files: read here, and understood in `discovery/configurations`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePath

from ..configuration.file import ConfigurationFile
from ..configuration.reading import LARGEST, SUFFIXES
from ..project.exclusion import excluded_by
from ..project.snapshot import Snapshot
from ..project.walk import documents
from ..text.source import SourceText
from .projects import ProjectContext

_MOST = 500
_OF_TOOLS = re.compile(
    r"pyproject|package(-lock)?|tsconfig.*|mkdocs|environment.*|docker-compose.*|conda.*|meta|codecov|_config|lerna"
    r"|.*lock|.*\.schema|recorded|vercel|renovate|pre-commit.*|readthedocs|appveyor|Cargo|poetry|Pipfile|manifest"
)
"""Files of other tools, which no model is configured in."""


def configurations_of(here: ProjectContext, snapshot: Snapshot) -> Iterator[ConfigurationFile]:
    """Those next to the project's root first; what is in them is read when somebody asks."""
    excluded = excluded_by(here.config.exclude, Path(here.root))
    gitignore = here.config.respect_gitignore
    found = documents(here.root, SUFFIXES, excluded, gitignore=gitignore, largest=LARGEST * 4)
    ours = (file for file in found if not _OF_TOOLS.fullmatch(PurePath(file).stem))
    for file in islice(ours, _MOST):
        source = snapshot.source(file)
        if isinstance(source, SourceText) and len(source.text) <= LARGEST:
            yield ConfigurationFile(source)
