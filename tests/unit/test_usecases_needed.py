"""Who needs whom: by the file, and by addresses in the environment."""

import pytest

from buildsvc.model.application import Application, Component, Dependency
from buildsvc.usecases.look.needed import needed


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("jdbc:mysql://mysql:3306/shop?useSSL=false", ("mysql",)),
        ("redis", ("redis",)),
        ("redis:6379,mysql:3306", ("mysql", "redis")),
        ("amqp://guest:secret@redis/", ("redis",)),
        ("http://mysql-old:8080", ()),
        ("the redis-like cache", ()),
    ],
)
def test_an_address_in_the_environment_is_a_need(value: str, found: tuple[str, ...]) -> None:
    order = Component("order", environment=(("WHERE", value),))
    assert needed(Application("shop", (order, Component("mysql"), Component("redis"))))["order"] == found


def test_what_the_file_says_is_a_need_and_nobody_needs_itself() -> None:
    order = Component("order", environment=(("SELF", "http://order:8080"),), depends_on=(Dependency("redis"),))
    assert needed(Application("shop", (Component("redis"), order))) == {"redis": (), "order": ("redis",)}
