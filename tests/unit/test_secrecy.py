"""What is secret by its shape, whatever its name; and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildsvc.compose import Source, parse
from buildsvc.model.secrecy import HIDDEN, holds_secret, is_flag, shown

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


@pytest.mark.parametrize(
    "value",
    [
        "jdbc:mysql://shop:geheim@db:3306/shop",
        "redis://:geheim@cache:6379/0",
        "jdbc:postgresql://db/shop?user=shop&password=geheim",
        "jdbc:sqlserver://db;databaseName=shop;password=geheim",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
        "-----BEGIN PRIVATE KEY-----",
        JWT,
        f"Bearer {JWT}",
    ],
)
def test_what_is_a_secret_by_its_shape(value: str) -> None:
    assert holds_secret(value)


@pytest.mark.parametrize(
    "value",
    [
        "jdbc:mysql://db:3306/shop",
        "http://db/?user=shop",
        "a@b.example",
        "-----BEGIN CERTIFICATE-----",
        "eyJ",
        "1.2.3",
        "",
    ],
)
def test_what_is_none(value: str) -> None:
    assert not holds_secret(value)


def test_a_password_in_an_address_is_kept_apart(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        "services: {a: {image: i, environment: {DB_URL: 'mysql://u:geheim@db/x', MODE: fast}}}"
    )
    parsed = parse(Source(tmp_path, "compose.yaml"), tmp=tmp_path, project="shop")
    assert parsed.secrets == {"a/DB_URL": "mysql://u:geheim@db/x"}
    assert "geheim" not in repr(parsed.application)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("MARIADB_RANDOM_ROOT_PASSWORD", "yes"),
        ("MARIADB_RANDOM_ROOT_PASSWORD", "1"),
        ("MYSQL_ALLOW_EMPTY_PASSWORD", "Yes"),
        ("ALLOW_EMPTY_PASSWORD", "true"),
        ("MYSQL_ONETIME_PASSWORD", "ON"),
        ("TOKEN_AUTH", "false"),
        ("tokenAuthEnabled", "0"),
    ],
)
def test_what_only_says_yes_or_no_is_no_secret(tmp_path: Path, key: str, value: str) -> None:
    (tmp_path / "compose.yaml").write_text(f"services: {{a: {{image: i, environment: {{{key}: '{value}'}}}}}}")
    parsed = parse(Source(tmp_path, "compose.yaml"), tmp=tmp_path, project="shop")
    assert parsed.secrets == {}
    assert parsed.application.components[0].environment == ((key, value),)
    assert shown(key, value) == value


@pytest.mark.parametrize(
    ("key", "value"),
    [("DB_PASSWORD", "1"), ("DB_PASSWORD", "yesterday"), ("RANDOM_TOKEN", "10"), ("ALLOW_KEY", "truely"), ("KEY", "")],
)
def test_what_says_more_under_such_a_name_stays_one(key: str, value: str) -> None:
    assert not is_flag(key, value)
    assert shown(key, value) == HIDDEN


def test_what_is_named_a_secret_stays_one_whatever_it_says(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        "services: {a: {image: i, environment: {PIN_TOKEN: 'yes'}, x-buildsvc: {secrets: [PIN_TOKEN]}}}"
    )
    parsed = parse(Source(tmp_path, "compose.yaml"), tmp=tmp_path, project="shop")
    assert parsed.secrets == {"a/PIN_TOKEN": "yes"}
