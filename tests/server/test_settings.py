"""Settings as clients send them."""

from __future__ import annotations

import pytest
from fullgraph_server.lsp.settings import Settings, read_settings
from fullgraph_server.lsp.untyped_json import plain


def test_every_setting() -> None:
    given = {
        "interpreter": ["venv/bin/python"],
        "trusted": True,
        "check": {"on": ["save"], "delay": 50},
        "strict": True,
        "graphBreaks": True,
        "timeout": 5,
        "inlayHints": {"enabled": False},
        "codeLens": {"enabled": False},
        "hover": {"enabled": False},
        "fixes": {"verify": False},
        "select": ["export-error"],
        "ignore": [],
        "exclude": ["old"],
        "log": {"level": "debug"},
    }
    reading = read_settings(given, "/folder")
    assert reading.problems == ()
    assert reading.settings == Settings(
        interpreter="/folder/venv/bin/python",
        check_on=frozenset(("save",)),
        delay=0.05,
        strict=True,
        graph_breaks=True,
        timeout=5.0,
        inlay_hints=False,
        code_lens=False,
        hover=False,
        verify=False,
        select=("export-error",),
        exclude=("old",),
        level="debug",
    )


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"interpreter": 3}, "interpreter"),
        ({"interpreter": ["a", "b"]}, "interpreter"),
        ({"check": {"on": ["close"]}}, "check.on"),
        ({"check": {"delay": -1}}, "check.delay"),
        ({"check.delay": True}, "check.delay"),
        ({"strict": "yes"}, "strict"),
        ({"select": ["no-such-rule"]}, "select"),
        ({"exclude": "old"}, "exclude"),
        ({"exclude": ["old", "src\\old"]}, "exclude"),
        ({"exclude": ["["]}, "exclude"),
        ({"log": {"level": "loud"}}, "log.level"),
    ],
)
def test_a_wrong_value_is_told_by_its_name_and_keeps_its_default(given: object, name: str) -> None:
    reading = read_settings(given, None)
    assert reading.settings == Settings()
    assert len(reading.problems) == 1
    assert reading.problems[0].startswith(f"`fullgraph.{name}` ")


def test_what_is_no_object_is_told() -> None:
    assert len(read_settings(["strict"], None).problems) == 1


def test_objects_of_the_library_are_plain_values() -> None:
    class Odd:
        def __init__(self) -> None:
            self.on = ("save",)

    assert plain({"check": Odd()}) == {"check": {"on": ["save"]}}
    assert plain(None) == {}
