"""What each role may do: one table, which the service asks at every act, whatever page or door it came through.

Whoever approves does not enter, whoever audits changes nothing, and who administers doors signs no figures (four eyes
in the state store hold besides, for one person may have several roles).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from config.sign_in import RoleName

Action = Literal[
    "read",  # pages, figures, lists
    "settings",  # the site file as it is understood
    "acknowledge",  # take an alert on
    "silence",  # keep a rule quiet for hours
    "record",  # enter, import or withdraw records
    "estimate",  # propose or withdraw estimates of gaps
    "approve",  # records and estimates of others
    "prepare",  # a report, and give its tasks to persons
    "review",  # a prepared report
    "sign",  # approve a reviewed report
    "seal",  # an approved report
    "progress",  # note how a measure or a milestone stands
    "tokens",  # make and end tokens of the HTTP doors; no page does so yet
]
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
MATRIX: Final[Mapping[RoleName, frozenset[Action]]] = {
    "viewer": frozenset({"read"}),
    "operator": frozenset({"read", "acknowledge", "silence", "estimate"}),
    "sustainability": frozenset({"read", "record", "estimate", "prepare", "review", "progress"}),
    "planner": frozenset({"read", "progress"}),
    "approver": frozenset({"read", "approve", "review", "sign", "seal"}),
    "auditor": frozenset({"read", "settings"}),
    "admin": frozenset({"read", "settings", "acknowledge", "silence", "tokens"}),
}


def allows(roles: Iterable[RoleName], action: Action) -> bool:
    """Say whether somebody with these roles may do this.

    >>> allows(["viewer", "planner"], "progress"), allows(["admin"], "approve"), allows([], "read")
    (True, False, False)
    """
    return any(action in MATRIX[role] for role in roles)


def holders(action: Action) -> list[RoleName]:
    """Return the roles that may do this, as the table orders them."""
    return [role for role, actions in MATRIX.items() if action in actions]
