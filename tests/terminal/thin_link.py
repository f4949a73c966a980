"""A thin link between a program in a pty and the user: each way has a delay, and a limit of bytes per second."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Self

_CHUNK = 256  # bytes that are passed on at once


class ThinLink:
    """A relay between `far`, the master of a pty, and `near`, a socket that is read and written in its place."""

    def __init__(self, far: int, *, delay_s: float, bytes_per_s: int) -> None:
        self._far, self._delay_s, self._bytes_per_s = far, delay_s, bytes_per_s
        self.near, self._inner = socket.socketpair()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.near.close()
        self._thread.join()

    async def _run(self) -> None:
        ways = [self._carry(self._far, self._inner.fileno()), self._carry(self._inner.fileno(), self._far)]
        _, open_ways = await asyncio.wait([asyncio.create_task(way) for way in ways], return_when="FIRST_COMPLETED")
        for way in open_ways:
            way.cancel()
        self._inner.close()

    async def _carry(self, source: int, target: int) -> None:
        """Pass on what comes from one end until it is closed."""
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[tuple[float, bytes]]()
        loop.add_reader(source, lambda: queue.put_nowait((loop.time() + self._delay_s, _read(source))))
        try:
            await self._pass_on(queue.get, target)
        finally:
            loop.remove_reader(source)

    async def _pass_on(self, receive: Callable[[], Awaitable[tuple[float, bytes]]], target: int) -> None:
        while True:
            due, data = await receive()
            if not data:
                return
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            for start in range(0, len(data), _CHUNK):
                chunk = data[start : start + _CHUNK]
                os.write(target, chunk)
                await asyncio.sleep(len(chunk) / self._bytes_per_s)


def _read(source: int) -> bytes:
    """Return what can be read; nothing once the other end is closed, which a pty reports as an error."""
    try:
        return os.read(source, 4096)
    except OSError:
        return b""
