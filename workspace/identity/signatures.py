"""Signatures of a customer's application for a user, with their times: a signed token, or a signed identifier."""

from __future__ import annotations

import hashlib
import hmac
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHM = "HS256"
LEEWAY = 10
"""The tolerated difference of two machines' clocks, in seconds."""
MAX_TOKEN = 8192
MAX_IDENTIFIER = 255
MAX_INTEGER = 2**63

# Signature only: times are compared with the workspace's own clock, and no other claim is ours to judge.
_ONLY_SIGNATURE: dict[str, Any] = {
    f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")
}


@dataclass(frozen=True, slots=True)
class Vouched:
    """A user whom a valid secret vouches for; the kind `by` stays open if the `bare` text was signed."""

    by: Literal["user_id", "email"]
    identifier: str
    secret_id: str
    bare: bool = False


def by_token(token: str, secrets: Mapping[str, str], now: float) -> Vouched | None:
    """Verify an HS256 JSON Web Token, `exp` and `nbf` too, by valid secrets; None if it vouches for no `user_id`."""
    # Loading it takes longer than starting an embedded workspace may take.
    import jwt

    if len(token) > MAX_TOKEN:
        return None
    for secret_id, secret in secrets.items():
        try:
            claims = jwt.decode(token, secret, algorithms=[ALGORITHM], options=_ONLY_SIGNATURE)  # type: ignore[arg-type]  # a dict built of names
        except jwt.InvalidTokenError:
            continue
        user = _user_id(claims.get("user_id"))
        return Vouched("user_id", user, secret_id) if user and _in_time(claims, now) else None
    return None


def by_hash(user_id: str | None, email: str | None, user_hash: str, secrets: Mapping[str, str]) -> Vouched | None:
    """Verify an HMAC-SHA256 (hexadecimal) of `user_id`, or else of `email`; None if it vouches for nobody."""
    identifier = user_id or email
    if not identifier or len(identifier) > MAX_IDENTIFIER:
        return None
    for secret_id, secret in secrets.items():
        expected = hash_of(identifier, secret)
        if hmac.compare_digest(expected.encode(), user_hash.lower().encode("utf-8", "surrogatepass")):
            return Vouched("user_id" if user_id else "email", identifier, secret_id, bare=True)
    return None


def token_for(user_id: str, secret: str, now: int, lifetime: int = 3600) -> str:
    """Return a token that vouches for a user, as a customer's application would sign it."""
    import jwt

    return jwt.encode({"user_id": user_id, "iat": now, "exp": now + lifetime}, secret, algorithm=ALGORITHM)


def hash_of(identifier: str, secret: str) -> str:
    """Return the hash that vouches for an identifier."""
    return hmac.new(secret.encode(), identifier.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _user_id(claim: object) -> str | None:
    # Applications whose ids are numbers sign numbers.
    if isinstance(claim, int) and not isinstance(claim, bool) and abs(claim) < MAX_INTEGER:
        return str(claim)
    return claim if isinstance(claim, str) and 0 < len(claim) <= MAX_IDENTIFIER else None


def _in_time(claims: Mapping[str, Any], now: float) -> bool:
    ends, begins = claims.get("exp", now), claims.get("nbf", now)
    return _is_moment(ends) and _is_moment(begins) and begins - LEEWAY <= now < ends + LEEWAY


def _is_moment(claim: object) -> bool:
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        return False
    return isinstance(claim, int) or math.isfinite(claim)
