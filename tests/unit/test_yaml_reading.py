"""YAML of strangers: what it says, or an error of its own, after work that does not depend on what it asks for."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from buildsvc.model import yaml_reading

MEGABYTE = 1 << 20
HOSTILE = {
    "a flow list": "[" + "a," * (MEGABYTE // 2) + "]",
    "lists in lists": "[" * MEGABYTE,
    "mappings in mappings": "{a: " * (MEGABYTE // 4),
    "keys in keys": "? " * (MEGABYTE // 2),
    "lists in lines": "- " * (MEGABYTE // 2),
    "aliases of aliases": "\n".join(["a0: &a0 []", *(f"a{n}: &a{n} [{f'*a{n - 1},' * 9}]" for n in range(1, 30))]),
    "one large value many times": "a: &a [" + "x," * 9000 + "]\nb: [" + "*a," * 9000 + "]",
    "directives": "".join(f"%TAG !a{number}! x\n" for number in range(MEGABYTE // 16)) + "--- a",
    "documents": "--- a\n" * (MEGABYTE // 6),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_text_made_to_be_slow_is_given_up_soon(what: str) -> None:
    began = time.process_time()
    with pytest.raises(yaml.YAMLError):
        list(yaml_reading.documents(HOSTILE[what]))
    assert time.process_time() - began < 3


def plain(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return [(plain(key), plain(value)) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [plain(item) for item in node.value]
    return node.value


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: [x, {c: 'd'}]\n---\n- &n {k: v}\n- *n\n- <<: *n\n",
        "? [a, b]\n: c\n",
        'a: |\n  text\n  more\nb: >-\n  folded\n  lines\nc: "\\u00e9"\n',
        "--- !!str 1\n...\n---\n",
    ],
)
def test_what_is_read_is_what_pyyaml_composes(text: str) -> None:
    expected = [plain(node) for node in yaml.compose_all(text, Loader=yaml.SafeLoader)]
    assert [plain(node) for node in yaml_reading.documents(text)] == expected


def test_an_alias_inside_of_what_it_names_is_a_circle() -> None:
    with pytest.raises(yaml_reading.Circle):
        list(yaml_reading.documents("a: &a [*a]"))


@given(st.lists(st.sampled_from(["&a ", "*a", "*b", "- ", "? ", ": ", "[", "]", "{", "}", ",", "\n", "--- ", "x", "!t ",
                                 "%", "'", '"', "\\ud800", "\x00", "<<"]), max_size=40))  # fmt: skip
def test_any_text_is_read_or_is_no_yaml(pieces: list[str]) -> None:
    with suppress(yaml.YAMLError):
        for node in yaml_reading.documents("".join(pieces)):
            assert plain(node) is not None
