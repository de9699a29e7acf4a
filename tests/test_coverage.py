"""How much of the user's models a report tells of: no model is left out, and a part counts as none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fullgraph.check.coverage import Unchecked, Verdict, coverage
from fullgraph.check.importance import main_first, of_models_first
from fullgraph.cli.formats.coverage_text import step
from fullgraph.cli.formats.view import View
from fullgraph.model import (
    BrokenImport,
    Checked,
    Ended,
    Expression,
    Facts,
    Failure,
    Finding,
    FoundModel,
    Frame,
    NoInputs,
    Origin,
    Place,
    Position,
    Raised,
    Range,
    Report,
    Role,
    Status,
    Target,
)


def place(file: str = "/p/m.py", line: int = 0) -> Place:
    return Place(file, Range(Position(line, 0), Position(line, 3)))


def found(name: str, role: Role = "model", needs: tuple[str, ...] = ()) -> FoundModel:
    return FoundModel(f"m.{name}", place(), role, "used", needs)


def target(name: str, origin: Origin = "inferred", number: str = "") -> Target:
    model = Expression(f"{name}()", place())
    return Target(f"m:{name}(){number}", "m", "/p/m.py", origin, place(), model, model_class=f"m.{name}")


def checked(name: str, status: Status = "exports", number: str = "") -> Checked:
    return Checked(target(name, number=number), status, Facts())


def test_models_with_a_verdict_and_without() -> None:
    report = Report(
        targets=(checked("A"), checked("B", "fails")),
        models=(found("A"), found("B"), found("C", needs=("width",)), found("D")),
    )
    known = coverage(report)
    assert [(each.name, each.status) for each in known.checked] == [("A", "exports"), ("B", "fails")]
    assert [(each.name, each.missing, each.names) for each in known.unchecked] == [
        ("C", "arguments", ("width",)),
        ("D", "target", ()),
    ]
    assert known.models == 4
    assert known.is_told


def test_a_part_is_no_model_unless_somebody_asked_for_it() -> None:
    report = Report(
        targets=(checked("Act"),), models=(found("Net"), found("Act", "part"), found("Norm", "part"))
    )
    known = coverage(report)
    assert [each.name for each in known.unchecked] == ["Net"]
    assert [each.name for each in known.parts] == ["Act"]
    assert known.other_parts == 1
    assert not known.is_told, "that an activation exports says nothing of the model"
    asked = replace(report, targets=(Checked(target("Act", "comment"), "exports", Facts()),))
    assert [each.name for each in coverage(asked).checked] == ["Act"]


def test_parts_alone_are_what_was_asked_for() -> None:
    assert coverage(Report(targets=(checked("Act"),), models=(found("Act", "part"),))).is_told
    assert not coverage(Report()).is_told


def test_the_worst_of_several_targets_is_the_verdict() -> None:
    models = (found("A"),)
    worst = coverage(Report((checked("A"), checked("A", "fails", "#2")), models=models)).main
    assert isinstance(worst, Verdict)
    assert worst.status == "fails"
    one_runs = coverage(Report((checked("A", "error"), checked("A", number="#2")), models=models)).main
    assert isinstance(one_runs, Verdict)
    assert one_runs.status == "error", "an error is counted, so that the model is not said to export"


def test_why_a_model_was_skipped() -> None:
    no_module = Raised("load", None, "ModuleNotFoundError", "No module named 'cv2'")
    not_built = Raised("eager", None, "ModuleNotFoundError", "No module named 'ops._C'")
    failures: tuple[Failure, ...] = (
        NoInputs("rank 3", 4),
        no_module,
        Raised("load", None, "ValueError", "no"),
        not_built,
    )
    skipped = [
        replace(checked(name), facts=Facts(failures=(failure,)))
        for name, failure in zip("ABCD", failures, strict=True)
    ]
    said = Finding("target-skipped", "information", "not checked: it raises ValueError", place(), "m:C()")
    report = Report((), (said,), tuple(skipped), tuple(map(found, "ABCD")))
    first, second, third, fourth = coverage(report).unchecked
    assert (first.missing, first.detail) == ("inputs", "rank 3")
    assert (second.missing, second.names) == ("library", ("cv2",))
    assert (third.missing, third.detail) == ("code", "it raises ValueError")
    assert fourth.missing == "code", "`ops` is there"
    assert coverage(report).calls == ()


def test_a_device_that_is_insisted_on_is_what_is_needed() -> None:
    frame = Frame(place(), "assert", text="x.is_cuda")
    insists = replace(checked("A"), facts=Facts(failures=(Raised("eager", frame, "AssertionError", ""),)))
    (left,) = coverage(Report((), (), (insists,), (found("A"),))).unchecked
    assert left.missing == "device"
    view = View(Path("/p"))
    assert "cuda = true" in step(left, view=view)
    assert "record" not in step(left, view=view), "a run on this machine would fail as well"


def test_a_call_that_no_model_stands_for_is_not_lost() -> None:
    said = Finding("target-skipped", "information", "not checked: it depends on `model`", place())
    assert coverage(Report(findings=(said,), models=(found("A"),))).calls == (said,)


def test_a_call_that_cannot_be_followed_is_no_model() -> None:
    lost = replace(target("load", "call"), model_class="")
    skipped = Checked(lost, "error", Facts(failures=(Raised("load", None, "UnknownValueError", "no"),)))
    said = Finding("target-skipped", "information", "not checked: no", place(), lost.name)
    beside = coverage(Report((checked("A"),), (said,), (skipped,), (found("A"),)))
    assert isinstance(beside.main, Verdict)
    assert (beside.main.name, beside.models, beside.calls) == ("A", 1, (said,))
    alone = coverage(Report((), (said,), (skipped,)))
    assert (alone.main, alone.models, alone.is_told) == (None, 0, False)
    with_a_part = Report((checked("Act"),), (said,), (skipped,), (found("Act", "part"),))
    assert not coverage(with_a_part).is_told, "nobody asked for the part, and what was asked for is lost"


def test_a_library_that_inference_lacks_is_a_library() -> None:
    reason = "ModuleNotFoundError: No module named 'nosuchlib'"
    without = replace(checked("A"), facts=Facts(failures=(NoInputs(reason, 4),)))
    (left,) = coverage(Report((), (), (without,), (found("A"),))).unchecked
    assert (left.missing, left.names) == ("library", ("nosuchlib",))


def test_what_a_run_did_not_reach() -> None:
    report = Report((checked("A"),), models=(found("A"), found("B")), ended=Ended("budget", (target("B"),)))
    (left,) = coverage(report).unchecked
    assert (left.name, left.missing) == ("B", "time")


def test_a_run_that_ended_before_all_was_read_does_not_know_what_is_missing() -> None:
    models = (found("A"), found("B", needs=("width",)))
    said = coverage(Report(models=models, ended=Ended("budget", planned=False)))
    assert [(each.missing, each.names) for each in said.unchecked] == [("time", ()), ("time", ())]


def test_a_target_of_a_model_that_is_not_the_users_is_counted() -> None:
    other = replace(target("x"), model_class="")
    known = coverage(Report((Checked(other, "fails", Facts()),)))
    assert [each.name for each in known.checked] == ["m:x()"]


def test_what_somebody_wrote_down_comes_first_and_parts_last() -> None:
    models = (found("A"), found("B"), found("Part", "part"))
    targets = (target("Part"), target("A"), target("Other"), target("B", "comment"))
    ordered = main_first(models, targets)
    assert [each.key[1] for each in ordered] == ["B", "A", "Part"]
    named = [each.subject[1] for each in of_models_first(targets, ordered)]
    assert named == ["B", "A", "Other", "Part"]


def test_of_what_is_asked_for_the_most_explicit_comes_first() -> None:
    models = tuple(map(found, "ABCDE"))
    targets = (
        target("B", "kernelbench"),
        target("C", "converter"),
        target("D", "call"),
        target("E", "comment"),
    )
    assert [each.key[1] for each in main_first(models, targets)] == ["E", "D", "C", "B", "A"]
    both = (*targets, target("C", "call"))
    assert [each.key[1] for each in main_first(models, both)] == ["E", "C", "D", "B", "A"]


def test_the_main_model_is_the_first() -> None:
    main = coverage(Report((checked("B"),), models=(found("A"), found("B")))).main
    assert isinstance(main, Unchecked)
    assert main.name == "A"


def test_what_is_known_of_a_failed_import_goes_before_its_message() -> None:
    said = Raised("load", None, "ModuleNotFoundError", "No module named 'ops._C'")
    absent = Raised(
        "load", None, "RuntimeError", "needs cv2", broken_import=BrokenImport("cv2.dnn", "library")
    )
    unbuilt = replace(said, broken_import=BrokenImport("ops._C", "extension"))
    first, second = (
        replace(checked(name, "error"), facts=Facts(failures=(each,)))
        for name, each in (("A", absent), ("B", unbuilt))
    )
    known = coverage(Report(skipped=(first, second), models=(found("A"), found("B"))))
    assert [(each.missing, each.names) for each in known.unchecked] == [("library", ("cv2",)), ("code", ())]
