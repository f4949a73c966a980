"""The session of one command line, with its shared options, and the output of a command. Prints nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from msgspec import Struct, field

from fenji.errors import InvalidUsage, Sentence
from fenji.folders import config_folder
from fenji.i18n import join_clauses, join_words, match_language, say
from fenji.model.undo_notes import explain_note

if TYPE_CHECKING:
    from fenji.desk import Desk
    from fenji.model.values import JsonValue


class EventOptions(TypedDict):
    """The options of any step: its note, when it happened (None: now), and who did it (`""`: the desk's user)."""

    note: str
    at: datetime | None
    by: str


# Names of values in a sentence that are fixed terms, not typed by anybody, and are therefore translated.
_WORKFLOW_TERMS = frozenset({"do", "state", "later", "clock", "verdict"})


class Session(Struct, dict=True):
    """One run of a command: the shared options, and the desk, opened when it is first needed."""

    json: bool = False
    folder: Path | None = None
    at_text: str = ""
    by: str = ""
    note: str = ""
    unknown_person: bool = False

    @cached_property
    def desk(self) -> Desk:
        from fenji.desk import Desk

        return Desk.open(self.folder, person=self.by)

    @property
    def zone(self) -> tzinfo:
        """The time zone of the desk's site, used to read and show times."""
        return self.desk.user.zone

    @cached_property
    def at(self) -> datetime | None:
        """The instant given with --at, or None. Raises InvalidUsage for text that is no instant."""
        from fenji.cli.params import parse_instant

        return parse_instant(self.at_text, self.zone) if self.at_text else None

    @cached_property
    def language(self) -> str:
        """The language of the output: FENJI_LANGUAGE, else the desk's, else the locale's; never fails."""
        from_env = match_language(os.environ.get("FENJI_LANGUAGE", ""))
        if from_env:
            return from_env
        try:
            return self.desk.language
        except Exception:  # the language is also needed while another error is being reported
            return default_language()

    def refuse_json_with(self, output_format: str) -> None:
        """Raise InvalidUsage with --json, for output in another format: stdout has one JSON document then."""
        if self.json:
            hint = "Leave one of them out."
            raise InvalidUsage("--json and --format {format} do not go together.", hint=hint, format=output_format)

    @property
    def event_options(self) -> EventOptions:
        """The options of any step: note, instant and person."""
        return {"note": self.note, "at": self.at, "by": self.by}

    def say(self, text: str | Sentence, /, **values: object) -> str:
        """Translate a text into the session's language, along with values that are sentences or fixed terms."""
        all_values = {**text.values, **values} if isinstance(text, Sentence) else values
        term_keys = _WORKFLOW_TERMS if isinstance(text, Sentence) else frozenset()
        translated = {key: self._translate(value, is_term=key in term_keys) for key, value in all_values.items()}
        return say(text, self.language, **translated)

    def say_note(self, note: str) -> str:
        """Return a note as it was written; one that fenji wrote is translated."""
        sentence = explain_note(note)
        return self.say(sentence) if sentence else note

    def join(self, words: Iterable[str]) -> str:
        """Join words into a list, punctuated as in the session's language."""
        return join_words(words, self.language)

    def join_clauses(self, clauses: Iterable[str]) -> str:
        """Join parts of a sentence that may contain lists, punctuated as in the session's language."""
        return join_clauses(clauses, self.language)

    def label(self, label: str, text: str) -> str:
        """Return `label: text`, punctuated as in the session's language."""
        return self.say("{label}: {text}", label=label, text=text)

    def _translate(self, value: object, *, is_term: bool) -> object:
        if isinstance(value, tuple):
            return tuple(self._translate(word, is_term=is_term) for word in value)
        if isinstance(value, Sentence) or (is_term and isinstance(value, str) and value):
            return self.say(value)
        return value

    @property
    def desk_opened(self) -> bool:
        """Whether the desk has been opened yet."""
        return "desk" in self.__dict__

    def close(self) -> None:
        """Close the desk if it was opened, so that it makes its last commits."""
        if self.desk_opened:
            self.desk.close()


class OutputLine(Struct, frozen=True):
    """A line of output with the style it has in colour: late, risk, held or head."""

    text: str
    style: str = ""


class CommandOutput(Struct, frozen=True):
    """The output of a command: lines for people, and one document for programs, made only for --json.

    `document` is None if the command has written its output itself. `remarks` go to stderr in either case;
    `exit_code` is 3 where damaged files were found.
    """

    lines: Iterable[str | OutputLine]
    document: Callable[[], JsonValue] | None
    remarks: tuple[str, ...] = field(default=())
    exit_code: int = 0


def default_language() -> str:
    """Return the language if no desk sets one: from FENJI_LANGUAGE, the settings or the locale, else English."""
    chosen = match_language(os.environ.get("FENJI_LANGUAGE", "")) or _language_of_settings()
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    return chosen or match_language(next((os.environ[name] for name in names if os.environ.get(name)), "")) or "en"


def _language_of_settings() -> str:
    """Return the language that the user set for the interface; `""` if none is set."""
    try:
        text = Path(config_folder(), "config.yaml").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
    found = re.search(r"^language:[ \t]*[\"']?([A-Za-z-]+)", text, re.MULTILINE)
    return match_language(found[1]) if found else ""
