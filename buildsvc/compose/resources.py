"""What bounds and watches a service: limits, healthcheck, restart, logging, ulimits."""

from __future__ import annotations

from typing import Literal

from buildsvc.compose import spec_keys
from buildsvc.compose.spot import Spot
from buildsvc.model.application import CommandCheck, Limits, Logging

RestartPolicy = Literal["no", "always", "on-failure", "unless-stopped"]
_POLICIES: dict[str, RestartPolicy] = {
    "no": "no",
    "false": "no",
    "always": "always",
    "on-failure": "on-failure",
    "unless-stopped": "unless-stopped",
}
_MANY = 2**31 - 1


def read_limits(service: Spot) -> Limits:
    """`deploy.resources`, or the older keys of the service itself; the same limit twice with two values is a fault."""
    deploy = service.get("deploy")
    limits: Spot | None = None
    reservations: Spot | None = None
    if deploy is not None:
        deploy.known((*spec_keys.DEPLOY, *spec_keys.DEPLOY_WITHOUT_EFFECT))
        resources = deploy.get("resources")
        if resources is not None:
            resources.known(("limits", "reservations"))
            limits, reservations = resources.get("limits"), resources.get("reservations")
    if limits is not None:
        limits.known(spec_keys.LIMITS)
    if reservations is not None:
        reservations.known(spec_keys.RESERVATIONS, spec_keys.RESERVATIONS_REFUSED)
    memory = _either(service.get("mem_limit"), limits and limits.get("memory"))
    reserved = _either(service.get("mem_reservation"), reservations and reservations.get("memory"))
    cpus = _either(service.get("cpus"), limits and limits.get("cpus"))
    pids = _either(service.get("pids_limit"), limits and limits.get("pids"))
    return Limits(
        memory=(memory.size() or None) if memory else None,
        memory_reservation=(reserved.size() or None) if reserved else None,
        cpus=(cpus.number("expected.cpus") or None) if cpus else None,
        pids=_pids(pids),
        swap=_swap(service.get("memswap_limit")),
        swappiness=_integer(service.get("mem_swappiness"), 0, 100),
        shares=_integer(service.get("cpu_shares"), 0, _MANY),
        quota=_micros(service.get("cpu_quota")),
        period=_micros(service.get("cpu_period")),
        cpuset=cpuset.text() if (cpuset := service.get("cpuset")) is not None else None,
        oom_score=_integer(service.get("oom_score_adj"), -1000, 1000),
    )


def read_healthcheck(spot: Spot | None) -> tuple[CommandCheck | None, bool]:
    """Return the check, and whether the image's own one is switched off."""
    if spot is None:
        return None, False
    spot.known(spec_keys.HEALTHCHECK)
    disable, test = spot.get("disable"), spot.get("test")
    if disable is not None and disable.boolean():
        return None, True
    if test is None:
        spot.fault("missing-key.test")
        return None, False
    argv = _test(test)
    if argv == ("NONE",):
        return None, True
    default = CommandCheck(test=())
    retries = spot.get("retries")
    return (
        CommandCheck(
            test=argv,
            interval=_seconds(spot.get("interval"), default.interval),
            timeout=_seconds(spot.get("timeout"), default.timeout),
            retries=(retries.integer(1, _MANY) if retries else None) or default.retries,
            start_period=_seconds(spot.get("start_period"), default.start_period),
        ),
        False,
    )


def read_restart(service: Spot) -> tuple[RestartPolicy | None, int]:
    """Return the policy and how often, of `restart` or else of `deploy.restart_policy`; None when the file says
    nothing.
    """
    spot = service.get("restart")
    if spot is None:
        return _of_deploy(service.get("deploy"))
    text = spot.text("expected.restart") if spot is not None else None
    if text is None:
        return None, 0
    policy, _, retries = text.partition(":")
    if policy not in _POLICIES or (retries and (policy != "on-failure" or not retries.isdecimal())):
        spot.one_of("no", "always", "on-failure", "on-failure:3", "unless-stopped")
        return None, 0
    return _POLICIES[policy], int(retries or 0)


def _of_deploy(deploy: Spot | None) -> tuple[RestartPolicy | None, int]:
    spot = deploy.get("restart_policy") if deploy is not None else None
    if spot is None:
        return None, 0
    spot.known(spec_keys.RESTART_POLICY)
    condition, attempts = spot.get("condition"), spot.get("max_attempts")
    text = condition.one_of("none", "on-failure", "any", "unless-stopped", "always") if condition is not None else "any"
    named = {"none": "no", "any": "always"}.get(text or "any", text or "any")
    return _POLICIES[named], (_integer(attempts, 0, _MANY) or 0) if named == "on-failure" else 0


def read_logging(spot: Spot | None) -> Logging | None:
    if spot is None:
        return None
    spot.known(spec_keys.LOGGING)
    driver, options = spot.get("driver"), spot.get("options")
    name = driver.text("expected.logging") if driver is not None else None
    return Logging(name or "json-file", tuple(sorted(options.settled_pairs())) if options is not None else ())


def read_ulimits(spot: Spot | None) -> tuple[tuple[str, int, int], ...]:
    """Triples (name, soft, hard); -1 is unlimited."""
    found: list[tuple[str, int, int]] = []
    for name, limit in (spot.entries() if spot is not None else {}).items():
        if limit.is_map:
            limit.known(("soft", "hard"))
            soft, hard = limit.get("soft"), limit.get("hard")
            if soft is None or hard is None:
                limit.fault("missing-key.ulimit")
                continue
            pair = (soft.integer(-1, 2**63 - 1), hard.integer(-1, 2**63 - 1))
        else:
            value = limit.integer(-1, 2**63 - 1)
            pair = (value, value)
        if pair[0] is not None and pair[1] is not None:
            found.append((name, pair[0], pair[1]))
    return tuple(sorted(found))


def _seconds(spot: Spot | None, default: float) -> float:
    seconds = spot.duration() if spot is not None else None
    return default if seconds is None else seconds


def _test(spot: Spot) -> tuple[str, ...]:
    if not spot.is_list:
        return ("sh", "-c", spot.text("expected.command") or "")
    argv = spot.texts()
    match argv[:1]:
        case ("CMD",) if len(argv) > 1:
            return argv[1:]
        case ("CMD-SHELL",) if len(argv) == 2:  # noqa: PLR2004 - the word and one command line
            return ("sh", "-c", argv[1])
        case ("NONE",):
            return ("NONE",)
    spot.fault("wrong-value.test")
    return ()


def _either(old: Spot | None, new: Spot | None) -> Spot | None:
    if old is not None and new is not None and old.text() != new.text():
        old.fault("wrong-value.differs", other=new.path)
    return new or old


def _integer(spot: Spot | None, low: int, high: int) -> int | None:
    return spot.integer(low, high) if spot is not None else None


def _swap(spot: Spot | None) -> int | None:
    """Bytes; -1 is unlimited."""
    if spot is None:
        return None
    return -1 if spot.text() == "-1" else spot.size()


def _micros(spot: Spot | None) -> int | None:
    """Microseconds: a number of them, or a duration like 50ms."""
    if spot is None:
        return None
    if (spot.text() or "").lstrip("-").isdecimal():
        return spot.integer(-1, _MANY)
    seconds = spot.duration()
    return None if seconds is None else round(seconds * 1_000_000)


def _pids(spot: Spot | None) -> int | None:
    value = spot.integer(-1, _MANY) if spot is not None else None
    return value if value is not None and value > 0 else None
