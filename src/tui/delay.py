"""A function call that is delayed until some time after it was last requested.

Textual's own timer is no substitute: started late on a busy machine, it skips its only call, and a key would be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.message_pump import MessagePump


class Delay:
    """A call of `function` `delay_s` seconds after the last `restart`, made in the message loop of `pump`."""

    def __init__(self, pump: MessagePump, delay_s: float, function: Callable[[], Awaitable[None] | None]) -> None:
        self._pump, self._delay_s, self._function = pump, delay_s, function
        self._restarts = 0

    def restart(self) -> None:
        """Request the call again; it replaces any call requested before."""
        self.cancel()
        asyncio.get_running_loop().call_later(self._delay_s, self._pump.call_later, self._call, self._restarts)

    def cancel(self) -> None:
        """Cancel the requested call, even if it is already queued among the messages."""
        self._restarts += 1

    def _call(self, restarts: int) -> Awaitable[None] | None:
        return self._function() if restarts == self._restarts else None
