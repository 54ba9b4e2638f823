"""The page's words: whatever it says stands in the catalogue, in every language; nothing is said by the page alone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import pytest
from werkzeug.test import TestResponse

import webui
from buildpacks.sentences import catalogue, template
from buildsvc.doors.http.api import wordlists
from buildsvc.model.access import Role
from buildsvc.model.api import ComponentState
from buildsvc.model.deployment import Cause, Phase
from tests import page_scripts
from tests.doors_site import Door

HOME = Path(webui.__file__).parent
SCRIPTS = [path for path in sorted(HOME.rglob("*.js")) if "vendor" not in path.parts and path.name != "words.js"]
"""All but `words.js`, which knows how a language writes lists and durations, as `spelling.py` does."""
TEMPLATES = sorted(HOME.rglob("*.html"))
FIRST = rf"(?:{'|'.join(sorted(wordlists.TOPICS))})"
KEY = re.compile(rf"{FIRST}(?:\.[a-z0-9-]+)+")
BEGUN = re.compile(rf"({FIRST}\.(?:[a-z0-9-]+[.-])*)$")
NO_WORDS = re.compile(
    r"[A-Z][A-Za-z]*(-[A-Z][A-Za-z]*)+|Arrow\w+|Page(Up|Down)|Enter|Escape|Esc|Tab|Home|End|Files|Control|Shift|Max-Age.*"
    r"|English|中文|(· )?Java.*|buildsvc .*|● / · buildsvc"
)
"""Names of headers, of keys, of kinds of data, of languages, of Java; commands."""
SELECTOR = re.compile(r"[a-z*.#\[][\w.#\[\]=\"-]*(, [a-z*.#\[][\w.#\[\]=\"-]*)+|<svg .*", re.DOTALL)
"""Lists of selectors, and pictures."""
LITERAL_YET: dict[str, int] = {}
"""Strings of the page that are not in the catalogue yet, by file. A number may only become smaller."""


def is_for_people(before: str, text: str) -> bool:
    """Whether a string is one that somebody reads: it has a capital and small letters, two words, or Chinese."""
    bare = text.replace("\0", "").strip()
    if (
        re.search(r"(class|className|classList\.\w+)\W{1,4}$|\.key === $|case $", before)
        or NO_WORDS.fullmatch(bare)
        or SELECTOR.fullmatch(bare)
    ):
        return False
    beside = "\0" in text and re.search(r"(^|\s)[a-z]+(\s|$)", text)
    return bool(
        beside or re.match(r"[A-Z][a-z]", bare) or re.search(r"[a-z]{2,},? [a-z]{2,}|\s\w*[a-z]\.$|[一-鿿]", bare)
    )


def literals(script: str) -> list[str]:
    found = []
    for one in page_scripts.texts(script):
        said = page_scripts.shown(one.text) if one.markup else (one.text,)
        before = "" if one.markup else one.before
        found += [text for text in said if is_for_people(before, text)]
    return found


class Unworded(HTMLParser):
    """Finds what a template says outside of `data-word`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name in ("aria-label", "title", "placeholder", "alt"):
            if given.get(name) and f"data-word-{name}" not in given:
                self.found.append(str(given[name]))
        if tag not in {"meta", "link", "input", "img", "br", "hr"}:
            self._open.append((tag, "data-word" in given or tag in {"code", "noscript", "script", "style"}))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = re.sub(r"\{[{%].*?[%}]\}", "", data).strip()
        if re.search(r"\w", text) and text != "buildsvc" and not any(worded for _, worded in self._open):
            self.found.append(text)


def unworded(page: str) -> list[str]:
    parser = Unworded()
    parser.feed(page)
    return parser.found


def mentioned() -> set[str]:
    """The keys that the page names whole, and with a star those that it makes of a beginning and a value."""
    found: set[str] = set()
    for path in SCRIPTS:
        for text in (one.text for one in page_scripts.texts(path.read_text("utf-8"))):
            found |= {text} if KEY.fullmatch(text) else set()
            if "\0" in text and (begun := BEGUN.match(text.partition("\0")[0])):
                found.add(f"{begun[1]}*")
    for path in TEMPLATES:
        found |= set(re.findall(r'data-word[a-z-]*="([^"]+)"', path.read_text("utf-8")))
    return found


def told_by(answer: TestResponse) -> dict[str, Any]:
    return dict(json.loads(answer.data))


def test_no_new_string_of_the_page_stands_outside_of_the_catalogue() -> None:
    found = {path: literals(path.read_text("utf-8")) for path in SCRIPTS}
    found |= {path: unworded(path.read_text("utf-8")) for path in TEMPLATES}
    more = {
        name: texts
        for path, texts in found.items()
        if len(texts) > LITERAL_YET.get(name := path.relative_to(HOME).as_posix(), 0)
    }
    assert more == {}, "write it into buildpacks/sentences/{en,zh}/page.toml instead (webui/README.md says how)"


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_every_key_that_the_page_names_has_its_words_in_every_language(language: str) -> None:
    known = catalogue.sentences(language)
    lacking = {
        key
        for key in mentioned()
        if (key.endswith("*") and not any(one.startswith(key[:-1]) for one in known))
        or (not key.endswith("*") and key not in known)
    }
    assert lacking == set()


def test_every_string_of_the_page_is_said_by_it() -> None:
    said = mentioned()
    begun = tuple(key[:-1] for key in said if key.endswith("*"))
    mine = {key for key in catalogue.sentences(catalogue.DEFAULT) if key.startswith("page.")}
    assert {key for key in mine - said if not (begun and key.startswith(begun))} == set()


def test_a_string_without_words_would_be_seen() -> None:
    seen = (
        'button("Roll back"); text(a, `for ${b} of ${c}`); tell(`page.x-${one}`); make("p", { class: "muted small" })'
    )
    assert literals(seen) == ["Roll back", "for \0 of \0"]
    other = (
        'headers["Content-Type"] = "application/json"; // The end.\nif (e.key === "Home") say("回滚", `word.${one}`)'
    )
    assert literals(other) == ["回滚"]
    inner = '${b ? html`<i>Not yet</i>` : "Roll back"}'
    markup = 'html`<p class="big one" title=${tell("page.a")} aria-label="Close it">' + inner + " of ${c}</p>`"
    assert literals(markup) == ["Not yet", "Roll back", "Close it", "\0 of \0"]
    assert unworded('<p data-word="page.a">x</p><b>Sign in</b><i title="Why"></i>') == ["Sign in", "Why"]


@pytest.mark.parametrize(
    ("topic", "values"),
    [("phase", list(Phase)), ("cause", list(Cause)), ("role", list(Role)), ("state", get_args(ComponentState))],
)
def test_every_phase_cause_role_and_state_has_its_word(topic: str, values: list[str]) -> None:
    found = {key.partition(".")[2] for key in catalogue.sentences(catalogue.DEFAULT) if key.startswith(f"{topic}.")}
    assert found == {str(value) for value in values}


def test_the_words_are_open_to_anybody_in_the_language_asked_for(door: Door) -> None:
    answer = door.client().get("/api/words?language=zh")
    assert answer.status_code == 200
    assert (told_by(answer)["language"], answer.headers["Content-Language"]) == ("zh", "zh")
    assert told_by(answer)["sentences"]["page.unreachable"] == "服务没有响应。"
    assert told_by(answer)["hints"]["page.unreachable"] == "页面会自动重试。"
    assert not any(key.startswith("wrong-") for key in told_by(answer)["sentences"])


@pytest.mark.parametrize(
    ("asked", "headers", "cookie", "spoken"),
    [
        ("", {"Accept-Language": "zh-CN,en;q=0.5"}, "", "zh"),
        ("?language=zh-Hans", {"Accept-Language": "en"}, "", "zh"),
        ("?language=fr", {"Accept-Language": "zh"}, "", "en"),
        ("", {"Accept-Language": "en"}, "zh", "zh"),
        ("", {}, "fr", "en"),
    ],
)
def test_the_words_come_in_the_language_of_query_cookie_or_browser(
    door: Door, asked: str, headers: dict[str, str], cookie: str, spoken: str
) -> None:
    client = door.client()
    if cookie:
        client.set_cookie("buildsvc_language", cookie)
    assert told_by(client.get(f"/api/words{asked}", headers=headers))["language"] == spoken


def test_what_a_person_chose_on_the_page_decides_for_every_sentence_of_the_service(door: Door) -> None:
    client = door.client()
    client.set_cookie("buildsvc_language", "zh")
    answer = client.get("/api/applications", headers={"Accept-Language": "en"})
    assert answer.headers["Content-Language"] == "zh"
    assert "令牌" in told_by(answer)["detail"]


def test_words_that_are_known_are_not_sent_again(door: Door) -> None:
    client = door.client()
    first = client.get("/api/words", headers={"Accept-Encoding": "gzip"})
    assert first.headers["Content-Encoding"] == "gzip"
    assert first.headers["Cache-Control"] == "no-cache"
    again = {"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]}
    answer = client.get("/api/words", headers=again)
    assert (answer.status_code, answer.data) == (304, b"")
    assert client.get("/api/words?language=zh", headers=again).status_code == 200
    assert client.get("/api/words", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_what_has_no_chinese_is_said_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {language: dict(catalogue.sentences(language)) for language in catalogue.LANGUAGES}
    del whole["zh"]["page.unreachable"]
    monkeypatch.setattr(catalogue, "sentences", whole.__getitem__)
    packed = wordlists.packed_words.__wrapped__("zh")
    assert json.loads(packed.plain)["sentences"]["page.unreachable"] == "The service does not answer."


VALUES = {
    "count": 1, "seconds": 0.26, "size": 1_234_567, "names": ["a", "b", "c"], "parts": ["x", "y"], "more": 0, "who": "",
    "share": 0.125, "why": {"code": "page.answered", "values": {"status": 502}}, "stage": "base", "none": None,
}  # fmt: skip
TEXTS = [
    "{count:count library|libraries}, {more:count layer}", "{seconds:seconds} {size:size} {share}",
    "{{as it is}} {absent}",
    "[[{names}, and {more} more]]{names:and} {names:or} {parts:joined} {names}", "{who:else nobody}[[ by {who}]]{none}",
    "{parts:lines}",
    "{why:bare}; {why}; {why:hint}", "{stage:word}[[{count:when}!]]",
]  # fmt: skip


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_the_page_fills_holes_as_the_service_does(language: str) -> None:
    script = f"""
      import {{ take, fill }} from {json.dumps((HOME / "static" / "words.js").as_uri())};
      take({wordlists.packed_words(language).plain.decode()});
      console.log(JSON.stringify({json.dumps(TEXTS)}.map((text) => fill(text, {json.dumps(VALUES)}))));
    """
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script], capture_output=True, check=True, text=True, encoding="utf-8"
    )
    assert json.loads(done.stdout) == [told(text, language) for text in TEXTS]


def told(text: str, language: str) -> str:
    def nested(key: str, values: Mapping[str, Any], part: str) -> str:
        said = catalogue.tell(key, values, language)
        return said.message if part == "says" else said.hint

    return template.fill(text, VALUES, language, nested)
