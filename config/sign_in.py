"""`[sign_in]` of the site file: the OpenID Connect provider that says who somebody is, and who has which role here.

    [sign_in]
    issuer = "https://login.example.com/realms/main"
    client_id = "wattlas"
    client_secret = { env = "WATTLAS_OIDC_SECRET" }
    url = "https://wattlas.example.com"
    [[sign_in.roles]]
    role = "approver"
    emails = ["ann@example.com"]
    groups = ["energy-approvers"]
    sites = ["fra1"]                # left out: all sites, and the company

A provider says who somebody is; what they may do is decided by this file alone, anew at every act.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from config.reading.fields import Flag, Name, Positive, Table
from config.reading.wording import remedy
from config.secrets import Secret  # noqa: TC001 - pydantic reads the types of fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

RoleName = Literal["viewer", "operator", "sustainability", "planner", "approver", "auditor", "admin"]
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
EMAIL: Final = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+")
LONGEST_H: Final = 720.0  # the cookie of a browser lives no longer


def _address(text: str) -> str:
    """An address without query; other than of this machine it is encrypted, for names and cookies travel there."""
    try:
        found = urlsplit(text)
        _ = found.port
    except ValueError:
        msg = "is no address: write it like https://login.example.com"
        raise ValueError(msg) from None
    plain = found.scheme == "http" and found.hostname in LOOPBACK
    if not (found.hostname and (plain or found.scheme == "https")):
        msg = "must begin with https://, or with http:// on this machine alone"
        raise ValueError(msg)
    if found.query or found.fragment or found.username is not None or not text.isascii() or " " in text:
        msg = "must be an address without user, query or fragment"
        raise ValueError(msg)
    return text.rstrip("/")


def same_case(text: str) -> str:
    """Return an address with its ASCII letters small, all else as it is."""
    return "".join(sign.lower() if sign.isascii() else sign for sign in text)


def _email(text: str) -> str:
    if not EMAIL.fullmatch(text):
        msg = "holds something that is no e-mail address: write name@example.com"
        raise ValueError(msg)
    return same_case(text)


Address = Annotated[str, AfterValidator(_address)]
Email = Annotated[str, AfterValidator(_email)]
Word = Annotated[str, Field(min_length=1, max_length=200)]
Held = tuple[RoleName, str | None]  # a role, and the site that it is for; None for all


class Grant(Table):
    """One role, and who has it: by verified e-mail address, by a group of the provider, or everybody who signs in.

    With `sites` it is for these alone: who has no other role sees nothing of any other site, and no total of all.
    """

    role: RoleName
    emails: tuple[Email, ...] = ()
    groups: tuple[Word, ...] = ()
    everyone: Flag = False
    sites: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _is_of_somebody(self) -> Self:
        if not (self.emails or self.groups or self.everyone):
            msg = "names nobody: give emails, groups or everyone = true"
            raise ValueError(msg)
        if self.everyone and self.role != "viewer":
            msg = "everyone = true is for the role viewer alone: name emails or groups"
            raise ValueError(msg)
        return self


class SignIn(Table):
    """The provider, this program as its client, and the roles; `url` is where browsers find the pages."""

    issuer: Address
    client_id: Word
    client_secret: Secret
    url: Address
    groups_claim: Word = "groups"
    unverified_emails: Flag = False  # count addresses that the provider does not say to have verified
    hours: Annotated[Positive, Field(le=LONGEST_H)] = 12.0  # after which one signs in anew
    roles: tuple[Grant, ...] = ()

    @model_validator(mode="after")
    def _lets_somebody_in(self) -> Self:
        if not self.roles:
            msg = "gives nobody a role: add [[sign_in.roles]] with role and emails or groups"
            raise ValueError(msg)
        if urlsplit(self.url).path:
            msg = "url must be a host of its own, without a path"
            raise ValueError(msg)
        return self

    @property
    def host(self) -> str:
        """The name under which browsers find the pages."""
        return urlsplit(self.url).hostname or ""

    @property
    def encrypted(self) -> bool:
        """Whether browsers reach the pages by TLS."""
        return self.url.startswith("https://")

    @property
    def metadata_url(self) -> str:
        """Where the provider describes itself (OpenID Connect Discovery 1.0, section 4)."""
        return f"{self.issuer}/.well-known/openid-configuration"

    def roles_told(self) -> list[dict[str, object]]:
        """Return the grants as plain rows, as the audit log tells them."""
        return [one.model_dump(mode="json", exclude_defaults=True) for one in self.roles]

    def held(self, email: str | None, groups: frozenset[str]) -> frozenset[Held]:
        """Return the roles of somebody with this verified address (`same_case`) and these groups, each with its site.

        The site is None where the role is for all of them.
        """
        own = [one for one in self.roles if one.everyone or email in one.emails or groups.intersection(one.groups)]
        return frozenset((one.role, site) for one in own for site in one.sites or (None,))


def unknown_sites(sign_in: SignIn | None, sites: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with the sites that roles are for."""
    for one in sign_in.roles if sign_in is not None else ():
        for site in one.sites or ():
            if site not in sites:
                yield f'key sites of role "{one.role}" names "{site}", which is no site; {remedy(site, sites)}'
