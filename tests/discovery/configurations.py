"""Repositories of texts, Python and configurations, for tests of what is found in both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from fullgraph.configuration.file import ConfigurationFile
from fullgraph.discovery import discover
from fullgraph.discovery.command_lines.commands import Command
from fullgraph.discovery.configurations import code
from fullgraph.discovery.configurations.composition import Configurations
from fullgraph.discovery.configurations.named_classes import named_classes
from fullgraph.discovery.repository.index import RepositoryIndex
from fullgraph.discovery.repository.parsed import ParsedFile
from fullgraph.model import Target
from fullgraph.text.source import SourceText

ROOT = "/project"


def name_of(file: str) -> str:
    return ".".join(PurePath(file).relative_to(ROOT).with_suffix("").parts)


def repository(files: Mapping[str, str], commands: Sequence[Command] = ()) -> RepositoryIndex:
    sources = [SourceText(f"{ROOT}/{name}", text) for name, text in files.items()]
    python = [each for each in sources if each.file.endswith(".py")]
    every = Configurations(ConfigurationFile(each) for each in sources if each not in python)

    def documents(_sources: Mapping[str, SourceText]) -> list[ParsedFile]:
        known = named_classes(python, name_of)
        return [text for file in every.files for text in code.code_in(file, every, known)]

    return RepositoryIndex(
        lambda: python,
        name_of,
        (ROOT,),
        documents=documents,
        configurations=lambda: every,
        commands=lambda: commands,
    )


def targets(files: Mapping[str, str], of: str) -> tuple[Target, ...]:
    index = repository(files)
    return discover(index.sources[f"{ROOT}/{of}"], name_of(f"{ROOT}/{of}"), index=index).targets


def ways(files: Mapping[str, str], of: str) -> list[str]:
    """`file:line: expression` for each way to build the first target, the best first."""
    target = next(iter(targets(files, of)), None)
    every = (target, *(target.by(each) for each in target.fallbacks)) if target else ()
    models = [each.model for each in every]
    return [
        f"{PurePath(each.place.file).relative_to(ROOT)}:{each.place.range.start.line + 1}: "
        f"{each.text.removesuffix('.eval()').removeprefix('(').removesuffix('.eval()')}"
        for each in models
    ]
