"""The site policy as its clients see it: one method a route."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO

from buildsvc.doors.cli.remote.asking import UPLOADED, Asking, Progress, as_tar
from buildsvc.model.api import PolicyDenial, PolicyView


class PolicyCalls(Asking):
    """What a client can ask about the policy."""

    def policy(self) -> PolicyView:
        return self.get(PolicyView, "policy")

    def set_policy(self, document: Mapping[str, object]) -> PolicyView:
        return self.decode(PolicyView, self.call("PUT", "policy", json=document))

    def change_policy(self, key: str, value: str, application: str | None, *, allow: bool) -> PolicyView:
        """Add a rule to the policy, or take one back."""
        asked = {"key": key, "value": value, "application": application, "allow": allow}
        return self.decode(PolicyView, self.call("POST", "policy/rules", json=asked))

    def check_policy(self, stream: IO[bytes], filename: str, progress: Progress) -> list[PolicyDenial]:
        """Ask what the policy does not allow of `stream`, which is as `apply` takes it."""
        body = as_tar(stream, progress)
        headers = {"Content-Type": body.kind}
        answer = self.call("POST", "policy/check", params={"file": filename}, body=body, headers=headers, wait=UPLOADED)
        return self.decode(list[PolicyDenial], answer)
