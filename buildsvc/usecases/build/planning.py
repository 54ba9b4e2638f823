"""The plan of an artifact as an order wants it: what kind it is, where it answers, and which layers it gets."""

from __future__ import annotations

from buildpacks.analysis import Analysis
from buildpacks.kinds import war
from buildpacks.kinds.detect import detect
from buildpacks.plan import BuildPlan
from buildpacks.split import apart, shared
from buildsvc.usecases.build.order import Order


def planned(analysis: Analysis, order: Order) -> BuildPlan:
    """Plan, and touch nothing. Raises Refused where no buildpack takes it."""
    plan = war.at(detect(analysis, order.buildpacks), order.context)
    return apart(shared(plan, analysis) if order.shared else plan, order.split)
