"""`${VAR}` in values, `.env` and env files."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildpacks.sentences import catalogue
from buildsvc.compose import Source, parse
from buildsvc.compose.envfile import read_env_file
from buildsvc.compose.interpolate import EMPTY, substitute
from buildsvc.model.secrecy import looks_secret

VARIABLES = {"A": "one", "EMPTY": "", "B_2": "two"}


def replaced(text: str) -> tuple[str, list[str]]:
    complaints: list[str] = []
    return substitute(text, VARIABLES, lambda key, /, **_: complaints.append(key.partition(".")[0])), complaints


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("$A-$B_2", "one-two"),
        ("${A}${B_2}", "onetwo"),
        ("$$A $$", "$A $"),
        ("${EMPTY}", ""),
        ("${EMPTY:-x}${EMPTY-x}", "x"),
        ("${NO:-x}${NO-y}", "xy"),
        ("${NO:-${A}}", "one"),
        ("${NO:-${NO2:-deep}}!", "deep!"),
        ("${NO:-a:b?c}", "a:b?c"),
        ("${A:+x}${EMPTY:+y}${EMPTY+z}${NO+n}", "xz"),
        ("${A:?must}${A?must}${EMPTY?fine}", "oneone"),
        ("${NO:-}", ""),
    ],
)
def test_variables_are_replaced(text: str, expected: str) -> None:
    assert replaced(text) == (expected, [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("$NO", EMPTY),
        ("${NO}", EMPTY),
        ("${NO:?say why}", "unset-variable"),
        ("${EMPTY:?say why}", "unset-variable"),
        ("${A:-${NO}}${NO}", EMPTY),
        ("${A", "bad-variable"),
        ("cost: 5$", "bad-variable"),
        ("${}", "bad-variable"),
        ("${A!b}", "bad-variable"),
    ],
)
def test_what_cannot_be_replaced_is_a_fault_and_never_silently_empty(text: str, code: str) -> None:
    assert replaced(text)[1] == [code]


def test_the_message_of_a_required_variable_is_told() -> None:
    told: list[str] = []
    substitute(
        "${DB_HOST:?name the database}",
        {},
        lambda key, /, **values: told.append(catalogue.tell(key, {"path": "", **values}).message),
    )
    assert told == ["needs the variable DB_HOST: name the database."]


def image(folder: Path, text: str, env: dict[str, str] | None = None) -> str | None:
    (folder / "compose.yaml").write_text(f"services: {{a: {{image: '{text}'}}}}\n")
    return parse(Source(folder, "compose.yaml", env or {}), tmp=folder, project="p").application.components[0].image


def test_env_files_given_by_option_win_over_dot_env(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=file\nB=file\n")
    assert image(tmp_path, "${A}-${B}", {"B": "option"}) == "file-option"


def test_the_environment_of_the_process_is_no_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_PROCESS", "leak")
    with pytest.raises(Refused, match="image is empty"):
        image(tmp_path, "${FROM_PROCESS}")
    (tmp_path / ".env").write_text("A=${FROM_PROCESS:-clean}\n")
    assert image(tmp_path, "${A}") == "clean"


def test_a_variables_value_is_not_replaced_again(tmp_path: Path) -> None:
    assert image(tmp_path, "${A}", {"A": "$B"}) == "$B"


def test_an_env_file_is_read_as_compose_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "a.env"
    path.write_text(
        "# comment\n\nPLAIN=a b # tail\nexport EXPORTED=1\nSINGLE='$A ${B}'\nDOUBLE=\"${A}\\n\"\nREF=${PLAIN}-${A}\n"
        'HASH=a#b\nEMPTY=\nGIVEN\nMISSING\nMANY="one\ntwo"\nURL=http://x/?a=b=c\n',
        encoding="utf-8",
    )
    assert read_env_file(path, "a.env", {"A": "one", "GIVEN": "g"}) == {
        "PLAIN": "a b",
        "EXPORTED": "1",
        "SINGLE": "$A ${B}",
        "DOUBLE": "one\n",
        "REF": "a b-one",
        "HASH": "a#b",
        "EMPTY": "",
        "GIVEN": "g",
        "MANY": "one\ntwo",
        "URL": "http://x/?a=b=c",
    }


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('A="pa\\$word"', {"A": "pa$word"}),
        ('A="a\\\\${X}"', {"A": "a\\x"}),
        ('A="a\\"b\\tc\\qd"', {"A": 'a"b\tc\\qd'}),
        ("A: b c # tail\nB=1", {"A": "b c", "B": "1"}),
        ("export A : 'b'\n\nB:\nC: http://h:80/", {"A": "b", "B": "", "C": "http://h:80/"}),
        ('A="x\nB: y\n"\nC: "d\ne"\nF=g:h', {"A": "x\nB: y\n", "C": "d\ne", "F": "g:h"}),
    ],
)
def test_an_env_file_may_escape_a_dollar_and_have_colons(tmp_path: Path, text: str, values: dict[str, str]) -> None:
    (tmp_path / "a.env").write_text(text)
    assert read_env_file(tmp_path / "a.env", "a.env", {"X": "x"}) == values


def test_a_fault_behind_colons_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("A: 1\n\nB: 2\nC=${NOPE}\n")
    with pytest.raises(Refused, match="line 4: needs the variable NOPE"):
        read_env_file(tmp_path / "a.env", "a.env", {})


def test_variables_that_multiply_are_refused(tmp_path: Path) -> None:
    lines = ["A0=" + "x" * 1000, *(f"A{n}={f'${{A{n - 1}}}' * 10}" for n in range(1, 9))]
    (tmp_path / "a.env").write_text("\n".join(lines))
    with pytest.raises(Refused) as caught:
        read_env_file(tmp_path / "a.env", "a.env", {})
    assert caught.value.code == "too-large"
    with pytest.raises(Refused) as caught:
        image(tmp_path, "x\n    environment: [" + "$A," * 100 + "]", {"A": "x" * 100_000})
    assert caught.value.code == "too-large"


@pytest.mark.parametrize("text", ["${A:-" * 5000 + "}" * 5000, "${A:-" * 100_000, "${" * 100_000])
def test_variables_in_variables_without_end_are_refused_soon(tmp_path: Path, text: str) -> None:
    began = time.process_time()
    with pytest.raises(Refused) as caught:
        image(tmp_path, text)
    assert caught.value.code == "bad-variable"
    assert len(str(caught.value)) < 1000
    assert time.process_time() - began < 5


def test_an_env_file_with_a_bom_and_windows_lines_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.env"
    path.write_bytes(b"\xef\xbb\xbfA=1\r\nB=2\r\n")
    assert read_env_file(path, "a.env", {}) == {"A": "1", "B": "2"}


def test_an_unset_variable_in_an_env_file_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.env"
    path.write_text("A=1\n\n\nB=${NOPE}\n")
    with pytest.raises(Refused, match=r"a\.env, line 4: needs the variable NOPE"):
        read_env_file(path, "a.env", {})


SECRET_KEYS = (
    "DB_PASSWORD password API_KEY apiKey SECRET JWT_SECRET_2 GITHUB_TOKEN spring.datasource.password ACCESS-KEY APIKEY "
    "dbPassword SSH_KEYS"
)


@pytest.mark.parametrize("key", SECRET_KEYS.split())
def test_a_key_with_a_secret_word_looks_secret(key: str) -> None:
    assert looks_secret(key)


@pytest.mark.parametrize("key", ["KEYBOARD", "MONKEY", "TOKENIZER", "USER", "DB_PASSWORD_FILE", "SECRETARY", ""])
def test_a_key_that_only_contains_the_letters_does_not(key: str) -> None:
    assert not looks_secret(key)
