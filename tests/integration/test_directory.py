"""A real LDAP directory proves who somebody is; which roles he has is said here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from buildpacks.errors import Unreachable
from buildsvc.doors.http.app import create_app
from buildsvc.live.ldap_directory import LdapDirectory
from buildsvc.model.access import Role
from tests.doors_site import Door
from tests.people import PASSWORD, Browser, at_home, entered
from tests.slapd import Slapd, slapd

pytestmark = pytest.mark.long
READER = "cn=reader,dc=example"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    with slapd(tmp_path_factory.mktemp("slapd")) as made:
        yield made


def directory(served: Slapd, url: str | None = None) -> LdapDirectory:
    return LdapDirectory(
        url or served.ldaps, "dc=example", "(uid={name})", (READER, served.password_file), served.trusted
    )


@pytest.fixture
def door(tmp_path: Path, served: Slapd) -> Iterator[Door]:
    made = Door(tmp_path)
    made.app = create_app(made.site, directory=directory(served))
    yield made
    made.close()


@pytest.mark.parametrize("way", ["ldaps", "ldap"])
def test_a_name_with_its_password_is_known_by_tls_at_once_and_by_starttls(served: Slapd, way: str) -> None:
    found = directory(served, getattr(served, way))
    assert found.subject("ann", PASSWORD) == "uid=ann,dc=example"
    assert found.subject("ANN", PASSWORD) == "uid=ann,dc=example"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ann", "wrong"),
        ("ann", ""),
        ("nobody", PASSWORD),
        ("*", PASSWORD),
        ("twice", PASSWORD),
        ("a*)(uid=ann", PASSWORD),
    ],
)
def test_nobody_else_is(served: Slapd, name: str, password: str) -> None:
    assert directory(served).subject(name, password) is None


# ldap3 leaves its socket to the collector where the name does not fit.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_one_whose_certificate_is_not_known_or_is_anothers_is_told_no_password(served: Slapd) -> None:
    unknown = LdapDirectory(served.ldaps, "dc=example", "(uid={name})", (READER, served.password_file))
    for asked in (unknown, directory(served, served.misnamed)):
        with pytest.raises(Unreachable) as away:
            asked.subject("ann", PASSWORD)
        assert away.value.code == "directory-away"


def test_whoever_it_knows_signs_in_and_has_the_roles_that_are_given_here(door: Door) -> None:
    answer = entered(door, "ann")
    assert (answer.status_code, answer.get_json()["roles"], answer.get_json()["must"]) == (200, {}, [])
    given = {"role": "developer", "application": "shop"}
    role = door.client().post("/api/persons/ann/role", json=given, headers=door.headers(Role.ADMIN))
    assert role.get_json()["proven_by"] == "directory"
    assert entered(door, "ann").get_json()["roles"] == {"shop": "developer"}
    assert len(door.ledger.persons()) == 1


def test_a_wrong_password_is_refused_and_makes_nobody(door: Door) -> None:
    assert entered(door, "ann", "wrong").get_json()["code"] == "wrong-sign-in"
    assert door.ledger.persons() == ()


def test_there_is_no_password_to_change_or_to_set_here(door: Door) -> None:
    client = door.client()
    answer = client.post("/api/session", json={"name": "ann", "password": PASSWORD})
    asked = {"old": PASSWORD, "new": "a wholly other one"}
    changed = Browser(client, answer.get_json()["csrf"]).ask("POST", "/api/session/password", json=asked)
    new = door.client().post("/api/persons/ann/password", headers=door.headers(Role.ADMIN))
    assert [one.get_json()["code"] for one in (changed, new)] == ["proven-elsewhere"] * 2


def test_whom_this_site_knows_by_a_password_the_directory_does_not_prove(tmp_path: Path, served: Slapd) -> None:
    door = Door(tmp_path)
    at_home(door, "ann", {"*": "admin"})
    door.app = create_app(door.site, directory=directory(served, "ldaps://localhost:1"))
    assert entered(door, "ann").status_code == 200
    assert entered(door, "bob").get_json()["code"] == "directory-away"
    door.close()


def test_another_one_who_gets_the_name_there_is_not_him(door: Door) -> None:
    entered(door, "ann")
    person = door.ledger.person_named("ann")
    door.ledger.remove_person("ann")
    door.ledger.add_person("ann", person.grants, subject="uid=ann,ou=former,dc=example")
    assert entered(door, "ann").get_json()["code"] == "wrong-sign-in"
