"""Small files like the exports of other programs, written for the tests, and the tickets that they become."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import xlsxwriter
from msgspec import Struct


class ForeignFile(Struct, frozen=True):
    """A file of another program: its name, shipped mapping and text, and each ticket's key, title, state and events."""

    name: str
    mapping: str
    text: str
    tickets: tuple[tuple[str, str, str, str], ...]
    encoding: str = "utf-8"


_LOG_HEAD = "number,ident_state,sys_mod_count,made_sla,caller_id,opened_at,sys_updated_at,category,priority,assigned_to"
_LATER = "23/Sep/25 1:00 PM"
_COMMENT = "22/Sep/25 9:40 AM;li;first; then"
_JIRA_HEAD = "Summary,Issue key,Issue Type,Status,Project description,Priority,Assignee,Created,Updated,Resolved,"
FILES = (
    ForeignFile(
        "log.csv",
        "servicenow-log",
        f"""{_LOG_HEAD}
0000045,New,0,true,Caller 1,29/2/2016 01:16,29/2/2016 01:23,Category 55,3,?
0000045,Active,1,true,Caller 1,29/2/2016 01:16,29/2/2016 02:00,Category 55,2,Resolver 7
0000045,Awaiting User Info,2,true,Caller 1,29/2/2016 01:16,29/2/2016 03:00,Category 55,2,Resolver 7
0000045,Resolved,3,true,Caller 1,29/2/2016 01:16,29/2/2016 08:53,Category 55,2,Resolver 7
0000045,Active,4,false,Caller 1,29/2/2016 01:16,1/3/2016 09:00,Category 55,2,Resolver 8
0000045,Resolved,5,false,Caller 1,29/2/2016 01:16,1/3/2016 11:29,Category 55,2,Resolver 8
0000045,Closed,6,false,Caller 1,29/2/2016 01:16,5/3/2016 12:00,Category 55,2,Resolver 8
0000047,Resolved,0,true,Caller 2,29/2/2016 04:40,29/2/2016 04:57,Category 40,4,?
0000047,Closed,1,true,Caller 2,29/2/2016 04:40,6/3/2016 10:00,Category 40,4,?
""",
        (
            (
                "0000045",
                "0000045 Category 55",
                "archived",
                "report classify assign respond assign wait solve reopen assign solve confirm archive",
            ),
            ("0000047", "0000047 Category 40", "archived", "report solve confirm archive"),
        ),
    ),
    ForeignFile(
        "jira.csv",
        "jira-csv",
        f"""{_JIRA_HEAD}Comment,Comment,Status Category,Status Category Changed
Pump leaks,SUP-1,Bug,Fertig,A project,High,Li,22/Sep/25 9:26 AM,{_LATER},{_LATER},{_COMMENT},,Done,{_LATER}
New valve,SUP-2,Task,Offen,A project,Medium,,24/Sep/25 12:26 PM,24/Sep/25 12:26 PM,,,,To Do,24/Sep/25 12:26 PM
""",
        (
            ("SUP-1", "Pump leaks", "archived", "report note solve confirm archive"),
            ("SUP-2", "New valve", "new", "report"),
        ),
        "utf-8-sig",
    ),
    ForeignFile(
        "jira-server.csv",
        "jira-csv",
        """Issue key,Summary,Issue Type,Status,Priority,Assignee,Reporter,Created,Updated,Resolved
SUP-7,Pump leaks,Bug,Waiting for customer,Highest,li,wang,05/Mar/24 3:20 PM,06/Mar/24 9:00 AM,
SUP-8,New valve,Story,Resolved,Low,,wang,05/Mar/24 3:20 PM,07/Mar/24 9:00 AM,06/Mar/24 9:00 AM
""",
        (
            ("SUP-7", "Pump leaks", "waiting", "report respond wait"),
            ("SUP-8", "New valve", "archived", "report solve confirm archive"),
        ),
    ),
    ForeignFile(
        "jira-zh.csv",
        "jira-csv",
        """概要,问题关键字,问题类型,状态,优先级,经办人,报告人,创建日期,已更新
泵漏油,SUP-9,故障,处理中,High,李伟,王芳,05/三月/24 3:20 下午,06/三月/24 9:26 上午
""",
        (("SUP-9", "泵漏油", "working", "report respond assign"),),
    ),
    ForeignFile(
        "servicenow-zh.csv",
        "servicenow-list",
        """编号,简短描述,状态,优先级,已分配给,已打开,已解决,已更新
INC001,泵漏油,已解决,2 - 高,李伟,2024-03-05 15:20:00,2024-03-06 09:00:00,2024-03-06 09:00:00
""",
        (("INC001", "泵漏油", "solved", "report solve"),),
    ),
    ForeignFile(
        "glpi.csv",
        "glpi",
        """ID;Título;Status;Requerente - Requerente;Prioridade;Tipo;Data de abertura;Data da solução;Última atualização
52\u00a0267;Bomba quebrada (52267);Fechado;Maria;Alta;Incidente;08/03/2026 11:49;08/03/2026 11:52;09/03/2026 10:00
52\u00a0268;Falta acesso (52268);Pendente;Jo\u00e3o (1);Média;Requisição;09/03/2026 08:00;;10/03/2026 09:30
""",
        (
            ("52267", "Bomba quebrada (52267)", "archived", "report solve confirm archive"),
            ("52268", "Falta acesso (52268)", "waiting", "report respond wait"),
        ),
        "utf-8-sig",
    ),
    ForeignFile(
        "otrs.csv",
        "otrs",
        """"Ticket#";"Idade";"Titulo";"Criado";"Primeira Resposta";"Hora de Fechamento";"StateType";"Prioridade"
"2025081510000222";"27 d";"Toner";"2025-08-15 15:50:04";"2025-08-15 16:00:00";"2025-08-15 16:23:12";"closed";"3 Normal"
""",
        (("2025081510000222", "Toner", "archived", "report respond solve confirm archive"),),
    ),
    ForeignFile(
        "zammad.json",
        "zammad",
        json.dumps(
            [
                {
                    "number": "22001",
                    "title": "Cable",
                    "state": "open",
                    "priority": "3 high",
                    "owner": "-",
                    "customer": "Ann",
                    "created_at": "2026-01-02T03:04:05.000Z",
                    "first_response_at": "2026-01-02T04:00:00.000Z",
                    "updated_at": "2026-01-03T00:00:00.000Z",
                }
            ]
        ),
        (("22001", "Cable", "working", "report respond assign"),),
    ),
    ForeignFile(
        "github.json",
        "github",
        json.dumps(
            [
                {
                    "html_url": "https://example.org/a/b/issues/7",
                    "title": "Crash",
                    "state": "closed",
                    "labels": [{"id": 1, "name": "bug"}],
                    "user": {"login": "ann"},
                    "created_at": "2026-01-02T03:04:05Z",
                    "closed_at": "2026-01-05T03:04:05Z",
                    "updated_at": "2026-01-05T03:04:05Z",
                }
            ]
        ),
        (("https://example.org/a/b/issues/7", "Crash", "archived", "report solve confirm archive"),),
    ),
    ForeignFile(
        "jira.json",
        "jira-json",
        json.dumps(
            {
                "issues": [
                    {
                        "key": "HELP-1",
                        "fields": {
                            "summary": "Assistance",
                            "status": {"name": "Closed"},
                            "priority": {"name": "Major"},
                            "created": "2016-03-03T13:40:01.000+0000",
                            "updated": "2016-03-05T08:00:00.000+0000",
                            "resolutiondate": "2016-03-04T14:30:17.000+0000",
                            "comment": {
                                "comments": [
                                    {
                                        "author": {"displayName": "Ann"},
                                        "created": "2016-03-03T14:00:00.000+0000",
                                        "body": "Seen",
                                    }
                                ]
                            },
                        },
                        "changelog": {
                            "histories": [
                                {
                                    "created": "2016-03-03T15:00:00.000+0000",
                                    "items": [
                                        {"field": "status", "fromString": "Open", "toString": "In Progress"},
                                        {"field": "priority", "fromString": "Minor", "toString": "Major"},
                                    ],
                                },
                                {
                                    "created": "2016-03-04T14:30:17.000+0000",
                                    "items": [{"field": "status", "fromString": "In Progress", "toString": "Closed"}],
                                },
                            ]
                        },
                    }
                ]
            }
        ),
        (("HELP-1", "Assistance", "archived", "report note respond assign classify solve confirm archive"),),
    ),
    ForeignFile(
        "redmine.json",
        "redmine-json",
        json.dumps(
            {
                "issue": {
                    "id": 7311,
                    "subject": "Sources",
                    "status": {"id": 3, "name": "Resolved"},
                    "priority": {"id": 6, "name": "High"},
                    "created_on": "2016-01-26T12:39:26.000Z",
                    "updated_on": "2016-07-27T08:17:07.000Z",
                    "journals": [
                        {
                            "created_on": "2016-01-26T14:09:05.000Z",
                            "user": {"name": "Ann"},
                            "details": [{"name": "priority_id", "old_value": "5", "new_value": "6"}],
                        },
                        {
                            "created_on": "2016-01-27T11:40:54.000Z",
                            "user": {"name": "Ann"},
                            "notes": "Done",
                            "details": [{"name": "status_id", "old_value": "1", "new_value": "3"}],
                        },
                    ],
                }
            }
        ),
        (("7311", "Sources", "solved", "report classify solve note"),),
    ),
)
LEDGER_TICKETS = (
    ("Z201606010", "2Q239 整流模塊故障", "new", "report"),
    ("Z201606011", "2Q240 斬波模塊故障", "solved", "report solve"),
)
INCIDENT_TICKETS = (("INC1641730", "Sem acesso", "working", "report note note respond assign"),)


def write_file(folder: Path, file: ForeignFile) -> Path:
    path = folder / file.name
    path.write_bytes(file.text.encode(file.encoding))
    return path


def write_ledger(path: Path) -> Path:
    """Write a ledger as people keep it: a title over all columns, the first one empty, `/` for nothing."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy/m/d"})
        sheet.merge_range(0, 1, 0, 7, "2016年廠外質量信息處理台帳")
        heads = ["報告編號", "發現地點，鐵路", "發現時間", "產品型號", "產品編號", "故障描述", "現場故障處理完成日期"]
        sheet.write_row(1, 1, [*heads, "備  注"])
        sheet.write_row(2, 1, ["Z201606010", "/", "2016-05-22", "2Q239", 20130014, "整流模塊故障", "/", "＃"])
        sheet.write_row(3, 1, ["Z201606011", "安康", "2016-05-23", "2Q240", "２０１３００１５", "斬波模塊故障"])
        sheet.write_datetime(3, 7, datetime(2016, 5, 24), day)
        sheet.write_row(4, 1, ["合計", 2])
    return path


def write_incidents(path: Path) -> Path:
    """Write a list of incidents with the whole history in one cell, its dates in another form than the column's."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, time = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(
            0, 0, ["Número", "Criado em", "Prioridade", "Descrição resumida", "Status", "Anotações de trabalho"]
        )
        sheet.write_string(1, 0, "INC1641730")
        sheet.write_datetime(1, 1, datetime(2024, 5, 28, 12, 26, 31), time)
        notes = (
            "29/05/2024 16:27:48 - Ana (Anotações de trabalho)\nVisto\n\n28/05/2024 13:00:00 - Rui (Anotações)\nAberto"
        )
        sheet.write_row(1, 2, ["3 - Moderada", "Sem acesso", "Em Andamento", notes])
    return path
