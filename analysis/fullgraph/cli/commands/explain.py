"""`fullgraph explain`: the pages of the rules, as they stand in the rules' own files."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from rich.text import Text

from ...model import NOUNS
from ...rules import RULES
from ..formats.text import STYLES
from ..formats.view import Rule
from ..screen import terminal
from .arguments import one_of

_WIDEST_PAGE = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `explain`."""
    rule = one_of([rule.name for rule in RULES], "rule")
    parser.add_argument(
        "rule", metavar="RULE", nargs="?", type=rule, help="the rule to explain (default: list all rules)"
    )
    parser.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="(default: auto)"
    )
    parser.add_argument(
        "--no-color", dest="color", action="store_const", const="never", help="same as --color never"
    )


def run(arguments: argparse.Namespace) -> int:
    color = terminal.wants_color(arguments.color, sys.stdout, os.environ)
    if arguments.rule is None:
        output = listed(RULES, color)
    else:
        rules = {rule.name: rule for rule in RULES}
        output = explained(rules[arguments.rule], color, terminal.width_of(sys.stdout))
    terminal.write(output, sys.stdout)
    return 0


def listed(rules: tuple[Rule, ...], color: bool) -> str:
    """A line for each rule: its name, what its findings are, its summary."""
    return terminal.painted(_lines(rules), color)


def explained(rule: Rule, color: bool, width: int | None) -> str:
    """The page, set for a terminal of `width` columns; as it was written where there is none."""
    if width is None and not color:
        return rule.document
    # A Markdown parser is a seventh of the time that the command takes to start, and `check` needs none.
    from rich.markdown import Markdown

    title = Text.assemble((NOUNS[rule.severity], STYLES[rule.severity]), " ", (rule.name, "bold"))
    # The theme has no background of its own, so that code reads on light terminals too.
    page = Markdown(rule.page, code_theme="ansi_dark")
    return terminal.painted([title, Text(), page], color, min(width or _WIDEST_PAGE, _WIDEST_PAGE))


def _lines(rules: tuple[Rule, ...]) -> Iterator[Text]:
    widest = max((len(rule.name) for rule in rules), default=0)
    for rule in rules:
        noun = NOUNS[rule.severity]
        yield Text.assemble(
            (f"{rule.name:<{widest}}", "bold"),
            "  ",
            (f"{noun:<7}", STYLES[rule.severity]),
            f"  {rule.summary}",
        )
