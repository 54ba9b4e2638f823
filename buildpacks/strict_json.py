"""JSON that a stranger wrote: read, or refused as no JSON; never an error of the interpreter, never a text that no file
or ledger can hold. Format: RFC 8259, without halves of surrogate pairs.
"""

from __future__ import annotations

import json
from typing import Any

from buildpacks.errors import ToldError


class JsonFault(ToldError, ValueError):
    """It is JSON, and not taken."""


def read(data: str | bytes) -> Any:
    """Read it. Raises ValueError for what is no JSON, nested too deeply, or holds half of a surrogate pair."""
    try:
        found = json.loads(data)
        json.dumps(found, ensure_ascii=False).encode()
    except RecursionError as error:
        raise JsonFault("json-fault.deep") from error
    except UnicodeEncodeError as error:
        raise JsonFault("json-fault.surrogate") from error
    return found
