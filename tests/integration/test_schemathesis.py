"""Every route of the OpenAPI document, asked what its document allows and what it does not: none breaks, and what each
answers is in the document.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from buildsvc.model.access import Grants, Role
from buildsvc.settings.reading import read
from buildsvc.settings.settings import Settings
from tests.doors_site import Door, record_release

pytestmark = pytest.mark.long
EXAMPLES = 3
"""Of each route and way; `--examples` says another number (scripts/routes)."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
THERE = {"application": "shop", "component": "order", "number": 1, "person": "ann"}
"""What paths and queries name that is there."""


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path)
    real = read({"BUILDSVC_DATA": str(tmp_path), "HOME": str(tmp_path), "BUILDSVC_BUNDLE_FOLDERS": str(tmp_path)})
    for name in Settings.model_fields:
        if not hasattr(made.settings, name):
            setattr(made.settings, name, getattr(real, name))
    made.settings.paths = real.paths
    record_release(made, "order", "order-1.jar", "1", f"sha256:{'0' * 64}")
    made.ledger.add_person("ann", Grants())
    yield made
    made.close()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_nothing_that_is_asked_breaks_a_route(door: Door, mode: GenerationMode, pytestconfig: pytest.Config) -> None:
    schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
    headers = {**door.headers(Role.ADMIN), "Accept-Encoding": "identity"}
    there_is = {**THERE, "deployment": door.ledger.deployments()[0].id}
    examples = pytestconfig.getoption("--examples", default=None) or EXAMPLES
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", door.app, headers=headers)
    broken: dict[str, str] = {}
    asked: set[str] = set()
    routes: set[str] = set()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), there=st.booleans())
        def ask(case: Any, *, there: bool) -> None:
            asked.add(case.operation.label)
            if there and case.path_parameters:
                case.path_parameters.update({key: there_is[key] for key in there_is if key in case.path_parameters})
            answer = case.call(headers=headers)
            try:
                case.validate_response(answer, checks=CHECKS)
            except FailureGroup as faults:
                why = [str(one)[:300] for one in faults.exceptions]
                broken.setdefault(case.operation.label, f"{why} {answer.content[:300]!r} {case.as_curl_command()}")

        routes.add(operation.label)
        # A route that takes nothing can be asked nothing wrong.
        with suppress(*([Unsatisfiable] if mode is GenerationMode.NEGATIVE else [])):
            ask()
    assert not broken, "\n".join(f"{name}: {why}" for name, why in broken.items())
    assert len(asked) > 50
    assert mode is GenerationMode.NEGATIVE or asked == routes
