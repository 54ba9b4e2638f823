"""Three ways into one."""

from __future__ import annotations

from dataclasses import replace

from buildsvc.model.application import Application, Component, JarSettings, Limits
from buildsvc.model.merging import Disagreement, merge

ORDER = Component("order", jar=JarSettings("order"), environment=(("A", "1"), ("B", "1")), limits=Limits(memory=1))
REDIS = Component("redis", image="redis:7")
BASE = Application("shop", (ORDER, REDIS))


def with_order(**changes: object) -> Application:
    return replace(BASE, components=(replace(ORDER, **changes), REDIS))  # type: ignore[arg-type]


def test_what_nobody_changed_stays() -> None:
    assert merge(BASE, BASE, BASE, {}).application == BASE


def test_what_only_the_version_changed_is_taken() -> None:
    version = with_order(environment=(("A", "2"), ("B", "1")))
    assert merge(BASE, BASE, version, {}).application == version


def test_what_only_the_site_changed_stays_and_is_told() -> None:
    site = with_order(environment=(("A", "1"), ("B", "9"), ("OWN", "x")), limits=Limits(memory=5))
    merged = merge(BASE, site, with_order(environment=(("A", "2"), ("B", "1"))), {})
    order = merged.application.component("order")
    assert order is not None
    assert dict(order.environment) == {"A": "2", "B": "9", "OWN": "x"}
    assert order.limits.memory == 5
    assert merged.kept == ("order.environment.B", "order.environment.OWN", "order.limits")
    assert merged.disagreements == ()


def test_what_both_changed_to_the_same_is_no_disagreement() -> None:
    both = with_order(user="7")
    assert merge(BASE, both, both, {}).disagreements == ()


def test_what_both_changed_is_asked_and_never_guessed() -> None:
    site, version = with_order(user="7"), with_order(user="8")
    merged = merge(BASE, site, version, {})
    assert merged.disagreements == (Disagreement("order.user", "7", "8"),)
    for answer, user in (("site", "7"), ("version", "8")):
        answered = merge(BASE, site, version, {"order.user": answer})  # type: ignore[dict-item]
        assert answered.disagreements == ()
        assert answered.application.component("order") == replace(ORDER, user=user)


def test_a_component_that_the_version_takes_away_goes_unless_the_site_changed_it() -> None:
    without = replace(BASE, components=(REDIS,))
    assert merge(BASE, BASE, without, {}).application == without
    changed = merge(BASE, with_order(user="7"), without, {})
    assert [one.place for one in changed.disagreements] == ["order"]


def test_a_component_of_the_sites_own_stays() -> None:
    own = Component("extra", image="own:1")
    site = replace(BASE, components=(*BASE.components, own))
    assert merge(BASE, site, BASE, {}).application.component("extra") == own


def test_a_component_that_the_version_brings_comes() -> None:
    new = Component("mail", image="mail:1")
    version = replace(BASE, components=(*BASE.components, new))
    assert merge(BASE, BASE, version, {}).application == version
