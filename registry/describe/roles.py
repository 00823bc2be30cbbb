"""``docs/roles.md``: who may do what, from the table of rights and the described operations.

``python -m registry.describe.roles > docs/roles.md``; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.store.people import LINK_LASTS
from hub.store.rights import RIGHTS, Reach, Right, Role
from hub.store.sessions import MOST_OF_ACCOUNT, MOST_OF_ADDRESS, WINDOW
from registry.describe import operations

__all__ = ["document"]

_ROLES = {
    Role.ADMIN: ("administrator", "none", "runs the hub"),
    Role.AGENCY: ("agency", "an agency", "maintains structures"),
    Role.PROVIDER: ("data provider", "a data provider (required)", "hands in data"),
    Role.REVIEWER: ("reviewer", "a data provider or an agreement", "decides on what waits"),
    Role.READER: (
        "reader of unreleased data", "a data provider or an agreement", "reads what waits",
    ),
}  # fmt: skip
_RIGHTS = {
    Right.SUBMIT: "hand data or reference metadata in, check a file",
    Right.FOLLOW: "see a submission: state, report, preview, changes, list",
    Right.REVIEW: "approve or reject what waits",
    Right.UNDO: "undo a release, end what waits",
    Right.POLICY: "set review and embargo of dataflows and agreements",
    Right.MAINTAIN: "add, change and delete structures",
    Right.REGISTER: "register data sources under an agreement",
    Right.ASK: "send messages to the registry, subscribe",
    Right.ADMINISTER: "people, keys, the audit trail",
}
_REACHES = {Reach.ALL: "all", Reach.SCOPE: "its scope", Reach.NAMED: "its scope"}

_HEAD = """# Who may do what

<!-- Made by `python -m registry.describe.roles`; change that. -->

What is released is for everybody, without an account. For the rest a person or an API key holds
**grants**: a role and, mostly, a scope, written `role` or `role:scope` (`provider:MEX_INM`,
`reviewer:MIGHUB:PA_MEX_INM_MIG_BORDER(1.0.0)`, `agency:MIGHUB`). One may hold several. A role
without a scope is for everything, except a data provider's, which is then for nothing.
"""

_RULES = """
- Whoever handed something in may follow it, and end it while it waits. Nobody approves what they
  handed in themselves, administrators included: that takes a second person.
- A token names a submission and opens nothing. Without a right to it the answer is the same as for
  a token that does not exist; without any credentials it is 401.
- An agency's grant covers the agencies below it (`MIGHUB` covers `MIGHUB.STAT`).
- A grant of an agreement reaches a submission once the hub has read which dataflow it is of.
- What waits for review, a time or a correction is in no public answer: not in data in any format,
  history, availability, counts, feeds, pages, validators or lists.
"""

_TAIL = """
## Signing in

People have an account made by an administrator (`mighub people add`, the page *People*, or
`POST /api/people`). The answer has a link with which the person chooses a password. It works once,
within {hours} hours, and is shown only then; no mail is sent. Passwords have 12 to 256 characters
and are kept as argon2id hashes. After {account} failed sign-ins to an account or {address} from an
address within {minutes} minutes, no more are looked at until these minutes are over. An account
that does not exist is answered as a wrong password is, and as slowly.

A browser holds a random session id in a cookie (`HttpOnly`, `SameSite=Lax`; over https `Secure`
and `__Host-`), of which the hub knows the SHA-256. It changes at every sign-in, ends after
`HUB_SESSION_IDLE_MINUTES` without use and `HUB_SESSION_HOURS` in any case, and when the password,
the grants or the key it was begun with change. What changes something needs the token of the
page's form too (field `csrf`, header `X-CSRF-Token`).

Behind a reverse proxy set `HUB_PROXIES`, so that https and addresses are seen as they are.

## At one's institution

With `HUB_OIDC_ISSUER`, `HUB_OIDC_CLIENT_ID` and `HUB_OIDC_CLIENT_SECRET` people sign in through an
OpenID provider (authorization code with PKCE; register `https://HUB/sign-in/oidc/back`).
`HUB_OIDC_GRANTS` says which claims give which grants, one after the other with `;`:

    groups=hub-admins > admin; groups=inm > provider:MEX_INM; realm_access.roles=look > reader

Nothing else is believed: who is in no line has no role. The grants of claims are taken anew at each
sign-in; those made here stay beside them. Accounts are told apart by the provider's subject and
never joined by name or address.

## API keys

`mighub keys add "INM, nightly" -g provider:MEX_INM --expires 2027-06-30`, the page *API keys*, or
`POST /api/keys`. A key is shown once; the hub keeps its SHA-256, when it was used last (to five
minutes) and when it ends. It goes into `Authorization: Bearer KEY`, `X-API-Key`, or the password of
`Authorization: Basic`. Who has only a key signs in to the pages with it.

## The audit trail

Every sign-in, refused or not, every change of people, keys, grants, structures and policies, every
decision on a submission and every undo is a line. The database refuses to change or delete one, and
each holds the SHA-256 of the one before. `mighub audit verify` follows the chain; who owns the
database can rewrite all of it, so keep exports elsewhere (`mighub audit export`) and compare
(`mighub audit verify --export FILE`). Administrators read it on the page *Audit trail* and at
`GET /api/audit`. It holds no key, password or token.
"""


def document() -> str:
    """The whole text."""
    minutes = int(WINDOW.total_seconds() // 60)
    hours = int(LINK_LASTS.total_seconds() // 3600)
    tail = _TAIL.format(
        hours=hours, account=MOST_OF_ACCOUNT, address=MOST_OF_ADDRESS, minutes=minutes
    )
    lines = [_HEAD, "## Roles", "", "| role | | scope | |", "|---|---|---|---|"]
    lines += [f"| `{role}` | {name} | {scope} | {what} |"
              for role, (name, scope, what) in _ROLES.items()]  # fmt: skip
    lines += ["", "## Rights", "", "| | " + " | ".join(f"`{role}`" for role in Role) + " |"]
    lines += ["|---" * (len(Role) + 1) + "|"]
    lines += [f"| {_RIGHTS[right]} | " + " | ".join(_cell(right, role) for role in Role) + " |"
              for right in Right]  # fmt: skip
    lines += [_RULES, "## Addresses", "", "All others are for everybody.", ""]
    lines += ["| address | roles |", "|---|---|", *_addresses()]
    return "\n".join(lines) + "\n" + tail


def _cell(right: Right, role: Role) -> str:
    reach = RIGHTS[right].get(role)
    return "" if reach is None else _REACHES[reach]


def _addresses() -> Iterator[str]:
    for operation in operations():
        if operation.roles:
            roles = ", ".join(f"`{role}`" for role in operation.roles)
            yield f"| `{operation.method.upper()} {operation.form}` | {roles} |"


if __name__ == "__main__":
    print(document(), end="")  # noqa: T201
