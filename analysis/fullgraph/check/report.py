"""Which findings are reported: those that were asked for and not silenced, and those about the silencing."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from .. import rules
from ..model import Finding
from ..project import files
from ..settings.config import Config
from ..settings.suppress import Suppressions, silenced, suppressions
from ..text.source import SourceText
from .options import Options, Selection
from .plan import Plan


def reported(found: Iterable[Finding], plan: Plan, options: Options) -> tuple[Finding, ...]:
    """The findings that were asked for and not silenced, with those about the silencing, in order."""
    findings = tuple(dict.fromkeys(found))
    comments = {file: _comments(file, options.texts) for file in {each.place.file for each in findings}}
    kept = (finding for finding in findings if not silenced(finding, comments[finding.place.file]))
    about_comments = (finding for each in comments.values() for finding in each.findings)
    config_of = cache(lambda file: plan.configs.get(files.project_of(file).root, Config()))
    every = ((each, config_of(each.place.file)) for each in (*kept, *about_comments))
    wanted = (finding for finding, config in every if _is_wanted(finding, config, options.selection))
    return tuple(sorted(wanted, key=lambda finding: (finding.place, finding.rule)))


def _comments(file: str, texts: files.Texts) -> Suppressions:
    source = files.read_source(file, texts) if file.endswith(".py") else None
    return suppressions(source, rules.NAMES) if isinstance(source, SourceText) else Suppressions(file)


def _is_wanted(finding: Finding, config: Config, asked: Selection) -> bool:
    select = asked.select or config.select
    return (not select or finding.rule in select) and finding.rule not in (*asked.ignore, *config.ignore)
