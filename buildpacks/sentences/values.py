"""Values of sentences as plain data, so that they travel through the ledger, the queue and HTTP as JSON."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any, Final

_SYSTEM: Final = {
    errno.ENOENT: "absent",
    errno.ENOTDIR: "no-folder",
    errno.EISDIR: "a-folder",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.EROFS: "read-only",
    errno.ENOSPC: "full",
    errno.EDQUOT: "quota",
    errno.EEXIST: "there",
    errno.ENOTEMPTY: "not-empty",
    errno.ENAMETOOLONG: "long-name",
    errno.ELOOP: "loop",
    errno.EIO: "disk",
    errno.EMFILE: "files",
    errno.EADDRINUSE: "address-taken",
    errno.EADDRNOTAVAIL: "address-not-here",
    errno.ECONNREFUSED: "refuses",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.ETIMEDOUT: "late",
    errno.EHOSTUNREACH: "no-way",
    errno.ENETUNREACH: "no-way",
}
"""What systems say most often, by the variants of its sentences; all else is told in the system's words."""


def plain(value: Any) -> Any:
    """Make a value plain: numbers and None stay, what has a sentence becomes that, all else its text. Errors that are
    not ours have the sentence that `foreign` gives.
    """
    if hasattr(value, "as_value") or isinstance(value, BaseException):
        return value.as_value() if hasattr(value, "as_value") else foreign(value)
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


def foreign(said: BaseException | str, *, path: bool = True) -> dict[str, Any]:
    """Make a sentence of what is not ours: an error of the system by its number, with its `path` if wanted; all else is
    quoted as it is, in quotation marks where it stands in another language.
    """
    if isinstance(said, OSError) and said.errno is not None:
        where = said.filename if path else None
        if said.errno in _SYSTEM:
            return sentence(f"system.{_SYSTEM[said.errno]}", path=where)
        return sentence("system.other", text=said.strerror or type(said).__name__, path=where)
    return sentence("foreign", text=str(said) or type(said).__name__)


def last_words(said: str) -> dict[str, Any]:
    """Make a sentence of the last line that a program wrote; of there being none where it wrote nothing."""
    lines = said.strip().splitlines()
    return foreign(lines[-1]) if lines else sentence("no-word")
