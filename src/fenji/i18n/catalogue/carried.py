"""Commands that exchange and publish: sync, bundle, receive, handbook. English → (simplified, traditional) Chinese."""

from __future__ import annotations

CARRIED: dict[str, tuple[str, str]] = {
    # sync, bundle, receive
    "Exchange everything with the hub.": ("与总部库同步。", "與總部庫同步。"),
    "Commits what is pending, fetches, merges by meaning, pushes. Safe to interrupt, and to do again.": (
        "提交待提交的内容，取回，按含义合并，推送。可随时中断，也可重做。",
        "提交待提交的內容，取回，按含義合併，推送。可隨時中斷，也可重做。",
    ),
    "Write into a file what the other end lacks.": ("把对方缺少的内容写成文件。", "把對方缺少的內容寫成文件。"),
    "OUT is the file to write. Carry it over any way there is; there: fenji receive OUT.": (
        "OUT 是要写的文件。用任何办法带过去，在那边执行：fenji receive OUT。",
        "OUT 是要寫的文件。用任何辦法帶過去，在那邊執行：fenji receive OUT。",
    ),
    "For whom: a site or clone that sent something, or hub.": (
        "给谁：来过文件的现场或副本，或 hub。",
        "給誰：來過文件的現場或副本，或 hub。",
    ),
    "For somebody who has nothing yet: the whole history.": (
        "给还没有任何内容的一方：全部历史。",
        "給還沒有任何內容的一方：全部歷史。",
    ),
    "Take in what a file brings.": ("收下文件带来的内容。", "收下文件帶來的內容。"),
    "IN is a file that `fenji bundle` wrote. Doing it twice changes nothing.": (
        "IN 是 `fenji bundle` 写的文件。重复执行不会改变什么。",
        "IN 是 `fenji bundle` 寫的文件。重複執行不會改變什麼。",
    ),
    "Tell what is inside and take nothing.": ("只说明里面有什么，不收下。", "只說明裡面有什麼，不收下。"),
    "--to and --whole do not go together.": ("--to 与 --whole 不能同用。", "--to 與 --whole 不能同用。"),
    "updated": ("已更新", "已更新"),
    "merged with what was done here": ("已与本地所做合并", "已與本地所做合併"),
    "came back: tickets are withdrawn, never deleted": (
        "已恢复：工单只能撤回，不能删除",
        "已恢復：工單只能撤回，不能刪除",
    ),
    "renumbered, was {was}": ("已改号，原为 {was}", "已改號，原為 {was}"),
    "one version cannot be read; the other stands, git keeps both": (
        "一个版本无法读取，保留另一个；git 中两个都在",
        "一個版本無法讀取，保留另一個；git 中兩個都在",
    ),
    "both versions together are too large for a file; one stands, git keeps both": (
        "两个版本合在一起超过文件上限，保留其一；git 中两个都在",
        "兩個版本合在一起超過文件上限，保留其一；git 中兩個都在",
    ),
    "policy.yaml has changed; see: fenji policy show": (
        "policy.yaml 已变更；见：fenji policy show",
        "policy.yaml 已變更；見：fenji policy show",
    ),
    "The attachments of a ticket, as paths.": ("工单的附件，以路径列出。", "工單的附件，以路徑列出。"),
    "Those that were left with the hub, to spare a thin link, are fetched.": (
        "为节省线路而留在总部库的附件，此时取回。",
        "為節省線路而留在總部庫的附件，此時取回。",
    ),
    "These files are at the hub, and it cannot be reached: {paths}": (
        "这些文件在总部库，而总部库无法连接：{paths}",
        "這些文件在總部庫，而總部庫無法連接：{paths}",
    ),
    "Try again once there is a link.": ("有线路时再试。", "有線路時再試。"),
    "recording": ("记录", "記錄"),
    "fetching": ("取回", "取回"),
    "merging": ("合并", "合併"),
    "writing": ("写入", "寫入"),
    "sending": ("发送", "發送"),
    "packing": ("打包", "打包"),
    "A merge that git had left in conflict was joined and concluded.": (
        "git 留下的冲突已合并完成。",
        "git 留下的衝突已合併完成。",
    ),
    "policy.yaml: the hub's version stands; yours is kept in {path}.": (
        "policy.yaml：以总部库的版本为准，你的版本保存在 {path}。",
        "policy.yaml：以總部庫的版本為準，你的版本保存在 {path}。",
    ),
    "{received} tickets received, {sent} sent": (
        "收到 {received} 张工单，发出 {sent} 张",
        "收到 {received} 張工單，發出 {sent} 張",
    ),
    "{received} tickets received": ("收到 {received} 张工单", "收到 {received} 張工單"),
    "another text of {fields} is kept in the log": (
        "{fields} 的另一份文字保存在日志中",
        "{fields} 的另一份文字保存在日誌中",
    ),
    "There is nothing new; {path} ({size}) is a receipt.": (
        "没有新内容；{path}（{size}）是回执。",
        "沒有新內容；{path}（{size}）是回執。",
    ),
    "{path}: {tickets} tickets in {commits} commits, {size}": (
        "{path}：{tickets} 张工单，{commits} 次提交，{size}",
        "{path}：{tickets} 張工單，{commits} 次提交，{size}",
    ),
    "It holds everything, and can also begin a desk: fenji init DIR --site SITE --from FILE": (
        "其中是全部内容，也可以用来建立工作台：fenji init DIR --site SITE --from FILE",
        "其中是全部內容，也可以用來建立工作台：fenji init DIR --site SITE --from FILE",
    ),
    "It is for {peer}; others take it only if they have what came before.": (
        "此文件给 {peer}；其他人要先有以前的内容才能收下。",
        "此文件給 {peer}；其他人要先有以前的內容才能收下。",
    ),
    "an unnamed clone": ("未命名的副本", "未命名的副本"),
    "From {peer}, {size}: {commits} commits by {people}": (
        "来自 {peer}，{size}：{people} 的 {commits} 次提交",
        "來自 {peer}，{size}：{people} 的 {commits} 次提交",
    ),
    "From {peer}, {size}: everything in it is here already.": (
        "来自 {peer}，{size}：其中内容这里都已经有了。",
        "來自 {peer}，{size}：其中內容這裡都已經有了。",
    ),
    # beginning from elsewhere
    "Copy the desk of a hub, a folder or a bundle.": (
        "从总部库、文件夹或同步包复制工作台。",
        "從總部庫、文件夾或同步包複製工作台。",
    ),
    "{path} is a copy of that desk, for {site}.": (
        "{path} 已是该工作台的副本，现场 {site}。",
        "{path} 已是該工作台的副本，現場 {site}。",
    ),
    "{url} holds no desk at its top; the copy is in {path}.": (
        "{url} 的顶层没有工作台；副本在 {path}。",
        "{url} 的頂層沒有工作台；副本在 {path}。",
    ),
    "Where the desk is a folder of it, name that folder: fenji --desk {path}/FOLDER": (
        "如果工作台是其中一个文件夹，请指明：fenji --desk {path}/FOLDER",
        "如果工作台是其中一個文件夾，請指明：fenji --desk {path}/FOLDER",
    ),
    "{path} is in use.": ("{path} 已被占用。", "{path} 已被佔用。"),
    "Name a folder that is empty or not there yet.": (
        "请指定空的或尚不存在的文件夹。",
        "請指定空的或尚不存在的文件夾。",
    ),
    # handbook
    "Publish the problem handbook.": ("出版问题手册。", "出版問題手冊。"),
    "The archived tickets as pages for people, to be read on a phone, searched without a server, and printed. "
    "QUERY narrows them as in list. What a folder held of an earlier handbook is replaced; nothing else is touched.": (
        (
            "把归档工单做成页面，可在手机上读、无需服务器即可搜索、可打印。QUERY 与 list 一样用来筛选。"
            "文件夹中以前的手册会被替换，其他内容不动。"
        ),
        (
            "把歸檔工單做成頁面，可在手機上讀、無需服務器即可搜索、可打印。QUERY 與 list 一樣用來篩選。"
            "文件夾中以前的手冊會被替換，其他內容不動。"
        ),
    ),
    "As HTML, into DIR.": ("以 HTML 写入 DIR。", "以 HTML 寫入 DIR。"),
    "As Markdown, into DIR.": ("以 Markdown 写入 DIR。", "以 Markdown 寫入 DIR。"),
    "The language of the labels; else yours.": ("标签用的语言；默认用你的语言。", "標籤用的語言；默認用你的語言。"),
    "Name the requester of each problem too.": ("同时写出每个问题的请求人。", "同時寫出每個問題的請求人。"),
    "Copy the attached files too.": ("同时复制附件。", "同時複製附件。"),
    "{count} times with this system and subsystem, no part named": (
        "此系统、分系统且未写件号的有 {count} 次",
        "此系統、分系統且未寫件號的有 {count} 次",
    ),
}
