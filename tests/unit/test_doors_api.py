"""The API over a real ledger: push, look, go back; the document says what there is."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

from buildsvc.doors.cli.decoding import decode, read_json
from buildsvc.doors.http.app import create_app
from buildsvc.image.layout import Layout
from buildsvc.image.sbom.referrer import SBOM_TYPE, attach
from buildsvc.model import api as wire
from buildsvc.model.access import Role
from buildsvc.model.deployment import Phase
from tests import forge, small_images
from tests.doors_site import QUICK, Door, record_release
from tests.thin import library, thin_jar


def jar(name: str = "order-service") -> bytes:
    return forge.boot_jar(
        java=17,
        main="demo.App",
        resources={"application.yml": f"spring: {{application: {{name: {name}}}}}".encode()},
    )


def test_a_pushed_jar_finds_its_component_and_is_queued(door: Door) -> None:
    answer = door.client().post(
        "/api/artifacts?filename=whatever.jar", data=jar(), headers=door.headers(Role.DEVELOPER)
    )
    assert answer.status_code == 202
    accepted = read_json(wire.Accepted, answer.data)
    assert (accepted.application, accepted.component) == ("shop", "order")
    assert accepted.deployment is not None
    assert (accepted.deployment.phase, accepted.deployment.actor, accepted.deployment.door) == (
        Phase.QUEUED,
        "developer",
        "api",
    )
    assert door.jobs.waiting == [accepted.deployment.id]


def test_a_form_names_the_component(door: Door) -> None:
    named = {"application": "shop", "component": "stock", "anyway": "true"}
    fields = {**named, "artifact": (io.BytesIO(jar()), "x.jar")}
    answer = door.client().post("/api/artifacts", data=fields, headers=door.headers())
    assert (answer.status_code, answer.get_json()["component"]) == (202, "stock")


@pytest.mark.parametrize("order", [("artifact", "libraries"), ("libraries", "artifact")])
def test_a_thin_jar_and_its_libraries_come_in_one_form(door: Door, order: tuple[str, str]) -> None:
    files = {
        "artifact": (io.BytesIO(thin_jar("lib/a.jar")), "order-1.0.jar"),
        "libraries": (io.BytesIO(forge.archive({"a.jar": library("A")})), "lib.zip"),
    }
    answer = door.client().post("/api/artifacts", data={name: files[name] for name in order}, headers=door.headers())
    assert answer.status_code == 202, answer.data
    assert answer.get_json()["message"] == (
        "order-1.0.jar is queued for order of shop, joined with 1 library from lib.zip."
    )
    told = door.client().get(
        f"/api/deployments/{answer.get_json()['deployment']['id']}/events",
        headers={**door.headers(), "Accept": "application/json"},
    )
    assert [one["event"]["kind"] for one in told.get_json()] == ["received", "libraries-added"]
    assert list(door.tmp.iterdir()) == []


def test_libraries_alone_are_kept_and_nothing_is_queued(door: Door) -> None:
    files = {"application": "shop", "component": "order"}
    libraries = {"libraries": (io.BytesIO(forge.archive({"a.jar": library("A")})), "lib.zip")}
    answer = door.client().post("/api/artifacts", data=files | libraries, headers=door.headers())
    assert (answer.status_code, answer.get_json()["deployment"], door.jobs.waiting) == (200, None, [])
    assert "kept for its next jar: a.jar" in answer.get_json()["message"]


def test_a_browser_is_its_own_door(door: Door) -> None:
    client = door.client()
    csrf = client.post("/api/session", json={"token": door.tokens[Role.DEVELOPER]}).get_json()["csrf"]
    answer = client.post("/api/artifacts?filename=x.jar", data=jar(), headers={"X-CSRF-Token": csrf})
    assert answer.get_json()["deployment"]["door"] == "web"


def test_a_text_file_is_refused_and_nothing_changes(door: Door) -> None:
    answer = door.client().post("/api/artifacts?filename=a.jar", data=b"hello", headers=door.headers())
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["hint"]
    assert (door.jobs.waiting, door.ledger.deployments(), list(door.tmp.iterdir())) == ([], (), [])


def test_a_jar_that_is_too_large_is_refused_and_nothing_stays(door: Door) -> None:
    large = b"PK\x03\x04" + b"x" * (door.site.settings.max_upload + 1)
    answer = door.client().post("/api/artifacts?filename=a.jar", data=large, headers=door.headers())
    assert (answer.status_code, answer.get_json()["code"], answer.get_json()["status"]) == (413, "too-large", 413)
    assert list(door.tmp.iterdir()) == []


def test_an_announced_length_far_beyond_the_limit_is_refused_before_it_is_read(door: Door) -> None:
    answer = door.client().post("/api/artifacts?filename=a.jar", data=b"x" * 10_000_000, headers=door.headers())
    assert (answer.status_code, answer.get_json()["code"]) == (413, "too-large")


def test_what_is_looked_at_has_the_shapes_that_clients_know(door: Door) -> None:
    record_release(door, "order", "order-1.jar", "1")
    client, headers = door.client(), door.headers(Role.VIEWER)
    views = [decode(wire.ApplicationView, view) for view in client.get("/api/applications", headers=headers).get_json()]
    one = read_json(wire.ApplicationView, client.get("/api/applications/shop", headers=headers).data)
    assert views == [one]
    part = read_json(wire.ComponentView, client.get("/api/applications/shop/components/order", headers=headers).data)
    assert (part.release, part.filename) == (1, "order-1.jar")
    listed = client.get("/api/applications/shop/components/order/releases", headers=headers).get_json()
    assert [decode(wire.ReleaseView, release).live for release in listed] == [True]


def test_a_rollback_without_a_body_goes_to_the_release_before(door: Door) -> None:
    for version in ("1", "2"):
        record_release(door, "order", f"order-{version}.jar", version)
    answer = door.client().post("/api/applications/shop/components/order/rollback", headers=door.headers(Role.OPERATOR))
    assert (answer.status_code, answer.get_json()["deployment"]["release"]) == (202, 1)


def test_a_rollback_to_a_release_that_is_not_there_is_refused(door: Door) -> None:
    record_release(door, "order", "order-1.jar", "1")
    path = "/api/applications/shop/components/order/rollback"
    answer = door.client().post(path, json={"to": 7}, headers=door.headers())
    assert (answer.status_code, answer.get_json()["code"]) == (404, "no-such-release")


def test_the_bill_of_materials_of_a_release_is_a_document_of_its_own_kind(door: Door, tmp_path: Path) -> None:
    store = Layout(tmp_path, door.tmp)
    made = small_images.image(store, [small_images.layer(store, {"a": b"1"})])
    attach(store, made.manifest, SBOM_TYPE, b'{"bomFormat": "CycloneDX"}', created="2024-01-01T00:00:00Z")
    number = record_release(door, "order", "order-1.0.jar", "1.0", manifest=made.manifest.digest)
    client = create_app(replace(door.site, layout=store), pace=QUICK).test_client()
    path = "/api/applications/shop/components/order/releases"
    answer = client.get(f"{path}/{number}/sbom", headers=door.headers(Role.VIEWER))
    assert (answer.status_code, answer.mimetype) == (200, "application/vnd.cyclonedx+json")
    assert answer.data == b'{"bomFormat": "CycloneDX"}'
    absent = client.get(f"{path}/99/sbom", headers=door.headers(Role.VIEWER))
    assert (absent.status_code, absent.json and absent.json["status"]) == (404, 404)
    assert client.get(f"{path}/{number}/sbom").status_code == 401
    limited = door.limited(Role.VIEWER, "other")
    assert client.get(f"{path}/{number}/sbom", headers=limited).status_code in {403, 404}


def test_a_waiting_deployment_is_cancelled(door: Door) -> None:
    deployment = door.deployment()
    answer = door.client().post(f"/api/deployments/{deployment.id}/cancel", headers=door.headers(Role.DEVELOPER))
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["phase"] == "cancelled"
    assert door.ledger.deployment(deployment.id).phase is Phase.CANCELLED


def test_deployments_are_listed_newest_first_and_picked_by_component(door: Door) -> None:
    first, second = door.deployment("order"), door.deployment("stock")
    client, headers = door.client(), door.headers(Role.VIEWER)
    assert [one["id"] for one in client.get("/api/deployments", headers=headers).get_json()] == [second.id, first.id]
    picked = client.get("/api/deployments?application=shop&component=order&limit=5", headers=headers).get_json()
    assert [one["id"] for one in picked] == [first.id]


def test_an_application_is_removed_by_a_deployment(door: Door) -> None:
    answer = door.client().delete("/api/applications/shop", headers=door.headers())
    assert (answer.status_code, answer.get_json()["deployment"]["cause"]) == (202, "remove")


def test_a_compose_file_is_applied(door: Door) -> None:
    compose = b"name: little\nservices:\n  cache:\n    image: redis:7\n"
    answer = door.client().put(
        "/api/applications", data=compose, content_type="application/yaml", headers=door.headers()
    )
    assert (answer.status_code, answer.get_json()["application"]) == (202, "little")


def test_the_document_describes_every_route_that_the_contract_names(door: Door) -> None:
    document = door.client().get("/api/openapi.json", headers=door.headers(Role.VIEWER)).get_json()
    described = {(method, re.sub(r"{\w+}", "{}", path)) for path, item in document["paths"].items() for method in item}
    routes = re.findall(r"^ {4}([A-Z].*?)(?: *->|$)", wire.__doc__ or "", re.MULTILINE)
    named = {
        (method.lower(), re.sub(r"{\w+}", "{}", "/api/" + path.split("?")[0]))
        for line in routes
        for method, path in re.findall(r"(GET|PUT|POST|DELETE) +([^ ·]+)", line)
    }
    assert len(named) > 15
    assert named <= described


def test_the_document_names_both_files_of_a_push(door: Door) -> None:
    document = door.client().get("/api/openapi.json", headers=door.headers(Role.VIEWER)).get_json()
    body = document["paths"]["/api/artifacts"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert body["properties"].keys() == {"application", "component", "artifact", "libraries"}
    assert body["anyOf"] == [{"required": ["artifact"]}, {"required": ["libraries"]}]


def test_the_document_needs_nothing_from_elsewhere(door: Door) -> None:
    document = door.client().get("/api/openapi.json", headers=door.headers(Role.VIEWER)).get_json()
    assert document["openapi"].startswith("3.")
    assert "ApplicationView" in document["components"]["schemas"]
    assert "http://" not in str(document)
