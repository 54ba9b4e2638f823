"""The service's added components as its clients see them: one method a route."""

from __future__ import annotations

from collections.abc import Mapping

from buildsvc.doors.cli.remote.asking import Asking, part
from buildsvc.model.api import Accepted, ApplyPlan


class AddingCalls(Asking):
    """What a client can ask about components that the site adds beside the Compose file."""

    def plan_component(self, application: str, asked: Mapping[str, object]) -> ApplyPlan:
        answer = self.call("POST", _components(application), params={"plan": "true"}, json=asked)
        return self.decode(ApplyPlan, answer)

    def add_component(self, application: str, asked: Mapping[str, object]) -> Accepted:
        return self.decode(Accepted, self.call("POST", _components(application), json=asked))

    def take_component_out(self, application: str, component: str, reason: str) -> Accepted:
        path = f"{_components(application)}/{part(component)}"
        return self.decode(Accepted, self.call("DELETE", path, json={"reason": reason}))


def _components(application: str) -> str:
    return f"applications/{part(application)}/components"
