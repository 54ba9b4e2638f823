"""The slow round over everything that is kept: a blob after the other, so many bytes a second, day after day.

Where it is and what it found lies in the content store's index, so a process that is started again goes on there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from buildpacks.sentences.values import plain, sentence
from buildpacks.sentences.wording import Wording, again
from buildsvc.image.layout import Layout
from buildsvc.store.journal import Interrupted
from buildsvc.usecases.site import Site
from buildsvc.usecases.tend.verifying import Damage, fault_of, owners

REST = timedelta(days=1)
"""Between the end of a round and the next one."""
MOST_TOLD = 100
"""Damages that are remembered by name."""
_KIND, _KEY = "patrol", "round"

log = logging.getLogger(__name__)
Pausing = Callable[[float], bool]


@dataclass(frozen=True)
class VerifyingRound:
    """`last` is the digest that was looked at last; `ended` None while the round goes on; `size` in bytes."""

    began: datetime
    ended: datetime | None = None
    last: str = ""
    blobs: int = 0
    size: int = 0
    damaged: tuple[Damage, ...] = ()


def patrol(site: Site, wait: Pausing) -> None:
    """Go one round, or what is left of it; nothing where the last one ended less than a day ago. `wait` waits some
    seconds and says whether to stop. Raises Interrupted when it does.
    """
    now = site.clock.now()
    going = last_round(site.layout)
    if going is None or (going.ended is not None and now - going.ended >= REST):
        found = tuple(Damage("ledger", name, fault) for name, fault in site.ledger.faults())
        going = VerifyingRound(now, damaged=found)
        _tell(site, found)
    if going.ended is not None:
        return
    for digest in [one for one in site.layout if one > going.last]:
        going = _looked_at(site, going, digest, wait)
        _remember(site.layout, going)
    _remember(site.layout, replace(going, ended=site.clock.now()))
    log.info("all %d blobs were read, %d are damaged", going.blobs, len(going.damaged))


def last_round(layout: Layout) -> VerifyingRound | None:
    """Return what the newest round found so far; None before the first."""
    told = layout.recall(_KIND, _KEY)
    try:
        return _read(told) if isinstance(told, dict) else None
    except (KeyError, TypeError, ValueError):
        return None


def _looked_at(site: Site, going: VerifyingRound, digest: str, wait: Pausing) -> VerifyingRound:
    read = 0

    def pace(size: int) -> None:
        nonlocal read
        read += size
        if wait(size / site.settings.verify_rate):
            raise Interrupted(site.layout.root.name)

    fault = fault_of(site, digest, pace)
    damaged = going.damaged
    # What was removed meanwhile is no damage.
    if fault and site.layout.has(digest):
        kind, whose = owners(site).get(digest, ("blob", ""))
        found = Damage(kind, digest, fault, whose)
        _tell(site, (found,))
        damaged = (*damaged, found)[:MOST_TOLD]
    return replace(going, last=digest, blobs=going.blobs + 1, size=going.size + read, damaged=damaged)


def _tell(site: Site, found: tuple[Damage, ...]) -> None:
    for one in found:
        text = Wording(
            "notice.damage", kind=sentence(f"damage-kind.{one.kind}"), name=one.name, whose=one.whose, fault=one.fault
        )
        site.tell("damage", one.name, text, {"remedy": one.remedy})


def _remember(layout: Layout, going: VerifyingRound) -> None:
    told = asdict(going)
    told["began"] = going.began.isoformat()
    told["ended"] = going.ended.isoformat() if going.ended else None
    told["damaged"] = [{name: plain(one) for name, one in vars(damage).items()} for damage in going.damaged]
    layout.remember(_KIND, _KEY, told)


def _read(told: dict[str, Any]) -> VerifyingRound:
    ended = datetime.fromisoformat(told["ended"]) if told["ended"] else None
    damaged = tuple(_damage(one) for one in told["damaged"])
    return VerifyingRound(
        **{**told, "began": datetime.fromisoformat(told["began"]), "ended": ended, "damaged": damaged}
    )


def _damage(told: dict[str, Any]) -> Damage:
    words = {name: again(told.get(name)) for name in ("fault", "whose", "mended")}
    return Damage(told["kind"], told["name"], **words)
