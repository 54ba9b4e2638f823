"""An LDAP directory is asked whether a name and a password belong together; nothing else is read there."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ldap3 import NONE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars

from buildpacks.errors import ToldError, Unreachable

_SECONDS = 5


class DirectoryRefuses(ToldError, LDAPException):  # type: ignore[misc]
    """The directory does not let in whoever finds persons."""


@dataclass(frozen=True)
class LdapDirectory:
    """`url` is ldaps://HOST[:PORT], or ldap://, which is asked for TLS before anything else is said. `where` is the
    filter by which a person is found below `base`, with {name} in it. `reader` finds them: a DN and the file with its
    password; None asks as nobody. `trusted` is a file with the certificates that are believed; None: the machine's.
    """

    url: str
    base: str
    where: str
    reader: tuple[str, Path] | None = None
    trusted: Path | None = None

    def subject(self, name: str, password: str) -> str | None:
        """Return what the directory calls him (his DN) where the password is his, else None. Raises Unreachable
        `directory-away`.
        """
        # RFC 4513, 5.1.2: a name without a password is let in as nobody, which proves nothing.
        if not password:
            return None
        try:
            found = self._found(name)
            if found is None:
                return None
            with self._connected(found, password) as connection:
                fits = connection.bind()
        except (LDAPException, OSError) as error:
            raise Unreachable("directory-away", url=self.url, why=error) from error
        return found if fits else None

    def require_answers(self) -> None:
        """Look whether the directory answers whoever finds persons. Raises Unreachable `directory-away`."""
        try:
            self._found("buildsvc")
        except (LDAPException, OSError) as error:
            raise Unreachable("directory-away", url=self.url, why=error) from error

    def _found(self, name: str) -> str | None:
        """Give the one DN of this name; none where there are several, for then nobody knows who it is."""
        dn, file = self.reader or (None, None)
        asked = self.where.replace("{name}", escape_filter_chars(name))
        with self._connected(dn, file.read_text("utf-8").strip() if file else None) as connection:
            if not connection.bind():
                raise DirectoryRefuses("directory-refuses", dn=dn or "")
            connection.search(self.base, asked, attributes=None, size_limit=2)
            found = [str(entry["dn"]) for entry in connection.response if entry["type"] == "searchResEntry"]
        return found[0] if len(found) == 1 else None

    @contextmanager
    def _connected(self, dn: str | None, password: str | None) -> Iterator[Connection]:
        trusted = str(self.trusted) if self.trusted else None
        tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=trusted)
        server = Server(self.url, tls=tls, get_info=NONE, connect_timeout=_SECONDS)
        connection = Connection(server, dn, password, receive_timeout=_SECONDS, read_only=True)
        try:
            connection.open(read_server_info=False)
            if not self.url.startswith("ldaps://"):
                connection.start_tls(read_server_info=False)
            yield connection
        finally:
            # The library leaves it open where TLS was not come to.
            if connection.socket is not None:
                connection.socket.close()
