"""What of a request is read before a route sees it: JSON bodies, and numbers in the path. A stranger wrote both."""

from __future__ import annotations

from typing import Any

from flask.json.provider import DefaultJSONProvider
from werkzeug.routing import IntegerConverter

from buildpacks import strict_json
from buildpacks.errors import Refused


class JsonBodies(DefaultJSONProvider):
    """Flask's way to JSON. A body that is none is refused: a route would otherwise take it for an empty one."""

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Read what the body says. Raises Refused `bad-json`; ValueError, which stands for no body, if it is empty."""
        if not s.strip():
            raise ValueError
        try:
            return strict_json.read(s)
        except ValueError as error:
            raise Refused("bad-json", error=error) from error


class WholeNumber(IntegerConverter):
    """A number in the path that the ledger can hold; anything else is no such address."""

    regex = r"[0-9]{1,9}"
