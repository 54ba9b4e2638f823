"""The new instance is asked for the paths that its component names, before requests come to it (`x-buildsvc.warm`).

What is asked first loads classes, fills caches and opens connections; whoever asks first waits for it. A program that
answers badly here is told of and served all the same: its health has been seen to already.
"""

from __future__ import annotations

from collections.abc import Iterator

from buildsvc.engines.swap import Swap
from buildsvc.engines.two_places import Occupant
from buildsvc.model.raised import warned
from buildsvc.model.swap_events import WarmAnswer, Warmed

LATER = 20
"""Times that each path is asked for again once it was answered: HotSpot compiles what runs often."""
LIMIT = 30.0
"""Seconds for all paths together; the one that is being asked then may take five more."""
GOOD = range(200, 400)


def warm(swap: Swap, new: Occupant) -> None:
    """Ask for every path, tell the answers, and warn of those that were no good. Raises nothing of its own."""
    paths = swap.jar.warm
    if not paths:
        return
    began = swap.timing.now()
    answers = tuple(_answers(swap, new, paths, began + LIMIT))
    left = paths[len(answers) :]
    swap.publish(Warmed(answers, swap.timing.now() - began, left))
    bad = [f"{one.path} ({one.status or '-'})" for one in answers if one.status not in GOOD]
    if bad or left:
        swap.publish(warned("not-warm", component=swap.spec.component.name, bad=bad, left=list(left), limit=LIMIT))


def _answers(swap: Swap, new: Occupant, paths: tuple[str, ...], until: float) -> Iterator[WarmAnswer]:
    for path in paths:
        began = swap.timing.now()
        if began >= until or swap.journal.cancelled():
            return
        status, first = _asked(swap, new, path, 1)
        later = _asked(swap, new, path, 1)[1] if status in GOOD else 0.0
        if status in GOOD and swap.timing.now() + later * LATER < until:
            later = _asked(swap, new, path, LATER)[1]
        yield WarmAnswer(path, status, first, later)


def _asked(swap: Swap, new: Occupant, path: str, times: int) -> tuple[int, float]:
    """Return the HTTP status (0: no answer), and the seconds of one question."""
    began = swap.timing.now()
    tokens = swap.slots.ask(swap.spec, new, path, times)
    code = tokens[0].partition(":")[0] if tokens else ""
    return int(code) if code.isdigit() else 0, (swap.timing.now() - began) / times
