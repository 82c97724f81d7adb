"""What the page of the plan asks for, kept for all sessions: forecasts take seconds, and change with the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.views.reading import place

if TYPE_CHECKING:
    from ui.plan import Plan
    from ui.service import Service

Row = dict[str, Any]
KEEP_S = 900  # the books grow every quarter of an hour; older plans are shown while the next is made


def plan(service: Service) -> Plan:
    """The standing targets and the courses of their year."""
    return _plan(service, *place(service))


def gap(service: Service) -> list[Row]:
    """What each measure adds to each target by its year, and what is left to find."""
    return _gap(service, *place(service), _steps(service))


def measures(service: Service) -> list[Row]:
    """The abatement curve of each site with the progress of its measures."""
    return _measures(service, *place(service), _steps(service))


def verified(service: Service) -> list[Row]:
    """What measures really saved."""
    return _verified(service, *place(service))


def _steps(service: Service) -> tuple[tuple[str, int], ...]:
    newest = service.stores.state.progress.newest()
    return tuple(sorted((name, step.version) for name, step in newest.items()))


@st.cache_data(ttl=KEEP_S, max_entries=8, show_spinner=False, refresh_mode="background")
def _plan(_service: Service, data: str, config: str) -> Plan:  # noqa: ARG001 - keys of the cache
    from ui.plan import plan_of

    return plan_of(_service)


@st.cache_data(ttl=KEEP_S, max_entries=8, show_spinner=False, refresh_mode="background")
def _gap(_service: Service, data: str, config: str, steps: object) -> list[Row]:  # noqa: ARG001 - keys of the cache
    from ui.plan_gap import gap_rows

    return gap_rows(_service, plan(_service).rows)


@st.cache_data(ttl=KEEP_S, max_entries=8, show_spinner=False, refresh_mode="background")
def _measures(_service: Service, data: str, config: str, steps: object) -> list[Row]:  # noqa: ARG001 - keys of the cache
    from ui.measures.curve import measure_rows

    return measure_rows(_service)


@st.cache_data(ttl=KEEP_S, max_entries=8, show_spinner=False, refresh_mode="background")
def _verified(_service: Service, data: str, config: str) -> list[Row]:  # noqa: ARG001 - keys of the cache
    from ui.measures.verify import verify_rows

    return verify_rows(_service)
