"""What one command line asks for besides its own words, and what a command answers. Prints nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from fenji.errors import Sentence
from fenji.i18n import LANGUAGES, say

if TYPE_CHECKING:
    from fenji.desk import Desk


class EventOptions(TypedDict):
    """What goes with any step: its note, when it happened (None: now), and who did it (`""`: the person here)."""

    note: str
    at: datetime | None
    by: str


# Values of a sentence that are words of the method and are not typed by anybody: said in the person's language.
_WORKFLOW_TERMS = frozenset({"do", "state", "later", "clock", "verdict"})


@dataclass
class Session:
    """One run of one command: the shared options, and the desk, opened when it is first needed."""

    json: bool = False
    folder: Path | None = None
    at_text: str = ""
    by: str = ""
    note: str = ""

    @cached_property
    def desk(self) -> Desk:
        from fenji.desk import Desk

        return Desk.open(self.folder, person=self.by)

    @property
    def zone(self) -> tzinfo:
        """The zone in which times are read and shown: that of the desk's site."""
        return self.desk.user.zone

    @cached_property
    def at(self) -> datetime | None:
        """When it happened, where the command line says so. Raises Misused for what is no instant."""
        from fenji.cli.params import parse_instant

        return parse_instant(self.at_text, self.zone) if self.at_text else None

    @cached_property
    def language(self) -> str:
        """The language to speak: FENJI_LANGUAGE, else the desk's, else the locale's; it never fails."""
        from_env = match_language(os.environ.get("FENJI_LANGUAGE", ""))
        if from_env:
            return from_env
        try:
            return self.desk.language
        except Exception:  # this is also asked while another failure is being told
            return default_language()

    @property
    def event_options(self) -> EventOptions:
        """What goes with any step: note, instant and person."""
        return {"note": self.note, "at": self.at, "by": self.by}

    def say(self, text: str | Sentence, **values: object) -> str:
        """The text in the language of this session; sentences and words of the method among the values as well."""
        all_values = {**text.values, **values} if isinstance(text, Sentence) else values
        term_keys = _WORKFLOW_TERMS if isinstance(text, Sentence) else frozenset()
        translated = {
            key: self.say(value)
            if isinstance(value, Sentence) or (key in term_keys and isinstance(value, str) and value)
            else value
            for key, value in all_values.items()
        }
        return say(text, self.language, **translated)

    @property
    def desk_opened(self) -> bool:
        """Whether the desk has been needed yet."""
        return "desk" in self.__dict__

    def close(self) -> None:
        """Let the desk make its last commits, if it was opened."""
        if self.desk_opened:
            self.desk.close()


@dataclass(frozen=True)
class OutputLine:
    """A line of output with the style it has where there are colours: late, risk, held or head."""

    text: str
    style: str = ""


@dataclass(frozen=True)
class CommandOutput:
    """What a command has to say: lines for people, one document for programs (made only when asked for).

    `remarks` go to stderr in either case; `exit_code` is 3 where damaged files were met.
    """

    lines: Iterable[str | OutputLine]
    document: Callable[[], object]
    remarks: tuple[str, ...] = field(default=())
    exit_code: int = 0


def match_language(tag: str) -> str:
    """One of LANGUAGES for `zh_TW.UTF-8`, `zh-hans`, `en`; `""` for what speaks none of them."""
    folded = tag.partition(".")[0].replace("_", "-").lower()
    exact = next((language for language in LANGUAGES if language.lower() == folded), "")
    if exact or not folded.startswith("zh"):
        return exact or ("en" if folded.startswith("en") else "")
    return "zh-Hant" if folded.endswith(("-tw", "-hk", "-mo")) or "hant" in folded else "zh-Hans"


def default_language() -> str:
    """The language of the surroundings, where no desk says one: FENJI_LANGUAGE, else the locale's, else English."""
    names = ("FENJI_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    wanted = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return match_language(wanted) or "en"
