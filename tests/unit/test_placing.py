"""Subnets and addresses: they never overlap, and what was fixed stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildpacks.errors import Refused
from buildsvc.model.application import Application, Component, JarSettings, Network, Placement, SlotAddresses
from buildsvc.model.placing import place

POOL = (IPv4Network("10.213.0.0/16"),)


def application(
    components: Mapping[str, Sequence[str]], networks: tuple[str, ...] = ("default",), external: tuple[str, ...] = ()
) -> Application:
    return Application(
        "shop",
        tuple(
            Component(name, jar=JarSettings(name), networks=tuple((key, ()) for key in keys))
            for name, keys in components.items()
        ),
        tuple(Network(key, f"shop_{key}", external=key in external) for key in networks),
    )


def test_the_first_application_gets_the_first_subnet_and_the_upper_halfs_beginning() -> None:
    placed = place(application({"order": ["default"]}), None, pools=POOL, taken=())
    assert placed == Placement(
        {"default": ("10.213.0.0/22", "10.213.0.0/23")},
        {"order": {"default": SlotAddresses("10.213.2.1", "10.213.2.2", "10.213.2.3")}},
    )


def test_taken_networks_are_avoided_whatever_their_size() -> None:
    taken = [IPv4Network("10.213.0.0/24"), IPv4Network("10.213.4.0/30"), IPv4Network("10.213.8.0/21")]
    placed = place(application({}), None, pools=POOL, taken=taken)
    assert placed.subnets["default"][0] == "10.213.16.0/22"


def test_the_next_pool_is_used_when_the_first_is_full() -> None:
    pools = (IPv4Network("10.1.0.0/22"), IPv4Network("10.2.0.0/22"))
    placed = place(application({}, ("a", "b")), None, pools=pools, taken=())
    assert [subnet for subnet, _ in placed.subnets.values()] == ["10.1.0.0/22", "10.2.0.0/22"]


def test_no_free_subnet_is_refused_with_the_setting_to_change() -> None:
    with pytest.raises(Refused, match=r"shop/default is left in 10\.213\.0\.0/16") as caught:
        place(application({}), None, pools=POOL, taken=[IPv4Network("10.0.0.0/8")])
    assert caught.value.code == "no-subnet"
    assert "BUILDSVC_SUBNETS" in caught.value.hint


def test_external_networks_and_image_components_are_not_placed() -> None:
    app = Application(
        "shop",
        (
            Component("db", image="mysql:8", networks=(("default", ()),)),
            Component("order", jar=JarSettings("order"), networks=(("lan", ()),)),
        ),
        (Network("default", "shop_default"), Network("lan", "lan", external=True)),
    )
    placed = place(app, None, pools=POOL, taken=())
    assert list(placed.subnets) == ["default"]
    assert placed.addresses == {}


def test_what_was_placed_stays_although_the_applications_own_networks_are_taken() -> None:
    before = place(application({"order": ["default"]}), None, pools=POOL, taken=())
    own = [IPv4Network(subnet) for subnet, _ in before.subnets.values()]
    after = place(application({"a": ["default"], "order": ["default"]}), before, pools=POOL, taken=own)
    assert after.subnets == before.subnets
    assert after.addresses["order"] == before.addresses["order"]
    assert after.addresses["a"]["default"].gateway == "10.213.2.4"


def test_the_addresses_of_a_removed_component_wait_for_its_return() -> None:
    both = place(application({"a": ["default"], "b": ["default"]}), None, pools=POOL, taken=())
    without = place(application({"b": ["default"]}), both, pools=POOL, taken=())
    other = place(application({"b": ["default"], "c": ["default"]}), without, pools=POOL, taken=())
    assert other.addresses["c"]["default"].gateway == "10.213.2.7"
    again = place(application({"a": ["default"], "b": ["default"]}), other, pools=POOL, taken=())
    assert again.addresses["a"] == both.addresses["a"]


def test_they_are_given_to_another_when_no_other_is_free() -> None:
    names = [f"c{n:03}" for n in range(169)]
    full = place(application({name: ["default"] for name in names}), None, pools=POOL, taken=())
    with pytest.raises(Refused, match="shop/default") as caught:
        place(application({name: ["default"] for name in [*names, "more"]}), full, pools=POOL, taken=())
    assert caught.value.code == "no-address"
    replaced = place(application({name: ["default"] for name in [*names[1:], "more"]}), full, pools=POOL, taken=())
    assert replaced.addresses["more"] == full.addresses["c000"]
    assert "c000" not in replaced.addresses


SHAPES = st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from(["x", "y", "z"]), unique=True, min_size=1))


@settings(max_examples=60, deadline=None)
@given(st.lists(SHAPES, min_size=1, max_size=5))
def test_nothing_overlaps_and_what_stays_does_not_move(shapes: Any) -> None:
    before = None
    for shape in shapes:
        networks = tuple(sorted({key for keys in shape.values() for key in keys})) or ("x",)
        app = application(shape, networks)
        placed = place(app, before, pools=POOL, taken=[IPv4Network("10.213.4.0/22")])
        subnets = {key: IPv4Network(subnet) for key, (subnet, _) in placed.subnets.items()}
        assert set(subnets) == set(networks)
        everything = [*subnets.values(), IPv4Network("10.213.4.0/22")]
        assert not any(a.overlaps(b) for n, a in enumerate(everything) for b in everything[n + 1 :])
        for key, subnet in subnets.items():
            engine = IPv4Network(placed.subnets[key][1])
            mine = [nets[key] for nets in placed.addresses.values() if key in nets]
            addresses = [IPv4Address(a) for slots in mine for a in (slots.gateway, slots.blue, slots.green)]
            assert len(addresses) == len(set(addresses))
            assert all(a in subnet and a not in engine and a != subnet.broadcast_address for a in addresses)
            assert subnet.network_address + 1 in engine
        for name, keys in shape.items():
            assert set(keys) <= set(placed.addresses[name])
            for key in keys:
                if before is not None and key in before.subnets and key in before.addresses.get(name, {}):
                    assert placed.addresses[name][key] == before.addresses[name][key]
        if before is not None:
            assert all(placed.subnets[key] == before.subnets[key] for key in subnets if key in before.subnets)
        assert place(app, placed, pools=POOL, taken=tuple(subnets.values())) == placed
        before = placed
