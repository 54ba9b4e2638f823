"""Persons for the tests of the doors: added as an admin adds them, signed in as a browser does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient

from tests.doors_site import Door

PASSWORD = "seven tall trees"


@dataclass(frozen=True)
class Browser:
    """A browser that is signed in; what it changes carries its header."""

    client: FlaskClient
    csrf: str

    def ask(self, method: str, path: str, **how: Any) -> Any:
        return self.client.open(path, method=method, headers={"X-CSRF-Token": self.csrf}, **how)


def added(door: Door, name: str, roles: dict[str, str] | None = None, **more: Any) -> str:
    """A new person; his first password."""
    body = {"name": name, "roles": roles or {}, **more}
    answer = door.client().post("/api/persons", json=body, headers=door.headers())
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["password"])


def entered(door: Door, name: str, password: str = PASSWORD, code: str = "") -> Any:
    """What signing in answers; its cookie goes with the client that is lost."""
    return door.client().post("/api/session", json={"name": name, "password": password, "code": code})


def signed_in(door: Door, name: str, password: str = PASSWORD, code: str = "") -> Browser:
    client = door.client()
    answer = client.post("/api/session", json={"name": name, "password": password, "code": code})
    assert answer.status_code == 200, answer.text
    return Browser(client, answer.get_json()["csrf"])


def at_home(door: Door, name: str, roles: dict[str, str] | None = None, **more: Any) -> Browser:
    """A person who has chosen a password, signed in."""
    first = added(door, name, roles, **more)
    browser = signed_in(door, name, first)
    assert browser.ask("POST", "/api/session/password", json={"old": first, "new": PASSWORD}).status_code == 204
    return browser


def own_token(door: Door, name: str, password: str = PASSWORD) -> dict[str, str]:
    """The headers of a command line of his."""
    body = {"name": name, "password": password, "issue": f"laptop-{door.site.ledger.ids.new()}"}
    answer = door.client().post("/api/session", json=body)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.get_json()['token']}"}
