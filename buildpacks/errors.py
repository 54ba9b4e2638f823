"""The root of every expected failure: a code to match on, a sentence, and what to do next.

Doors turn a `Failure` into words, an exit status or an HTTP status. Anything else that is raised is a defect.
"""

from __future__ import annotations


class Failure(Exception):
    """An expected failure: a stable `code`, a `message` that names the thing and its value, a `hint` at what to do."""

    exit_status = 1
    """0 done, 1 it failed and the old release serves, 2 wrong usage or refused input, 3 the service is unreachable."""
    http_status = 500

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        # All three, so that a failure travels between processes by pickle.
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Refused(Failure):
    """Input that is wrong; nothing was changed."""

    exit_status = 2
    http_status = 422


class NotFound(Failure):
    """A name that names nothing; `hint` lists the near ones."""

    exit_status = 2
    http_status = 404


class Conflict(Failure):
    """Right in itself, but not in this state."""

    exit_status = 2
    http_status = 409


class Denied(Failure):
    """No token, or a token whose role is too low."""

    exit_status = 2
    http_status = 403


class Unreachable(Failure):
    """Something that must answer does not: the service, the engine, Redis."""

    exit_status = 3
    http_status = 503


class DeploymentFailed(Failure):
    """A deployment that ended badly; the former release serves. `log_tail` holds the last lines of the new instance."""

    def __init__(self, code: str, message: str, hint: str = "", log_tail: tuple[str, ...] = ()) -> None:
        super().__init__(code, message, hint)
        self.log_tail = log_tail
