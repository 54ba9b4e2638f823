"""Configuration keys that differ, flattened, over all profiles; secrets are hidden and still count."""

from __future__ import annotations

import pytest

from buildpacks.inside.difference import FileChange
from buildsvc.model.configuration_keys import KeyChange, key_changes
from buildsvc.model.secrecy import HIDDEN, shown


def changes(name: str, old: bytes | None, new: bytes | None) -> list[tuple[str, str | None, str | None]]:
    return [(one.key, one.old, one.new) for one in key_changes([FileChange(name, old, new)])]


def test_yaml_keys_are_flattened_and_compared() -> None:
    old = b"server: {port: 8080}\nspring:\n  datasource:\n    url: jdbc:a\n    gone: 1\n"
    new = b"server: {port: 8081}\nspring:\n  datasource:\n    url: jdbc:a\n    more: true\n"
    assert changes("application.yml", old, new) == [
        ("server.port", "8080", "8081"),
        ("spring.datasource.more", None, "true"),
        ("spring.datasource.gone", "1", None),
    ]


def test_properties_are_compared_like_java_reads_them() -> None:
    assert changes("a.properties", b"a=1\nb.c : 2\n# x=1\nlong=1,\\\n  2\n", b"a = 1\nb.c=3\nlong=1,2\n") == [
        ("b.c", "2", "3")
    ]


def test_another_spelling_or_order_is_no_change() -> None:
    assert changes("a.yml", b"a: {jdbcUrl: x, b: 1}", b"a:\n  b: 1\n  jdbc-url: x\n") == []
    assert changes("a.yml", b"list: [one, two]", b"list:\n- two\n- one\n") == []


def test_items_of_a_list_are_told_by_their_values() -> None:
    assert changes("a.yml", b"list: [one, two, four]", b"list: [zero, one, Two, four]") == [
        ("list[]", None, "zero"),
        ("list[]", None, "Two"),
        ("list[]", "two", None),
    ]


def test_lists_of_mappings_are_told_by_their_places() -> None:
    old, new = b"routes: [{id: a, uri: x}, {id: b}]", b"routes: [{id: a, uri: y}, {id: b}]"
    assert changes("a.yml", old, new) == [("routes[0].uri", "x", "y")]


def test_documents_of_a_profile_are_told_apart() -> None:
    old = b"a: 1\n---\nspring.config.activate.on-profile: prod\na: 2\n"
    new = b"a: 1\n---\nspring.config.activate.on-profile: prod\na: 3\n"
    assert key_changes([FileChange("application.yml", old, new)]) == (
        KeyChange("application.yml (prod)", "a", "2", "3"),
    )


def test_a_file_that_is_new_or_gone_is_told_key_by_key() -> None:
    assert changes("a.yml", None, b"a: {b: 1}") == [("a.b", None, "1")]
    assert changes("a.properties", b"a.b=1", None) == [("a.b", "1", None)]


def test_a_changed_secret_counts_and_is_not_shown() -> None:
    found = changes(
        "a.yml", b"db: {password: alt, url: 'jdbc:x://u:alt@h/'}", b"db: {password: neu, url: 'jdbc:x://u:neu@h/'}"
    )
    assert found == [("db.password", HIDDEN, HIDDEN), ("db.url", f"jdbc:x://u:{HIDDEN}@h/", f"jdbc:x://u:{HIDDEN}@h/")]


@pytest.mark.parametrize(
    "key", ["spring.datasource.password", "jwt.secretkey", "dbPassword", "redis.pwd", "apiToken", "aws.access-key-id"]
)
def test_a_key_that_looks_secret_hides_its_value(key: str) -> None:
    assert shown(key, "geheim") == HIDDEN


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("jdbc:mysql://h/db?user=a&password=geheim&ssl=true", f"jdbc:mysql://h/db?user=a&password={HIDDEN}&ssl=true"),
        ("redis://:geheim@h:6379", f"redis://:{HIDDEN}@h:6379"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII", HIDDEN),
        ("http://h:8080/path", "http://h:8080/path"),
        ("a monkey and a keyboard", "a monkey and a keyboard"),
    ],
)
def test_a_secret_in_a_value_is_hidden(value: str, seen: str) -> None:
    assert shown("address", value) == seen


def test_what_is_no_yaml_is_read_as_far_as_it_goes() -> None:
    assert changes("a.yml", b"a: 1\nb: @x@\n", b"a: 2\nb: @x@\n") == [("a", "1", "2")]


@pytest.mark.parametrize("start", [b"[", b"{a: ", b"- ", b"? "])
def test_a_bottomless_file_costs_nothing(start: bytes) -> None:
    assert changes("a.yml", b"a: 1\n", b"a: 1\n---\n" + start * 100_000) == []


def test_aliases_are_not_followed() -> None:
    old, new = b"a: &x {b: 1}\nc: *x\n", b"a: &x {b: 2}\nc: *x\n"
    assert changes("a.yml", old, new) == [("a.b", "1", "2")]
