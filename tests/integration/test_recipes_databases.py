"""What docs/recipes.md says of MariaDB and PostgreSQL, line by line, in containers."""

from __future__ import annotations

import gzip
import lzma

import pytest
from docker.models.containers import Container

from tests.recipe_containers import RecipeContainers, answers, ended, process_one, said, stopped
from tests.waiting import until

pytestmark = [pytest.mark.engine, pytest.mark.long]
SECRET = 'it\'s a \\ "secret" $HOME 密'
Files = dict[str, tuple[str | bytes, int]]
FIRST = "/docker-entrypoint-initdb.d"
QUICK = {"MARIADB_INITDB_SKIP_TZINFO": "1"}


def mysql(container: Container, statement: str, user: str = "root", password: str = SECRET) -> str:
    """By the network, as others come."""
    address = said(container, "hostname", "-i")[1].strip()
    return answers(container, "mysql", "-h", address, f"-u{user}", f"-p{password}", "-Ne", statement)


def psql(container: Container, statement: str, user: str = "postgres", base: str = "") -> str:
    address = said(container, "hostname", "-i")[1].strip()
    uri = f"host={address} user={user} dbname={base or user} password='{quoted(SECRET)}'"
    return answers(container, "psql", uri, "-Atc", statement)


def quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def test_mariadb_makes_what_the_variables_name_and_serves_nobody_before(containers: RecipeContainers) -> None:
    volume = f"{containers.volume()}:/var/lib/mysql"
    environment = {
        "MYSQL_ROOT_PASSWORD": SECRET,
        "MYSQL_DATABASE": "shop_a",
        "MYSQL_USER": "o'brien",
        "MYSQL_PASSWORD": SECRET,
    }
    slow: Files = {f"{FIRST}/slow.sh": ("while [ ! -e /tmp/go ]; do sleep 0.1; done\n", 0o644)}
    database = containers.start(
        "mariadb", "--character-set-server=utf8mb4", environment=environment, volume=volume, files=slow
    )
    until(lambda: b"running /docker-entrypoint-initdb.d/slow.sh" in database.logs(), 90)
    assert said(database, "healthcheck.sh", "--connect", "--innodb_initialized")[0] == 1
    assert said(database, "touch", "/tmp/go")[0] == 0
    answers(database, "healthcheck.sh", "--connect", "--innodb_initialized")
    assert process_one(database) == ("999", "mariadbd")
    assert mysql(database, "SELECT @@character_set_server") == "utf8mb4\n"
    assert mysql(database, "CREATE TABLE shop_a.t (a INT); SELECT CURRENT_USER()", "o'brien") == "o'brien@%\n"
    assert said(database, "mysql", "-uo'brien", f"-p{SECRET}", "-e", "CREATE DATABASE shopxa")[0] == 1
    assert mysql(database, "SELECT CONVERT_TZ('2026-01-01 00:00:00', 'UTC', 'Asia/Shanghai')").startswith(
        "2026-01-01 08"
    )
    assert mysql(database, "SELECT COUNT(*) FROM mysql.user WHERE user = ''") == "0\n"
    assert said(database, "mysql", "-uroot", "-e", "SELECT 1")[0] == 1
    assert stopped(database) == 0
    again = containers.start("mariadb", environment={"MYSQL_DATABASE": "other"}, volume=volume)
    assert "other" not in mysql(again, "SHOW DATABASES")
    assert "t" in mysql(again, "SHOW TABLES IN shop_a", "o'brien")


def test_mariadb_reads_its_first_scripts_by_name_and_secrets_out_of_files(containers: RecipeContainers) -> None:
    insert = "INSERT INTO log (said) VALUES ('{}');\n"
    files: Files = {
        "/run/root": (f"{SECRET}\n", 0o600),
        f"{FIRST}/1.sql": ("CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, said TEXT);\n", 0o644),
        f"{FIRST}/2.sql.gz": (gzip.compress(insert.format("gz").encode()), 0o644),
        f"{FIRST}/3.sql.xz": (lzma.compress(insert.format("茶").encode()), 0o644),
        f"{FIRST}/4-read.sh": (f'docker_process_sql -e "{insert.format("read").strip()}"\n', 0o644),
        f"{FIRST}/5-run.sh": (
            "#!/bin/sh\necho \"INSERT INTO log (said) VALUES ('$MARIADB_DATABASE');\" > /tmp/6\n",
            0o755,
        ),
        f"{FIRST}/6.sh": ("docker_process_sql < /tmp/6\n", 0o644),
        f"{FIRST}/README.txt": ("no script", 0o644),
        "/etc/mysql/conf.d/own.cnf": ("[mysqld]\nmax_connections = 17\n", 0o644),
    }
    environment = {"MARIADB_ROOT_PASSWORD_FILE": "/run/root", "MARIADB_DATABASE": "shop", **QUICK}
    database = containers.start("mariadb", "mysqld", environment=environment, files=files)
    assert mysql(database, "SELECT said FROM shop.log ORDER BY id") == "gz\n茶\nread\nshop\n"
    assert mysql(database, "SELECT @@max_connections") == "17\n"
    assert stopped(database) == 0


@pytest.mark.parametrize(
    ("environment", "command", "told"),
    [
        ({}, [], "root has no password"),
        ({"MARIADB_USER": "a", "MYSQL_ROOT_PASSWORD": "x"}, [], "without MARIADB_PASSWORD"),
        ({"MYSQL_ROOT_PASSWORD": "x", "MYSQL_ROOT_PASSWORD_FILE": "/etc/passwd"}, [], "are both set"),
        ({"MYSQL_ROOT_PASSWORD_FILE": "/nowhere"}, [], "/nowhere, which cannot be read"),
        ({"MYSQL_ROOT_PASSWORD": "x"}, ["--no-such-option"], "no-such-option"),
    ],
)
def test_mariadb_refuses_before_it_makes_anything(
    containers: RecipeContainers, environment: dict[str, str], command: list[str], told: str
) -> None:
    status, log = ended(containers.start("mariadb", *command, environment=environment))
    assert status == 1
    assert told in log


def test_an_interrupted_first_start_begins_anew(containers: RecipeContainers) -> None:
    for recipe, folder, environment in (
        ("mariadb", "/var/lib/mysql", {"MARIADB_RANDOM_ROOT_PASSWORD": "1", "MARIADB_DATABASE": "shop", **QUICK}),
        ("postgres", "/var/lib/postgresql/data", {"POSTGRES_PASSWORD": "x", "POSTGRES_DB": "shop"}),
    ):
        volume = f"{containers.volume()}:{folder}"
        table = "CREATE TABLE made (a INT);"
        hanging: Files = {f"{FIRST}/1.sql": (table, 0o644), f"{FIRST}/2.sh": ("sleep 600\n", 0o644)}
        killed = containers.start(recipe, environment=environment, volume=volume, files=hanging)
        until(lambda killed=killed: b"running /docker-entrypoint-initdb.d/2.sh" in killed.logs(), 90)  # type: ignore[misc]
        killed.kill()
        files: Files = {f"{FIRST}/1.sql": (table, 0o644), f"{FIRST}/2.sh": ("echo second > /tmp/said\n", 0o644)}
        database = containers.start(recipe, environment=environment, volume=volume, files=files)
        until(lambda database=database: b"the database is made" in database.logs(), 90)  # type: ignore[misc]
        assert b"begins anew" in database.logs()
        if recipe == "mariadb":
            assert b"GENERATED ROOT PASSWORD: " in database.logs()
        assert said(database, "cat", "/tmp/said")[1] == "second\n"


def test_a_first_script_that_fails_ends_the_start(containers: RecipeContainers) -> None:
    broken: Files = {f"{FIRST}/1.sql": ("SELECT nonsense FROM nowhere;", 0o644)}
    damaged: Files = {f"{FIRST}/1.sql.gz": (gzip.compress(b"SELECT 1;" * 9999)[:-20], 0o644)}
    for files in (broken, damaged):
        environment = {"MYSQL_ROOT_PASSWORD": "x", **QUICK}
        assert ended(containers.start("mariadb", environment=environment, files=files))[0] == 1
        assert ended(containers.start("postgres", environment={"POSTGRES_PASSWORD": "x"}, files=files))[0] != 0


def test_postgres_makes_what_the_variables_name(containers: RecipeContainers) -> None:
    volume = f"{containers.volume()}:/data/pg"
    files: Files = {
        "/run/secret": (SECRET, 0o644),
        f"{FIRST}/1.sql": ("CREATE TABLE log (said TEXT); INSERT INTO log VALUES ('茶');", 0o644),
        f"{FIRST}/2.sh": ('psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "INSERT INTO log VALUES (\'sh\')"\n', 0o644),
    }
    environment = {
        "POSTGRES_USER": "bob",
        "POSTGRES_PASSWORD_FILE": "/run/secret",
        "POSTGRES_DB": 'the "shop"',
        "POSTGRES_INITDB_ARGS": "--data-checksums --encoding=UTF8",
        "PGDATA": "/data/pg/own",
    }
    database = containers.start(
        "postgres", "-c", "max_connections=17", environment=environment, files=files, volume=volume
    )
    assert psql(database, "SELECT said FROM log", "bob", "'the \"shop\"'") == "茶\nsh\n"
    assert psql(database, "SHOW max_connections", "bob", "postgres") == "17\n"
    assert psql(database, "SHOW data_checksums", "bob", "postgres") == "on\n"
    address = said(database, "hostname", "-i")[1].strip()
    wrong = said(database, "psql", f"host={address} user=bob dbname=postgres password=wrong", "-c", "SELECT 1")
    assert "password authentication failed" in wrong[1]
    assert process_one(database) == ("999", "postgres")
    assert stopped(database) == 0
    again = containers.start("postgres", environment={"PGDATA": "/data/pg/own"}, volume=volume)
    assert psql(again, "SELECT said FROM log", "bob", "'the \"shop\"'") == "茶\nsh\n"


def test_postgres_wants_a_password_or_trust(containers: RecipeContainers) -> None:
    status, log = ended(containers.start("postgres"))
    assert (status, "has no password" in log) == (1, True)
    trusting = containers.start("postgres", environment={"POSTGRES_HOST_AUTH_METHOD": "trust"}, user="999:999")
    assert psql(trusting, "SELECT 1") == "1\n"
