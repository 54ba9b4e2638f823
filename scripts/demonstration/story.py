"""The demo's story: make bases, start the service, apply the shop, push jars, and push the next one under load."""

from __future__ import annotations

import os
import platform
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import requests
from pydantic import TypeAdapter

from buildsvc.doors import words
from buildsvc.model.events import BaseChosen, Failed, ImageLoaded, Recorded, Warned, WentLive
from scripts.demonstration import engine, service
from scripts.demonstration.load import Load
from scripts.demonstration.place import ROOT, Place
from scripts.demonstration.service import DemoFailed
from scripts.demonstration.show import GREEN, RED, paint, say, stage, timed, title, typed
from scripts.published import WIREMOCK, ZIPKIN, fetch

SHOP = "shop"
SWAPPED = "zipkin"
BASES = (("jre", 17), ("gateway", None), ("redis", None), ("nginx", None))
UP_WITHIN = 15.0
BEFORE, AFTER = 1.0, 2.0
"""Seconds of load before the push begins and after the new version is live."""
RECORDED = TypeAdapter(Recorded)


def tell(place: Place) -> bool:
    """The whole story; False when a request failed or another container changed. Raises DemoFailed."""
    title("Drop a jar; seconds later the running application has that one component replaced.")
    _machine(place)
    # One waits for the network, the other for the processor.
    with ThreadPoolExecutor(1) as aside:
        fetching = aside.submit(_fetched, place)
        _bases(place)
        _service(place)
        jars = _jars(fetching)
    _apply(place)
    live = _live(place)
    if "catalog" not in live:
        _first_push(place, jars["catalog"])
    if SWAPPED not in live:
        _first_push(place, jars["older"])
        live[SWAPPED] = jars["older"].name
    new = jars["older"] if live[SWAPPED] == jars["newer"].name else jars["newer"]
    good = _swap(place, new, was=live[SWAPPED]) & _shop_answers(place)
    _farewell(place)
    return good


def _machine(place: Place) -> None:
    with engine.engine() as client:
        there = engine.containers(client, SHOP)
        if there and not place.data.exists():
            raise DemoFailed(
                f"An application '{SHOP}' runs in this engine already ({there[0].name}); the demo makes one."
            )
        place.remember_tags(engine.tags(client))
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        say(
            "machine",
            f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {platform.machine()}, {os.cpu_count()} cores, "
            f"{words.size(memory)}, Docker Engine {engine.version(client)}",
        )


def _bases(place: Place) -> None:
    """Make the base images that the cache lacks."""
    place.share_packages()
    found = {one["kind"]: one for one in service.run(place, "base", "list")}
    with timed("bases") as lines:
        for kind, java in BASES:
            if kind not in found:
                arguments = ["--java", str(java)] if java else ["--kind", kind]
                typed(f"buildsvc base make {' '.join(arguments)}")
                found[kind] = service.run(place, "base", "make", *arguments)[0]
        lines += [f"{one['name']}, {words.size(one['unpacked_size'])}" for one in found.values()]


def _service(place: Place) -> None:
    with timed("service") as lines:
        started = service.start(place)
        lines.append(f"{place.url} {'answers' if started else 'was running already'}")


def _fetched(place: Place) -> dict[str, Path]:
    return {
        "catalog": fetch(WIREMOCK[-1], place.cache),
        "older": fetch(ZIPKIN[0], place.cache),
        "newer": fetch(ZIPKIN[1], place.cache),
    }


def _jars(fetching: Future[dict[str, Path]]) -> dict[str, Path]:
    with timed("jars") as lines:
        jars = fetching.result()
        lines += [f"{jar.name}, {words.size(jar.stat().st_size)}" for jar in jars.values()]
    return jars


def _apply(place: Place) -> None:
    ports = place.ports()
    values = {
        "SHOP_PORT": ports["shop"],
        "ZIPKIN_PORT": ports["zipkin"],
    }
    site = place.folder / "shop.env"
    site.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    title("An application of four components, from its Compose file")
    typed("buildsvc apply examples/shop/compose.yaml --env-file .demo/shop.env")
    with timed(SHOP) as lines:
        compose = ROOT / "examples" / "shop" / "compose.yaml"
        _, events = _split(service.run(place, "apply", str(compose), "--env-file", str(site)))
        warnings = [words.tell(each.event) for each in events if isinstance(each.event, Warned)]
        components = _components(place)
        lines.extend(warnings)
        lines.extend(f"{one['name']:<8} {one['kind']} component, {one['state']}" for one in components)


def _components(place: Place, *, settled: bool = True) -> list[dict[str, Any]]:
    """The components as the observer saw them last; `settled` waits a moment for those that are on their way up."""
    deadline = time.monotonic() + UP_WITHIN
    while True:
        found: list[dict[str, Any]] = service.run(place, "status", SHOP)[0]["components"]
        on_the_way = [one for one in found if one["state"] not in {"running", "waiting"}]
        if not (settled and on_the_way) or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def _live(place: Place) -> dict[str, str]:
    """The jar that each jar component runs now."""
    running = [one for one in _components(place) if one["kind"] == "jar" and one["state"] == "running"]
    return {one["name"]: one["filename"] for one in running}


def _first_push(place: Place, jar: Path) -> None:
    typed(f"buildsvc push {jar.name}")
    accepted, events = _split(service.run(place, "push", str(jar), "--force"))
    for each in events:
        if isinstance(each.event, WentLive):
            took = words.seconds(each.event.seconds)
            say(accepted["component"], f"release {each.event.release} is live after {took}")


def _swap(place: Place, jar: Path, was: str) -> bool:
    """Push the next version under load; show its stages, and what happened to requests and to the others."""
    with engine.engine() as client:
        before = engine.others(client, SHOP, SWAPPED)
        with Load(place.ports()["zipkin"]) as load:
            title(f"Its next version, while {load.connections} connections send GET and POST to {was}")
            load.go_on(BEFORE)
            typed(f"buildsvc push {jar.name}")
            events = _show_push(place, jar)
            load.go_on(AFTER)
        after = engine.others(client, SHOP, SWAPPED)
    title("What it came to")
    _say_base(events)
    return _say_requests(load) & _say_others(before, after)


def _show_push(place: Place, jar: Path) -> list[Recorded]:
    began: datetime | None = None
    events = []
    for line in service.follow(place, "push", str(jar)):
        if "deployment" in line:
            began = datetime.fromisoformat(line["deployment"]["created"])
        elif "number" in line:
            each = _recorded(line)
            events.append(each)
            began = began or each.at
            stage((each.at - began).total_seconds(), words.tell(each.event))
    return events


def _say_base(events: list[Recorded]) -> None:
    for each in events:
        if isinstance(each.event, BaseChosen):
            say("Java", f"{each.event.java}: {each.event.reason}")
            say("base", f"{each.event.base}, {each.event.platform}")
        elif isinstance(each.event, ImageLoaded):
            say(
                "sent",
                f"{words.size(each.event.bytes_sent)} in {each.event.layers_sent} layers, what the engine lacked",
            )
        elif isinstance(each.event, WentLive):
            say("live", f"release {each.event.release}, {words.seconds(each.event.seconds)} after it was asked for")
        elif isinstance(each.event, Failed):
            say("failed", each.event.message)


def _say_requests(load: Load) -> bool:
    verdict = paint("0 failed", GREEN) if not load.failed else paint(f"{load.failed} FAILED", RED)
    say("requests", f"{load.served:,} served, {verdict}, over {load.connections} connections that stayed open")
    for fault, count in load.failures.most_common():
        say("", f"{count} times: {fault}")
    return not load.failed


def _say_others(before: tuple[engine.Container, ...], after: tuple[engine.Container, ...]) -> bool:
    changed = [each.name for each in {*before} ^ {*after}]
    if changed:
        say("the others", paint(f"CHANGED: {', '.join(sorted(set(changed)))}", RED))
        return False
    say("the others", paint(f"all {len(after)} containers have the same id and the same start time", GREEN))
    for each in after:
        say("", f"{each.id[:12]}  since {each.started[:19].replace('T', ' ')}  {each.name}")
    return True


def _shop_answers(place: Place) -> bool:
    """Through the shop's door to the component behind it, as a visitor's browser does."""
    url = f"http://127.0.0.1:{place.ports()['shop']}/catalog/items"
    try:
        answer = requests.get(url, timeout=10)
    except requests.RequestException as error:
        say("the shop", paint(f"{url} does not answer: {error}", RED))
        return False
    items = len(answer.json()) if answer.ok else 0
    say("the shop", f"{url} answers {answer.status_code}" + (f" with {items} items" if items else ""))
    return answer.ok


def _farewell(place: Place) -> None:
    ports = place.ports()
    title("What next")
    say("open", f"http://127.0.0.1:{ports['shop']}/          the shop")
    say("", f"{place.url}/          buildsvc; sign in with the token in .demo/token")
    say("type", ". .demo/env                      once in a shell, then")
    say("", f"buildsvc status {SHOP}")
    say("", f"buildsvc rollback {SHOP} {SWAPPED}")
    say("", "buildsvc push JAR                one of your own")
    say("end", "scripts/demo --stop")
    print()


def _split(lines: list[dict[str, Any]]) -> tuple[dict[str, Any], list[Recorded]]:
    """What was accepted, and the recorded events behind it."""
    return lines[0], [_recorded(line) for line in lines[1:] if "number" in line]


def _recorded(line: dict[str, Any]) -> Recorded:
    return RECORDED.validate_python({name: line[name] for name in ("number", "at", "event")})
