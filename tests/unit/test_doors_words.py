"""Words: every event has a sentence, and the stages stand in the order of the way."""

import subprocess
import sys
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import pytest

from buildpacks.errors import Denied
from buildsvc.doors import words
from buildsvc.model import events, raised, swap_events

KINDS: tuple[type, ...] = get_args(events.Event)
SAMPLES = {
    "str": "something",
    "int": 3,
    "bool": True,
    "float": 1.5,
    "str | None": None,
    "int | None": 4,
    "datetime": datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    "Literal['given', 'kept', 'former']": "former",
    "Literal['before', 'after']": "before",
    "datetime | None": None,
    "tuple[BesideContainer, ...]": (),
    "tuple[str, ...]": ("a line",),
    "tuple[LibraryDelta, ...]": (),
    "tuple[WarmAnswer, ...]": (swap_events.WarmAnswer("/orders", 200, 0.8, 0.01),),
}


def sample(kind: type) -> Any:
    return kind(**{part.name: SAMPLES[str(part.type)] for part in fields(kind) if part.default is MISSING})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_has_words(kind: type) -> None:
    assert words.tell(sample(kind)).strip()


def test_every_stage_is_reached_by_exactly_one_event() -> None:
    reached = [stage for kind in KINDS if (stage := words.stage(sample(kind)))]
    assert sorted(reached) == sorted(set(words.STAGE_OF.values()))


def test_a_received_jar_is_told_with_its_size_and_why_it_is_whose() -> None:
    event = events.Received("ab", "order.jar", 69_300_000, "spring.application.name")
    assert words.tell(event) == "Received order.jar (69.3 MB), matched by spring.application.name."


@pytest.mark.parametrize(
    ("origin", "jar", "count", "said"),
    [
        ("given", "", 2, "Joined with 2 libraries from lib.zip, sent along."),
        ("kept", "", 1, "Joined with 1 library from lib.zip, pushed on 2026-01-02 03:04 UTC and kept."),
        ("former", "a.jar", 0, "Joined with a.jar from lib.zip, pushed on 2026-01-02 03:04 UTC, release 4."),
    ],
)
def test_it_is_told_where_libraries_came_from(
    origin: Literal["given", "kept", "former"], jar: str, count: int, said: str
) -> None:
    pushed = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    assert words.tell(events.LibrariesAdded(origin, "lib.zip", pushed, 4, count, jar)) == said


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (250_000, "250 kB"), (7 * 10**9, "7.0 GB")]
)
def test_sizes_are_written_for_people(count: int, said: str) -> None:
    assert words.size(count) == said


@pytest.mark.parametrize(("value", "said"), [(0.004, "4 ms"), (0.21, "0.2 s"), (42.4, "42 s"), (300.0, "5 min 0 s")])
def test_durations_are_written_for_people(value: float, said: str) -> None:
    assert words.seconds(value) == said


def test_what_a_jar_changes_is_told_in_one_sentence() -> None:
    libraries = (
        events.LibraryDelta("core", "2.0", "2.1"),
        events.LibraryDelta("common", "1.0", "1.0", 3),
        events.LibraryDelta("repacked", "1", "1", 0),
        events.LibraryDelta("more", None, "1"),
        events.LibraryDelta("less", "1", None),
    )
    event = events.Compared(3, "order-1.1.jar", 1, 0, 12, libraries, 40, ("server.port",), 1, 0, 0.01)
    assert words.tell(event) == (
        "Against release 3 (order-1.1.jar) differ: classes 12 changed, 1 added; libraries core 2.0 -> 2.1, "
        "common 1.0 (same version, other content, 3 files differ), repacked 1 (packed anew), more 1 (new), "
        "less 1 (gone), and 35 more; keys server.port."
    )
    nothing = events.Compared(3, "order-1.1.jar", 0, 0, 0, (), 0, (), 0, 0, 0.01)
    assert words.tell(nothing) == "Against release 3 (order-1.1.jar) differ: nothing but times."


def test_one_layer_is_not_one_layers() -> None:
    assert words.tell(events.ImageLoaded("sparse", 1, 1000, 0.1)).startswith("Sent 1 layer (")


def test_a_laptop_without_flask_and_fcntl_can_use_the_words() -> None:
    program = "import sys; sys.modules.update(dict.fromkeys(['flask', 'fcntl', 'pwd'])); import buildsvc.doors.words"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_has_chinese_words(kind: type) -> None:
    said = words.tell(sample(kind), "zh")
    assert "{" not in said
    assert said != words.tell(sample(kind)) or kind in {events.LogLine, events.Failed}


def test_what_failed_and_what_is_warned_of_is_told_by_code_and_values() -> None:
    event = raised.failed(Denied("wrong-application", token="ci", application="shop", allowed=["a"]))
    assert words.tell(event) == event.message == "ci has no role in shop."
    assert (words.tell(event, "zh"), words.hint(event, "zh")) == ("ci 在 shop 中没有角色。", "有角色的应用：a。")


def test_what_another_version_sent_without_words_here_is_told_as_it_came() -> None:
    event = events.Warned("from-tomorrow", "It rains.", "Stay in.", values={"rain": 3})
    assert (words.tell(event, "zh"), words.hint(event, "zh")) == ("警告：It rains.", "Stay in.")
