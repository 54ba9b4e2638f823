"""Java properties files, as far as metadata needs them. Source: java.util.Properties, "load"."""

from __future__ import annotations


def parse_properties(data: bytes) -> dict[str, str]:
    """Keys and values of plain lines; comments are left out. Continuation lines and escapes of `:` and `=` are read."""
    found: dict[str, str] = {}
    pending = ""
    for raw in data.decode("utf-8", "replace").splitlines():
        line = pending + raw.lstrip()
        pending = ""
        if not line or line[0] in "#!":
            continue
        if line.endswith("\\") and not line.endswith("\\\\"):
            pending = line[:-1]
            continue
        at = next((i for i, char in enumerate(line) if char in "=:" and line[i - 1 : i] != "\\"), len(line))
        found[_plain(line[:at])] = _plain(line[at + 1 :])
    return found


def _plain(text: str) -> str:
    return text.strip().replace("\\:", ":").replace("\\=", "=")
