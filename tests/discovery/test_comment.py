"""Targets said in comments: what is taken, where each part stands, and every mistake at its place."""

from __future__ import annotations

import ast

import pytest
from fullgraph.discovery import discover
from fullgraph.text.source import SourceText
from hypothesis import given
from hypothesis import strategies as st

from tests.discovery.rendered import assert_found


def test_a_class() -> None:
    assert_found("""
        # fullgraph: args=(torch.randn(2, 64),), dynamic_shapes={"x": {0: Dim("batch")}}
                          ^^^^^^^^^^^^^^^^^^^^^ args
                                                                ^^^^^^^^^^^^^^^^^^^^^^^^ dynamic_shapes
        class Gate(nn.Module):
              ^^^^ cases:Gate()
            pass
    """)


def test_all_that_can_be_said() -> None:
    found = assert_found("""
        # fullgraph: model=Gate(4).eval(), args=(x,), kwargs={"y": y}, dynamic_shapes=None, strict=True
                           ^^^^^^^^^^^^^^ model
                                                ^^^^ args
                                                             ^^^^^^^^ kwargs
                                                                                      ^^^^ dynamic_shapes
        class Gate(nn.Module): pass
              ^^^^ cases:Gate(4).eval() strict
    """)
    assert found.targets[0].origin == "comment"
    assert found.targets[0].module == "cases"
    assert found.targets[0].file == "/project/cases.py"
    assert found.targets[0].model.text == "Gate(4).eval()"


def test_a_factory_and_decorators() -> None:
    assert_found("""
        # fullgraph: args=(x,)
                          ^^^^ args
        @cached
        def build() -> nn.Module:
            ^^^^^ cases:build()
            pass

        @cached(
            1
        )
        # fullgraph: args=(y,)
                          ^^^^ args
        class Gate: pass
              ^^^^ cases:Gate()
    """)


def test_several_above_one_class() -> None:
    assert_found("""
        # A gate.
        # fullgraph: args=(a,)
                          ^^^^ args
        # fullgraph: args=(b,),
                          ^^^^ args
        #     strict=False
        # fullgraph: model=Other(), args=(c,)
                           ^^^^^^^ model
                                         ^^^^ args
        # It opens and closes.
        class Gate: pass
              ^^^^ cases:Gate()
              ^^^^ cases:Gate()#2
              ^^^^ cases:Other()
    """)


def test_strict_is_what_the_project_says_unless_the_comment_does() -> None:
    assert_found(
        """
        # fullgraph: args=(a,)
                          ^^^^ args
        # fullgraph: args=(a,), strict=False
                          ^^^^ args
        class Gate: pass
              ^^^^ cases:Gate() strict
              ^^^^ cases:Gate()#2
        """,
        strict=True,
    )


def test_definitions_in_blocks_are_at_module_level() -> None:
    assert_found("""
        try:
            import fast
        except ImportError:
            # fullgraph: args=(a,)
                              ^^^^ args
            class Slow: pass
                  ^^^^ cases:Slow()
        if fast:
            pass
        elif slow:
            # fullgraph: args=(a,)
                              ^^^^ args
            def make(): pass
                ^^^^ cases:make()
    """)


# -- continuation ------------------------------------------------------------------------------------


def test_it_goes_on_while_a_bracket_is_open() -> None:
    found = assert_found("""
        # fullgraph: args=(
                          ^ args … 3 down, to 2
        #   torch.randn(2, 64),  # a batch
        #
        #),
        #   dynamic_shapes={"x": {0: Dim("batch"),
                           ^^^^^^^^^^^^^^^^^^^^^^^ dynamic_shapes … 1 down, to 33
        #                         1: 64}}
        # A gate.
        class Gate: pass
              ^^^^ cases:Gate()
    """)
    args = found.targets[0].args
    assert args is not None
    assert args.text == "(\n    torch.randn(2, 64),  # a batch\n \n )"


def test_further_lines_of_an_expression_keep_their_columns() -> None:
    text = '\t# fullgraph: args=(1,\n  #\té, "x",\n# 2)\nclass Gate: pass\n'
    (target,) = discover(SourceText("/project/cases.py", text), "cases").targets
    assert target.args is not None
    assert target.args.text == '(1,\n   \té, "x",\n  2)'
    assert ast.literal_eval(target.args.text.replace("é", "0")) == (1, 0, "x", 2)


@pytest.mark.parametrize(
    "continued",
    [
        "# fullgraph: args=(x,),\n#   strict=True",
        "# fullgraph: args=(x,)\n#   , strict=True",
        "# fullgraph:\n#   args=(x,), strict=True",
        "# fullgraph: args=\n#   (x,), strict=\n#\n#  True",
        "#fullgraph:args=(x,),strict=True,",
        "#   fullgraph :  args=(x,), strict=True, # as always\n# strictly",
        "# fullgraph: args=(x,), strict=True,\n# A gate that opens.",
        "# fullgraph: args=(x,), strict=True,\n# Gates.",
        "# fullgraph: args=(x,), strict=True,\n#\n# (x)",
        "# fullgraph: args=(x,), strict=True\n# (x) + 1",
        "# fullgraph: args=(x, ), strict=True\n# fullgraph: ignore",
    ],
)
def test_ways_to_write_the_same(continued: str) -> None:
    found = discover(SourceText("/project/cases.py", f"{continued}\nclass Gate: pass\n"), "cases")
    assert found.findings == ()
    (target,) = found.targets
    assert target.strict
    assert target.args is not None
    assert target.args.text.replace(" ", "") == "(x,)"


def test_a_forgotten_comma_is_not_the_end() -> None:
    assert_found(
        """
        # fullgraph: args=(x,)
                          ^^^^ error[target-error]: syntax error: invalid syntax. Perhaps you forgot a comma? … 1 down, to 3
        #   kwargs={}
        class Gate: pass
    """.replace("to 3", "to 10")
    )


def test_an_expression_without_brackets_is_told_so() -> None:
    assert_found("""
        # fullgraph: model=Gate() +
                           ^^^^^^^^ error[target-error]: this expression goes on in the next line without brackets (put it in parentheses) … 1 down, to 12
        #    Other(), args=(x,)
        # fullgraph: model=(Gate() +
                           ^^^^^^^^^ model … 1 down, to 13
        #    Other()), args=(x,)
                            ^^^^ args
        class Gate: pass
              ^^^^ cases:Gate() + Other()
    """)


# -- columns -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_columns_in_odd_text(newline: str, mark: str) -> None:
    text = '\x0c\nx = "\u2028🔥"\nif x:\n\t# fullgraph: model=Größe("é🔥"), args=(ä,)\n\tclass Größe: pass\n'
    source = SourceText("/project/cases.py", mark + text.replace("\n", newline))
    (target,) = discover(source, "cases").targets
    assert target.name == "cases:Größe('é🔥')"
    assert source.between(target.place.range) == "Größe"
    assert target.place.range.start.line == 4
    assert target.args is not None
    for expression in (target.model, target.args):
        assert source.between(expression.place.range) == expression.text
        assert expression.place.range.start.line == 3


def test_a_name_that_python_normalises() -> None:
    assert_found("""
        # fullgraph: args=(x,)
                          ^^^^ args
        class ﬁlter: pass
              ^^^^^ cases:filter()
    """)


def test_a_name_on_its_own_line() -> None:
    assert_found("""
        # fullgraph: args=(x,)
                          ^^^^ args
        class \\
        ^^^^^^^ cases:Gate()
          Gate: pass
    """)


# -- mistakes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "annotated",
    [
        """
        # fullgraph: arg=(x,)
                     ^^^ error[target-error]: unknown key `arg`: did you mean `args`?
        """,
        """
        # fullgraph: args=(x,), größe=1, args=2
                                ^^^^^ error[target-error]: unknown key `größe`: expected `args`, `dynamic_shapes`, `kwargs`, `model` or `strict`
                                         ^^^^ error[target-error]: duplicate argument `args`
        """,
        """
        # fullgraph: (x,), *y, args = z, ** more
                     ^^^^ error[target-error]: a target's arguments must be keyword arguments (pass it by name, as in `# fullgraph: args=(torch.randn(2, 64),)`)
                           ^^ error[target-error]: a target's arguments must be keyword arguments (pass it by name, as in `# fullgraph: args=(torch.randn(2, 64),)`)
                                         ^^^^^^^ error[target-error]: a target's arguments must be passed one by one, without `**`
        """,
        """
        # fullgraph: args=x, *y, strict=True
                             ^^ error[target-error]: a target's arguments must be keyword arguments (pass it by name, as in `# fullgraph: args=(torch.randn(2, 64),)`)
        """,
        """
        # fullgraph: args=(x,), strict=not True, kwargs={}
                                       ^^^^^^^^ error[target-error]: `strict` must be `True` or `False`
        """,
        """
        # fullgraph: args=(x,), strict=1
                                       ^ error[target-error]: `strict` must be `True` or `False`
        """,
        """
        # fullgraph: args=(x, (1, 2), kwargs={"a": 1}
                          ^ error[target-error]: `(` is never closed
        """,
        """
        # fullgraph: args=(x, [1, 2), kwargs={"a": 1}
                                   ^ error[target-error]: `)` does not close `[`
        """,
        """
        # fullgraph: args=(x,)), kwargs={}
                              ^ error[target-error]: unmatched `)`
        """,
        """
        # fullgraph: args=(x,))(
                              ^ error[target-error]: unmatched `)`
        """,
        """
        # fullgraph: args=(x,)) + g(
                              ^ error[target-error]: unmatched `)`
        """,
        """
        # fullgraph: args=(é, 1 2), kwargs={}
                              ^^^ error[target-error]: syntax error: invalid syntax. Perhaps you forgot a comma?
        """,
        """
        # fullgraph: args=("abc)
                           ^ error[target-error]: syntax error: unterminated string literal
        """,
        '''
        # fullgraph: args=("""abc)
                           ^ error[target-error]: syntax error: unterminated triple-quoted string literal
        # more
        ''',
        """
        # fullgraph: args=(x,), see the paper
                                ^^^^^^^ error[target-error]: syntax error: invalid syntax. Perhaps you forgot a comma?
        """,
        """
        # fullgraph: args=(yield)
                           ^^^^^ error[target-error]: syntax error: 'yield' outside function
        """,
        """
        # fullgraph:
        ^^^^^^^^^^^^ error[target-error]: this target has no example inputs (declare them, as in `# fullgraph: args=(torch.randn(2, 64),)`)
        """,
        """
        # fullgraph: args=(x,), strict=maybe; import os
                                            ^ error[target-error]: syntax error: invalid syntax
        """,
    ],
)
def test_a_mistake_is_found_at_its_very_place(annotated: str) -> None:
    assert_found(annotated.rstrip() + "\n        class Gate: pass\n        ")


def test_a_value_that_is_missing() -> None:
    # Python 3.12 blames the name before the `=`, older ones what follows: the line is the same.
    source = SourceText("/project/cases.py", "x = 1\n# fullgraph: args=\nclass Gate: pass\n")
    (finding,) = discover(source, "cases").findings
    assert finding.place.range.start.line == finding.place.range.end.line == 1
    assert finding.place.range.start < finding.place.range.end


_NOWHERE = (
    "error[target-error]: this target is not above a class or a function "
    "(move it directly above a class, or above a function that builds the model and takes no arguments"
)


@pytest.mark.parametrize(
    "annotated",
    [
        f"""
        # fullgraph: args=(x,)
        ^^^^^^^^^^^^^^^^^^^^^^ {_NOWHERE})
        x = 1
        """,
        f"""
        # fullgraph: args=(x,)
        ^^^^^^^^^^^^^^^^^^^^^^ {_NOWHERE}, without a blank line between them)

        class Gate: pass
        """,
        f"""
        class Gate:  # fullgraph: args=(x,)
                     ^^^^^^^^^^^^^^^^^^^^^^ {_NOWHERE})
            pass
        """,
        f"""
        x = 1  # fullgraph: args=(x,)
               ^^^^^^^^^^^^^^^^^^^^^^ {_NOWHERE})
        class Gate: pass
        """,
        f"""
        x = 1  # fullgraph: args=(
               ^^^^^^^^^^^^^^^^^^^ {_NOWHERE})
        #   x,)
        class Gate: pass
        """,
        f"""
        # fullgraph: args=(x,)
        ^^^^^^^^^^^^^^^^^^^^^^ {_NOWHERE})
        async def build(): pass
        """,
        f"""
        @decorated(
            # fullgraph: args=(x,)
            ^^^^^^^^^^^^^^^^^^^^^^ {_NOWHERE})
            1)
        class Gate: pass
        """,
        f"""
        class Gate: pass
        # fullgraph: args=(x,)
        ^^^^^^^^^^^^^^^^^^^^^^ {_NOWHERE})""",
        """
        class Outer:
            def forward(self):
                # fullgraph: args=(x,)
                ^^^^^^^^^^^^^^^^^^^^^^ error[target-error]: `Gate` is not at module level: it is nested in `Outer.forward` (move it above a class or function at module level, and pass `model=` to build the model from there)
                class Gate: pass
        """,
    ],
)
def test_a_target_above_nothing(annotated: str) -> None:
    assert_found(annotated)


def test_a_nested_class_that_is_said_how_to_build() -> None:
    assert_found("""
        class Outer:
            # fullgraph: model=Outer.Gate(), args=(x,)
                               ^^^^^^^^^^^^ model
                                                  ^^^^ args
            class Gate: pass
                  ^^^^ cases:Outer.Gate()
    """)


def test_what_looks_like_a_target_and_is_none() -> None:
    assert_found('''
        """
        # fullgraph: args=(x,)
        class Gate: pass
        """
        # see fullgraph: args=(x,)
        # fullgraph: ignore[data-dependent-branch]
        # fullgraph: ignore
        class Gate:
            text = "# fullgraph: args=(x,)"
        # fullgraphs: args=(x,)
        class Other: pass
    ''')


# -- anything at all ---------------------------------------------------------------------------------

_SIGNS = st.sampled_from("=()[]{},'\"\\*#:.+; é1")
_WORDS = st.sampled_from(
    ["args", "model=", "strict", "x", "True", "yield", "f'{x}'", '"""', "**", "lambda a, b:"]
)
_BREAKS = st.sampled_from(["\n#", "\n# fullgraph:"])


@given(st.lists(_SIGNS | _WORDS | _BREAKS, max_size=25).map("".join))
def test_any_words_give_a_target_that_parses_or_a_finding_in_the_comment(words: str) -> None:
    text = f"x = 1\n# fullgraph:{words}\nclass Gate: pass\n"
    source = SourceText("/project/cases.py", text)
    found = discover(source, "cases")
    assert found.targets or found.findings
    for finding in found.findings:
        where = finding.place.range
        assert source.clamped(where.end) == where.end
        assert where.start < where.end
        assert 1 <= where.start.line <= text.count("\n") - 2
    for target in found.targets:
        for expression in (target.model, target.args, target.kwargs, target.dynamic_shapes):
            if expression is not None:
                ast.parse(expression.text, mode="eval")
