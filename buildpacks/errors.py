"""The root of every expected failure: a code to match on, its values, and by them a sentence and what to do next.

Doors turn a `Failure` into words, an exit status or an HTTP status. Anything else that is raised is a defect.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from buildpacks.sentences import catalogue
from buildpacks.sentences.catalogue import Said
from buildpacks.sentences.values import plain

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class Failure(Exception):
    """An expected failure: a stable `code` and the `values` that its sentence in the catalogue names.

    `Refused("image-missing", images=missing)`; a code with several sentences is raised by one of its variants,
    `Refused("archive-truncated.tar", …)`, and its code is what stands before the dot. A literal message and hint,
    as a site's own buildpack may raise, are told in every language as they are.
    """

    exit_status = 1
    """0 done, 1 it failed and the old release serves, 2 wrong usage or refused input, 3 the service is unreachable."""
    http_status = 500

    def __init__(self, key: str, message: str | None = None, hint: str = "", /, **values: Any) -> None:
        # All three, so that a failure travels between processes by pickle.
        super().__init__(key, message, hint)
        self.code, self.variant = catalogue.split(key) if message is None else (key, "")
        self.values: Mapping[str, Any] | None = plain(values) if message is None else None
        """What the sentence names; None where it is literal."""
        self._literal = None if message is None else Said(message, hint)

    @property
    def message(self) -> str:
        """What happened, in English."""
        return self.told().message

    @property
    def hint(self) -> str:
        """What to do next, in English; empty where nothing is to be done."""
        return self.told().hint

    def told(self, language: str = catalogue.DEFAULT) -> Said:
        """Say it in a language."""
        if self._literal is not None:
            return self._literal
        return catalogue.tell(catalogue.joined(self.code, self.variant), self.values or {}, language)

    def as_value(self) -> dict[str, Any]:
        """Give it as the value of another sentence."""
        if self._literal is not None:
            return {"code": "literal", "values": {"message": self._literal.message, "hint": self._literal.hint}}
        return {"code": catalogue.joined(self.code, self.variant), "values": self.values}

    def __str__(self) -> str:
        said = self.told()
        return f"{said.message} {said.hint}".strip()


class ToldError(Exception):
    """What is wrong, to stand in the sentence of a failure: `Refused("archive-truncated.tar", error=error)`. It has a
    key and values as that has, and is told only where somebody reads it.
    """

    def __init__(self, key: str, /, **values: Any) -> None:
        super().__init__(key)
        self.key = key
        self.values: Mapping[str, Any] = plain(values)

    def as_value(self) -> dict[str, Any]:
        """Give it as the value of a sentence."""
        return {"code": self.key, "values": self.values}

    def __str__(self) -> str:
        return catalogue.tell(self.key, self.values).message


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

    def __init__(
        self, key: str, message: str | None = None, hint: str = "", /, log_tail: tuple[str, ...] = (), **values: Any
    ) -> None:
        super().__init__(key, message, hint, **values)
        self.log_tail = log_tail


def require_folder_of(target: Path) -> None:
    """See to it that the folder in which `target` is to lie is there. Raises Refused `no-folder`."""
    if not target.parent.is_dir():
        raise Refused("no-folder", parent=target.parent)


def no_room(error: BaseException) -> Refused | None:
    """Give the failure that a full disk stands for, out of bytes, of inodes or over a quota; None for all else."""
    if not isinstance(error, OSError) or error.errno not in _NO_ROOM:
        return None
    return Refused("disk-full.now", path=str(error.filename or ""))
