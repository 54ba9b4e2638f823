"""The allocator of a long-lived process: what it keeps, what it shares with its children, what it gives back."""

from __future__ import annotations

import ctypes
import gc

FRUGAL = {-8: 1, -3: 4 << 20, -1: 8 << 20}
"""mallopt(3): M_ARENA_MAX, one heap for all threads; M_MMAP_THRESHOLD, bytes of what gets pages of its own and gives
them back, here constant, because the allocator raises it otherwise; M_TRIM_THRESHOLD, bytes kept free at a heap's end.
A buffer of 1 MB that comes from new pages each time costs more than what is done with it (an upload of 87 MB: 0.35 s
instead of 0.06 s), so both lie well above; `give_back_memory` follows after large work.
"""
_libc = ctypes.CDLL(None)


def be_frugal() -> None:
    """Tell the allocator what FRUGAL says; for this process and those that it forks."""
    for option, value in FRUGAL.items():
        _libc.mallopt(option, value)


def share_what_is_loaded() -> None:
    """Call once before the first fork. The collector writes into every object that it looks at, and a written page is
    no longer shared: so what is loaded is frozen, here and in the children, and a parent that only waits needs none.
    """
    gc.collect()
    gc.disable()
    gc.freeze()
    # Gives back what loading needed for a moment: a hole that a child fills would be a page of its own.
    _libc.malloc_trim(0)


def give_back_memory() -> None:
    """After a large piece of work: what the allocator keeps goes back to the machine, which has other things to do."""
    _libc.malloc_trim(0)
