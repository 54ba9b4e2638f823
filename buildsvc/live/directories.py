"""The site's directory of persons, where its settings name one."""

from __future__ import annotations

import importlib
from typing import Protocol

from buildsvc.settings.settings import Settings


class Directory(Protocol):
    """Who knows persons and their passwords."""

    def subject(self, name: str, password: str) -> str | None:
        """Return what it calls him for ever where the password is his, else None. Raises Unreachable."""

    def require_answers(self) -> None:
        """Look whether it answers. Raises Unreachable."""


def directory_of(settings: Settings) -> Directory | None:
    """Return the directory that the settings name; None where they name none."""
    if settings.ldap_url is None:
        return None
    # Sites without a directory are spared the library's 14 MB in every process.
    module = importlib.import_module("buildsvc.live.ldap_directory")
    reader = settings.ldap_reader, settings.ldap_password_file
    found: Directory = module.LdapDirectory(
        settings.ldap_url,
        settings.ldap_base,
        settings.ldap_filter,
        reader if all(reader) else None,
        settings.ldap_trusted,
    )
    return found
