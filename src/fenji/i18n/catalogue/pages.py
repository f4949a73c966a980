"""What the command line prints. English text → (simplified, traditional) Chinese."""

from __future__ import annotations

PAGES: dict[str, tuple[str, str]] = {
    # lists
    "No ticket is shown. Report one with: fenji new --title TITLE": (
        "没有可列的工单。报告工单：fenji new --title TITLE",
        "沒有可列的工單。報告工單：fenji new --title TITLE",
    ),
    "{count} tickets, {late} breached, {risk} at risk, {held} held": (
        "共 {count} 张工单，{late} 超时，{risk} 临期，{held} 暂停",
        "共 {count} 張工單，{late} 超時，{risk} 臨期，{held} 暫停",
    ),
    "{count} files cannot be read. All of it: fenji check": (
        "{count} 个文件无法读取。详情：fenji check",
        "{count} 個文件無法讀取。詳情：fenji check",
    ),
    # clocks
    "{left} left of {target}, due {due}": (
        "剩余 {left}（共 {target}），{due} 到期",
        "剩餘 {left}（共 {target}），{due} 到期",
    ),
    "{left} left of {target} once it goes on": ("恢复后剩余 {left}（共 {target}）", "恢復後剩餘 {left}（共 {target}）"),
    "late by {late}, was due {due}": ("已超 {late}，原定 {due} 到期", "已超 {late}，原定 {due} 到期"),
    "done {done}, {used} of {target} used, due {due}": (
        "{done} 完成，用时 {used}（共 {target}），{due} 到期",
        "{done} 完成，用時 {used}（共 {target}），{due} 到期",
    ),
    "late by {late}, done {done}, was due {due}": (
        "超时 {late}，{done} 完成，原定 {due} 到期",
        "超時 {late}，{done} 完成，原定 {due} 到期",
    ),
    "nothing is promised": ("无承诺时限", "無承諾時限"),
    # one ticket
    "Its header was changed by hand; the next act writes the event that explains it.": (
        "字段被手工改过；下一步操作会补记说明它的事件。",
        "字段被手工改過；下一步操作會補記說明它的事件。",
    ),
    "Confirmed by {by}, {at}": ("由 {by} 确认，{at}", "由 {by} 確認，{at}"),
    "Key": ("键", "鍵"),
    "Log, in the time of {zone}": ("日志（{zone} 时间）", "日誌（{zone} 時間）"),
    "rewrote {fields}": ("改写 {fields}", "改寫 {fields}"),
    "logged {at}": ("{at} 补记", "{at} 補記"),
    "{id} is reported, {priority}.": ("{id} 已报告，{priority}。", "{id} 已報告，{priority}。"),
    # the story of a clock
    "{id} had not been reported by {at}.": ("{at} 时 {id} 尚未报告。", "{at} 時 {id} 尚未報告。"),
    "{clock}: {level} promises {target}; reported {at}.": (
        "{clock}：{level} 承诺 {target}；{at} 报告。",
        "{clock}：{level} 承諾 {target}；{at} 報告。",
    ),
    "{clock}: {level} promises nothing; reported {at}.": (
        "{clock}：{level} 无承诺；{at} 报告。",
        "{clock}：{level} 無承諾；{at} 報告。",
    ),
    "{start} to {end}: {state}, {level}, {calendar}: {spent}, {total} in all; due {dues}.": (
        "{start} 至 {end}：{state}，{level}，{calendar}：用时 {spent}，累计 {total}；到期 {dues}。",
        "{start} 至 {end}：{state}，{level}，{calendar}：用時 {spent}，累計 {total}；到期 {dues}。",
    ),
    "{start} to {end}: {state}, {level}, {calendar}: {spent}, {total} in all; no due.": (
        "{start} 至 {end}：{state}，{level}，{calendar}：用时 {spent}，累计 {total}；无到期。",
        "{start} 至 {end}：{state}，{level}，{calendar}：用時 {spent}，累計 {total}；無到期。",
    ),
    "{start} to {end}: {state} for {reason}, {level}, {calendar}: {spent} held; left {left}.": (
        "{start} 至 {end}：{state}（{reason}），{level}，{calendar}：暂停 {spent}；剩余 {left}。",
        "{start} 至 {end}：{state}（{reason}），{level}，{calendar}：暫停 {spent}；剩餘 {left}。",
    ),
    "{start} to {end}: {state}: nothing counts.": (
        "{start} 至 {end}：{state}：不计时。",
        "{start} 至 {end}：{state}：不計時。",
    ),
    "Due {due}: {left} left at {at}.": ("{due} 到期：{at} 时剩余 {left}。", "{due} 到期：{at} 時剩餘 {left}。"),
    "Due {due}: at risk with {left} left at {at}.": (
        "{due} 到期：临期，{at} 时剩余 {left}。",
        "{due} 到期：臨期，{at} 時剩餘 {left}。",
    ),
    "Held at {at} with {left} left: no due until it resumes.": (
        "{at} 时暂停，剩余 {left}：恢复之前无到期时间。",
        "{at} 時暫停，剩餘 {left}：恢復之前無到期時間。",
    ),
    "Due {due}, open at {at}: missed by {late} of working time ({elapsed} elapsed); charged to {who}.": (
        "{due} 到期，{at} 时未完成：未达成，超时 {late} 工作时间（历时 {elapsed}）；归责 {who}。",
        "{due} 到期，{at} 時未完成：未達成，超時 {late} 工作時間（歷時 {elapsed}）；歸責 {who}。",
    ),
    "Due {due}, done {done}: missed by {late} of working time ({elapsed} elapsed); charged to {who}.": (
        "{due} 到期，{done} 完成：未达成，超时 {late} 工作时间（历时 {elapsed}）；归责 {who}。",
        "{due} 到期，{done} 完成：未達成，超時 {late} 工作時間（歷時 {elapsed}）；歸責 {who}。",
    ),
    "Due {due}, done {done}: met with {left} left; credited to {who}.": (
        "{due} 到期，{done} 完成：达成，剩余 {left}；计入 {who}。",
        "{due} 到期，{done} 完成：達成，剩餘 {left}；計入 {who}。",
    ),
    "No promise at {at}: no due and no verdict.": (
        "{at} 时无承诺：无到期时间，不作判定。",
        "{at} 時無承諾：無到期時間，不作判定。",
    ),
    "The miss is excused and does not count.": ("超时已获申辩，不计入达成率。", "超時已獲申辯，不計入達成率。"),
    # finding
    "Read as {meant}": ("理解为 {meant}", "理解為 {meant}"),
    "{shown} of {total} in {took} ms": (
        "列出 {shown} 个，共 {total} 个，用时 {took} ms",
        "列出 {shown} 個，共 {total} 個，用時 {took} ms",
    ),
    "Nothing is found. Fewer or other words may find more.": (
        "没有找到。减少或换用词语再试。",
        "沒有找到。減少或換用詞語再試。",
    ),
    "Nothing like it is known here.": ("没有类似的工单。", "沒有類似的工單。"),
    "{count} tickets are indexed, in {took} ms.": (
        "已索引 {count} 张工单，用时 {took} ms。",
        "已索引 {count} 張工單，用時 {took} ms。",
    ),
    # beginning
    "{path} is a desk of {site} now.": ("{path} 现为 {site} 的工作台。", "{path} 現為 {site} 的工作台。"),
    "Look over its rules in {path}; then report the first ticket:": (
        "先看 {path} 中的规则，再报告第一张工单：",
        "先看 {path} 中的規則，再報告第一張工單：",
    ),
    "Commits are signed now. For your entry under people in policy.yaml:": (
        "提交现已签名。请写入 policy.yaml 的 people 中你的条目：",
        "提交現已簽名。請寫入 policy.yaml 的 people 中你的條目：",
    ),
    # the hub
    "{path} is a hub now; its branch is {branch}.": (
        "{path} 现为总部库，分支为 {branch}。",
        "{path} 現為總部庫，分支為 {branch}。",
    ),
    "{desk} syncs with it as {remote}.": ("{desk} 以 {remote} 之名与它同步。", "{desk} 以 {remote} 之名與它同步。"),
    "Fill it from a desk: git push {path} {branch}": (
        "从工作台推送内容：git push {path} {branch}",
        "從工作台推送內容：git push {path} {branch}",
    ),
    "… and {count} more.": ("…另有 {count} 处。", "…另有 {count} 處。"),
    # publishing
    "{count} problems are published; {withdrawn} withdrawn tickets are left out.": (
        "已发布 {count} 个问题；不含已撤回的 {withdrawn} 张工单。",
        "已發布 {count} 個問題；不含已撤回的 {withdrawn} 張工單。",
    ),
    "{path}: {files} files, {written} of them new or changed, {removed} removed.": (
        "{path}：{files} 个文件，其中新增或更新 {written} 个，删除 {removed} 个。",
        "{path}：{files} 個文件，其中新增或更新 {written} 個，刪除 {removed} 個。",
    ),
    "{count} attachments are missing or changed, and left out: {names}": (
        "{count} 个附件缺失或已改动，未收入：{names}",
        "{count} 個附件缺失或已改動，未收入：{names}",
    ),
    # looking things over
    "Damaged; left alone until somebody mends them:": ("已损坏，未作改动，待人修复：", "已損壞，未作改動，待人修復："),
    "Worth a look:": ("值得一看：", "值得一看："),
    "Mend a damaged file in an editor at the place named; git keeps its former versions.": (
        "用编辑器在所指之处修复损坏的文件；git 保有以前的版本。",
        "用編輯器在所指之處修復損壞的文件；git 保有以前的版本。",
    ),
    "{tickets} tickets read, {damaged} problems in damaged files, {remarks} worth a look": (
        "已读 {tickets} 张工单，损坏文件中有 {damaged} 处问题，值得一看 {remarks} 处",
        "已讀 {tickets} 張工單，損壞文件中有 {damaged} 處問題，值得一看 {remarks} 處",
    ),
    "{path} is sound.": ("{path} 没有问题。", "{path} 沒有問題。"),
    "{path} is refused.": ("{path} 不予采用。", "{path} 不予採用。"),
    "policy.yaml is refused; the last good one from git is in force. See: fenji policy check": (
        "policy.yaml 不予采用，沿用 git 中上一份正确的规则。见：fenji policy check",
        "policy.yaml 不予採用，沿用 git 中上一份正確的規則。見：fenji policy check",
    ),
    # the policy
    "Policy since {since}": ("规则，{since} 起生效", "規則，{since} 起生效"),
    "At risk below {share} of a target left; logged at most {backdate} late without a lead.": (
        "剩余不足时限的 {share} 为临期；非现场负责人最多补记 {backdate} 前的事。",
        "剩餘不足時限的 {share} 為臨期；非現場負責人最多補記 {backdate} 前的事。",
    ),
    "Promises": ("承诺时限", "承諾時限"),
    "Response": ("响应", "響應"),
    "Priority by impact and occurrence": ("优先级矩阵（影响与是否常见）", "優先級矩陣（影響與是否常見）"),
    "Other promises by kind": ("按类别的例外", "按類別的例外"),
    "Reason": ("理由", "理由"),
    "Clocks held": ("暂停的时钟", "暫停的時鐘"),
    "Excuses": ("申辩理由", "申辯理由"),
    "Calendars": ("工作日历", "工作日曆"),
    "Zone": ("时区", "時區"),
    "A day": ("一天", "一天"),
    "Week": ("每周", "每週"),
    "Holidays of": ("假日国家", "假日國家"),
    "Next holidays": ("近期假日", "近期假日"),
    "Sites": ("现场", "現場"),
    "Calendar": ("日历", "日曆"),
    "Lead": ("现场负责人", "現場負責人"),
    "People": ("人员", "人員"),
    "Person": ("人员", "人員"),
    "Mail": ("邮箱", "郵箱"),
    "Roles": ("角色", "角色"),
    "What a step needs": ("各步必填字段", "各步必填字段"),
    "Step: fields": ("步骤：字段", "步驟：字段"),
    "Who may": ("谁可操作", "誰可操作"),
    "Step": ("步骤", "步驟"),
    "Routes": ("派单规则", "派單規則"),
    "When": ("条件", "條件"),
    "Shared views": ("共用视图", "共用視圖"),
    "Filter": ("筛选", "篩選"),
    # another policy tried on the past
    "{text} is no date.": ("{text} 不是日期。", "{text} 不是日期。"),
    "Write it as 2026-03-01.": ("写作 2026-03-01。", "寫作 2026-03-01。"),
    "No ticket has been reported since {since}.": ("{since} 起没有报告工单。", "{since} 起沒有報告工單。"),
    "{count} tickets reported since {since}": ("{since} 起报告的 {count} 张工单", "{since} 起報告的 {count} 張工單"),
    "now: the policy in force; then: {path}, as if in force all the time": (
        "现行：现行规则；试算：假如一直采用 {path}",
        "現行：現行規則；試算：假如一直採用 {path}",
    ),
    "{count} of them would have another priority.": (
        "其中 {count} 张的优先级会改变。",
        "其中 {count} 張的優先級會改變。",
    ),
    "{count} have a priority that it does not know; they count at its mildest: {ids}": (
        "{count} 张的优先级不在其中，按最缓的一级计：{ids}",
        "{count} 張的優先級不在其中，按最緩的一級計：{ids}",
    ),
    "* fewer than ten are decided": ("* 已判定的不足十张", "* 已判定的不足十張"),
    "Tickets": ("工单", "工單"),
    "Met": ("达成", "達成"),
    "Missed": ("未达成", "未達成"),
    "Excused": ("已申辩", "已申辯"),
    "Undecided": ("未定", "未定"),
    "No promise": ("无承诺", "無承諾"),
    "Attainment": ("达成率", "達成率"),
    "now": ("现行", "現行"),
    "then": ("试算", "試算"),
    "no data": ("无数据", "無數據"),
    "No verdict would change.": ("判定不会改变。", "判定不會改變。"),
    "{count} verdicts would change": ("{count} 项判定会改变", "{count} 項判定會改變"),
    "From": ("原为", "原為"),
    "To": ("变为", "變為"),
    "Due now": ("现行到期", "現行到期"),
    "Due then": ("试算到期", "試算到期"),
    "{count} more; all of them: --ids {all}, or --json": (
        "另有 {count} 项；查看全部：--ids {all}，或 --json",
        "另有 {count} 項；查看全部：--ids {all}，或 --json",
    ),
    # values that lost
    "Also written, and lost to what stands there": ("另有被取代的内容", "另有被取代的內容"),
    "Take one back: fenji edit {id} --take-back {name}. Let it go: fenji edit {id} --keep {field}.": (
        "取回：fenji edit {id} --take-back {name}。保留现行：fenji edit {id} --keep {field}。",
        "取回：fenji edit {id} --take-back {name}。保留現行：fenji edit {id} --keep {field}。",
    ),
}
