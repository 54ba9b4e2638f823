"""Text that leaves the site, without its secrets: by the names beside them, by their shape, and by what they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from buildsvc.model.secrecy import HIDDEN, shown

_PAIR = re.compile(r"""(?P<key>[\w.-]{2,80})(?P<between>["']?\s*[=:]\s*["']?)(?P<value>[^\s"',;}\]]+)""")
_SHAPES = re.compile(
    r"bsv_[\w-]{20,}"  # our own tokens
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # JSON Web Tokens
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?<=Bearer )[\w.~+/=-]{8,}|(?<=Basic )[\w+/=]{8,}",
    re.DOTALL,
)
_NOTHING = frozenset({"null", "true", "false", "[", "{"})
"""What JSON has beside a name and what is no secret: hiding it would leave a document that nothing reads."""
_SHORTEST = 4
"""Characters of a secret that is looked for: shorter ones are everywhere."""


def scrubbed(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without the values that `secrets` are, without what has a secret's shape, and without the values beside
    names that look like one. Too much is hidden rather than too little.
    """
    # The longest first: one may be a part of another.
    for value in sorted({one for one in secrets if len(one) >= _SHORTEST}, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    text = _SHAPES.sub(HIDDEN, text)
    return "\n".join(shown("", _PAIR.sub(_pair, line)) for line in text.split("\n"))


def without_secrets(value: Any, key: str = "") -> Any:
    """Return the same document, its texts as `shown` shows them under their names; a list of a name and a value counts
    as both, as environments are kept.
    """
    if isinstance(value, str):
        return shown(key, value)
    if isinstance(value, dict):
        return {name: without_secrets(inner, str(name)) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        match value:
            case [str() as name, str() as text]:
                return [name, shown(name, text)]
            case _:
                return [without_secrets(inner, key) for inner in value]
    return value


def _pair(found: re.Match[str]) -> str:
    if found["value"] in _NOTHING:
        return found[0]
    value = shown(found["key"], found["value"])
    return f"{found['key']}{found['between']}{value}"
