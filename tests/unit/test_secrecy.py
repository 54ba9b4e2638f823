"""What is secret by its shape, whatever its name; and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildsvc.compose import Source, parse
from buildsvc.model.secrecy import holds_secret

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
