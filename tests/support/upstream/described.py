"""The vendor's description as a judge of requests, if the description and openapi-core are available.

Values of enums are closed here: requests have to be described, although answers may be new.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.public.spec import AT_HAND, DESCRIPTION

if TYPE_CHECKING:
    import httpx

JUDGES = AT_HAND and find_spec("openapi_core") is not None
VERSION = "2.16"


def complaint(request: httpx.Request) -> str | None:
    """Return the deviation of a request from the description; None without one, or for another version."""
    if not JUDGES or request.headers.get("Intercom-Version") != VERSION:
        return None
    from openapi_core.exceptions import OpenAPIError

    try:
        _description().validate_request(_Request(request))
    except OpenAPIError as problem:
        return f"{request.method} {request.url.path}: {problem}"
    return None


@cache
def _description() -> Any:
    from openapi_core import Config, OpenAPI

    read = yaml.load(DESCRIPTION.read_bytes(), yaml.CSafeLoader)
    # Two of its paths do not declare their parameters: it is not valid itself.
    return OpenAPI.from_dict(_mended(read), config=Config(spec_validator_cls=None))


def _mended(node: Any) -> Any:
    """Relax a description for its own examples: no formats of addresses, overlapping alternatives allowed."""
    if isinstance(node, list):
        return [_mended(one) for one in node]
    if not isinstance(node, dict):
        return node
    named = {("anyOf" if key == "oneOf" else key): one for key, one in node.items() if (key, one) != ("format", "uri")}
    return {key: _mended(one) for key, one in named.items()}


class _Request:
    """A request of httpx as openapi-core reads it."""

    def __init__(self, request: httpx.Request) -> None:
        from openapi_core.datatypes import RequestParameters
        from werkzeug.datastructures import Headers, ImmutableMultiDict

        self.host_url = "https://api.intercom.io"
        self.path, self.method = request.url.path, request.method.lower()
        self.content_type = request.headers.get("Content-Type", "").partition(";")[0]
        self.body = request.content or None
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(request.url.params.multi_items()),
            header=Headers(list(request.headers.items())),
            path={},
        )
