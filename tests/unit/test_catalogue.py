"""The catalogue: every sentence for people is there in every language, and whatever is raised has its words."""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from buildpacks.errors import Conflict, DeploymentFailed, Refused
from buildpacks.sentences import catalogue, template
from buildsvc.doors.cli.columns import slug
from buildsvc.doors.cli.main import COMMANDS
from buildsvc.model import events

ROOT = Path(__file__).parents[2]
FAILURES = {
    "Failure", "Refused", "NotFound", "Conflict", "Denied", "Unreachable", "DeploymentFailed", "ServiceError",
    "Unauthenticated",
}  # fmt: skip
PARTS = {"ToldError", "DirectoryError", "EndFault", "HeaderFault", "DamagedHeader", "Lost"}
"""What is wrong, to stand in the sentence of a failure, which has the hint."""
PLACED = {"fault", "complain", "_fault"}
THIRD = {"found"}
"""Their key stands behind the verdict and what was looked at."""
"""These say where in a file it is by themselves; their last word in order is the key."""
WHERE = {"path", "file", "place", "where"}
SAYS = FAILURES | PARTS | PLACED | {"warned", "sentence", "in_words", "warn", "Wording", "say", "_say", "found"}
OWN_WORDS = {"buildsvc/model/raised.py"}
"""The one maker of what is told already (a site's own buildpack, a newer service)."""
HOWS = {
    "", "size", "seconds", "time", "count", "and", "or", "joined", "sentences", "lines", "bare", "hint", "word", "when",
    "else",
}  # fmt: skip
"""How a value may be written in a sentence: the table of `template`."""


SHOWS = {
    "line",
    "note",
    "say",
    "echo",
    "secho",
    "confirm",
    "prompt",
    "require_yes",
    "UsageError",
    "BadParameter",
    "ClickException",
}
COPIED = {"sha256sum -c SHA256SUMS"}


@dataclass(frozen=True)
class Site:
    """A place that says something: by which call, with what as its key, with how many literal sentences."""

    file: str
    line: int
    call: str
    key: ast.expr
    literal: int
    names: frozenset[str] | None
    """The values it hands over; None where nobody can know by reading."""


@cache
def every_site() -> tuple[Site, ...]:
    return tuple(sites())


def sites() -> Iterator[Site]:
    for top in ("buildpacks", "buildsvc", "webui"):
        for path in sorted((ROOT / top).rglob("*.py")):
            file = path.relative_to(ROOT).as_posix()
            for node in nodes(path):
                if isinstance(node, ast.Call) and (name := called(node.func)) in SAYS and node.args:
                    names = frozenset(word.arg for word in node.keywords if word.arg)
                    whole = all(word.arg for word in node.keywords)
                    yield Site(
                        file,
                        node.lineno,
                        name,
                        key_of(name, node.args),
                        0 if name in PLACED | THIRD else len(node.args) - 1,
                        names - {"log_tail"} if whole else None,
                    )
                elif isinstance(node, ast.Call) and called(node.func) == "Warned":
                    yield Site(file, node.lineno, "Warned", node.args[0], len(node.args) - 1, None)


def key_of(name: str, given: list[ast.expr]) -> ast.expr:
    return given[-1] if name in PLACED | THIRD else given[0]


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All of a file; every test here walks through all files."""
    return tuple(ast.walk(ast.parse(path.read_bytes())))


def called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def keys(expression: ast.expr) -> list[str]:
    """The keys that an expression may be, as patterns."""
    match expression:
        case ast.Constant(value=str(text)):
            return [re.escape(text)]
        case ast.JoinedStr(values=parts):
            return ["".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in parts)]
        case ast.IfExp(body=one, orelse=other):
            return keys(one) + keys(other)
    return []


def holes(sentence: catalogue.Sentence) -> dict[str, set[str]]:
    says, hint = template.holes(sentence.says), template.holes(sentence.hint)
    return {name: says.get(name, set()) | hint.get(name, set()) for name in says | hint}


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_every_sentence_is_there_in_every_language(language: str) -> None:
    assert sorted(catalogue.sentences(language)) == sorted(catalogue.sentences(catalogue.DEFAULT))


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_every_language_names_the_same_values_and_has_a_hint_where_the_first_has_one(language: str) -> None:
    first = catalogue.sentences(catalogue.DEFAULT)
    for key, sentence in catalogue.sentences(language).items():
        assert holes(sentence).keys() == holes(first[key]).keys(), key
        assert bool(sentence.hint) == bool(first[key].hint), key
        assert set().union(*holes(sentence).values()) <= HOWS, key


def test_chinese_is_written_with_chinese_stops() -> None:
    for key, sentence in catalogue.sentences("zh").items():
        assert not re.search(r"[一-鿿][,;!?]|[一-鿿]\.$", sentence.says + sentence.hint), key


@cache
def fitting_of(pattern: str) -> list[str]:
    compiled = re.compile(pattern)
    return [key for key in catalogue.sentences(catalogue.DEFAULT) if compiled.fullmatch(key)]


def test_whatever_is_raised_has_its_words_and_hands_over_their_values() -> None:
    known = catalogue.sentences(catalogue.DEFAULT)
    for site in every_site():
        if site.literal:
            continue
        for pattern in keys(site.key):
            fitting = fitting_of(pattern)
            assert fitting, f"{site.file}:{site.line}: no words for {pattern}"
            if site.names is not None and len(fitting) == 1:
                lacking = holes(known[fitting[0]]).keys() - site.names - (WHERE if site.call in PLACED else set())
                assert not lacking, f"{site.file}:{site.line}: {fitting[0]} names {lacking}"


def test_every_failure_says_what_to_do_next() -> None:
    known = catalogue.sentences(catalogue.DEFAULT)
    raised = {
        pattern.replace(".+", "[^.]+")
        for site in every_site()
        if (site.call in FAILURES or (site.call in PLACED and site.file.startswith("buildpacks/own/")))
        and not site.literal
        for pattern in keys(site.key)
    }
    any_of_them = re.compile("|".join(f"(?:{pattern})" for pattern in raised))
    silent = [key for key in known if not known[key].hint and any_of_them.fullmatch(key)]
    assert silent == []


def test_every_sentence_is_said_somewhere() -> None:
    said = {f"event.{kind.kind}" for kind in get_args(events.Event)}
    elsewhere = (
        "word.",
        "page.",
        "phase.",
        "cause.",
        "state.",
        "role.",
        "status.",
        "status-says.",
        "help.",
        "click.",
    )  # test_page_words.py and test_cli_help.py look at these
    said |= {
        key
        for key in catalogue.sentences(catalogue.DEFAULT)
        if key.startswith((*elsewhere, *(f"{one}." for one in said)))
    }
    patterns = {pattern for site in every_site() if not site.literal for pattern in keys(site.key)} | set(mentioned())
    any_of_them = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
    unsaid = [
        key for key in catalogue.sentences(catalogue.DEFAULT)
        if key not in said and not any_of_them.fullmatch(key)
    ]  # fmt: skip
    assert unsaid == []


def mentioned() -> Iterator[str]:
    """Texts in tables of keys, which are handed to a failure by a variable."""
    for top in ("buildpacks", "buildsvc"):
        for path in (ROOT / top).rglob("*.py"):
            for node in nodes(path):
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and re.fullmatch(r"[a-z0-9.-]+", node.value)
                ):
                    yield re.escape(node.value)


def test_no_sentence_stands_where_it_is_raised() -> None:
    found = [f"{site.file}:{site.line}" for site in every_site() if site.literal and site.file not in OWN_WORDS]
    assert found == [], "write it into buildpacks/sentences instead (README.md there says how)"


def test_no_sentence_stands_where_it_is_shown() -> None:
    """What the doors print, ask and complain of comes out of the catalogue; commands to copy are no sentences."""
    found = [
        f"{file}:{call.lineno}: {text}"
        for file, call in calls("buildsvc")
        if called(call.func) in SHOWS and call.args
        for text in literals(call.args[0])
        if re.search(r"[A-Za-z]{2,}", text) and text.strip() not in COPIED and not catalogue.knows(text)
    ]
    assert found == [], "write it into buildpacks/sentences/*/said.toml and show it by in_words"


def test_every_heading_of_a_table_is_in_the_catalogue() -> None:
    known = catalogue.sentences(catalogue.DEFAULT)
    headings = {
        text
        for _, call in calls("buildsvc/doors/cli")
        if called(call.func) in {"table", "_section"} and isinstance(call.args[0], ast.Tuple)
        for one in call.args[0].elts
        if (text := ast.literal_eval(one))
    }
    assert {f"said.column-{slug(text)}" for text in headings} == {
        one for one in known if one.startswith("said.column-")
    }
    assert all(known[f"said.column-{slug(text)}"].says == text for text in headings)


def test_every_command_s_line_of_the_list_is_in_the_catalogue() -> None:
    known = catalogue.sentences(catalogue.DEFAULT)
    told = {key for key in known if key.startswith("said.command-")}
    assert told == {f"said.command-{name}" for name in COMMANDS}


def calls(top: str) -> Iterator[tuple[str, ast.Call]]:
    for path in sorted((ROOT / top).rglob("*.py")):
        for node in nodes(path):
            if isinstance(node, ast.Call):
                yield path.relative_to(ROOT).as_posix(), node


def literals(shown: ast.expr) -> Iterator[str]:
    """The texts that an expression shows; those that it hands to other calls are theirs."""
    match shown:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            for part in parts:
                yield from literals(part)
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
            yield from literals(one)
            yield from literals(other)
        case ast.Call(func=ast.Attribute(value=text)):
            yield from literals(text)


def test_a_failure_is_told_in_the_language_asked_for() -> None:
    failure = Conflict("wrong-application", token="ci", application="shop", allowed=["a", "b"])
    assert str(failure) == "ci has no role in shop. There is one in: a, b."
    assert failure.told("zh").message == "ci 在 shop 中没有角色。"
    assert failure.told("zh").hint == "有角色的应用：a、b。"


def test_a_literal_sentence_is_told_in_every_language_as_it_is() -> None:
    failure = Refused("ours", "It is not ours.", "Ask us.")
    assert (failure.told("zh").message, failure.told("zh").hint) == ("It is not ours.", "Ask us.")


def test_a_code_with_several_sentences_stays_one_code() -> None:
    failure = Refused("invalid-request.near", asked="GET /x", faults="limt", known=["limit"])
    assert (failure.code, failure.variant, failure.hint) == ("invalid-request", "near", "Did you mean limit?")


def test_a_failure_travels_between_processes_with_its_values() -> None:
    sent = DeploymentFailed("wrong-application", token="ci", application="shop", allowed=[], log_tail=("last words",))
    came = pickle.loads(pickle.dumps(sent))
    assert (came.code, came.values, came.log_tail, came.told("zh")) == (
        sent.code,
        sent.values,
        sent.log_tail,
        sent.told("zh"),
    )


def test_a_failure_in_a_failure_is_told_in_the_language_of_that() -> None:
    inner = Refused("wrong-token")
    said = template.fill("({inner:bare}; {inner:hint})", {"inner": inner.as_value()}, "zh", nested_in("zh"))
    assert said == "(访问令牌无效; 可用 `buildsvc token create` 创建。)"


def nested_in(language: str) -> template.Nested:
    return lambda key, values, part: getattr(
        catalogue.tell(key, values, language), "message" if part == "says" else part
    )


def test_what_may_be_left_out_is_left_out_where_its_value_is_empty() -> None:
    text = "Sent[[, matched by {by}]][[ ({whole:when}whole)]]: {names:else nobody}, {{as it is}}."
    assert template.fill(text, {"by": "", "whole": True, "names": []}, "en", nested_in("en")) == (
        "Sent (whole): nobody, {as it is}."
    )


def test_a_sentence_that_lacks_a_value_or_is_not_known_is_said_all_the_same() -> None:
    assert Refused("wrong-application", token="ci").message == "ci has no role in {application}."
    assert Refused("from-tomorrow", name="x").message == "from-tomorrow (name: x)"


@pytest.mark.parametrize(
    ("wanted", "found"), [("zh_CN.UTF-8", "zh"), ("zh-Hans-CN", "zh"), ("en_GB", "en"), ("C.UTF-8", None), ("", None)]
)
def test_a_locale_names_a_language(wanted: str, found: str | None) -> None:
    assert catalogue.chosen(wanted) == found
