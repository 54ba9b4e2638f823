"""A real slapd for tests: one person's entries below dc=example, served by TLS with a certificate of its own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from buildsvc.doors.front import certificate
from tests.ups import free_port

SLAPD = shutil.which("slapd") or "/usr/sbin/slapd"
_CONFIGURATION = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile {folder}/site.pem
TLSCertificateKeyFile {folder}/site.pem
pidfile {folder}/slapd.pid
argsfile {folder}/slapd.args
security {security}
database mdb
maxsize 1048576
directory {folder}/db
suffix "dc=example"
rootdn "cn=reader,dc=example"
rootpw reading
"""
_ENTRIES = """\
dn: dc=example
objectClass: dcObject
objectClass: organization
dc: example
o: example

dn: uid=ann,dc=example
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: Ann
userPassword: seven tall trees

dn: uid=twice,dc=example
objectClass: inetOrgPerson
uid: twice
cn: Twice
sn: Twice
userPassword: seven tall trees

dn: cn=Other,dc=example
objectClass: inetOrgPerson
uid: twice
cn: Other
sn: Other
userPassword: seven tall trees
"""


@dataclass(frozen=True)
class Slapd:
    """Where it answers, by TLS at once and by StartTLS, and what its certificate is."""

    ldaps: str
    ldap: str
    misnamed: str
    """By an address that its certificate does not name."""
    trusted: Path
    password_file: Path


@contextmanager
def slapd(folder: Path) -> Iterator[Slapd]:
    """Serve the entries until the block ends."""
    (folder / "db").mkdir()
    certificate.make(folder / "site.pem", "localhost", datetime.now(UTC))
    (folder / "slapd.conf").write_text(_CONFIGURATION.format(folder=folder, security="tls=1"))
    (folder / "offline.conf").write_text(_CONFIGURATION.format(folder=folder, security="tls=0"))
    password = folder / "password"
    password.write_text("reading\n")
    adding = [SLAPD, "-T", "add", "-f", str(folder / "offline.conf")]
    subprocess.run(adding, input=_ENTRIES, text=True, check=True, capture_output=True)
    ldap, ldaps = f"ldap://localhost:{free_port()}", f"ldaps://localhost:{free_port()}"
    misnamed = f"ldaps://127.0.0.2:{free_port()}"
    argv = [SLAPD, "-d", "0", "-h", f"{ldap} {ldaps} {misnamed}", "-f", str(folder / "slapd.conf")]
    running = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 30
        while not all(_answers(one) for one in (ldap, ldaps, misnamed)):
            assert running.poll() is None, running.stderr and running.stderr.read()
            assert time.monotonic() < deadline, "slapd did not start"
            time.sleep(0.05)
        yield Slapd(ldaps, ldap, misnamed, folder / "site.pem", password)
    finally:
        running.terminate()
        running.communicate(timeout=30)


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname, parts.port), 5).close()
    except OSError:
        return False
    return True
