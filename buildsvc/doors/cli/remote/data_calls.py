"""The service's dumps as its clients see them: one method a route."""

from __future__ import annotations

from buildsvc.doors.cli.remote.asking import Asking, part
from buildsvc.model.api import Accepted
from buildsvc.model.version_views import DumpView


class DataCalls(Asking):
    """What a client can ask about the data of components."""

    def dumps(self, application: str) -> list[DumpView]:
        return self.get(list[DumpView], f"applications/{part(application)}/dumps", {})

    def back_up(self, application: str, component: str) -> Accepted:
        return self.decode(Accepted, self.call("POST", _dumps(application, component)))

    def restore(self, application: str, component: str, name: str, confirm: str) -> Accepted:
        path = f"{_dumps(application, component)}/{part(name)}/restore"
        return self.decode(Accepted, self.call("POST", path, json={"confirm": confirm}))


def _dumps(application: str, component: str) -> str:
    return f"applications/{part(application)}/components/{part(component)}/dumps"
