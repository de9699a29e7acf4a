"""Which pattern a finding without a fix is shown, and the reason beside it; none where there is nothing to say."""

from __future__ import annotations

import pytest
from fullgraph.fix.by_hand import by_hand
from fullgraph.model import Finding, Fix, Place, Range, Severity, Verdict, VerdictKind
from fullgraph.patterns import PATTERNS
from fullgraph.text.source import SourceText

FILE = "/project/models.py"


def found(body: str, rule: str, *fixes: Fix, severity: Severity = "error") -> tuple[str, str] | None:
    """The pattern and the reason for a finding at the `$…$` of a function's body."""
    marked = "def forward(self, x, n):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    text = SourceText(FILE, marked.replace("$", ""))
    first = marked.index("$")
    where = text.place(_range(text, first, marked.index("$", first + 1) - 1))
    told = by_hand(Finding(rule, severity, "", where), fixes, {FILE: text.text})
    return (told.pattern, told.reason) if told else None


def _range(text: SourceText, start: int, end: int) -> Range:
    return Range(text.position_at(start), text.position_at(end))


def tried(kind: VerdictKind, reason: str = "") -> Fix:
    return Fix("Rewrite as torch.cond", (), Verdict(kind, reason))


CASES = {
    "packed-sequences": ("export-error", "out, h = $self.rnn(pack_padded_sequence(x, n))$"),
    "suppression-loop": (
        "data-dependent-branch",
        "while $order.numel()$:\n    keep.append(order[0])\n    order = order[iou(x, order) < 1]",
    ),
    "decoding-loop": ("data-dependent-branch", "for t in y:\n    if $(t == self.eos).all()$:\n        break"),
    "expert-routing": (
        "data-dependent-branch",
        "for e in self.experts:\n    if $n.any()$:\n        x = e(x)",
    ),
    "memo-cache": ("export-error", "if $n not in self.cache$:\n    self.cache[n] = torch.ones(n)"),
    "growing-cache": ("data-dependent-guard", "$self.cache[:, :n]$ = x"),
    "conditional-padding": (
        "data-dependent-branch",
        "if $n % 8 != x.size(1)$:\n    x = f(F.pad(x, (0, 8 - n % 8)))",
    ),
    "padding-and-lengths": ("dim-specialized", "for i, k in $enumerate(lengths)$:\n    y = x[i, :k]"),
    "collected-rows": ("data-dependent-branch", "for r in x:\n    if $r > 0$:\n        rows.append(r)"),
    "library-code": ("tensor-to-python", "y = np.sort($x.numpy()$)"),
    "random-state": ("graph-break", "$torch.manual_seed(n)$"),
    "split-model": ("data-dependent-branch", "if $x.sum() > 0$:\n    return self.fast(x)"),
}


def test_each_pattern_has_a_case() -> None:
    assert set(CASES) == {pattern.name for pattern in PATTERNS}


@pytest.mark.parametrize("name", CASES)
def test_the_nearest_pattern_is_named(name: str) -> None:
    rule, body = CASES[name]
    assert found(body, rule) == (name, "no rewrite has this form")


@pytest.mark.parametrize("name", CASES)
def test_each_page_has_code_before_and_after(name: str) -> None:
    (pattern,) = (each for each in PATTERNS if each.name == name)
    assert "## Before\n\n```python\n" in pattern.page
    assert "## After\n\n```python\n" in pattern.page


def test_the_likeliest_that_was_refused_says_why() -> None:
    rule, body = CASES["split-model"]
    fixes = (
        tried("not-verified", "the finding remains"),
        tried("not-verified", "another"),
        tried("suppresses"),
    )
    assert found(body, rule, *fixes) == (
        "split-model",
        "“Rewrite as torch.cond” was refused: the finding remains",
    )


def test_a_reason_of_several_lines_is_one_and_whole() -> None:
    rule, body = CASES["split-model"]
    told = found(body, rule, tried("not-verified", "a reason\nof lines\n" * 30))
    assert told is not None
    assert told[1].count("a reason of lines") == 30


def test_a_loop_that_ends_at_a_token_is_a_decoding_loop() -> None:
    body = "while len(out) < 5 and not $(token == 0).all()$:\n    token = self.next(token)\n    out.append(token)"
    assert found(body, "data-dependent-branch") == ("decoding-loop", "no rewrite has this form")


@pytest.mark.parametrize("kind", ["verified", "verified-one-branch", "unverified-exports"])
def test_nothing_is_said_beside_a_fix(kind: VerdictKind) -> None:
    rule, body = CASES["split-model"]
    assert found(body, rule, tried(kind)) is None


@pytest.mark.parametrize(
    ("rule", "body"),
    [
        ("data-dependent-guard", "y = x.view($n.item()$)"),  # nothing that a pattern is about
        ("tensor-to-python", "y = $float(x)$"),
        ("dim-specialized", "for previous in $videos$:\n    y = max(previous)"),  # no `iou`, no `eos`
        ("dim-specialized", "for i in $range(4)$:\n    x = x + i"),
        ("training-mode", "if $x.sum() > 0$:\n    return x"),  # the rule has its own hint
    ],
)
def test_nothing_is_said_where_no_pattern_fits(rule: str, body: str) -> None:
    assert found(body, rule) is None


@pytest.mark.parametrize(
    "body",
    [
        "if n not in self.bias_cache:\n    $self.bias_cache[n]$ = self.biases[n]",
        "mask = self.masks.get(n)\nif mask is None:\n    self.masks[n] = $torch.ones(n)$",
        "mask = $self.masks.get(n)$\nif mask is None:\n    self.masks[n] = torch.ones(n)",
    ],
)
def test_what_is_looked_up_by_a_key_is_no_cache_that_grows(body: str) -> None:
    told = found(body, "lost-state", severity="warning")
    assert told is not None
    assert told[0] == "memo-cache"


@pytest.mark.parametrize(
    "body", ["$self.cache[:, n]$ = x", "if n in self.names:\n    $self.cache[n]$ = x", "$self.cache$ = x"]
)
def test_what_no_key_finds_is_one_that_grows(body: str) -> None:
    assert found(body, "lost-state", severity="warning") == ("growing-cache", "no rewrite has this form")


def test_notes_have_no_pattern() -> None:
    rule, body = CASES["split-model"]
    assert found(body, rule, severity="information") is None


def test_a_place_outside_of_the_text_has_none() -> None:
    gone = Place("/project/gone.py", SourceText(FILE, "x").whole)
    assert by_hand(Finding("data-dependent-branch", "error", "", gone), (), {FILE: "x"}) is None


def test_a_loop_is_told_what_it_carries() -> None:
    body = (
        "z, err = x, 1.0\nwhile $err > 0.1$:\n    new = self.f(z * min(err, 1.0))\n"
        "    err = (new - z).norm().item()\n    z = new\nreturn z"
    )
    told = found(body, "data-dependent-branch")
    assert told is not None
    assert told[1].startswith("`torch.while_loop` carries (err, z): keep `err` a tensor; ")
