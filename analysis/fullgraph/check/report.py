"""Which findings are reported: those that were asked for and not suppressed, and those about the ignore comments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache, partial

from .. import rules
from ..discovery.documents.notebook import place_in_file
from ..model import Finding
from ..project import files
from ..settings.config import Config
from ..settings.suppress import IgnoreComments
from ..text.source import SourceText
from .broken_imports import at_one_place
from .options import Options, Selection
from .plan import Plan


def reported(found: Iterable[Finding], plan: Plan, options: Options) -> tuple[Finding, ...]:
    """The findings that were asked for and not suppressed, with those about the ignore comments, in order."""
    found = (_in_the_file(each, options.texts) for each in found)
    comments = IgnoreComments(partial(_read, texts=options.texts), rules.NAMES)
    config_of = lru_cache(lambda file: plan.configs.get(files.project_of(file).root, Config()))
    kept = [finding for finding in dict.fromkeys(at_one_place(found)) if not comments.suppress(finding)]
    every = (*kept, *comments.findings())
    wanted = (each for each in every if _is_wanted(each, config_of(each.place.file), options.selection))
    return tuple(sorted(wanted, key=lambda finding: (finding.place, finding.rule)))


def _in_the_file(finding: Finding, texts: files.Texts) -> Finding:
    """A finding in a notebook stands in the JSON that the code is written in."""
    source = files.read_source(finding.place.file, texts) if finding.place.file.endswith(".ipynb") else None
    if not isinstance(source, SourceText):
        return finding
    return replace(finding, place=place_in_file(finding.place, source))


def _is_wanted(finding: Finding, config: Config, asked: Selection) -> bool:
    select = asked.select or config.select
    return (not select or finding.rule in select) and finding.rule not in (*asked.ignore, *config.ignore)


def _read(file: str, texts: files.Texts) -> SourceText | None:
    source = files.read_source(file, texts) if file.endswith(".py") else None
    return source if isinstance(source, SourceText) else None
