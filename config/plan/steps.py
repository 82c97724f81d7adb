"""The five steps of a plan, in their order."""

from __future__ import annotations

from typing import Final, Literal, get_args

PlanStep = Literal["assess", "green energy", "design", "management tools", "execute and review"]
STEPS: Final[tuple[PlanStep, ...]] = get_args(PlanStep)
