"""`python -m scripts.demonstration [--stop | --purge]`: called by scripts/demo."""

from __future__ import annotations

import sys

from scripts.demonstration.ending import stop
from scripts.demonstration.place import Place
from scripts.demonstration.service import DemoFailed
from scripts.demonstration.story import tell
from scripts.maven import NotFetched


def main(arguments: list[str]) -> int:
    """0 when the story ended well, 1 when a request failed or another container changed, 2 for wrong usage."""
    place = Place()
    try:
        match arguments:
            case []:
                return 0 if tell(place) else 1
            case ["--stop"] | ["--purge"]:
                stop(place, purge=arguments == ["--purge"])
                return 0
    except (DemoFailed, NotFetched) as error:
        print(f"\n{error}\n\nWhat the service wrote is in .demo/service.log and .demo/data/logs.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped in the middle. scripts/demo goes on from here; scripts/demo --stop takes everything away.")
        return 130
    print("scripts/demo, scripts/demo --stop, or scripts/demo --purge", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
