"""What the hub says when it refuses a push. English text → (simplified, traditional) Chinese."""

from __future__ import annotations

HUB: dict[str, tuple[str, str]] = {
    "a hub holds one branch, {branch}; nothing else is taken": (
        "总部库只有一个分支 {branch}，不收其他",
        "總部庫只有一個分支 {branch}，不收其他",
    ),
    "the branch of a hub cannot be deleted": ("不能删除总部库的分支", "不能刪除總部庫的分支"),
    "the history was rewritten; sync, or take up what the hub has first": (
        "历史被改写；请同步，或先取回总部库的内容",
        "歷史被改寫；請同步，或先取回總部庫的內容",
    ),
    "events of its log were removed or changed: {events}": (
        "日志中的事件被删除或改动：{events}",
        "日誌中的事件被刪除或改動：{events}",
    ),
    "{by} may not change it; who may change the rules may": (
        "{by} 无权改动；有权改规则的人才可以",
        "{by} 無權改動；有權改規則的人才可以",
    ),
    "is missing; a hub is never without its rules": ("缺失；总部库不能没有规则", "缺失；總部庫不能沒有規則"),
    "the hub has a newer version; take that one and make the change again": (
        "总部库已有更新的版本；请取回后重新改动",
        "總部庫已有更新的版本；請取回後重新改動",
    ),
    "{by} may not change the rules; ask {people}": ("{by} 无权改规则；请找 {people}", "{by} 無權改規則；請找 {people}"),
    "{do} by {by} at {at} lies in the future": (
        "{by} 于 {at} 的事件（{do}）在未来",
        "{by} 於 {at} 的事件（{do}）在未來",
    ),
    "{do} by {by} at {at} has the number {n}; the next one is {most}": (
        "{by} 于 {at} 的事件（{do}）序号为 {n}；下一个应是 {most}",
        "{by} 於 {at} 的事件（{do}）序號為 {n}；下一個應是 {most}",
    ),
    "{do} by {by} at {at} was logged before it happened": (
        "{by} 于 {at} 的事件（{do}）在发生之前就已登记",
        "{by} 於 {at} 的事件（{do}）在發生之前就已登記",
    ),
    "{do} by {by} at {at} came in a commit by {author}, who may not speak for {by}": (
        "{by} 于 {at} 的事件（{do}）由 {author} 的提交带来，此人不能代表 {by}",
        "{by} 於 {at} 的事件（{do}）由 {author} 的提交帶來，此人不能代表 {by}",
    ),
    "{do} by {by} at {at} was written later than it happened and does not say when: `logged` is missing": (
        "{by} 于 {at} 的事件（{do}）是事后写入的，但没有写明时间：缺少 `logged`",
        "{by} 於 {at} 的事件（{do}）是事後寫入的，但沒有寫明時間：缺少 `logged`",
    ),
    "this commit is of {at}, in the future": (
        "此提交的时间 {at} 在未来",
        "此提交的時間 {at} 在未來",
    ),
    "what is pushed is no commit": (
        "推送的不是提交",
        "推送的不是提交",
    ),
    "{do} by {by} at {at} keeps the value of no event": (
        "{by} 于 {at} 的事件（{do}）保存的值不属于任何事件",
        "{by} 於 {at} 的事件（{do}）保存的值不屬於任何事件",
    ),
    "was deleted; tickets are withdrawn, never deleted": (
        "被删除；工单只能撤回，不能删除",
        "被刪除；工單只能撤回，不能刪除",
    ),
    "stands twice: {paths}": ("出现两次：{paths}", "出現兩次：{paths}"),
    "has the uid of {id}; every ticket has its own": (
        "与 {id} 的 uid 相同；每张工单各有自己的 uid",
        "與 {id} 的 uid 相同；每張工單各有自己的 uid",
    ),
    "holds the ticket {id}; a file is named after its ticket": (
        "其中是工单 {id}；文件名应与工单编号一致",
        "其中是工單 {id}；文件名應與工單編號一致",
    ),
    "its state is {state}; by its log it is {wanted}": (
        "状态写的是 {state}；按日志应为 {wanted}",
        "狀態寫的是 {state}；按日誌應為 {wanted}",
    ),
    "is of the site {site}, and its number of another": (
        "属于现场 {site}，编号却是另一现场的",
        "屬於現場 {site}，編號卻是另一現場的",
    ),
    "is no number that a ticket born as {born} can have": (
        "最初编号为 {born} 的工单不能用这个编号",
        "最初編號為 {born} 的工單不能用這個編號",
    ),
    "no event explains the value of {fields}; a fenji act or sync writes the event": (
        "没有事件说明 {fields} 的值；用 fenji 操作或同步会写入该事件",
        "沒有事件說明 {fields} 的值；用 fenji 操作或同步會寫入該事件",
    ),
    "the priority was set by hand without a reason; give one with classify": (
        "优先级是手工设定的，但没有理由；请用 classify 写明",
        "優先級是手工設定的，但沒有理由；請用 classify 寫明",
    ),
    "is {state} and belongs at {path}": ("状态为 {state}，应放在 {path}", "狀態為 {state}，應放在 {path}"),
    "was {former}; a ticket keeps its number": ("原为 {former}；工单编号不变", "原為 {former}；工單編號不變"),
    "{value} is unknown here as {field}": ("{field} 中没有 {value}", "{field} 中沒有 {value}"),
    "the attachment {name} is missing": ("缺少附件 {name}", "缺少附件 {name}"),
    "{fields}: an older value stands than the hub has": ("{fields}：其值比总部库的旧", "{fields}：其值比總部庫的舊"),
    "the attachment {name} is not the one that was attached": (
        "附件 {name} 不是当初附上的那个",
        "附件 {name} 不是當初附上的那個",
    ),
    "lies beside no ticket": ("旁边没有对应的工单", "旁邊沒有對應的工單"),
    "is confirmed and lacks the SLA result": ("已确认，但缺少时效性结果", "已確認，但缺少時效性結果"),
    "the SLA result does not name its confirmation by {by}": (
        "时效性结果没有写明 {by} 的确认",
        "時效性結果沒有寫明 {by} 的確認",
    ),
    "holds an SLA result, and no confirmation in its log gives one": (
        "有时效性结果，但日志中没有相应的确认",
        "有時效性結果，但日誌中沒有相應的確認",
    ),
    "the SLA result of {clock} is not the one that the log gives": (
        "{clock} 的时效性结果与日志不符",
        "{clock} 的時效性結果與日誌不符",
    ),
}
