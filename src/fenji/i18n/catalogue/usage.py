"""Wrong words: numbers, filters, commands, options, editors. English text → (simplified, traditional) Chinese."""

from __future__ import annotations

USAGE: dict[str, tuple[str, str]] = {
    # numbers and filters
    "There is no ticket {number}.": ("没有工单 {number}。", "沒有工單 {number}。"),
    "There is no ticket {path}.": ("没有工单 {path}。", "沒有工單 {path}。"),
    "`fenji list` shows the open ones, `fenji search` looks into the archive.": (
        "用 `fenji list` 列出未结工单，用 `fenji search` 搜索归档。",
        "用 `fenji list` 列出未結工單，用 `fenji search` 搜索歸檔。",
    ),
    "Is one of these meant: {near}?": ("是指其中之一吗：{near}？", "是指其中之一嗎：{near}？"),
    "{number} may be any of {ids}.": ("{number} 可能是 {ids}。", "{number} 可能是 {ids}。"),
    "Give more of the number.": ("请多写几位编号。", "請多寫幾位編號。"),
    "The filter does not know {key}:.": ("筛选不认识 {key}:。", "篩選不認識 {key}:。"),
    "It knows {keys}; plain words search the text.": (
        "可用 {keys}；其他词在文字中查找。",
        "可用 {keys}；其他詞在文字中查找。",
    ),
    "Nothing stands behind {key}: in the filter.": ("筛选的 {key}: 后面是空的。", "篩選的 {key}: 後面是空的。"),
    "{value} is no priority.": ("{value} 不是优先级。", "{value} 不是優先級。"),
    "Write p:1 or p:1..2.": ("写作 p:1 或 p:1..2。", "寫作 p:1 或 p:1..2。"),
    "{value} is no time left.": ("{value} 不是剩余时间。", "{value} 不是剩餘時間。"),
    "Write left:<4h or left:>2d.": ("写作 left:<4h 或 left:>2d。", "寫作 left:<4h 或 left:>2d。"),
    "is: does not know {word}.": ("is: 不认识 {word}。", "is: 不認識 {word}。"),
    "It knows {known}.": ("可用 {known}。", "可用 {known}。"),
    # words of the command line
    "There is no option {option}.": ("没有选项 {option}。", "沒有選項 {option}。"),
    "There is no option {option}; is {near} meant?": (
        "没有选项 {option}；是指 {near} 吗？",
        "沒有選項 {option}；是指 {near} 嗎？",
    ),
    "{message}": ("{message}", "{message}"),
    "{name} is missing.": ("缺少 {name}。", "缺少 {name}。"),
    "{name}: {message}": ("{name}：{message}", "{name}：{message}"),
    "{option} needs a value.": ("{option} 须带值。", "{option} 須帶值。"),
    "{option} takes no value.": ("{option} 不带值。", "{option} 不帶值。"),
    "{option} goes with --sign.": ("{option} 须与 --sign 同用。", "{option} 須與 --sign 同用。"),
    "Say where to put the handbook: --html DIR or --md DIR.": (
        "请指明手册放在哪里：--html DIR 或 --md DIR。",
        "請指明手冊放在哪裡：--html DIR 或 --md DIR。",
    ),
    "{words}: {command} takes no more words.": (
        "{words}：{command} 不接受更多参数。",
        "{words}：{command} 不接受更多參數。",
    ),
    "{command} takes no {option}.": ("{command} 不接受 {option}。", "{command} 不接受 {option}。"),
    "There is no command {name}.": ("没有命令 {name}。", "沒有命令 {name}。"),
    "Is {near} meant?": ("是指 {near} 吗？", "是指 {near} 嗎？"),
    "See: {command} --help": ("见：{command} --help", "見：{command} --help"),
    "See: fenji --help": ("见：fenji --help", "見：fenji --help"),
    "Say which: {known}.": ("请指明：{known}。", "請指明：{known}。"),
    "One of: {known}.": ("可选：{known}。", "可選：{known}。"),
    "{shell} is not known here.": ("不支持 {shell}。", "不支持 {shell}。"),
    "--plain belongs to the interface: fenji --plain, without a command.": (
        "--plain 用于界面：fenji --plain，不带命令。",
        "--plain 用於界面：fenji --plain，不帶命令。",
    ),
    "Name a command for these options.": ("这些选项须配合命令使用。", "這些選項須配合命令使用。"),
    "The interface needs a terminal.": ("界面需要终端。", "界面需要終端。"),
    "Elsewhere name a command; see: fenji --help": (
        "其他场合请用命令；见：fenji --help",
        "其他場合請用命令；見：fenji --help",
    ),
    "In scripts use the commands: fenji list, fenji show ID; fenji --help names them.": (
        "脚本中请用命令：fenji list、fenji show ID；全部命令见 fenji --help。",
        "腳本中請用命令：fenji list、fenji show ID；全部命令見 fenji --help。",
    ),
    "Nothing is judged.": ("未作任何判定。", "未作任何判定。"),
    "Give --kind, --impact and --occurrence, or --priority with --reason.": (
        "请给出 --kind、--impact 和 --occurrence，或 --priority 加 --reason。",
        "請給出 --kind、--impact 和 --occurrence，或 --priority 加 --reason。",
    ),
    "The note is given twice.": ("备注给了两次。", "備註給了兩次。"),
    "Give it as TEXT or with --note.": ("请用 TEXT 或 --note 给出。", "請用 TEXT 或 --note 給出。"),
    "--from says requester, or is left out.": (
        "--from 只能是 requester，或不写。",
        "--from 只能是 requester，或不寫。",
    ),
    "A note is from the requester, or says nothing of who sent it.": (
        "备注要么来自请求人，要么不写来源。",
        "備註要麼來自請求人，要麼不寫來源。",
    ),
    "{word} is not FIELD=VALUE.": ("{word} 不是 FIELD=VALUE。", "{word} 不是 FIELD=VALUE。"),
    "Write it as --set product.part=XJ-4411.": (
        "写作 --set product.part=XJ-4411。",
        "寫作 --set product.part=XJ-4411。",
    ),
    "@ names a file; write @@ for a text that begins with @.": (
        "@ 表示文件；以 @ 开头的文字请写 @@。",
        "@ 表示文件；以 @ 開頭的文字請寫 @@。",
    ),
    "{path} is not UTF-8 text.": ("{path} 不是 UTF-8 文字。", "{path} 不是 UTF-8 文字。"),
    "{word} is not UTF-8 text.": ("{word} 不是 UTF-8 文字。", "{word} 不是 UTF-8 文字。"),
    # editors
    "No editor is named.": ("未设编辑器。", "未設編輯器。"),
    "Set EDITOR, or change fields with --set FIELD=VALUE.": (
        "请设置 EDITOR，或用 --set FIELD=VALUE 修改字段。",
        "請設置 EDITOR，或用 --set FIELD=VALUE 修改字段。",
    ),
    "{editor} cannot be started: {reason}.": ("无法启动 {editor}：{reason}。", "無法啟動 {editor}：{reason}。"),
    "The editor {name} does not start: {reason}.": (
        "无法启动编辑器 {name}：{reason}。",
        "無法啟動編輯器 {name}：{reason}。",
    ),
    "Set EDITOR to an editor that is here, or change fields with --set FIELD=VALUE.": (
        "请把 EDITOR 设为本机的编辑器，或用 --set FIELD=VALUE 修改字段。",
        "請把 EDITOR 設為本機的編輯器，或用 --set FIELD=VALUE 修改字段。",
    ),
    "Set EDITOR to one that is installed.": ("请把 EDITOR 设为已安装的编辑器。", "請把 EDITOR 設為已安裝的編輯器。"),
    "The editor ended with code {code}; nothing was taken.": (
        "编辑器以代码 {code} 退出，未采用任何内容。",
        "編輯器以代碼 {code} 退出，未採用任何內容。",
    ),
    "The editor {name} ended with an error; nothing was taken over.": (
        "编辑器 {name} 出错退出，未采用任何内容。",
        "編輯器 {name} 出錯退出，未採用任何內容。",
    ),
    "Your copy is kept: {copy}. The same command opens it again.": (
        "副本已保留：{copy}。用同一命令再次打开。",
        "副本已保留：{copy}。用同一命令再次打開。",
    ),
    "An editor takes one ticket at a time.": ("编辑器每次只能打开一张工单。", "編輯器每次只能打開一張工單。"),
    "{copy} is a copy of {id}.": ("{copy} 是 {id} 的副本。", "{copy} 是 {id} 的副本。"),
    "Your copy is kept: {copy}. Editing the ticket again opens it.": (
        "副本已保留：{copy}。再次编辑该工单时打开。",
        "副本已保留：{copy}。再次編輯該工單時打開。",
    ),
    "Several at once: --set FIELD=VALUE": ("一次改多张：--set FIELD=VALUE", "一次改多張：--set FIELD=VALUE"),
    "Give it the value that lost to what stands there now.": (
        "取回该字段被取代的值。",
        "取回該字段被取代的值。",
    ),
    "Seen: what stands there stays, what lost is shown no more.": (
        "已阅：保留现行，被取代的值不再显示。",
        "已閱：保留現行，被取代的值不再顯示。",
    ),
    "--take-back and --keep decide on one field of one ticket.": (
        "--take-back 和 --keep 只对一张工单的一个字段作决定。",
        "--take-back 和 --keep 只對一張工單的一個字段作決定。",
    ),
    "Give nothing else with it.": ("请勿同时给出其他内容。", "請勿同時給出其他內容。"),
}
