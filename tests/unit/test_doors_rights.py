"""Every route of the OpenAPI document, asked by every role with every reach: what is not allowed is denied."""

from __future__ import annotations

import re
from collections.abc import Iterator

from buildsvc.doors.http import auth
from buildsvc.model.access import Role
from tests.doors_site import Door

METHODS = ("get", "post", "put", "delete", "patch", "head")
DENIALS = {"role-too-low", "wrong-application", "limited-token", "closed"}


def routes(door: Door) -> Iterator[tuple[str, str, auth.Need]]:
    """Method, path with `shop` as its application and nothing else that is there, and what the route asks for."""
    with door.app.app_context():
        adapter = door.app.url_map.bind("localhost")
        for path, item in door.app.api_doc["paths"].items():
            asked = re.sub(r"\{[^}]*number[^}]*\}", "1", path.replace("{application}", "shop"))
            asked = re.sub(r"\{[^}]*\}", "nothing", asked)
            for method in METHODS:
                if method in item:
                    endpoint, _ = adapter.match(asked, method=method.upper())
                    need = auth.need_of(endpoint)
                    assert need is not None, f"{method} {path} says nothing of who may"
                    yield method.upper(), asked, need


def denied(door: Door, method: str, path: str, headers: dict[str, str]) -> bool:
    answer = door.client().open(path, method=method, headers=headers)
    problem = answer.get_json(silent=True) if answer.status_code in {401, 403} else None
    return answer.status_code == 401 or (isinstance(problem, dict) and problem["code"] in DENIALS)


def test_no_route_takes_a_role_below_the_one_it_names_nor_refuses_that_one(door: Door) -> None:
    for method, path, need in list(routes(door)):
        if need.role is None or need.known:
            continue
        assert denied(door, method, path, {}), (method, path)
        for role in Role:
            refused = denied(door, method, path, door.headers(role))
            assert refused is not role.allows(need.role), (method, path, role)


def test_no_route_of_an_application_answers_whoever_is_for_another_one(door: Door) -> None:
    other = door.limited(Role.ADMIN, "billing")
    seen = [(method, path) for method, path, _ in list(routes(door)) if "/shop" in path]
    assert seen
    for method, path in seen:
        assert denied(door, method, path, other), (method, path)


def test_whoever_has_no_role_is_denied_everything_but_himself(door: Door) -> None:
    nowhere = {"Authorization": f"Bearer {door.ledger.create_token('nowhere', Role.ADMIN, ())[0]}"}
    for method, path, need in list(routes(door)):
        if need.role is not None and not need.known:
            assert denied(door, method, path, nowhere), (method, path)
