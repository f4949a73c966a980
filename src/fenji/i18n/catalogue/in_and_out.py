"""The interface's exchange with the hub: header, place, files. English text → (simplified, traditional) Chinese."""

from __future__ import annotations

IN_AND_OUT: dict[str, tuple[str, str]] = {
    # keys
    "sync": ("同步", "同步"),
    "Exchange with the hub, behind the screen": ("与总部库同步，在后台进行", "與總部庫同步，在後台進行"),
    "in/out": ("收发", "收發"),
    "What came in, and what waits to go out": ("收到了什么，什么还没发出", "收到了什麼，什麼還沒發出"),
    "seen": ("已看", "已看"),
    "Looked at: it is new no longer": ("看过了：不再算新到", "看過了：不再算新到"),
    "all seen": ("全部已看", "全部已看"),
    "All of it is looked at": ("全部都看过了", "全部都看過了"),
    "stop": ("停止", "停止"),
    "Stop the exchange; nothing is lost": ("停止同步；什么都不会丢", "停止同步；什麼都不會丟"),
    "file out": ("写文件", "寫文件"),
    "Write what the other end lacks into a file": ("把对方缺少的内容写成文件", "把對方缺少的內容寫成文件"),
    "file in": ("收文件", "收文件"),
    "Take in what a file brings": ("收下文件带来的内容", "收下文件帶來的內容"),
    # the board's header
    "{count} came in: {key}": ("收到 {count}：{key}", "收到 {count}：{key}"),
    "not synced: {key}": ("未同步：{key}", "未同步：{key}"),
    # how it goes
    "Exchanging with the hub; go on meanwhile.": (
        "正在与总部库同步；可以继续工作。",
        "正在與總部庫同步；可以繼續工作。",
    ),
    "Stopped; everything is recorded here, and the next sync goes on.": (
        "已停止；内容都已记录在本地，下次同步接着进行。",
        "已停止；內容都已記錄在本地，下次同步接著進行。",
    ),
    "Nothing new on either side.": ("两边都没有新内容。", "兩邊都沒有新內容。"),
    "Two wrote the same text, {count} times: both are kept.": (
        "有 {count} 处文字由两人同时写过：两份都保留。",
        "有 {count} 處文字由兩人同時寫過：兩份都保留。",
    ),
    "{count} files were left alone.": ("{count} 个文件未作处理。", "{count} 個文件未作處理。"),
    "The rules have changed.": ("规则有变。", "規則有變。"),
    "{key} lists them.": ("按 {key} 查看。", "按 {key} 查看。"),
    "It is tried again at {time}.": ("将于 {time} 再试。", "將於 {time} 再試。"),
    "{setting}: {reason}": ("{setting}：{reason}", "{setting}：{reason}"),
    # how far a ticket has come
    "recorded, number provisional": ("已记录，编号待定", "已記錄，編號待定"),
    "recorded, not sent": ("已记录，未发出", "已記錄，未發出"),
    "sent": ("已发出", "已發出"),
    "seen by others": ("对方已看到", "對方已看到"),
    # the place
    "Exchange with {remote}": ("与 {remote} 收发", "與 {remote} 收發"),
    "Exchange": ("收发", "收發"),
    "last exchange {time}": ("上次同步 {time}", "上次同步 {time}"),
    "not exchanged yet": ("尚未同步过", "尚未同步過"),
    "next at {time}": ("下次 {time}", "下次 {time}"),
    "Came in, not looked at yet: {count}": ("收到、还没看过：{count}", "收到、還沒看過：{count}"),
    "Waits to go out: {count}": ("等待发出：{count}", "等待發出：{count}"),
    "Left alone: {count}": ("未作处理：{count}", "未作處理：{count}"),
    "Nothing came in, and nothing waits to go out.": (
        "没有新收到的，也没有待发出的。",
        "沒有新收到的，也沒有待發出的。",
    ),
    "Two wrote {field}: both texts stand in the ticket.": (
        "两人同时写了「{field}」：两份文字都在工单里。",
        "兩人同時寫了「{field}」：兩份文字都在工單裡。",
    ),
    "number provisional": ("编号待定", "編號待定"),
    "This desk knows no hub. Name it once with: git remote add origin URL. Without a link: {out}, {in}.": (
        "此工作台还不知道总部库。用 git remote add origin URL 指明一次。没有线路时：{out}、{in}。",
        "此工作台還不知道總部庫。用 git remote add origin URL 指明一次。沒有線路時：{out}、{in}。",
    ),
    "No exchange is under way.": ("现在没有在同步。", "現在沒有在同步。"),
    # files instead of a link
    "Write to the file:": ("写到文件：", "寫到文件："),
    "Carry it over any way there is; there it is received. Tab completes.": (
        "用任何办法带过去，在那边收下。Tab 补全。",
        "用任何辦法帶過去，在那邊收下。Tab 補全。",
    ),
    "Name a file.": ("请给出文件名。", "請給出文件名。"),
    "There is no such folder.": ("没有这个文件夹。", "沒有這個文件夾。"),
    "Receive the file:": ("收下文件：", "收下文件："),
    "Take in {tickets} tickets from {peer}? y": (
        "收下来自 {peer} 的 {tickets} 个工单？y",
        "收下來自 {peer} 的 {tickets} 個工單？y",
    ),
    "{commits} commits by {people}. Esc takes nothing.": (
        "{people} 的 {commits} 次提交。Esc 不收。",
        "{people} 的 {commits} 次提交。Esc 不收。",
    ),
    "{path}: {tickets} tickets in {commits} commits.": (
        "{path}：{tickets} 个工单，{commits} 次提交。",
        "{path}：{tickets} 個工單，{commits} 次提交。",
    ),
    "There is nothing new; {path} is a receipt.": ("没有新内容；{path} 是回执。", "沒有新內容；{path} 是回執。"),
    "{received} tickets received.": ("收到 {received} 个工单。", "收到 {received} 個工單。"),
}
