"""Site values: declared once in the Compose file, found wherever they stand, filled by each site's own answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.compose import Parsed, Source, parse
from buildsvc.model.application import Secret
from buildsvc.model.site_values import answered, emptied, filled, secret_values, stands, unanswered

FILE = """
name: shop
x-buildsvc:
  values:
    DB_HOST: {kind: address, says: {en: Where the database is., zh: 数据库所在的主机。}}
    DB_PASSWORD: {kind: secret, says: The database's password.}
    PORT: {kind: port, default: 8080, says: The port of the shop.}
    MEMORY: {kind: number, default: 512, says: Megabytes.}
    DATA: {kind: path, default: /srv/shop, says: Where files are.}
    LEVEL: {kind: choice, choices: [info, debug], default: info, says: How much is logged.}
services:
  order:
    x-buildsvc: {}
    ports: ["${PORT}:8080"]
    mem_limit: ${MEMORY}m
    environment:
      DB_URL: jdbc:mysql://${DB_HOST}:3306/shop
      DB_PASSWORD: ${DB_PASSWORD}
      LOG_LEVEL: ${LEVEL}
      JAVA_OPTS: -Xmx${MEMORY}m
    volumes: ["${DATA}/files:/files"]
  stock:
    x-buildsvc: {}
    environment: {SPRING_DATASOURCE_PASSWORD: "${DB_PASSWORD}", WHERE: "${DB_HOST}"}
"""


def parsed(tmp_path: Path, text: str = FILE, **env: str) -> Parsed:
    (tmp_path / "compose.yaml").write_text(text, encoding="utf-8")
    return parse(Source(tmp_path, "compose.yaml", env), tmp=tmp_path)


def test_a_version_travels_with_holes_and_every_site_fills_its_own(tmp_path: Path) -> None:
    home = parsed(tmp_path, DB_HOST="10.1.2.3", DB_PASSWORD="hush", PORT="9000").application
    assert stands(home)
    carried = emptied(home)
    assert "10.1.2.3" not in repr(carried)
    assert "9000" not in repr(carried)
    answers = answered(carried, {"DB_HOST": "db.away", "MEMORY": "2048", "LEVEL": "debug"})
    away = filled(carried, answers)
    order, stock = away.components
    environment = dict(order.environment)
    assert environment["DB_URL"] == "jdbc:mysql://db.away:3306/shop"
    assert environment["LOG_LEVEL"] == "debug"
    assert environment["JAVA_OPTS"] == "-Xmx2048m"
    assert order.limits.memory == 2048 << 20
    assert order.ports[0].published == 8080
    assert order.mounts[0].source == "/srv/shop/files"
    assert dict(stock.environment)["WHERE"] == "db.away"
    assert stands(away)


def test_what_a_second_file_declares_counts_like_the_first_one_s(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("""
x-buildsvc:
  values:
    COLOUR: {kind: text, default: red, says: The colour.}
    PORT: {kind: port, default: 8090, says: The port of the shop.}
services: {order: {environment: {COLOUR: "${COLOUR}"}}}
""")
    (tmp_path / "compose.yaml").write_text(FILE, encoding="utf-8")
    env = {"DB_HOST": "10.1.2.3", "DB_PASSWORD": "hush", "COLOUR": "blue"}
    carried = emptied(parse(Source(tmp_path, "compose.yaml", env, more=("more.yaml",)), tmp=tmp_path).application)
    assert "blue" not in repr(carried)
    order = filled(carried, answered(carried, {"DB_HOST": "db.away"})).components[0]
    assert dict(order.environment)["COLOUR"] == "red"
    assert order.ports[0].published == 8090


def test_filling_with_the_same_answers_gives_what_the_file_gives(tmp_path: Path) -> None:
    here = parsed(tmp_path, DB_HOST="a", DB_PASSWORD="hush").application
    there = parsed(
        tmp_path, DB_HOST="b.c", DB_PASSWORD="hush", PORT="81", MEMORY="7", DATA="/x", LEVEL="debug"
    ).application
    assert filled(emptied(here), dict(there.answers)) == there


def test_one_secret_value_fills_every_secret_that_is_made_of_it(tmp_path: Path) -> None:
    home = parsed(tmp_path, DB_HOST="a", DB_PASSWORD="hush")
    assert dict(home.application.components[0].environment)["DB_PASSWORD"] == Secret("order/DB_PASSWORD")
    assert "hush" not in repr(home.application)
    assert secret_values(home.application.values, {"DB_PASSWORD": "other"}) == {
        "order/DB_PASSWORD": "other",
        "stock/SPRING_DATASOURCE_PASSWORD": "other",
    }
    assert secret_values(home.application.values, {}) == {}


def test_what_has_no_default_is_asked_for(tmp_path: Path) -> None:
    carried = emptied(parsed(tmp_path, DB_HOST="a", DB_PASSWORD="hush").application)
    assert [one.name for one in unanswered(carried, answered(carried, {}))] == ["DB_HOST"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "70000"),
        ("PORT", "eighty"),
        ("MEMORY", "1g"),
        ("DATA", "relative/path"),
        ("DATA", "/srv/../etc"),
        ("LEVEL", "trace"),
        ("DB_HOST", "not a host"),
        ("DB_HOST", "a\nb"),
    ],
)
def test_an_answer_of_another_kind_is_refused(tmp_path: Path, name: str, text: str) -> None:
    home = parsed(tmp_path, DB_HOST="a", DB_PASSWORD="hush").application
    with pytest.raises(Refused) as refused:
        answered(home, {name: text})
    assert refused.value.code == "bad-site-value"
    with pytest.raises(Refused):
        parsed(tmp_path, **{"DB_HOST": "a", name: text})


def test_an_answer_to_no_question_is_refused(tmp_path: Path) -> None:
    home = parsed(tmp_path, DB_HOST="a", DB_PASSWORD="hush").application
    with pytest.raises(Refused, match="DBHOST is no value"):
        answered(home, {"DBHOST": "a"})
    with pytest.raises(Refused, match="asks for none") as caught:
        answered(replace(home, values=()), {"DBHOST": "a"})
    assert caught.value.hint == "Leave --set and --values out."


def service(keys: str, declared: str) -> str:
    return f"x-buildsvc: {{values: {{{declared}}}}}\nservices: {{order: {{x-buildsvc: {{}}, {keys}}}}}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (service("restart: '${HOW}'", "HOW: {default: always, says: how}"), "The value HOW of kind text stands where"),
        (
            service("command: ['--pass=${PASS}']", "PASS: {kind: secret, says: it}"),
            "The value PASS of kind secret stands where .* would be readable",
        ),
        (service("x-a: 1", "PASS: {kind: secret, default: hush, says: it}"), "which everybody could read"),
        (service("x-a: 1", "P: {kind: port, default: nine, says: it}"), "no port"),
        (service("x-a: 1", "P: {kind: choice, says: it}"), "has choices where"),
        (service("x-a: 1", "P: {kind: colour, says: it}"), "one of text, number"),
        (service("x-a: 1", "P: {defualt: 1, says: it}"), "not a known key"),
        (service("x-a: 1", "P: {default: x}"), "has no sentence"),
    ],
)
def test_a_declaration_that_cannot_hold_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        parsed(tmp_path, text, PASS="hush")


def test_a_number_of_the_file_is_not_taken_for_a_mark(tmp_path: Path) -> None:
    text = service("ports: ['${P}:61100', '62100:63100']", "P: {kind: port, default: 80, says: it}")
    home = parsed(tmp_path, text).application
    assert [port.target for port in filled(emptied(home), {"P": "81"}).components[0].ports] == [61100, 63100]


def test_a_secret_with_something_of_its_own_stays_a_hole(tmp_path: Path) -> None:
    text = service(
        "environment: {A_PASSWORD: 'x${PASS}', URL: 'http://${USER}:mine77@host/'}",
        "PASS: {kind: secret, says: it}, USER: {default: me, says: it}",
    )
    home = parsed(tmp_path, text, PASS="hush")
    assert secret_values(home.application.values, {"PASS": "a", "USER": "b"}) == {}
    assert "mine77" not in repr(home.application)


def test_a_site_value_may_answer_a_question_under_a_name_that_looks_secret(tmp_path: Path) -> None:
    text = """
name: shop
x-buildsvc: {values: {RANDOM: {kind: choice, choices: ["yes", "no"], says: Whether the password is made.}}}
services: {db: {image: i, environment: {MARIADB_RANDOM_ROOT_PASSWORD: "${RANDOM}"}}}
"""
    home = parsed(tmp_path, text, RANDOM="yes")
    assert home.secrets == {}
    away = filled(emptied(home.application), {"RANDOM": "no"})
    assert away.components[0].environment == (("MARIADB_RANDOM_ROOT_PASSWORD", "no"),)
