from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Never

import pytest
from rq import SimpleWorker
from rq.exceptions import InvalidJobOperation

from buildsvc.live import work


def ending(monkeypatch: pytest.MonkeyPatch, error: Exception) -> list[str]:
    """Let rq say `error` when a job has ended; return whose records were taken away then."""

    def gone(*_given: Any, **_how: Any) -> Never:
        raise error

    forgotten: list[str] = []
    monkeypatch.setattr(SimpleWorker, "handle_job_success", gone)
    monkeypatch.setattr(work._Worker, "_forget", lambda _self, job, _execution: forgotten.append(job.id))
    worker = object.__new__(work._Worker)
    worker.handle_job_success(SimpleNamespace(id="job-1"))  # type: ignore[arg-type] # nothing else of it is asked
    return forgotten


@pytest.mark.parametrize(
    "error",
    [InvalidJobOperation("no such job"), ValueError("Execution 0b5f not found in Redis")],
)
def test_a_job_whose_other_copy_ended_first_ends_quietly(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    assert ending(monkeypatch, error) == ["job-1"]


def test_another_fault_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="of another kind"):
        ending(monkeypatch, ValueError("of another kind"))
