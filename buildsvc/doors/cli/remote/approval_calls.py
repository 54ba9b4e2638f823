"""Approvals as their clients see them: one method a route."""

from __future__ import annotations

from buildsvc.doors.cli.remote.asking import Asking, part
from buildsvc.model.approval_views import ApprovalView
from buildsvc.model.deployment import Deployment, Phase


class ApprovalCalls(Asking):
    """What a client can ask about pushes that wait for somebody's word."""

    def waiting(self, application: str | None, limit: int) -> list[Deployment]:
        """Give those that wait for somebody's word or for a window, newest first, `limit` at most."""
        asked = {"application": application, "limit": str(limit)}
        found = [
            one
            for phase in Phase
            if phase.awaiting
            for one in self.get(list[Deployment], "deployments", {**asked, "phase": phase})
        ]
        return sorted(found, key=lambda one: one.created, reverse=True)[:limit]

    def approval(self, deployment: str) -> ApprovalView:
        return self.get(ApprovalView, f"deployments/{part(deployment)}/approval")

    def decide(self, deployment: str, decision: str, *, live: int | None = None, reason: str = "") -> Deployment:
        asked = {"decision": decision, "live": live, "reason": reason}
        return self.decode(Deployment, self.call("POST", f"deployments/{part(deployment)}/approval", json=asked))

    def let_go_early(self, deployment: str, reason: str) -> Deployment:
        answer = self.call("POST", f"deployments/{part(deployment)}/early", json={"reason": reason})
        return self.decode(Deployment, answer)
