"""How gaps may be estimated: `[estimates]` of the site file. One counts once a person approved it (design 4.6)."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from pydantic import Field, field_validator

from config.points import ROLES
from config.reading.fields import Number, Table
from config.reading.wording import remedy

Method = Literal["balance", "profile", "invoice"]
METHODS: Final = get_args(Method)
DEFAULT: Final[tuple[Method, ...]] = ("balance", "profile", "invoice")


class EstimateRules(Table):
    """Ranked methods by role of a point, and the share of a year's energy above which a sign-off is needed."""

    limit: Annotated[Number, Field(ge=0, le=1)] = 0.05
    methods: dict[str, tuple[Method, ...]] = Field(default_factory=dict)

    @field_validator("methods")
    @classmethod
    def _roles_exist(cls, methods: dict[str, tuple[Method, ...]]) -> dict[str, tuple[Method, ...]]:
        for role in methods:
            if role not in ROLES:
                msg = f'names "{role}", which is no role; {remedy(role, ROLES)}'
                raise ValueError(msg)
        return methods

    def ranked(self, role: str) -> tuple[Method, ...]:
        """Return the methods for points of a role, the best first."""
        return self.methods.get(role, DEFAULT)
