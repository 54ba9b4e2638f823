"""The nested jars of an artifact: each is known by its digest, or read, by as many processes as that is worth."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain

from buildpacks.analysis import ClassStats, Library, Member
from buildpacks.archives import contents
from buildpacks.archives.zips import Archive
from buildpacks.facts import library, natives
from buildpacks.facts.forked import spread

Known = Callable[[Collection[str]], Mapping[str, Library]]
"""Given SHA-256s (hex): the facts of those libraries that were analysed before, by their SHA-256. All at once, because
each question to a ledger costs as much as reading a small jar.
"""


def nothing_known(_: Collection[str]) -> Mapping[str, Library]:
    """Know nothing, as an analysis without a memory does."""
    return {}


def read(
    archive: Archive,
    nested: list[Member],
    known: Known,
    tally: contents.Tally | None,
    *,
    machines: Collection[str] | None,
    meanwhile: Callable[[tuple[Library, ...]], object] | None = None,
) -> tuple[Library, ...]:
    """Read the facts of each of these nested jars, in their order. Those that are `known` by their SHA-256 (hex) are
    not read again. `tally` counts what the others unpack to, `machines` is as `analyse` means it. Where other processes
    read them, `meanwhile` gets what is known before: of the others only digest and size. Raises Refused.
    """
    digests = _digests(archive, nested)
    formers = known(frozenset(digests.values()))
    found = {m: replace(formers[sha256], entry=m.name) for m, sha256 in digests.items() if sha256 in formers}

    def some(share: Sequence[Member]) -> tuple[dict[Member, Library], int]:
        part = tally.fresh() if tally is not None else None
        read_here = {
            m: library.complete(archive, m, digests[m], found.get(m), tally=part, machines=machines) for m in share
        }
        return read_here, part.total if part is not None else 0

    def tell() -> None:
        if meanwhile is not None:
            meanwhile(
                tuple(found.get(m) or Library(m.name, digests[m], m.size, ClassStats(0, None), None) for m in nested)
            )

    new = [m for m in nested if m not in found or natives.worth_a_look(found[m].natives, machines)]
    for facts, total in spread(some, new, lambda member: member.size, tell):
        found.update(facts)
        if tally is not None:
            tally.add_up(total)
    return tuple(found[member] for member in nested)


def _digests(archive: Archive, nested: list[Member]) -> dict[Member, str]:
    def some(members: list[Member]) -> list[tuple[Member, str]]:
        return [(member, library.digest(archive, member)) for member in members]

    # Hashing leaves the interpreter free, so threads do.
    with ThreadPoolExecutor(2) as pool:
        return dict(chain.from_iterable(pool.map(some, (nested[::2], nested[1::2]))))
