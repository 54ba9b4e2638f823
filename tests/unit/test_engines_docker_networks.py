"""Networks on an engine that is only a list of names: what was made is not left behind where another cannot be."""

from __future__ import annotations

from typing import Any, cast

import pytest

from buildpacks.errors import Conflict, Failure
from buildsvc.engines.docker import networks
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.model.application import Application, Network, Placement


class Engine:
    """What `networks` asks of an engine's client; a network of the subnet `taken` is refused."""

    def __init__(self, taken: str) -> None:
        self.taken = taken
        self.made: dict[str, str] = {}

    def network(self, name: str) -> dict[str, Any] | None:
        subnet = self.made.get(name)
        return None if subnet is None else {"Name": name, "IPAM": {"Config": [{"Subnet": subnet}]}}

    def create_network(self, body: dict[str, Any]) -> None:
        subnet = str(body["ipam"]["Config"][0]["Subnet"])
        if subnet == self.taken:
            raise Failure("engine-error", "Pool overlaps with other one on this address space")
        self.made[body["name"]] = subnet

    def networks(self, labels: dict[str, str]) -> list[dict[str, Any]]:
        key = labels["com.docker.compose.network"]
        return [{"Name": name} for name in self.made if name.endswith(f"_{key}")]

    def remove_network(self, name: str) -> None:
        del self.made[name]


FRONT, BACK = Network("front", "shop_front"), Network("back", "shop_back")
SHOP = Application("shop", components=(), networks=(FRONT, BACK))


def placed(first: int) -> Placement:
    return Placement(
        {key: (f"10.7.{number}.0/24", f"10.7.{number}.0/25") for number, key in enumerate(("front", "back"), first)}
    )


def test_networks_are_chosen_anew_where_one_of_two_was_refused() -> None:
    engine = Engine(taken="10.7.1.0/24")
    client = cast(EngineClient, engine)
    with pytest.raises(Conflict, match="Pool overlaps"):
        networks.ensure(client, SHOP, placed(0))
    assert engine.made == {}
    networks.ensure(client, SHOP, placed(2))
    assert engine.made == {"shop_front": "10.7.2.0/24", "shop_back": "10.7.3.0/24"}


def test_only_networks_where_the_application_was_placed_are_its_own() -> None:
    engine = Engine(taken="")
    client = cast(EngineClient, engine)
    networks.ensure(client, SHOP, placed(0))
    assert list(networks.held(client, SHOP, placed(0))) == []
    assert [one.message.partition(" (")[0] for one in networks.held(client, SHOP, None)] == [
        "There is a network shop_front",
        "There is a network shop_back",
    ]


def test_a_network_that_is_called_otherwise_is_told_before_anything_changes() -> None:
    client = cast("EngineClient", Engine(taken=""))
    networks.ensure(client, SHOP, placed(0))
    renamed = Application("shop", components=(), networks=(Network("front", "other_front"), BACK))
    (told,) = networks.held(client, renamed, placed(0))
    assert told.message.startswith("Network shop_front is called other_front in the file")
