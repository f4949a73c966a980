"""What is wrong in the file of a ticket. English text → (simplified, traditional) Chinese."""

from __future__ import annotations

FAULTS: dict[str, tuple[str, str]] = {
    # a file
    "the file has {size} bytes; at most {most} are read": (
        "文件有 {size} 字节，最多读取 {most}",
        "文件有 {size} 字節，最多讀取 {most}",
    ),
    "commit {commit} must be signed by {by}: {reason}": (
        "提交 {commit} 应由 {by} 签名：{reason}",
        "提交 {commit} 應由 {by} 簽名：{reason}",
    ),
    "the commit is not signed": ("提交未签名", "提交未簽名"),
    "it is signed by {person}": ("签名者为 {person}", "簽名者為 {person}"),
    "its signature is by no key of the policy": ("签名不属于规则中的任何密钥", "簽名不屬於規則中的任何密鑰"),
    "the policy has no key of {by}": ("规则中没有 {by} 的密钥", "規則中沒有 {by} 的密鑰"),
    "the file is empty": ("文件是空的", "文件是空的"),
    "not UTF-8 text": ("不是 UTF-8 文字", "不是 UTF-8 文字"),
    "not readable as YAML: {reason}": ("无法按 YAML 读取：{reason}", "無法按 YAML 讀取：{reason}"),
    "cannot be read: {reason}": ("无法读取：{reason}", "無法讀取：{reason}"),
    "is a link, a folder or a device; a ticket is a plain file": (
        "是链接、文件夹或设备；工单应为普通文件",
        "是鏈接、文件夾或設備；工單應為普通文件",
    ),
    "one document is expected, a second one begins here": (
        "只应有一个文档，此处开始了第二个",
        "只應有一個文檔，此處開始了第二個",
    ),
    "aliases (*) are not allowed": ("不允许别名（*）", "不允許別名（*）"),
    "anchors (&) are not allowed": ("不允许锚点（&）", "不允許錨點（&）"),
    "tags (!) are not allowed": ("不允许标签（!）", "不允許標籤（!）"),
    "nested deeper than {most}": ("嵌套超过 {most} 层", "嵌套超過 {most} 層"),
    "a key must be plain text": ("键应为纯文字", "鍵應為純文字"),
    "a key has at most {most} characters": ("键最多 {most} 个字符", "鍵最多 {most} 個字符"),
    "the key {name} stands twice": ("键 {name} 出现两次", "鍵 {name} 出現兩次"),
    # a ticket
    "a ticket is a mapping of keys": ("工单应为键的映射", "工單應為鍵的映射"),
    "the file is named {name}, the ticket {id}": (
        "文件名为 {name}，工单编号为 {id}",
        "文件名為 {name}，工單編號為 {id}",
    ),
    "another ticket has this number: {path}": ("另一张工单也用此编号：{path}", "另一張工單也用此編號：{path}"),
    "must have the key {key}": ("应有键 {key}", "應有鍵 {key}"),
    "must be SITE-YEAR-NUMBER, as KSA-2026-0042": (
        "应为 现场-年份-序号，如 KSA-2026-0042",
        "應為 現場-年份-序號，如 KSA-2026-0042",
    ),
    "must be a ULID of 26 characters": ("应为 26 个字符的 ULID", "應為 26 個字符的 ULID"),
    "must be text": ("应为文字", "應為文字"),
    "must be one of {choices}": ("应为其中之一：{choices}", "應為其中之一：{choices}"),
    "must be a list of words": ("应为词的列表", "應為詞的列表"),
    "must be a number, as 12 or 1200.00": ("应为数字，如 12 或 1200.00", "應為數字，如 12 或 1200.00"),
    "must be a whole number": ("应为整数", "應為整數"),
    "must be a whole number from 1": ("应为从 1 起的整数", "應為從 1 起的整數"),
    "must be true or false": ("应为 true 或 false", "應為 true 或 false"),
    "must be a date, as 2026-03-20": ("应为日期，如 2026-03-20", "應為日期，如 2026-03-20"),
    "must be an instant with offset, as 2026-03-01T08:00:00+03:00": (
        "应为带时区的时刻，如 2026-03-01T08:00:00+03:00",
        "應為帶時區的時刻，如 2026-03-01T08:00:00+03:00",
    ),
    "must be a mapping": ("应为映射", "應為映射"),
    "must be a list": ("应为列表", "應為列表"),
    "needs {keys}": ("缺少 {keys}", "缺少 {keys}"),
    "stands twice: {key}": ("出现两次：{key}", "出現兩次：{key}"),
    "is missing": ("缺少", "缺少"),
    "is missing: a ticket begins with its report event": ("缺少：工单应从报告事件开始", "缺少：工單應從報告事件開始"),
    "an event is a mapping with n, at, by and do": (
        "事件应为含 n、at、by、do 的映射",
        "事件應為含 n、at、by、do 的映射",
    ),
    "the header was changed by hand; the next act writes the event that explains it": (
        "字段被手工改过；下一步操作会补记说明它的事件",
        "字段被手工改過；下一步操作會補記說明它的事件",
    ),
    "belongs at {path}; the next act moves it": ("应在 {path}；下一步操作会移过去", "應在 {path}；下一步操作會移過去"),
    "{do} by {by} at {at} is not legal at its place and does not count": (
        "{by} 在 {at} 的事件（{do}）于该处不合规则，不计",
        "{by} 在 {at} 的事件（{do}）於該處不合規則，不計",
    ),
    "the frozen verdict is not the one that the log gives": (
        "固定的结果与日志算出的不一致",
        "固定的結果與日誌算出的不一致",
    ),
    "the attachment is missing": ("附件缺失", "附件缺失"),
    "the attachment is not the one that was attached": ("附件已不是当初附上的文件", "附件已不是當初附上的文件"),
    "is no plain name of a file": ("不是单纯的文件名", "不是單純的文件名"),
    "git does not merge tickets by meaning; `fenji sync` tells it which files they are": (
        "git 未按内容合并工单；用 `fenji sync` 告诉它哪些是工单文件",
        "git 未按內容合併工單；用 `fenji sync` 告訴它哪些是工單文件",
    ),
    "git does not know yet how tickets merge; `fenji sync` tells it": (
        "git 尚不知如何合并工单；用 `fenji sync` 设好",
        "git 尚不知如何合併工單；用 `fenji sync` 設好",
    ),
    "stands in {path} too": ("也在 {path} 中", "也在 {path} 中"),
    # a push
    "cannot be read as a ticket": ("无法作为工单读取", "無法作為工單讀取"),
    "cannot be read as a policy": ("无法作为规则读取", "無法作為規則讀取"),
    "is a symbolic link; a desk holds plain files": (
        "是符号链接；工作台只放普通文件",
        "是符號鏈接；工作台只放普通文件",
    ),
    "is a submodule; a desk holds plain files": ("是子模块；工作台只放普通文件", "是子模塊；工作台只放普通文件"),
    "is marked as a program; a desk holds plain files": (
        "带可执行标记；工作台只放普通文件",
        "帶可執行標記；工作台只放普通文件",
    ),
    "has no place in a desk": ("不属于工作台", "不屬於工作台"),
    "has {size} bytes; at most {most} are taken": (
        "有 {size} 字节，最多接收 {most}",
        "有 {size} 字節，最多接收 {most}",
    ),
    "is larger than {most} MiB; it was not committed": ("大于 {most} MiB，未提交", "大於 {most} MiB，未提交"),
    "is no plain file; it was not committed": ("不是普通文件，未提交", "不是普通文件，未提交"),
    "is no plain file; what came in stands in git alone": (
        "不是普通文件；收到的内容只在 git 中",
        "不是普通文件；收到的內容只在 git 中",
    ),
    "was deleted here; git still has it": ("本地已删除；git 中仍有", "本地已刪除；git 中仍有"),
    "was changed here meanwhile and is left alone; what came in stands in git": (
        "本地其间有改动，未动；收到的内容在 git 中",
        "本地其間有改動，未動；收到的內容在 git 中",
    ),
    "was changed here and cannot be read, so it is left alone; what came in stands in git": (
        "本地有改动且无法读取，未动；收到的内容在 git 中",
        "本地有改動且無法讀取，未動；收到的內容在 git 中",
    ),
    "the policy knows no person {person}": ("规则中没有此人：{person}", "規則中沒有此人：{person}"),
}
