"""The nested jars of an artifact: each is known by its digest, or read, by as many processes as that is worth."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain

from buildpacks import library
from buildpacks.analysis import Library, Member
from buildpacks.archive import Archive
from buildpacks.forked import spread
from buildpacks.natives import packed
from buildpacks.packing import contents


def read(
    archive: Archive,
    nested: list[Member],
    known: Mapping[str, Library],
    tally: contents.Tally | None,
    machines: Collection[str] | None,
) -> tuple[Library, ...]:
    """The facts of each of these nested jars, in their order. Those that are `known` by their SHA-256 (hex) are not
    read again. `tally` counts what the others unpack to, `machines` is as `analyse` means it. Raises Refused.
    """
    digests = _digests(archive, nested)
    formers = {member: known.get(sha256) for member, sha256 in digests.items()}
    found = {member: replace(former, entry=member.name) for member, former in formers.items() if former}

    def some(share: Sequence[Member]) -> tuple[dict[Member, Library], int]:
        part = tally.fresh() if tally is not None else None
        whole = {
            m: library.complete(archive, m, digests[m], found.get(m), tally=part, machines=machines) for m in share
        }
        return whole, part.total if part is not None else 0

    new = [m for m in nested if m not in found or packed.worth_a_look(found[m].natives, machines)]
    for facts, total in spread(some, new, lambda member: member.size):
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
