"""The language of the command line. Standard library only; imports on Windows."""

from __future__ import annotations

import os
from collections.abc import Mapping

from buildpacks.sentences import catalogue


def read_language(environ: Mapping[str, str] | None = None) -> str:
    """Return the language of BUILDSVC_LANGUAGE, else the terminal's, else English. What is not understood is passed
    over here: a fault must be told in some language.
    """
    given = os.environ if environ is None else environ
    # The order is that of setlocale(3); the first that is set decides, and C or POSIX name no language.
    locale = next((given[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if given.get(name)), "")
    wanted = given.get("BUILDSVC_LANGUAGE", "").strip()
    return catalogue.chosen(wanted) or catalogue.chosen(locale) or catalogue.DEFAULT
