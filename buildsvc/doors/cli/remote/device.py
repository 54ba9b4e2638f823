"""Signing in by the site's identity provider without a browser here: somebody agrees elsewhere (RFC 8628)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from buildpacks.errors import Denied
from buildsvc.doors.cli.screen import in_words, note
from buildsvc.model.people_views import DeviceSignIn, DeviceToken

_SLOWER = 5
"""Seconds that pauses grow by where the provider asks for it."""


class DeviceCalls(Protocol):
    """What of the service is needed for it."""

    def begin_device(self) -> DeviceSignIn: ...
    def device_token(self, code: str, token: str, days: int) -> DeviceToken: ...


def token_by(client: DeviceCalls, name: str, days: int, pause: Callable[[float], None] = time.sleep) -> str:
    """Say where to agree, wait until somebody has, and give the token of his own, called `name`. Raises Denied."""
    begun = client.begin_device()
    note(in_words("said.agree-there", address=begun.address, code=begun.user_code))
    if begun.complete != begun.address:
        note(in_words("said.agree-at-once", address=begun.complete))
    waited, interval = 0, begun.interval
    while waited < begun.lasts:
        pause(interval)
        waited += interval
        answer = client.device_token(begun.code, name, days)
        if answer.token:
            return answer.token
        interval += _SLOWER if answer.slower else 0
    raise Denied("nobody-agreed")
