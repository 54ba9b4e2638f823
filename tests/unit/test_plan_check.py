"""What a site's own buildpack may hand back as a plan."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from buildpacks.analyse import analyse
from buildpacks.errors import Refused
from buildpacks.kinds import executable_jar
from buildpacks.own import plan_check
from buildpacks.plan import Entry, Launch, Literal, Packed, PlannedFile, PlannedLayer, Server
from tests import forge


def layers(*files: PlannedFile) -> tuple[PlannedLayer, ...]:
    return (PlannedLayer("application", files),)


CHANGES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "nothing": (lambda _: None, "plan is None, not BuildPlan"),
    "a text for a number": (lambda plan: replace(plan, java="17"), "plan.java is '17', not int"),
    "true for a number": (lambda plan: replace(plan, java=True), "plan.java is True, not int"),
    "a list for a tuple": (lambda plan: replace(plan, layers=[]), "plan.layers is [], not tuple"),
    "a text in a tuple of layers": (lambda plan: replace(plan, layers=("x",)), "plan.layers[0] is 'x', not Planned"),
    "a text for a source": (lambda plan: replace(plan, layers=layers(PlannedFile("a", "x"))),  # type: ignore[arg-type]
                            "plan.layers[0].files[0].source is 'x', not "),
    "a number for a text or nothing": (lambda plan: replace(plan, version=1), "plan.version is 1, not str | None"),
    "a single for a pair": (lambda plan: replace(plan, environment=(("A",),)), "environment[0] has 1 items, not 2"),
    "no files": (lambda plan: replace(plan, layers=layers()), "it puts no file into the image"),
    "no target": (lambda plan: replace(plan, launch=Launch((), ())), "launch.target is empty"),
    "no class": (lambda plan: replace(plan, launch=Launch((), ("-cp", "/app/*"))), "which names no class"),
    "a long argument": (lambda plan: replace(plan, launch=Launch((), ("é" * 65_536,))), "longer than Linux takes"),
    "a NUL": (lambda plan: replace(plan, launch=Launch((), ("a\0",))), "has a NUL"),
    "a working folder without /": (lambda plan: replace(plan, working_dir="app"), "working_dir is 'app'"),
    "the root as working folder": (lambda plan: replace(plan, working_dir="/"), "working_dir is '/'"),
    "a writable folder outside": (lambda plan: replace(plan, writable=("a/../../b",)), "writable has 'a/../../b'"),
    "a variable with =": (lambda plan: replace(plan, environment=(("A=B", "c"),)), "environment has the name 'A=B'"),
    "a path outside": (lambda plan: replace(plan, layers=layers(PlannedFile("/a", Literal(b"")))), "the path '/a'"),
    "a path twice": (lambda plan: replace(plan, layers=layers(*[PlannedFile("a", Literal(b""))] * 2)), "comes twice"),
    "an absent entry": (lambda plan: replace(plan, layers=layers(PlannedFile("a", Entry("b")))), "the entry 'b'"),
    "an absent entry in a jar": (
        lambda plan: replace(plan, layers=layers(PlannedFile("a", Packed((("c", "d"),))))), "the entry 'c'"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_no_plan_is_refused_and_said_where(tmp_path: Path, change: str) -> None:
    found = analyse(forge.write(tmp_path / "x.jar", forge.jar()), "x.jar")
    changed, said = CHANGES[change]
    with pytest.raises(Refused) as caught:
        plan_check.check(changed(executable_jar.plan(found)), found, "/site/acme.py")
    assert caught.value.code == "bad-plan"
    assert said in caught.value.message
    assert caught.value.message.startswith("/site/acme.py made a plan for x.jar that is none: ")


def test_a_plan_with_everything_is_one(tmp_path: Path) -> None:
    found = analyse(forge.write(tmp_path / "x.jar", forge.jar()), "x.jar")
    plan = replace(
        executable_jar.plan(found),
        layers=layers(PlannedFile("a", Packed((("demo/Main.class", "x"),))), PlannedFile("b", Literal(b""))),
        server=Server("tomcat", ("9.0",), "why"),
        writable=("data",),
        environment=(("A", "="),),
    )
    assert plan_check.check(plan, found, "/site/acme.py") is plan
