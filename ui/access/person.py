"""Who asks: what a provider's signed claims say of somebody, and the roles that the site file gives them.

The audit log knows a person by the address that the provider has verified, which nobody can choose for themselves and
which is the same each time, so that four eyes are four; without one, by the provider's own identifier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from config.errors import NotAllowed
from config.sign_in import EMAIL, same_case
from ui.access.roles import allows, holders

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from config.sign_in import Held, RoleName, SignIn
    from ui.access.roles import Action

HOUR_S: Final = 3600
EARLY_S: Final = 300  # by which a provider's clock may be ahead of ours
LONGEST: Final = 200  # characters of a name
LONGEST_SUBJECT: Final = 255  # OpenID Connect Core 1.0, section 2
NOWHERE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who came through the pages: `name` for the audit log, `shown` for greeting, and their roles.

    `roles` are for all sites, those of `at` for one site each.
    """

    name: str
    shown: str
    roles: frozenset[RoleName]
    at: frozenset[tuple[RoleName, str]] = frozenset()

    def may(self, action: Action) -> bool:
        """Say whether a role of theirs allows it, at all sites or at some."""
        return self.sites_for(action) != NOWHERE

    def sites_for(self, action: Action) -> frozenset[str] | None:
        """Return the sites at which a role of theirs allows it; None where that is all, and the company."""
        if allows(self.roles, action):
            return None
        return frozenset(site for role, site in self.at if allows([role], action))

    def refuse_unless(self, action: Action) -> None:
        """Refuse what no role of theirs allows.

        Raises:
            NotAllowed: who may do it.
        """
        if not self.may(action):
            msg = f"{self.name or 'a reader without sign-in'} may not do this: it needs the role {_either(action)}."
            raise NotAllowed(msg)

    def refuse_elsewhere(self, action: Action, sites: Iterable[str | None]) -> None:
        """Refuse what no role of theirs allows at one of these sites; None stands for all of them together.

        Raises:
            NotAllowed: at which sites they may do it.
        """
        own = self.sites_for(action)
        for site in sites:
            if own is not None and site not in own:
                where = "for all sites together: say which site it is about" if site is None else f"at {site}"
                msg = f"{self.name} may do this at {', '.join(sorted(own))} alone, not {where}."
                raise NotAllowed(msg)


# a reader whom a proxy let in: who it is, nobody told us, so they read and change nothing
ANYBODY: Final = Person("", "", frozenset({"viewer", "auditor"}))


def _either(action: Action) -> str:
    return " or ".join(holders(action))


def person_of(claims: Mapping[str, Any], sign_in: SignIn, *, now: float) -> Person | None:
    """Return the person of a provider's claims at `now` [UTC s]; None where nobody is signed in, or too long ago.

    OpenID Connect Core 1.0: `iat` is when the token was made (section 2), `email_verified` whether the provider proved
    the address (section 5.1), `sub` its own identifier, never given to another.
    """
    if claims.get("is_logged_in") is not True or not _fresh(claims.get("iat"), sign_in, now):
        return None
    subject = _subject(claims.get("sub"))
    email = _email(claims, sign_in)
    name = email or (f"{subject} at {sign_in.issuer}" if subject else "")
    if not name:
        return None
    shown = _text(claims.get("name")) or name
    return _holding(name, shown, sign_in.held(email, _groups(claims.get(sign_in.groups_claim))))


def _holding(name: str, shown: str, held: Iterable[Held]) -> Person:
    everywhere = frozenset(role for role, site in held if site is None)
    return Person(name, shown, everywhere, frozenset((role, site) for role, site in held if site is not None))


def _fresh(made: object, sign_in: SignIn, now: float) -> bool:
    if isinstance(made, bool) or not isinstance(made, (int, float)):
        return False
    return made - EARLY_S <= now < made + sign_in.hours * HOUR_S


def _email(claims: Mapping[str, Any], sign_in: SignIn) -> str | None:
    """The address where it is one and verified: an address that anybody may enter proves nothing.

    It is compared as the provider wrote it but for the case of ASCII letters: other foldings would make one address
    of two mailboxes.
    """
    email = claims.get("email")
    verified = claims.get("email_verified") is True or sign_in.unverified_emails
    if not verified or not isinstance(email, str) or not email.isprintable() or not EMAIL.fullmatch(email):
        return None
    return same_case(email)


def _groups(found: object) -> frozenset[str]:
    if isinstance(found, str):
        return frozenset({found})
    return frozenset(one for one in found if isinstance(one, str)) if isinstance(found, list) else frozenset()


def _subject(found: object) -> str:
    """The provider's own identifier, whole or not at all (at most 255 signs): a part of it may be another's."""
    return found if isinstance(found, str) and found.isprintable() and len(found) <= LONGEST_SUBJECT else ""


def _text(found: object) -> str:
    """A claim as one line of printable signs."""
    text = found if isinstance(found, str) else ""
    return "".join(sign for sign in text if sign.isprintable()).strip()[:LONGEST]
