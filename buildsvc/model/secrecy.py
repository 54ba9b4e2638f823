"""Which names hold secrets, and how a value is shown that may hold one."""

from __future__ import annotations

import re

HIDDEN = "•••"
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_WORDS = frozenset(
    word + plural
    for word in ("password", "passwd", "passphrase", "secret", "token", "key", "apikey", "credential")
    for plural in ("", "s")
)


def looks_secret(key: str) -> bool:
    """Whether a name has one of the words PASSWORD, SECRET, TOKEN, KEY: `DB_PASSWORD` and `apiKey`, not `KEYBOARD`.

    A name that ends in `_FILE` holds a path by convention.
    """
    words = [word.lower() for word in _WORD.findall(key)]
    return bool(words) and words[-1] != "file" and not _SECRET_WORDS.isdisjoint(words)


_SAID = frozenset({"yes", "no", "true", "false", "on", "off"})
_SAID_SHORT = frozenset({"1", "0", "y", "n", "t", "f"})
_OF_FLAGS = frozenset(
    {
        "allow",
        "allowed",
        "auto",
        "check",
        "disable",
        "disabled",
        "empty",
        "enable",
        "enabled",
        "expire",
        "expired",
        "force",
        "generate",
        "random",
        "require",
        "required",
        "reset",
        "skip",
        "use",
        "verify",
    }
)


def is_flag(key: str, value: str) -> bool:
    """Whether a value only says yes or no, so that it is no secret under a name that looks like one:
    `MARIADB_RANDOM_ROOT_PASSWORD: yes`. A lone sign counts where the name asks such a question: `DB_PASSWORD: 1` is a
    password, a bad one.
    """
    said = value.strip().lower()
    asks = not _OF_FLAGS.isdisjoint(word.lower() for word in _WORD.findall(key))
    return said in _SAID or (said in _SAID_SHORT and asks)


_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|://[^/@\s:]*:[^/@\s]+@"
    r"|[?&;](?:password|passwd|pwd|secret|token|access_key|apikey)=[^&;,\s]+"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    re.IGNORECASE,
)


def holds_secret(value: str) -> bool:
    """Whether a value is one by its shape, whatever its name: an address with a password, a private key, a JWT."""
    return _SHAPES.search(value) is not None


_PARTS = ("passw", "pwd", "secret", "token", "credential", "apikey", "accesskey", "privatekey")
_IN_VALUE = re.compile(
    r"(?<=//)([^/@\s:]*:)[^/@\s]+(?=@)|((?:password|passwd|pwd|secret|token)=)[^&;,\s]+", re.IGNORECASE
)


def shown(key: str, value: str) -> str:
    """Return the value as output may show it: hidden as a whole where the key looks secret, or where it is a private
    key; otherwise without the password of an address (`//user:…@host`, `password=…`).
    """
    plain = key.lower().replace("-", "").replace("_", "")
    named = looks_secret(key) or any(part in plain for part in _PARTS)
    if (named and not is_flag(key, value)) or "PRIVATE KEY-" in value:
        return HIDDEN
    return _IN_VALUE.sub(lambda found: f"{found[1] or found[2]}{HIDDEN}", value)
