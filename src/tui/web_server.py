"""A server of the interface for a browser on this machine; refuses requests without its token or from other pages."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from aiohttp import web
from textual_serve.server import Server

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

HOST = "127.0.0.1"
_RETRY_S = 0.05


class Gate:
    """Admits requests from this server's pages that carry the token: once in the address, then in a cookie."""

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(24)
        self._host = f"{HOST}:{port}"
        self._cookie = f"fenji-{port}"

    @property
    def address(self) -> str:
        """The address of the interface, with the token."""
        return f"http://{self._host}/?token={self.token}"

    def refuses(self, request: web.Request) -> bool:
        """Return whether a request is refused."""
        origin = request.headers.get("Origin", "")
        if request.headers.get("Host") != self._host or origin not in ("", f"http://{self._host}"):
            return True
        if request.headers.get("Upgrade") and not origin:
            return True
        given = request.query.get("token", "") or request.cookies.get(self._cookie, "")
        return not hmac.compare_digest(given.encode(), self.token.encode())

    def middleware(self) -> Middleware:
        """Return the middleware that checks every request."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            if self.refuses(request):
                return web.Response(status=403, text="403: open the address that fenji serve has printed.\n")
            if "token" in request.query:  # keeps it out of the history and the page's requests
                response: web.StreamResponse = web.Response(status=303, headers={"Location": "/"})
                response.set_cookie(self._cookie, self.token, httponly=True, samesite="Strict")
                return response
            response = await handler(request)
            if not response.prepared:
                response.headers["Referrer-Policy"] = "no-referrer"
                response.headers["X-Frame-Options"] = "DENY"
            return response

        return check


class DeskServer(Server):
    """A server that runs `command` for each page; `announce` is called with the address once it listens."""

    def __init__(self, command: Sequence[str], port: int, announce: Callable[[str], object]) -> None:
        super().__init__(shlex.join(command), host=HOST, port=port, title="fenji")
        self.gate, self._announce = Gate(port), announce

    def initialize_logging(self) -> None:
        """Log nothing: addresses contain the token, and requests contain customers' data."""

    async def on_startup(self, app: web.Application) -> None:  # noqa: ARG002 - the library's signature
        self._announcing = asyncio.create_task(self._announce_when_open())

    async def _announce_when_open(self) -> None:
        """Announce the address once the port accepts connections, which is a moment after `on_startup`."""
        while True:
            try:
                _, writer = await asyncio.open_connection(HOST, self.port)
            except OSError:
                await asyncio.sleep(_RETRY_S)
            else:
                writer.close()
                self._announce(self.gate.address)
                return

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self.gate.middleware())
        return app
