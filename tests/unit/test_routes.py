"""The host's routes out of /proc/net/route."""

from ipaddress import IPv4Network

from buildsvc.model.routes import parse

TEXT = """Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
docker0	000011AC	00000000	0001	0	0	0	0000FFFF	0	0	0
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
eth1	0000000A	00000000	0000	0	0	0	000000FF	0	0	0
tun0	0500000A	00000000	0005	0	0	0	FFFFFFFF	0	0	0
"""


def test_every_route_that_is_up_is_read_without_the_default_one() -> None:
    assert parse(TEXT) == (IPv4Network("10.0.0.5/32"), IPv4Network("172.17.0.0/16"), IPv4Network("192.0.2.0/24"))


def test_lines_that_are_not_understood_are_left_out() -> None:
    assert parse("") == ()
    assert parse("Iface\nnonsense\neth0\tzz\t0\t1\t0\t0\t0\tzz\n") == ()
