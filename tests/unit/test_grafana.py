"""The Grafana dashboard asks for nothing that the service does not tell."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

from buildsvc.doors.http import metrics

ROOT = Path(__file__).parents[2]


def told() -> set[str]:
    """The names of all metrics, as they are written in the module that tells them; counters end with _total there."""
    tree = ast.parse(Path(metrics.__file__).read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    named = [(call.func.id, call.args[0]) for call in calls if isinstance(call.func, ast.Name) and call.args]
    texts = [(kind, first.value) for kind, first in named if isinstance(first, ast.Constant)]
    return {
        f"{text}_total" if kind.startswith("Counter") else text
        for kind, text in texts
        if isinstance(text, str) and text.startswith("buildsvc_")
    }


def test_the_dashboard_shows_every_metric_and_no_other() -> None:
    board = json.loads((ROOT / "examples/grafana.json").read_text("utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert set(re.findall(r"buildsvc_\w+", " ".join(asked))) == told()
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
