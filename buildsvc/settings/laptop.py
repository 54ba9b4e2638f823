"""The settings of the command line on a laptop, each declared once. Standard library only; imports on Windows."""

from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buildpacks.errors import Refused
from buildsvc.settings import folders_of_user, from_text

PREFIX = "BUILDSVC_"
ALIKE = 0.75
"""How alike two names are, by difflib, where one is taken for the other mistyped. No setting of the service is that
close to one of the laptop's; a test sees to it.
"""


def _setting(parser: Callable[[str], Any], written: str) -> Any:
    """Declare one by what reads it, and the sentence (`written.…`) that says how it is written."""
    return dataclasses.field(default=None, metadata={"parser": parser, "written": written})


@dataclass(frozen=True)
class ClientSettings:
    """What the command line needs on a laptop. `login_file` is where `buildsvc login` remembers."""

    url: str | None = _setting(from_text.url, "written.url")
    token: str | None = _setting(str, "written.text")
    login_file: Path = Path()


def declared() -> dict[str, Mapping[str, Any]]:
    """Return what is said of each of the laptop's settings, by its variable."""
    return {PREFIX + one.name.upper(): one.metadata for one in dataclasses.fields(ClientSettings) if one.metadata}


def read_client(environ: Mapping[str, str] | None = None) -> ClientSettings:
    """Read the laptop's settings. Raises Refused `unknown-setting` for a mistyped name, or `bad-setting`.

    The service's settings may be set here too, and a laptop does not know their names: only what looks like one of its
    own two is refused.
    """
    given = os.environ if environ is None else environ
    known = declared()
    for name in sorted(given):
        if name.startswith(PREFIX) and name not in known:
            close = close_to(name, known)
            if close:
                raise Refused("unknown-setting.near", name=name, near=close)
    read = {
        name.removeprefix(PREFIX).lower(): _parsed(name, given[name].strip(), told["parser"])
        for name, told in known.items()
        if given.get(name, "").strip()
    }
    return ClientSettings(**read, login_file=folders_of_user.configuration(given) / "login.json")


def close_to(name: str, known: Mapping[str, object]) -> str | None:
    """Return the laptop's setting that was probably meant."""
    own = [one.removeprefix(PREFIX) for one in known]
    found = difflib.get_close_matches(name.removeprefix(PREFIX), own, n=1, cutoff=ALIKE)
    return PREFIX + found[0] if found else None


def _parsed(name: str, text: str, parser: Callable[[str], Any]) -> Any:
    try:
        return parser(text)
    except ValueError as error:
        raise Refused("bad-setting.laptop", name=name, why=error) from error
