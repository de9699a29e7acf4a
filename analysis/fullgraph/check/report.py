"""Which findings are reported: those that were asked for and not silenced, and those about the silencing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from .. import rules
from ..model import Finding
from ..project import files
from ..settings.config import Config
from ..settings.suppress import Suppressions, silenced, suppressions
from ..text.source import SourceText
from .options import Options
from .plan import Plan


def reported(found: Iterable[Finding], plan: Plan, options: Options) -> tuple[Finding, ...]:
    """The findings that were asked for and not silenced, with those about the silencing, in order."""
    comments = _Comments(options.texts)
    config_of = lru_cache(lambda file: plan.configs.get(files.project_of(file).root, Config()))
    kept = [finding for finding in dict.fromkeys(found) if not comments.silence(finding)]
    every = (*kept, *comments.findings())
    wanted = (each for each in every if _is_wanted(each, config_of(each.place.file), options))
    return tuple(sorted(wanted, key=lambda finding: (finding.place, finding.rule)))


def _is_wanted(finding: Finding, config: Config, options: Options) -> bool:
    select = options.select or config.select
    return (not select or finding.rule in select) and finding.rule not in (*options.ignore, *config.ignore)


class _Comments:
    """The ignore comments of the files that findings lie in, each file read once."""

    def __init__(self, texts: files.Texts) -> None:
        self._texts = texts
        self._by_file: dict[str, Suppressions] = {}

    def silence(self, finding: Finding) -> bool:
        return silenced(finding, self._of(finding.place.file))

    def findings(self) -> Iterator[Finding]:
        for comments in self._by_file.values():
            yield from comments.findings

    def _of(self, file: str) -> Suppressions:
        if file not in self._by_file:
            self._by_file[file] = self._read(file)
        return self._by_file[file]

    def _read(self, file: str) -> Suppressions:
        source = files.read_source(file, self._texts) if file.endswith(".py") else None
        return suppressions(source, rules.NAMES) if isinstance(source, SourceText) else Suppressions(file)
