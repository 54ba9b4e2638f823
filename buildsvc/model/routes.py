"""The networks that a host already reaches, out of the text of `/proc/net/route`."""

from __future__ import annotations

from ipaddress import IPv4Network

_DESTINATION, _FLAGS, _MASK = 1, 3, 7
_UP = 0x1


def parse(proc_net_route_text: str) -> tuple[IPv4Network, ...]:
    """Return every destination that is up, the default route left out, sorted.

    Format: proc(5) and the kernel's net/ipv4/fib_trie.c: addresses are hexadecimal in the host's byte order, which is
    little endian on every platform we run on. Lines that are not understood are left out.
    """
    found: set[IPv4Network] = set()
    for line in proc_net_route_text.splitlines()[1:]:
        fields = line.split()
        if len(fields) <= _MASK:
            continue
        try:
            flags = int(fields[_FLAGS], 16)
            destination, mask = (int.from_bytes(bytes.fromhex(fields[n])[::-1]) for n in (_DESTINATION, _MASK))
            network = IPv4Network((destination, mask.bit_count()))
        except ValueError:
            continue
        if flags & _UP and network.prefixlen > 0:
            found.add(network)
    return tuple(sorted(found))
