"""All faults of a file are told together, each with its line, its path and what to do."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.compose import Source, parse
from buildsvc.compose.faults import nearest


def refusal(folder: Path, text: str) -> Refused:
    (folder / "compose.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as caught:
        parse(Source(folder, "compose.yaml"), tmp=folder, project="p")
    assert caught.value.exit_status == 2
    return caught.value


def test_an_unknown_key_is_named_with_path_line_and_suggestion(tmp_path: Path) -> None:
    error = refusal(tmp_path, "services:\n  order:\n    image: a\n    helthcheck: {test: a}\n")
    assert error.code == "unknown-key"
    assert error.message == "compose.yaml, line 4: services.order.helthcheck is not a known key."
    assert error.hint == "Did you mean healthcheck?"


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """services:
  order:
    x-buildsvc: {java: new}
    enviroment: {A: 1}
    ports: 8080
  db:
    volumes: ["${DATA:?where}:/data"]
voluems: {}
"""
    error = refusal(tmp_path, text)
    assert error.code == "bad-compose"
    lines = error.message.splitlines()
    assert lines[0] == "compose.yaml has 6 faults:"
    assert lines[1] == "  line 3: services.order.x-buildsvc.java must be a Java release like 17, and is 'new'."
    assert lines[2] == "  line 4: services.order.enviroment is not a known key. Did you mean environment?"
    assert lines[3] == "  line 5: services.order.ports must be a list of ports, and is '8080'."
    assert "line 6: services.db has no image" in lines[4]
    assert "line 7: services.db.volumes[0] needs the variable DATA" in lines[5]
    assert lines[6] == "  line 8: voluems is not a known key. Did you mean volumes?"


def test_faults_of_one_kind_share_its_code(tmp_path: Path) -> None:
    assert refusal(tmp_path, "services: {a: {image: i, foo: 1, bar: 2}}\n").code == "unknown-key"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("image: [a]", "services.a.image must be text, and is a list"),
        ("image: i\n    environment: text", "services.a.environment must be a mapping or a list of KEY=VALUE"),
        ("image: i\n    privileged: perhaps", "services.a.privileged must be true or false"),
        ("image: i\n    stop_grace_period: 10", "services.a.stop_grace_period is '10', which is not a duration"),
        ("image: i\n    labels: {a: [1]}", "services.a.labels.a must be text, and is a list"),
        ("image: i\n    command: 'a \"b'", "services.a.command is 'a \"b', which cannot be split"),
    ],
)
def test_a_wrong_type_says_what_is_expected(tmp_path: Path, body: str, expected: str) -> None:
    assert expected in refusal(tmp_path, f"services:\n  a:\n    {body}\n").message


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("services: [\n", "bad-yaml", "line 2"),
        ("- a\n", "bad-yaml", "services:"),
        ("", "bad-yaml", "services:"),
        ("services: {a: {image: i}, a: {image: j}}\n", "double-key", "services.a stands twice"),
        ("services: {a: {image: i, labels: !!python/object:os.system {}}}\n", "unsupported-key", "python"),
        ("services: &a\n  b: *a\n", "bad-yaml", "contains itself"),
        ("services: {a: {<<: text, image: i}}\n", "wrong-type", "to merge"),
        ("services: {a b: {image: i}}\n", "bad-name", "services.a b"),
    ],
)
def test_a_file_that_is_no_sound_yaml_is_refused(tmp_path: Path, text: str, code: str, words: str) -> None:
    error = refusal(tmp_path, text)
    assert error.code == code
    assert words in str(error)


def test_aliases_that_multiply_are_refused_soon(tmp_path: Path) -> None:
    lines = ["x-a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"x-a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert refusal(tmp_path, "\n".join(lines) + "\nservices: {a: {image: i}}\n").code == "too-large"


@pytest.mark.parametrize(
    "text",
    ["services: " + "[" * 200_000, "a: [" + "x," * 500_000 + "]", "a: " + "{a: " * 400 + "}" * 400],
    ids=["deep", "long", "rather deep"],
)
def test_a_file_made_to_be_slow_is_refused_soon(tmp_path: Path, text: str) -> None:
    began = time.process_time()
    assert refusal(tmp_path, text).code == "too-large"
    assert time.process_time() - began < 5


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_bytes("name: 订单\n".encode("gbk"))
    with pytest.raises(Refused) as caught:
        parse(Source(tmp_path, "compose.yaml"), tmp=tmp_path)
    assert caught.value.code == "bad-encoding"


def test_anchors_and_merge_keys_work_and_x_keys_are_not_looked_into(tmp_path: Path) -> None:
    text = """
version: "3.8"
x-note: "${NOT_SET} {{ $ }}"
x-base: &base
  image: one
  restart: always
x-more: &more {image: two, user: u}
services:
  a: {<<: *base, restart: "no"}
  b: {<<: [*base, *more]}
"""
    (tmp_path / "compose.yaml").write_text(text)
    a, b = parse(Source(tmp_path, "compose.yaml"), tmp=tmp_path, project="p").application.components
    assert (a.image, a.restart, a.user) == ("one", "no", None)
    assert (b.image, b.restart, b.user) == ("one", "always", "u")


def test_nothing_is_suggested_where_nothing_is_near() -> None:
    assert nearest("zzz", ("image", "ports")) == ""
    assert nearest("IMAGES", ("image", "ports")) == "image"


def test_all_faults_of_a_file_are_told_in_the_language_asked_for(tmp_path: Path) -> None:
    error = refusal(tmp_path, "services:\n  a:\n    image: i\n    ports: 8080\n    volumes: ['${DATA:?where}:/data']\n")
    assert error.told("zh").message.splitlines() == [
        "compose.yaml 有 2 处错误：",
        "  第 4 行：services.a.ports 应为端口的列表，实际是“8080”。",
        "  第 5 行：services.a.volumes[0] 需要变量 DATA：where。请在 .env 中或用 --env-file 设置 DATA。",
    ]
    one = refusal(tmp_path, "services:\n  a: {image: i, prots: []}\n")
    assert one.code == "unknown-key"
    assert one.told("zh").message == "compose.yaml 第 2 行：services.a.prots 不是已知的键。"
    assert one.told("zh").hint == "是否想写 ports？"


def test_no_english_word_of_ours_is_left_in_what_is_told_in_chinese(tmp_path: Path) -> None:
    text = "services:\n  a: {image: [x], ports: ['x'], volumes: [{}], restart: maybe, stop_grace_period: soon}\n"
    told = refusal(tmp_path, text).told("zh").message
    assert not re.search(r"\b(is|must|names|has|not|be|or|which)\b", told), told
