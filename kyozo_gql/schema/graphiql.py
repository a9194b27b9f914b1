"""GraphiQL, served from the package: it works offline and asks no other host for anything."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

_FOLDER = Path(__file__).parent / "static" / "graphiql"
_EMPTY_CONFIG = '<script id="kyozo-config" type="application/json">{}</script>'
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "worker-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",  # the editor writes its colours and positions into the page
    "font-src": "'self' data:",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True, slots=True)
class GraphiQLConfig:
    """What the page starts with. The endpoints are paths on this server; ``token`` is a development token to sign in with.

    The token is handed out to this machine alone: to a loopback address that also asked for one, so that neither the network
    nor a foreign page whose name was bent to 127.0.0.1 can read it.
    """

    endpoint: str = "/graphql"
    subscription_endpoint: str = "/graphql"
    token: str | None = None


def routes(config: GraphiQLConfig) -> list[Route | Mount]:
    """The page at ``/graphiql`` and its files below. Raises FileNotFoundError where the package was built without them."""
    template = (_FOLDER / "index.html").read_text(encoding="utf-8")

    async def page(request: Request) -> Response:
        return HTMLResponse(_fill(template, config, request), headers=_HEADERS)

    return [
        Mount("/graphiql/assets", _Assets(directory=_FOLDER / "assets"), name="graphiql-assets"),
        Route("/graphiql", page, methods=["GET"], name="graphiql"),
    ]


class _Assets(StaticFiles):
    """Their names hold a hash of what is in them, so they never change."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def _fill(template: str, config: GraphiQLConfig, request: Request) -> str:
    root = request.scope.get("root_path", "")
    values = {"endpoint": root + config.endpoint, "subscriptionEndpoint": root + config.subscription_endpoint}
    if config.token is not None and _is_local(request):
        values["token"] = config.token
    filled = _EMPTY_CONFIG.replace("{}", _escape(json.dumps(values)))
    return template.replace('"./assets/', f'"{html.escape(root)}/graphiql/assets/').replace(_EMPTY_CONFIG, filled)


def _escape(text: str) -> str:
    """JSON that no HTML parser can take for the end of its element."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _is_local(request: Request) -> bool:
    return request.client is not None and _is_loopback(request.client.host) and _is_loopback(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
