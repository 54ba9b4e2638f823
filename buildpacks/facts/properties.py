"""Java properties files, as far as metadata needs them. Source: java.util.Properties, "load"."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def parse_properties(data: bytes) -> dict[str, str]:
    """Keys and values of plain lines; comments are left out. Continuation lines and escapes of `:` and `=` are read."""
    found: dict[str, str] = {}
    pending: list[str] = []
    for raw in data.decode("utf-8", "replace").splitlines():
        part = raw.lstrip()
        if part.endswith("\\") and not part.endswith("\\\\") and (pending or part[0] not in "#!"):
            pending.append(part[:-1])
            continue
        line = "".join((*pending, part))
        pending = []
        if not line or line[0] in "#!":
            continue
        at = next((i for i, char in enumerate(line) if char in "=:" and line[i - 1 : i] != "\\"), len(line))
        found[_plain(line[:at])] = _plain(line[at + 1 :])
    return found


def _plain(text: str) -> str:
    return _CONTROL.sub(" ", text.strip().replace("\\:", ":").replace("\\=", "="))
