"""`fullgraph explain`: the pages of the rules and patterns, as they stand in their own files."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from rich.text import Text

from ...model import NOUNS
from ...patterns import PATTERNS, Pattern
from ...rules import RULES
from ..formats.text import STYLES
from ..formats.view import Rule
from ..screen import terminal
from .arguments import one_of

_WIDEST_PAGE = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `explain`."""
    names = [*(rule.name for rule in RULES), *(pattern.name for pattern in PATTERNS)]
    rule = one_of(names, "rule or pattern", "`fullgraph explain` lists them")
    parser.add_argument(
        "rule",
        metavar="RULE",
        nargs="?",
        type=rule,
        help="the rule, or pattern, to explain (default: list all rules and patterns)",
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
        output = f"{listed(RULES, color)}\n{patterns_listed(color)}"
    else:
        width = terminal.width_of(sys.stdout)
        pattern = next((each for each in PATTERNS if each.name == arguments.rule), None)
        rules = {rule.name: rule for rule in RULES}
        output = _of(pattern, color, width) if pattern else explained(rules[arguments.rule], color, width)
    terminal.write(output, sys.stdout)
    return 0


def listed(rules: tuple[Rule, ...], color: bool) -> str:
    """A line for each rule: its name, what its findings are, its summary."""
    return terminal.painted(_lines(rules), color)


def explained(rule: Rule, color: bool, width: int | None) -> str:
    """The page, set for a terminal of `width` columns; as it was written where there is none."""
    if width is None and not color:
        return rule.document
    title = Text.assemble((NOUNS[rule.severity], STYLES[rule.severity]), " ", (rule.name, "bold"))
    return _set(title, rule.page, color, width)


def patterns_listed(color: bool) -> str:
    """A line for each pattern."""
    widest = max(len(each.name) for each in PATTERNS)
    lines = (Text.assemble((f"{each.name:<{widest}}", "bold"), f"  {each.summary}") for each in PATTERNS)
    return terminal.painted(lines, color)


def _of(pattern: Pattern, color: bool, width: int | None) -> str:
    if width is None and not color:
        return pattern.document
    return _set(Text.assemble("pattern ", (pattern.name, "bold")), pattern.page, color, width)


def _set(title: Text, page: str, color: bool, width: int | None) -> str:
    # A Markdown parser is a seventh of the time that the command takes to start, and `check` needs none.
    from rich.markdown import Markdown

    # The theme has no background of its own, so that code reads on light terminals too.
    drawn = Markdown(page, code_theme="ansi_dark")
    return terminal.painted([title, Text(), drawn], color, min(width or _WIDEST_PAGE, _WIDEST_PAGE))


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
