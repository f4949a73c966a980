"""Calls a function once, some time after it was last asked for.

A timer of Textual's that starts late, since the machine is busy, leaves its only call out: a key would be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.message_pump import MessagePump


class Delay:
    """A call that comes `delay_s` seconds after the last `restart`, among the messages of `pump`."""

    def __init__(self, pump: MessagePump, delay_s: float, function: Callable[[], Awaitable[None] | None]) -> None:
        self._pump, self._delay_s, self._function = pump, delay_s, function
        self._restarts = 0

    def restart(self) -> None:
        """Ask for the call anew; what was asked for before does not come."""
        self.cancel()
        asyncio.get_running_loop().call_later(self._delay_s, self._pump.call_later, self._call, self._restarts)

    def cancel(self) -> None:
        """Let the call that was asked for not come, also when it waits among the messages already."""
        self._restarts += 1

    def _call(self, restarts: int) -> Awaitable[None] | None:
        return self._function() if restarts == self._restarts else None
