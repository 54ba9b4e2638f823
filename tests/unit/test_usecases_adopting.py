"""What already runs under Compose is taken over as it is, and what cannot be is said first."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.errors import Conflict, NotFound
from buildsvc.model.adoption_events import AdoptionPlanned, ProjectRead
from buildsvc.model.deployment import Cause, Phase
from buildsvc.usecases.admit.policing import keep_policy, policy_of
from buildsvc.usecases.apply.adopted_parts import note_changed_secrets
from buildsvc.usecases.apply.submit import submit_removal
from buildsvc.usecases.look.observe import application_view, look
from buildsvc.usecases.perform import perform
from buildsvc.usecases.save import restoring
from buildsvc.usecases.save.dumping import dumps_of
from buildsvc.usecases.tend.steward import Steward
from tests.adopting import FILE, Adopting, container


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Adopting:
    return Adopting(tmp_path / "data", monkeypatch)


def test_a_running_project_becomes_an_application_and_nothing_of_it_is_touched(site: Adopting) -> None:
    before = site.engine.others_made.projects["shop"]
    done = site.adopt()
    assert done.phase is Phase.SETTLED
    assert site.engine.others_made.projects["shop"] == before
    assert site.engine.calls == []
    application = site.bench.ledger.application("shop").application
    assert [(one.name, one.is_jar) for one in application.components] == [("cache", False), ("order", True)]
    assert [(one.name, one.external) for one in application.networks] == [("shop_default", True)]
    assert [(one.name, one.external) for one in application.volumes] == [("shop_data", True)]
    live = site.bench.ledger.live("shop", "order")
    assert live is not None
    assert (live.release.number, live.release.is_image_only) == (1, True)
    assert site.bench.site.secrets.get("shop", "order/DB_PASSWORD") == "geheim"


def test_without_a_file_only_the_labels_are_read(site: Adopting) -> None:
    done = site.adopt(None)
    assert done.phase is Phase.SETTLED
    assert ProjectRead("shop", 2, ("compose.yaml",), "/srv/shop") in site.events(done)
    assert site.bench.ledger.application_names() == ()


def test_a_plan_says_what_would_be_adopted_and_changes_nothing(site: Adopting) -> None:
    done = site.adopt(plan=True)
    assert AdoptionPlanned(("cache",), ("order",)) in site.events(done)
    assert site.bench.ledger.application_names() == ()
    assert site.bench.ledger.adoptions() == {}


def test_what_cannot_be_adopted_is_said_before_what_can_with_its_reason(site: Adopting) -> None:
    text = FILE.replace("restart: always", "network_mode: host")
    site.runs(
        container("order"),
        container("order", 2),
        container("cache", state="exited", exit_code=1),
        container("old"),
        container("shell", one_off=True),
    )
    done = site.adopt(text.replace("services:", "services:\n  mail: {image: mailer}"))
    told = site.warnings(done)
    assert done.error_code == "nothing-to-adopt"
    assert "adopt-left-out.policy" in told
    assert told["adopt-left-out.replicas"].startswith("order cannot be adopted: 2 containers")
    assert told["adopt-left-out.down"] == "cache cannot be adopted: it does not run (shop-cache-1: exited)."
    assert told["adopt-left-out.absent"] == "mail cannot be adopted: it has no container."
    assert told["adopt-left-out.not-in-file"] == "shop-old-1 is not adopted: the file has no service old."
    assert "docker compose run" in told["adopt-left-out.one-off"]
    kinds = [one.event.kind for one in site.bench.ledger.events(done.id)]
    assert kinds.index("adoption-planned") > max(n for n, kind in enumerate(kinds) if kind == "warning")
    assert site.bench.ledger.application_names() == ()


def test_what_one_application_was_adopted_with_is_no_others(site: Adopting) -> None:
    site.adopt()
    done = site.adopt(name="second")
    assert done.error_code == "nothing-to-adopt"
    assert "belongs to an application of buildsvc already" in site.warnings(done)["adopt-left-out.ours"]
    assert site.bench.ledger.application_names() == ("shop",)
    site.bench.run(submit_removal(site.bench.site, "shop", actor="ann", door="api"))
    site.runs(container("order"), container("cache"))
    assert site.adopt(name="second").phase is Phase.SETTLED


def test_a_gateway_that_is_put_in_while_secrets_change_stays_noted(
    site: Adopting, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.adopt()
    ledger, secrets = site.bench.ledger, site.bench.site.secrets

    def read(_application: str, _name: str) -> str:
        ledger.note_taken_over("shop", "order", "id-of-a-push")
        return "geheim"

    monkeypatch.setattr(secrets, "get", read)
    note_changed_secrets(site.bench.site, "shop", {"order/DB_PASSWORD": "anders"})
    adoption = ledger.adoption("shop")
    part = adoption.component("order") if adoption is not None else None
    assert part is not None
    assert (part.taken_over, part.stale) == ("id-of-a-push", True)


def test_a_service_is_a_jar_component_where_that_is_told_and_the_file_is_read_so_from_then_on(site: Adopting) -> None:
    text = FILE.replace("    x-buildsvc: {artifact: order-service, soak: 60s}\n", "")
    planned = site.warnings(site.adopt(text, plan=True))
    assert "--jars" not in planned["adopt-looks-like-jar"]
    assert "order starts java with a jar" in planned["adopt-looks-like-jar"]
    done = site.adopt(text, jars=("order",))
    assert "puts its gateway in" in site.warnings(done)["adopt-first-push"]
    before = site.standing()
    applied = site.bench.apply("name: shop\n" + text)
    assert applied.phase is Phase.SETTLED
    assert site.standing() == before
    part = site.bench.ledger.application("shop").application.component("order")
    assert part is not None
    assert part.is_jar
    with pytest.raises(NotFound, match="no service ordr"):
        site.adopt(text, name="other", jars=("ordr",))


def test_the_data_of_an_adopted_component_is_written_out_in_its_container(site: Adopting) -> None:
    site.adopt(FILE.replace("    restart: always", "    restart: always\n    x-buildsvc: {backup: [save]}"))
    site.engine.programs.data["cache"] = b"a key"
    done = site.bench.run(restoring.submit_backup(site.bench.site, "shop", "cache", actor="ann", door="api"))
    assert done.phase is Phase.SETTLED
    assert [one.size for one in dumps_of(site.bench.site).all("shop", "cache")] == [len(b"a key")]


def test_the_file_applied_again_touches_nothing_and_makes_no_gateway(site: Adopting) -> None:
    site.adopt()
    before = site.standing()
    assert site.bench.apply("name: shop\n" + FILE).phase is Phase.SETTLED
    assert site.standing() == before
    assert site.engine.instances("shop") == ()
    assert Cause.SPEC not in {one.cause for one in site.bench.ledger.deployments("shop", None, limit=9)}


def test_a_changed_image_component_is_made_anew_in_the_place_of_its_adopted_container(site: Adopting) -> None:
    site.adopt()
    applied = site.bench.apply("name: shop\n" + FILE.replace("restart: always", "restart: unless-stopped"))
    assert applied.phase is Phase.SETTLED
    assert site.engine.others_made.container("id-shop-cache-1") is None
    assert [one.name for one in site.engine.instances("shop")] == ["shop-cache-1"]
    assert site.engine.others_made.container("id-shop-order-1") is not None


def test_a_new_value_of_a_secret_makes_an_adopted_component_anew(site: Adopting) -> None:
    text = FILE.replace("    restart: always", "    restart: always\n    environment: {REDIS_PASSWORD: geheim}")
    site.adopt(text)
    assert site.bench.apply("name: shop\n" + text).phase is Phase.SETTLED
    assert site.engine.others_made.container("id-shop-cache-1") is not None
    site.bench.apply("name: shop\n" + text.replace("geheim}", "anders}"))
    assert site.engine.others_made.container("id-shop-cache-1") is None


def test_what_was_adopted_is_seen_as_running_and_is_brought_up_when_it_falls(site: Adopting) -> None:
    site.adopt()
    steward = Steward(seconds=site.bench.engine.now)
    tended(site, steward)
    site.bench.clock.forward(70)
    tended(site, steward)
    assert [one.cause for one in site.bench.ledger.unended()] == []
    states = {one.name: one.state for one in application_view(site.bench.site, "shop").components}
    assert states == {"order": "running", "cache": "running"}
    for name in ("id-shop-order-1", "id-shop-cache-1"):
        site.engine.others_made.change(name, state="exited", exit_code=1)
    tended(site, steward)
    site.bench.clock.forward(70)
    tended(site, steward)
    (repair,) = site.bench.ledger.unended()
    perform(site.bench.workshop, repair.id)
    assert site.bench.ledger.deployment(repair.id).phase is Phase.SETTLED
    assert {one.state for one in site.engine.others_made.projects["shop"].containers} == {"running"}


def tended(site: Adopting, steward: Steward) -> None:
    look(site.bench.workshop)
    steward.tend(site.bench.site)


def test_a_project_is_adopted_under_another_name_and_a_name_that_is_taken_is_refused(site: Adopting) -> None:
    site.adopt(name="store")
    application = site.bench.ledger.application("store").application
    assert [one.name for one in application.networks] == ["shop_default"]
    cache = application.component("cache")
    assert cache is not None
    assert cache.naming.container == "shop-cache-1"
    with pytest.raises(Conflict, match="There is an application store"):
        site.adopt(name="store")


def test_removing_the_application_takes_its_adopted_containers_away(site: Adopting) -> None:
    site.adopt()
    site.bench.run(submit_removal(site.bench.site, "shop", actor="ann", door="api"))
    assert site.engine.others_made.projects["shop"].containers == ()
    assert site.bench.ledger.adoption("shop") is None


def test_what_is_removed_has_the_time_to_end_that_its_file_gives(site: Adopting) -> None:
    text = FILE.replace("restart: always", "restart: always\n    stop_grace_period: 2m")
    site.adopt(text)
    site.bench.run(submit_removal(site.bench.site, "shop", actor="ann", door="api"))
    assert {call[1:] for call in site.engine.calls if call[0] == "stop"} == {
        ("shop-cache-1", "120.0"),
        ("shop-order-1", "30.0"),
    }
    assert site.engine.graces == {"cache": 120.0}


def test_a_folder_beside_the_file_is_the_host_s_and_the_policy_says_whether(site: Adopting) -> None:
    text = FILE.replace("data:/data", "./data:/data").replace("volumes: {data: {}}\n", "")
    site.runs(container("order"), container("cache", binds=(("/data", "/srv/shop/data"),)))
    told = site.warnings(site.adopt(text, plan=True))
    assert "cache cannot be adopted: the site's policy does not allow" in told["adopt-left-out.policy"]
    rule = policy_of(site.bench.site).with_rule("binds", "/srv/shop", "shop")
    keep_policy(site.bench.site, rule)
    site.adopt(text)
    cache = site.bench.ledger.application("shop").application.component("cache")
    assert cache is not None
    assert [(one.kind, one.source) for one in cache.mounts] == [("bind", "/srv/shop/data")]


def test_what_a_file_changes_of_an_adopted_jar_component_waits_for_its_first_push(site: Adopting) -> None:
    site.adopt()
    before = site.standing()
    applied = site.bench.apply("name: shop\n" + FILE.replace("GREETING: hello", "GREETING: goodbye"))
    assert "first push" in site.warnings(applied)["adopted-waits"]
    assert Cause.SPEC not in {one.cause for one in site.bench.ledger.deployments("shop", None, limit=9)}
    assert site.standing() == before
