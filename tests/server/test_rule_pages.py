"""The page of a rule: the same text behind each face, and there without a network."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
from fullgraph import cli
from fullgraph.cli.formats import sarif
from fullgraph.cli.formats.view import View
from fullgraph.model import Report
from fullgraph.rules import RULES
from fullgraph.rules.rule import Rule
from fullgraph_server.presentation import rule_pages

DOCS = Path(__file__).parents[2] / "docs/rules"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder."""
    monkeypatch.setattr(rule_pages, "user_cache_path", lambda *_, **__: tmp_path)
    rule_pages.href.cache_clear()
    return tmp_path


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_face_leads_to_the_same_page(
    rule: Rule, cache: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert cli.main(["explain", rule.name]) == 0
    linked = urlparse(rule_pages.href(rule.name))
    carried = json.loads(sarif.render(Report((), ()), View(tmp_path, rules=RULES)))["runs"][0]["tool"][
        "driver"
    ]
    helps = {each["id"]: each["help"]["markdown"] for each in carried["rules"]}
    assert linked.scheme == "file"
    assert {
        capsys.readouterr().out,
        Path(unquote(linked.path)).read_text("utf-8"),
        helps[rule.name],
        (DOCS / f"{rule.name}.md").read_text("utf-8"),
    } == {rule.document}


def test_what_is_no_rule_has_no_page(cache: Path) -> None:
    assert rule_pages.href("no-such-rule") is None


def test_where_no_file_can_be_written_there_is_no_link(cache: Path) -> None:
    (cache / "rules").write_text("in the way")
    assert rule_pages.href(RULES[0].name) is None
