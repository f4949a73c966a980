"""Guess which column of an unknown file is what: a guess is shown with real values, and a person decides. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fenji.imports.cells import cell_text
from fenji.imports.dates import AUTO, DateColumn, decide_form
from fenji.imports.mapping import EVENT_COLUMNS, EXTRA_FIELDS, fold_word, is_state
from fenji.model.ticket import FIELD_BY_PATH, KINDS
from fenji.text import fold

if TYPE_CHECKING:
    from fenji.imports.cells import SourceTable
    from fenji.imports.tables import Reads

REST = "-"  # the place of a column that gives nothing: kept under origin.rest
_SHOWN_VALUES = 3
_MAX_WORDS = 40  # different words of a state that are asked for
# Headings that mean one thing, by what they give. Only whole headings count: `Project description` is no description.
_NAMES: Mapping[str, str] = {
    "title": "title|subject|summary|short description|标题|主题|概要|题名|título|titulo|asunto|objet|titre",
    "description": "description|details|body|描述|故障描述|问题描述|descrição|descripción",
    "cause": "cause|root cause|原因|原因分析|causa",
    "solution": "solution|fix|解决方案|处理方法|处理方式|处理结果|故障处理|solução|solución",
    "state": "state|status|状态|处理状态|工单状态|estado|statut",
    "priority": "priority|优先级|等级|紧急程度|prioridade|prioridad|priorité",
    "owner": "assignee|assigned to|owner|负责人|处理人|责任人|técnico|tecnico|atribuído a",
    "requester.name": "reporter|requester|caller|customer|报修人|联系人|提出人|usuario|requerente|solicitante",
    "requester.unit": "company|organization|organisation|单位|使用单位|客户|发现地点|地点|entidade|empresa",
    "product.system": "system|系统|设备",
    "product.part": "part|part number|型号|产品型号|模块型号",
    "product.serial": "serial|serial number|序列号|产品编号|模块编号|出厂编号",
    "report": "created|opened|reported|created at|opened at|date|criado em|inicio"
    "|报告时间|报修时间|登记日期|创建时间|发现时间|日期",
    "solve": "resolved|solved|resolved at|solved at|解决时间|完成日期|处理完成日期|完成时间|resolvido em",
    "archive": "closed|closed at|关闭时间|归档时间|encerrado em|fin",
    "updated": "updated|updated at|last update|更新时间|修改时间|atualizado em",
}
_KEYS = "number|id|key|ticket|ticket number|issue key|编号|工单编号|报告编号|单号|número|numero|n° ticket"
_STATES: Mapping[str, str] = {
    "new": "new|open|to do|novo|nuevo|新建|未处理|待处理|未开始",
    "working": "in progress|active|assigned|working|em andamento|处理中|执行中|进行中",
    "waiting customer": "waiting|pending|on hold|em espera|pendente|挂起|等待|待件",
    "solved": "resolved|solved|done|resolvido|已解决|已完成|完成",
    "archived": "closed|fechado|encerrado|cerrado|关闭|已关闭|归档|已归档|结案",
    "withdrawn": "cancelled|canceled|withdrawn|取消|已取消|撤销",
}


_PRIORITIES = (  # from the most urgent on
    "p1|1|critical|highest|urgent|blocker|crítica|特急|紧急|非常高",
    "p2|2|high|major|alta|高|急",
    "p3|3|medium|normal|moderate|média|media|中|一般|普通",
    "p4|4|low|minor|lowest|baixa|baja|低|不急",
)
_KINDS: Mapping[str, str] = {
    "quality": "quality|bug|incident|problem|incidente|质量|故障|质量问题",
    "request": "request|task|change|requisição|需求|服务|咨询",
    "project": "project|epic|项目",
}
WORDED = ("state", "priority", "kind")  # places whose words have to mean something here


def _split(names: str) -> set[str]:
    return {"".join(fold(name).split()) for name in names.split("|")}


_FIELD_NAMES = {place: _split(names) for place, names in _NAMES.items()} | {"key": _split(_KEYS)}
PLACES = (REST, *EVENT_COLUMNS, *EXTRA_FIELDS, *(path for path, spec in FIELD_BY_PATH.items() if not spec.read_only))


@dataclass(frozen=True)
class ColumnGuess:
    """A column with values of it, and the place that its heading means: `-` where it means none."""

    name: str
    place: str
    values: tuple[str, ...]


@dataclass
class MappingDraft:
    """A mapping while a person answers: what is not answered is not taken."""

    name: str
    table: SourceTable
    reads: Reads
    keys: list[str] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)  # by column
    dates: dict[str, str] = field(default_factory=dict)  # by column
    levels: Sequence[str] = ("P1", "P2", "P3", "P4")  # priorities of the desk
    meanings: dict[tuple[str, str], str] = field(default_factory=dict)  # of (place, word)

    @property
    def columns(self) -> list[ColumnGuess]:
        """Every column with the place it has, and the first different values in it."""
        return [ColumnGuess(name, self.places.get(name, REST), self.values(name)) for name in self.table.positions]

    def values(self, name: str) -> tuple[str, ...]:
        """Return the first different values of a column."""
        return tuple(self._distinct(name, _SHOWN_VALUES))

    def _distinct(self, name: str, most: int) -> list[str]:
        found: dict[str, None] = {}
        for row in self.table.rows:
            text = self.table.text_at(row, name)
            if text:
                found[text] = None
            if len(found) == most:
                break
        return list(found)

    def guess(self) -> None:
        """Fill in what the headings mean, for a person to look at."""
        folded = {name: "".join(fold(name).split()) for name in self.table.positions}
        for place, names in _FIELD_NAMES.items():
            found = [name for name, text in folded.items() if text in names]
            if place == "key":
                self.keys = [name for name in found if self.repeats([name]) == []][:1]
            elif found and place not in self.places.values():
                self.places.setdefault(found[0], place)

    def repeats(self, keys: Sequence[str]) -> list[str]:
        """Return values of a key that stand in several rows, at most three."""
        seen: dict[str, int] = {}
        for row in self.table.rows:
            key = " + ".join(self.table.text_at(row, name) for name in keys)
            seen[key] = seen.get(key, 0) + 1
        return [key for key, count in seen.items() if count > 1][:_SHOWN_VALUES]

    @property
    def date_columns(self) -> dict[str, DateColumn]:
        """The columns that date a step or give a day, each with the form in which it would be read."""
        names = [name for name, place in self.places.items() if place in EVENT_COLUMNS or _is_day(place)]
        return {
            name: decide_form(
                (cell for row in self.table.rows for cell in self.table.cells_at(row, name)), self.dates.get(name, AUTO)
            )
            for name in names
        }

    def words(self, place: str) -> dict[str, str]:
        """Return the words in the column of a place, each with what it would mean; `""` where that is not known."""
        column = next((name for name, given in self.places.items() if given == place), "")
        words = self._distinct(column, _MAX_WORDS) if column else []
        known = self._known_words(place)
        return {word: self.meanings.get((place, word)) or known.get(_fold_word(word), "") for word in words}

    def _known_words(self, place: str) -> dict[str, str]:
        if place == "priority":
            names = {level: f"{level}|{words}" for level, words in zip(self.levels, _PRIORITIES, strict=False)}
        else:
            names = dict(_STATES if place == "state" else _KINDS)
        return {_fold_word(word): meaning for meaning, words in names.items() for word in words.split("|")}

    def is_meaning(self, place: str, text: str) -> bool:
        """Whether a word of this place may mean `text` here."""
        return is_state(text) if place == "state" else text in (self.levels if place == "priority" else KINDS)

    def missing(self) -> list[str]:
        """Return what a mapping cannot do without and no column gives yet."""
        wanted = ("title", "report")
        return [*(place for place in wanted if place not in self.places.values()), *([] if self.keys else ["key"])]

    def render(self) -> str:
        """Return the mapping as the text of its file."""
        fields = {place: name for name, place in self.places.items() if place not in (REST, *EVENT_COLUMNS)}
        events = {place: name for name, place in self.places.items() if place in EVENT_COLUMNS}
        lines = ["format: 1", f"name: {_quote(self.name)}", *_reads_lines(self.reads), f"source: {_quote(self.name)}"]
        lines.append(f"key: {_quote(' + '.join(self.keys))}")
        lines += _block("dates", {name: form.form for name, form in self.date_columns.items() if form.form})
        lines += _block("fields", fields)
        worded = [line for place in WORDED if place in fields for line in _block(place, self.words(place))]
        lines += ["values:", *(f"  {line}" for line in worded)] if worded else []
        return "\n".join([*lines, *_block("events", events), "judge: none", "rest: keep"]) + "\n"


def _fold_word(word: str) -> str:
    return fold_word(fold(word))


def _is_day(place: str) -> bool:
    return any(path == place and spec.type == "day" for path, spec in FIELD_BY_PATH.items())


def _reads_lines(reads: Reads) -> list[str]:
    parts: dict[str, object] = {} if reads.sheet == 1 and not reads.header else {"sheet": reads.sheet}
    if reads.header:
        parts["header"] = "none" if reads.header == (0,) else list(reads.header)
    parts |= {key: text for key in ("encoding", "delimiter", "records") if (text := getattr(reads, key))}
    return [f"reads: {json.dumps(parts, ensure_ascii=False)}"] if parts else []


def _block(name: str, entries: Mapping[str, str]) -> list[str]:
    return [f"{name}:", *(f"  {_quote(key)}: {_quote(value)}" for key, value in entries.items())] if entries else []


def _quote(text: str) -> str:
    return json.dumps(cell_text(text), ensure_ascii=False)
