"""Adopting obeys the site policy: whose project it is, what the file asks for, and what the containers really have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.errors import Denied
from buildsvc.model.application import Component, Limits, Logging, Mount, Network, Port, Volume
from buildsvc.model.composed import HeldOfHost
from buildsvc.model.deployment import Phase
from buildsvc.model.site_parts import HostUse
from buildsvc.usecases.admit.policing import keep_policy, policy_of
from buildsvc.usecases.adopt import ask_adoption
from buildsvc.usecases.deploy.rollouts import roll_out_of
from buildsvc.usecases.perform import perform
from tests.adopting import FILE, Adopting, container


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Adopting:
    return Adopting(tmp_path / "data", monkeypatch)


def allow(site: Adopting, key: str, value: str, name: str = "shop") -> None:
    keep_policy(site.bench.site, policy_of(site.bench.site).with_rule(key, value, name))


def holding(site: Adopting, spec: Component, **more: object) -> None:
    held = HeldOfHost(replace(spec, image="redis:7"), **more)  # type: ignore[arg-type]
    site.runs(container("order"), container("cache", held=held))


def denied(site: Adopting) -> list[str]:
    done = site.adopt(plan=True)
    told = [one for one in site.events(done) if getattr(one, "code", "") == "adopt-left-out"]
    return [getattr(one, "message", "") for one in told]


def test_an_operator_takes_over_only_projects_that_the_policy_names(site: Adopting) -> None:
    for text in (None, FILE):
        with pytest.raises(Denied, match="Taking the Compose project shop over is an admin's") as refused:
            site.adopt(text, any_project=False)
        assert "buildsvc policy allow projects shop --app shop" in refused.value.hint
    allow(site, "projects", "shop", "another")
    with pytest.raises(Denied):
        site.adopt(any_project=False)
    assert site.bench.ledger.deployments(None, None, limit=9) == ()
    allow(site, "projects", "shop")
    assert site.adopt(any_project=False).phase is Phase.SETTLED


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (Component("c", mounts=(Mount("bind", "/srv/x", "/host"),)), "mounts /srv/x of the server"),
        (Component("c", mounts=(Mount("bind", "/var/lib/docker", "/d"),)), "belongs to the engine"),
        (Component("c", privileged=True), "privileged"),
        (Component("c", cap_add=("CAP_SYS_ADMIN",)), "the capability SYS_ADMIN"),
        (Component("c", ports=(Port(80, 80),)), "publishes port 80"),
        (Component("c", host=HostUse(pid="host")), "the host's own pid namespace"),
        (Component("c", host=HostUse(devices=("/dev/sda:/dev/sda",))), "the device /dev/sda"),
        (Component("c", host=HostUse(device_rules=("nvidia [['gpu']]",))), "nvidia"),
        (Component("c", logging=Logging("syslog")), "the driver syslog"),
        (Component("c", limits=Limits(oom_score=-500)), "oom_score_adj=-500"),
    ],
)
def test_what_a_container_has_beyond_its_file_is_judged_as_if_the_file_asked_for_it(
    site: Adopting, spec: Component, said: str
) -> None:
    holding(site, spec)
    (line,) = denied(site)
    assert line.startswith("cache cannot be adopted")
    assert said in line


def test_volumes_and_networks_of_others_need_their_rules_and_those_of_the_project_none(site: Adopting) -> None:
    own = Volume("data", "shop_data", True, "local"), Network("default", "shop_default", external=True)
    holding(site, Component("c"), volumes=(own[0],), networks=(own[1],))
    assert denied(site) == []
    holding(
        site,
        Component("c"),
        volumes=(own[0], Volume("bank_data", "bank_data", True, "local")),
        networks=(own[1], Network("bank_default", "bank_default", external=True)),
    )
    lines = denied(site)
    assert [("bank_data" in one, "bank_default" in one) for one in lines] == [(False, True), (True, False)]
    allow(site, "volumes", "bank_data")
    allow(site, "networks", "bank_default")
    assert denied(site) == []


def test_a_volume_of_the_project_that_stands_for_a_folder_of_the_server_is_judged_by_that_folder(
    site: Adopting,
) -> None:
    options = (("device", "/root"), ("o", "bind"), ("type", "none"))
    holding(site, Component("c"), volumes=(Volume("data", "shop_data", True, "local", options),))
    (line,) = denied(site)
    assert "volumes.data mounts /root of the server" in line


def test_what_the_file_names_and_another_application_has_is_not_the_project_s(site: Adopting) -> None:
    allow(site, "volumes", "shop_data", "bank")
    site.bench.apply(
        "name: bank\nservices: {db: {image: 'redis:7', volumes: ['d:/d']}}\nvolumes: {d: {name: shop_data}}\n"
    )
    (line,) = denied(site)
    assert "volumes.data is the volume shop_data" in line


def test_of_two_adoptions_that_began_at_the_same_moment_the_second_finds_the_containers_taken(
    site: Adopting, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = ask_adoption.AdoptionWish("shop", "shop", "ann", "api", any_project=True)
    first, second = (site.asked(one).deployment for one in (wish, replace(wish, name="store")))
    assert first is not None
    assert second is not None
    saved = site.bench.ledger.save_application

    def meanwhile(*told: object, **more: object) -> None:
        monkeypatch.setattr(site.bench.ledger, "save_application", saved)
        perform(site.bench.workshop, second.id)
        saved(*told, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(site.bench.ledger, "save_application", meanwhile)
    perform(site.bench.workshop, first.id)
    assert site.bench.ledger.deployment(first.id).error_code == "adopted-by-another"
    assert site.bench.ledger.application_names() == ("store",)
    assert list(site.bench.ledger.adoptions()) == ["store"]


def test_an_image_that_is_given_away_without_a_manifest_is_refused_in_a_sentence(
    site: Adopting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("buildsvc.usecases.adopt.take.read_images", lambda _source, _layout: ())
    assert site.adopt().error_code == "no-image-kept"
    assert site.bench.ledger.application_names() == ()


def test_a_command_line_stands_in_no_event_and_lies_sealed(site: Adopting) -> None:
    line = ("java", "-Dpassword=geheim-77", "-jar", "/a.jar")
    site.runs(container("order", command=line), container("cache", command=line))
    done = site.adopt()
    live = site.bench.ledger.live("shop", "order")
    assert "adopt-looks-like-jar" in site.warnings(done)
    assert "geheim-77" not in repr([site.events(done), live])
    every = [path.read_bytes() for path in site.bench.site.settings.data.glob("ledger.db*")]
    assert not any(b"geheim-77" in content for content in every)
    assert live is not None
    deployment = site.bench.ledger.deployment(done.id)
    assert roll_out_of(site.bench.site, deployment, live.release).command == line
