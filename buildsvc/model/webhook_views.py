"""How webhooks stand, as it travels between the service and its clients; never their addresses or secrets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WebhookView:
    """`answer` is the last one (status and beginning), at `answered`; `tries` failed of what it is to be told next,
    which is tried again at `again`.
    """

    name: str
    kind: str
    host: str
    taken: bool
    answer: str
    answered: str
    tries: int
    again: str
