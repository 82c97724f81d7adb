"""What the page of the plan asks for, kept for all sessions: forecasts take seconds, and change with the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.views.reading import place

if TYPE_CHECKING:
    from ui.plan.status import Plan
    from ui.service import Service

Row = dict[str, Any]
KEEP_S = 86_400  # `place` is another one as soon as anything changed


def plan(service: Service) -> Plan:
    """The standing targets and the courses of their year."""
    return _plan(service, *place(service))


def gap(service: Service) -> list[Row]:
    """What each measure adds to each target by its year, and what is left to find."""
    return _gap(service, *place(service))


def measures(service: Service) -> list[Row]:
    """The abatement curve of each site with the progress of its measures."""
    return _measures(service, *place(service))


def verified(service: Service) -> list[Row]:
    """What measures really saved."""
    return _verified(service, *place(service))


@st.cache_data(ttl=KEEP_S, max_entries=8, show_spinner=False)
def _plan(_service: Service, data: str, config: str) -> Plan:  # noqa: ARG001 - keys of the cache
    from ui.plan.status import plan_of

    return plan_of(_service)


@st.cache_data(ttl=KEEP_S, max_entries=8, show_spinner=False)
def _gap(_service: Service, data: str, config: str) -> list[Row]:  # noqa: ARG001 - keys of the cache
    from ui.plan.gap import gap_rows

    return gap_rows(_service, plan(_service).rows)


@st.cache_data(ttl=KEEP_S, max_entries=8, show_spinner=False)
def _measures(_service: Service, data: str, config: str) -> list[Row]:  # noqa: ARG001 - keys of the cache
    from ui.plan.curve import measure_rows

    return measure_rows(_service)


@st.cache_data(ttl=KEEP_S, max_entries=8, show_spinner=False)
def _verified(_service: Service, data: str, config: str) -> list[Row]:  # noqa: ARG001 - keys of the cache
    from ui.plan.verify import verify_rows

    return verify_rows(_service)
