"""Whose jar is it: asked before one slip makes two components wrong, and answered without sending the file again."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from buildpacks.errors import Conflict, NotFound, Refused
from buildsvc.usecases.receive import intake, withheld
from tests import forge
from tests.workshops import COMPOSE, Bench, jar


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    made.jobs.take()
    return made


def answer(bench: Bench, held: object, **said: object) -> object:
    told = intake.Upload("", "ann", "api", **said)  # type: ignore[arg-type] # what a test says
    return intake.receive_answer(bench.site, str(held), told)


def test_a_jar_pushed_on_the_wrong_row_is_asked_about_and_nothing_changes(bench: Bench) -> None:
    known = bench.ledger.deployments()
    with pytest.raises(Conflict) as asked:
        bench.push(application="shop", component="stock", anyway=False)
    assert asked.value.code == "belongs-elsewhere"
    assert asked.value.values is not None
    assert (asked.value.values["owner"], asked.value.values["asked"]) == ("shop/order", "shop/stock")
    assert bench.ledger.deployments() == known
    assert bench.ledger.identity("shop", "stock") is None
    # And the right component's jar is still its own.
    assert bench.push(anyway=False).component == "order"


def test_what_a_component_accepted_last_is_its_own_whatever_it_is_called(bench: Bench) -> None:
    data = jar(artifact="depot")
    bench.push(data=data, application="shop", component="stock", anyway=False)
    with pytest.raises(Conflict):
        bench.push(data=data, application="shop", component="order", anyway=False)
    assert bench.push(data=data, application="shop", component="stock", anyway=False, force=True).component == "stock"


def test_whoever_insists_is_believed_and_not_asked_again(bench: Bench) -> None:
    bench.push(application="shop", component="stock", anyway=True)
    assert bench.push("1.1", application="shop", component="stock", anyway=False).component == "stock"


def test_a_second_installation_of_the_same_is_no_other_component(bench: Bench) -> None:
    bench.apply(COMPOSE.replace("name: shop", "name: shop-test").replace("8080:8080", "8081:8080"))
    bench.push(anyway=False, application="shop")
    assert bench.push(anyway=False, application="shop-test", component="order").application == "shop-test"


def test_a_jar_that_says_nothing_but_its_file_s_name_is_not_asked_about(bench: Bench) -> None:
    plain = forge.jar(main="demo.Main")
    bench.push(data=plain, filename="app.jar", application="shop", component="order", anyway=False)
    assert bench.push(data=plain, filename="app.jar", application="shop", component="stock", anyway=False)


def test_an_unmatched_jar_waits_and_the_answer_sends_nothing_again(bench: Bench) -> None:
    with pytest.raises(Refused) as asked:
        bench.push(data=jar(artifact="nobody"), filename="nobody-1.jar")
    values = asked.value.values
    assert values is not None
    assert values["candidates"] == ["shop/order", "shop/stock"]
    with pytest.raises(NotFound):
        intake.receive_answer(bench.site, str(values["held"]), intake.Upload("", "eve", "api", "shop", "stock"))
    accepted = answer(bench, values["held"], application="shop", component="stock")
    assert (accepted.component, accepted.artifact) == ("stock", intake_digest(bench))  # type: ignore[attr-defined]
    with pytest.raises(NotFound):
        answer(bench, values["held"], application="shop", component="stock")


def intake_digest(bench: Bench) -> str:
    (newest,) = bench.ledger.deployments("shop", "stock", limit=1)
    assert newest.artifact is not None
    assert bench.site.artifacts.path(newest.artifact).read_bytes() == jar(artifact="nobody")
    return newest.artifact


def test_an_answer_that_is_asked_about_again_keeps_the_question_open(bench: Bench) -> None:
    with pytest.raises(Conflict) as asked:
        bench.push(application="shop", component="stock", anyway=False)
    assert asked.value.values is not None
    with pytest.raises(Conflict):
        answer(bench, asked.value.values["held"], application="shop", component="stock")
    assert answer(bench, asked.value.values["held"], application="shop", component="stock", anyway=True)


def test_what_nobody_answers_is_forgotten(bench: Bench) -> None:
    def ask() -> str:
        with pytest.raises(Refused) as asked:
            bench.push(data=jar(artifact="nobody"), filename="nobody-1.jar")
        assert asked.value.values is not None
        return str(asked.value.values["held"])

    first = ask()
    for _ in range(withheld.MOST):
        bench.clock.forward(1)
        last = ask()
    assert len(list(bench.settings.paths.held.iterdir())) == withheld.MOST
    with pytest.raises(NotFound):
        answer(bench, first, application="shop", component="stock")
    bench.clock.forward(withheld.KEPT + 1)
    with pytest.raises(NotFound) as gone:
        answer(bench, last, application="shop", component="stock")
    assert gone.value.code == "no-such-question"
    assert list(bench.settings.paths.held.iterdir()) == []


class Noise(io.RawIOBase):
    """A megabyte a read, sixty of them."""

    def __init__(self, start: bytes) -> None:
        self.start, self.given = start, 0

    def read(self, size: int = -1, /) -> bytes:
        self.given += size
        return (self.start + b"\x01" * size)[:size] if self.given <= 60 << 20 else b""


@pytest.mark.parametrize("start", [b"\x2a\x30\x64\x54", b"hello", b"%PDF-1.7", b"\x00" * 8])
def test_what_is_no_archive_is_refused_by_its_first_bytes(bench: Bench, start: bytes) -> None:
    noise = Noise(start)
    told = intake.Upload("app.jar", "ann", "api")
    with pytest.raises(Refused) as refused:
        intake.receive(bench.site, noise, told)  # type: ignore[arg-type] # it is read, and nothing else
    assert refused.value.code in {"not-an-archive", "text-file", "other-file"}
    assert "b'" not in str(refused.value)
    assert noise.given < 1 << 20
