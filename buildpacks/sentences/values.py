"""Values of sentences as plain data, so that they travel through the ledger, the queue and HTTP as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any


def plain(value: Any) -> Any:
    """Make a value plain: numbers and None stay, what has a sentence becomes that, all else its text."""
    if hasattr(value, "as_value"):
        return value.as_value()
    if isinstance(value, str):
        # A name of a file may hold bytes that are no UTF-8, and JSON cannot.
        return str(value).encode("utf-8", "backslashreplace").decode()
    if value is None or type(value) in (int, float, bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | AbstractSet):
        found = [plain(one) for one in value]
        return sorted(found) if isinstance(value, AbstractSet) else found
    return plain(value.isoformat() if isinstance(value, date) else str(value))


def sentence(key: str, /, **values: Any) -> dict[str, Any]:
    """Make a sentence that is the value of another one, told in the language of that."""
    return {"code": key, "values": plain(values)}
