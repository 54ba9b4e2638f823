"""Write down who did what, and keep the head of that record where the ledger cannot reach it: sealed in a file beside
the ledger, in each backup, and in the site's syslog where one is set.
"""

from __future__ import annotations

import hashlib
import json
import logging
import logging.handlers
import socket
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from buildpacks.errors import Failure
from buildsvc.store.durable_files import alone, atomic_write
from buildsvc.store.ledger import AuditFault, AuditHead
from buildsvc.usecases.site import Site

log = logging.getLogger(__name__)
SYSLOG_PORT = 514


@dataclass(frozen=True)
class AuditVerdict:
    """What was found: `sealed` is the head in the file, None where that is missing or was made with another key."""

    newest: AuditHead
    sealed: AuditHead | None
    faults: tuple[AuditFault, ...]


def note(
    site: Site, actor: str, action: str, target: str, detail: dict[str, Any] | None = None, *, address: str = ""
) -> None:
    """Write an entry and seal the record's head. Never put a secret value into `detail`."""
    head = site.ledger.audit(actor, action, target, detail, address)
    try:
        seal_head(site)
    except (OSError, Failure) as error:
        # The entry is written; the next one seals it too.
        log.error("the head of the audit log is not sealed: %s", error)  # noqa: TRY400 - no defect
    if site.settings.syslog:
        _to_syslog(site.settings.syslog, head, f"{actor} {action} {target} {json.dumps(detail or {})} {address}")


def seal_head(site: Site) -> None:
    """Write the newest entry's number and hash into the file, sealed with the site's key."""
    path = site.settings.paths.audit_head
    with alone(path.with_name(f"{path.name}.lock")):
        newest = site.ledger.audit_head()
        sealed = site.secrets.seal(json.dumps([newest.number, newest.hash]).encode())
        atomic_write(path, sealed.encode(), tmp=site.settings.paths.tmp)


def sealed_head(site: Site) -> AuditHead | None:
    """Read the head in the file; None where it is missing, or cannot be opened with this site's key."""
    try:
        number, found = json.loads(site.secrets.unseal(site.settings.paths.audit_head.read_text("ascii")))
        return AuditHead(int(number), str(found))
    except (OSError, ValueError, Failure):
        return None


def verify(site: Site) -> AuditVerdict:
    """Compare every entry with the chain, and the chain with its sealed head."""
    sealed = sealed_head(site)
    newest = site.ledger.audit_head()
    faults = site.ledger.audit_faults(sealed)
    if sealed is None and newest.number:
        faults = (*faults, AuditFault(newest.number, "not-sealed"))
    return AuditVerdict(newest, sealed, faults)


def cut_old(site: Site) -> Path | None:
    """Export what is older than the site keeps it, seal that, and cut it from the log; the chain goes on. Returns the
    file: a line of JSON for each entry, as the chain is made of them. None where nothing is that old.
    """
    old = site.ledger.audit_until(site.clock.now() - timedelta(days=site.settings.audit_days))
    if not old:
        return None
    folder = site.settings.paths.audit
    folder.mkdir(mode=0o700, exist_ok=True)
    last = AuditHead(old[-1].number, old[-1].hash)
    path = folder / f"audit-{old[0].number:09}-{last.number:09}.jsonl"
    lines = [json.dumps({**asdict(one), "at": one.at.isoformat(timespec="microseconds")}) for one in old]
    content = "".join(f"{text}\n" for text in lines).encode()
    seal = json.dumps({"sha256": hashlib.sha256(content).hexdigest(), "last": last.number, "hash": last.hash})
    tmp = site.settings.paths.tmp
    atomic_write(path, content, tmp=tmp)
    atomic_write(path.with_suffix(".seal"), site.secrets.seal(seal.encode()).encode(), tmp=tmp)
    site.ledger.cut_audit(last)
    note(site, "buildsvc", "audit.cut", path.name, {"entries": len(old)})
    return path


def _to_syslog(url: str, head: AuditHead, text: str) -> None:
    parts = urlsplit(url)
    address: Any = parts.path if parts.scheme == "unix" else (parts.hostname, parts.port or SYSLOG_PORT)
    kind = socket.SOCK_STREAM if parts.scheme == "tcp" else socket.SOCK_DGRAM
    said = f"buildsvc audit {head.number} {head.hash} {text}".encode("ascii", "backslashreplace").decode()
    try:
        handler = logging.handlers.SysLogHandler(address, logging.handlers.SysLogHandler.LOG_AUTH, kind)
    except OSError as error:
        log.warning("the syslog at %s was not told of audit entry %d: %s", url, head.number, error)
        return
    try:
        handler.emit(logging.LogRecord("buildsvc", logging.INFO, __file__, 0, said, None, None))
    finally:
        handler.close()
