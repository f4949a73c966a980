"""Serves the interface to a browser on this machine; who has no token, or comes from another page, is refused."""

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
    """Lets in whoever brings the token, in the address once and then in a cookie, from a page of this server."""

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
        """Return the middleware that every request passes."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            if self.refuses(request):
                return web.Response(status=403, text="403: open the address that fenji serve has printed.\n")
            if "token" in request.query:  # so that it stands neither in the history nor in what the page asks for
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
    """A server of what `command` runs for each page; `announce` is called once it listens."""

    def __init__(self, command: Sequence[str], port: int, announce: Callable[[str], object]) -> None:
        super().__init__(shlex.join(command), host=HOST, port=port, title="fenji")
        self.gate, self._announce = Gate(port), announce

    def initialize_logging(self) -> None:
        """Log nothing: addresses carry the token, and what a request holds is the customers'."""

    async def on_startup(self, app: web.Application) -> None:  # noqa: ARG002 - the library's signature
        self._announcing = asyncio.create_task(self._announce_when_open())

    async def _announce_when_open(self) -> None:
        """Tell the address once somebody can connect: the library starts to listen a moment after its start."""
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
