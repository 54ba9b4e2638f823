"""The ledger: everything that must survive, in one SQLite file. One face over one module for each subject."""

from __future__ import annotations

from buildsvc.store.ledger.adoptions import Adoptions
from buildsvc.store.ledger.applications import Applications, StoredApplication
from buildsvc.store.ledger.audit import Audit, AuditEntry, AuditFault, AuditHead
from buildsvc.store.ledger.awaiting import Awaiting
from buildsvc.store.ledger.claims import Claim, Claims
from buildsvc.store.ledger.deployments import Deployments
from buildsvc.store.ledger.history import History
from buildsvc.store.ledger.kept import Kept
from buildsvc.store.ledger.knowledge import Knowledge
from buildsvc.store.ledger.past_deployments import PastDeployments
from buildsvc.store.ledger.persons import KeptPassword, Persons
from buildsvc.store.ledger.pruned import Pruned
from buildsvc.store.ledger.references import Named, References
from buildsvc.store.ledger.releases import LiveRelease, Releases
from buildsvc.store.ledger.sealed import Sealed
from buildsvc.store.ledger.signed_in import Sessions
from buildsvc.store.ledger.standstill import Desired
from buildsvc.store.ledger.tokens import Access
from buildsvc.store.ledger.versions import Versions

__all__ = [
    "AuditEntry",
    "AuditFault",
    "AuditHead",
    "Claim",
    "KeptPassword",
    "Ledger",
    "LiveRelease",
    "References",
    "StoredApplication",
]


class Ledger(
    Applications,
    Adoptions,
    Knowledge,
    Kept,
    Desired,
    Deployments,
    Claims,
    Awaiting,
    Releases,
    History,
    PastDeployments,
    Access,
    Persons,
    Sessions,
    Audit,
    Named,
    Pruned,
    Sealed,
    Versions,
):
    """`Ledger(path, clock, ids)` starts nothing; call `open()` once, and `close()` before forking."""
