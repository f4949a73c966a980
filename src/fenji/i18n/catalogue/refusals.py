"""What may not be done, and what to do instead. English text → (simplified, traditional) Chinese."""

from __future__ import annotations

REFUSALS: dict[str, tuple[str, str]] = {
    # steps
    "There is no step {do}.": ("没有步骤 {do}。", "沒有步驟 {do}。"),
    "Steps are: {known}.": ("步骤有：{known}。", "步驟有：{known}。"),
    "{id} is {state}: {do} is not possible.": ("{id}（{state}）不能执行：{do}。", "{id}（{state}）不能執行：{do}。"),
    "A ticket begins with its report.": ("工单从报告开始。", "工單從報告開始。"),
    "First: {steps}.": ("先做：{steps}。", "先做：{steps}。"),
    "It is final: report a new ticket and link it to this one.": (
        "此状态不再改变：请报告新工单并与它关联。",
        "此狀態不再改變：請報告新工單並與它關聯。",
    ),
    "{id} is {state} already.": ("{id} 已是此状态：{state}。", "{id} 已是此狀態：{state}。"),
    "{id}: {reason}": ("{id}：{reason}", "{id}：{reason}"),
    "There is nothing to do.": ("无需操作。", "無需操作。"),
    "{id} has been reported already.": ("{id} 已报告过。", "{id} 已報告過。"),
    "Report a new ticket.": ("请报告新工单。", "請報告新工單。"),
    "{id} is {state}: {fields} can no longer be changed.": (
        "{id}（{state}）不能再改：{fields}。",
        "{id}（{state}）不能再改：{fields}。",
    ),
    "Reopen it first.": ("请先重开。", "請先重開。"),
    "Report a new ticket and link it to this one.": ("请报告新工单并与它关联。", "請報告新工單並與它關聯。"),
    "{by} may not do this: {do}, {id}.": ("{by} 无权操作：{do} {id}。", "{by} 無權操作：{do} {id}。"),
    "Ask {people}.": ("请找 {people}。", "請找 {people}。"),
    "{do} needs a {asks}.": ("还缺：{asks}（{do}）。", "還缺：{asks}（{do}）。"),
    "Say it with --{asks}.": ("用 --{asks} 说明。", "用 --{asks} 說明。"),
    "{do} needs {fields}.": ("须先填：{fields}（{do}）。", "須先填：{fields}（{do}）。"),
    "Fill them in, here or with edit.": ("请在此填写，或用 edit 填写。", "請在此填寫，或用 edit 填寫。"),
    "{field} cannot be empty.": ("不能为空：{field}。", "不能為空：{field}。"),
    "An excuse names its clock.": ("申辩须指明时钟。", "申辯須指明時鐘。"),
    "One of: {choices}.": ("可选：{choices}。", "可選：{choices}。"),
    "Choose one of: {choices}.": ("请选其一：{choices}。", "請選其一：{choices}。"),
    "{reason} is no reason for {do} in this policy.": (
        "规则中没有这条理由：{reason}（{do}）。",
        "規則中沒有這條理由：{reason}（{do}）。",
    ),
    "It already waits for {reason}; resume it first to change the reason.": (
        "已在挂起（{reason}）；要改理由请先恢复。",
        "已在掛起（{reason}）；要改理由請先恢復。",
    ),
    "It is not waiting: nothing changes.": ("未在挂起，无变化。", "未在掛起，無變化。"),
    "A priority set by hand needs a reason.": ("手工指定优先级须说明理由。", "手工指定優先級須說明理由。"),
    "Say why with --{asks}, or leave it to the matrix: {matrix}.": (
        "用 --{asks} 说明理由，或按矩阵取 {matrix}。",
        "用 --{asks} 說明理由，或按矩陣取 {matrix}。",
    ),
    "{value} is unknown here as {field}.": ("没有这个值：{value}（{field}）。", "沒有這個值：{value}（{field}）。"),
    "The {clock} of {id} was not missed.": ("{id} 并非未达成：{clock}。", "{id} 並非未達成：{clock}。"),
    "Only a miss can be excused.": ("只有未达成才能申辩。", "只有未達成才能申辯。"),
    "{person} is charged with this miss and cannot excuse it.": (
        "此次未达成归责 {person}，本人不能申辩。",
        "此次未達成歸責 {person}，本人不能申辯。",
    ),
    "Ask somebody else.": ("请找其他人。", "請找其他人。"),
    "The {clock} of {id} is excused already.": ("{id} 已申辩过：{clock}。", "{id} 已申辯過：{clock}。"),
    # when it happened
    "{at} lies in the future.": ("{at} 在将来。", "{at} 在將來。"),
    "Give the instant at which it happened.": ("请给出实际发生的时刻。", "請給出實際發生的時刻。"),
    "{at} lies before the report of {reported}.": ("{at} 早于报告时刻 {reported}。", "{at} 早於報告時刻 {reported}。"),
    "Give an instant after the report.": ("请给出报告之后的时刻。", "請給出報告之後的時刻。"),
    "Only a lead logs what happened more than {hours} hours ago.": (
        "超过 {hours} 小时前的事只能由现场负责人补记。",
        "超過 {hours} 小時前的事只能由現場負責人補記。",
    ),
    "Ask {people}, or give a later instant.": (
        "请找 {people}，或给出较晚的时刻。",
        "請找 {people}，或給出較晚的時刻。",
    ),
    "What happened more than {hours} hours ago needs a word on why it is logged so late.": (
        "超过 {hours} 小时前的事须说明为何此时补记。",
        "超過 {hours} 小時前的事須說明為何此時補記。",
    ),
    "Say why with --note.": ("用 --note 说明。", "用 --note 說明。"),
    "{do} at {at} would take away the ground from {later} of {when}.": (
        "补记 {at}（{do}）会使 {when}（{later}）失去依据。",
        "補記 {at}（{do}）會使 {when}（{later}）失去依據。",
    ),
    "Give an instant after it.": ("请给出其后的时刻。", "請給出其後的時刻。"),
    "{text} is no instant.": ("{text} 不是时刻。", "{text} 不是時刻。"),
    "{text} names no time of day.": ("{text} 没有钟点。", "{text} 沒有鐘點。"),
    "The clocks of {zone} skip {text}.": ("{zone} 的时钟没有 {text} 这一刻。", "{zone} 的時鐘沒有 {text} 這一刻。"),
    "Write it as 2026-03-01T08:00, or with its offset as 2026-03-01T08:00:00+03:00.": (
        "写作 2026-03-01T08:00，或带时区：2026-03-01T08:00:00+03:00。",
        "寫作 2026-03-01T08:00，或帶時區：2026-03-01T08:00:00+03:00。",
    ),
    # undo
    "There is nothing to undo.": ("没有可撤销的操作。", "沒有可撤銷的操作。"),
    "Undo takes back what was done since this desk was opened.": (
        "只能撤销本次打开工作台以来的操作。",
        "只能撤銷本次打開工作台以來的操作。",
    ),
    "There is nothing to do again.": ("没有可重做的操作。", "沒有可重做的操作。"),
    "{do} on {ids} stays in the log and cannot be undone.": (
        "{ids}（{do}）留在日志中，不能撤销。",
        "{ids}（{do}）留在日誌中，不能撤銷。",
    ),
    "A withdrawn ticket is not reported again.": ("已撤回的工单不能再次报告。", "已撤回的工單不能再次報告。"),
    "Report it as a new one.": ("请报告为新工单。", "請報告為新工單。"),
    "{fields} of {id}: changed since, so nothing is taken back.": (
        "{id} 此后已改过：{fields}，不予撤销。",
        "{id} 此後已改過：{fields}，不予撤銷。",
    ),
    "Change it by hand, if it still is to be changed.": ("如仍需修改，请手工修改。", "如仍需修改，請手工修改。"),
    "{id} went on since: it is {state}. {do} is not undone.": (
        "{id} 此后已有进展（{state}），不撤销：{do}。",
        "{id} 此後已有進展（{state}），不撤銷：{do}。",
    ),
    "Do by hand what is still to be done.": ("如仍需处理，请手工操作。", "如仍需處理，請手工操作。"),
    "Undone: {do} on {ids}, now {state}": (
        "已撤销：{ids}（{do}），现状态：{state}",
        "已撤銷：{ids}（{do}），現狀態：{state}",
    ),
    "Undone: {do} on {ids}, but not {fields}: changed since": (
        "已撤销：{ids}（{do}）；此后已改过而未动：{fields}",
        "已撤銷：{ids}（{do}）；此後已改過而未動：{fields}",
    ),
    "Done again: {do} on {ids}, but not {fields}: changed since": (
        "已重做：{ids}（{do}）；此后已改过而未动：{fields}",
        "已重做：{ids}（{do}）；此後已改過而未動：{fields}",
    ),
    # fields
    "There is no field {field}.": ("没有字段 {field}。", "沒有字段 {field}。"),
    "Fields are: {known}.": ("字段有：{known}。", "字段有：{known}。"),
    "{field} {fault}.": ("{field}：{fault}。", "{field}：{fault}。"),
    "{field} is one line of text.": ("只能是一行文字：{field}。", "只能是一行文字：{field}。"),
    "{field} is given twice.": ("给了两次：{field}。", "給了兩次：{field}。"),
    "{field} is an item of several parts.": ("{field} 是由多个部分组成的一项。", "{field} 是由多個部分組成的一項。"),
    "Name one of its parts as well: {known}.": ("请同时指明其中一部分：{known}。", "請同時指明其中一部分：{known}。"),
    "{field} is set on one ticket at a time.": ("{field} 每次只能设置一张工单。", "{field} 每次只能設置一張工單。"),
    "{field} is not set by hand.": ("不能手工设置：{field}。", "不能手工設置：{field}。"),
    "It follows from what is done to the ticket.": ("它由对工单的操作得出。", "它由對工單的操作得出。"),
    "{fields} cannot be edited.": ("不能编辑：{fields}。", "不能編輯：{fields}。"),
    "Undo that change in the copy.": ("请在副本中撤销这处改动。", "請在副本中撤銷這處改動。"),
    "The log cannot be edited: it is the record of what happened.": (
        "日志是经过的记录，不能编辑。",
        "日誌是經過的記錄，不能編輯。",
    ),
    "Undo the change in log.": ("请撤销对日志的改动。", "請撤銷對日誌的改動。"),
    "Say in one line what is wrong or wanted.": (
        "用一行说明出了什么问题或需要什么。",
        "用一行說明出了什麼問題或需要什麼。",
    ),
    # desk, people, policy
    "There is no desk at {path} or above it.": (
        "{path} 及其上级文件夹中没有工作台。",
        "{path} 及其上級文件夾中沒有工作台。",
    ),
    "Begin one with: fenji init DIR --site CODE; or name one with --desk DIR.": (
        "新建：fenji init DIR --site CODE；或用 --desk DIR 指定。",
        "新建：fenji init DIR --site CODE；或用 --desk DIR 指定。",
    ),
    "{path} is not a folder.": ("{path} 不是文件夹。", "{path} 不是文件夾。"),
    "Name the folder of a desk, or one in it.": (
        "请指定工作台的文件夹，或其中的文件夹。",
        "請指定工作台的文件夾，或其中的文件夾。",
    ),
    "{path} is a desk already.": ("{path} 已是工作台。", "{path} 已是工作台。"),
    "Open it with: fenji --desk {path}": ("打开：fenji --desk {path}", "打開：fenji --desk {path}"),
    "{zone} is not a known time zone.": ("没有时区 {zone}。", "沒有時區 {zone}。"),
    "Write it as Asia/Riyadh.": ("写成 Asia/Riyadh 这样。", "寫成 Asia/Riyadh 這樣。"),
    "{id} cannot be linked to itself.": ("{id} 不能关联自己。", "{id} 不能關聯自己。"),
    "Name another ticket.": ("请写另一张工单。", "請寫另一張工單。"),
    "{site} is no site code.": ("{site} 不是现场代码。", "{site} 不是現場代碼。"),
    "{site} is not a site code.": ("{site} 不是现场代码。", "{site} 不是現場代碼。"),
    "Use capital letters and digits, as KSA or HQ.": (
        "用大写字母和数字，如 KSA 或 HQ。",
        "用大寫字母和數字，如 KSA 或 HQ。",
    ),
    "Use capital letters and digits, at most 16, as KSA.": (
        "用大写字母和数字，最多 16 个，如 KSA。",
        "用大寫字母和數字，最多 16 個，如 KSA。",
    ),
    "{word} is no language of this desk.": ("{word} 不是工作台的语言。", "{word} 不是工作台的語言。"),
    "{language} is no language of this desk.": ("{language} 不是工作台的语言。", "{language} 不是工作台的語言。"),
    "Take zh-Hans, zh-Hant or en.": ("请用 zh-Hans、zh-Hant 或 en。", "請用 zh-Hans、zh-Hant 或 en。"),
    "This clone has no site.": ("此工作台未设现场。", "此工作台未設現場。"),
    "Set it once with: git config fenji.site CODE": (
        "设置一次即可：git config fenji.site CODE",
        "設置一次即可：git config fenji.site CODE",
    ),
    "The policy knows no site {site}.": ("规则中没有现场 {site}。", "規則中沒有現場 {site}。"),
    "Set one of {known} with: git config fenji.site CODE; or have {site} added to policy.yaml.": (
        "在 {known} 中选一个：git config fenji.site CODE；或请人把 {site} 加入 policy.yaml。",
        "在 {known} 中選一個：git config fenji.site CODE；或請人把 {site} 加入 policy.yaml。",
    ),
    "Nobody is named at this desk.": ("此工作台未设操作人。", "此工作台未設操作人。"),
    "Say who you are once with: git config fenji.user KEY, a key of people in policy.yaml.": (
        "设置一次即可：git config fenji.user KEY，KEY 为 policy.yaml 中 people 的键。",
        "設置一次即可：git config fenji.user KEY，KEY 為 policy.yaml 中 people 的鍵。",
    ),
    "{person} is not among the people of policy.yaml.": (
        "policy.yaml 的人员中没有 {person}。",
        "policy.yaml 的人員中沒有 {person}。",
    ),
    "{person} is not among the people of policy.yaml. Is {near} meant?": (
        "policy.yaml 的人员中没有 {person}。是指 {near} 吗？",
        "policy.yaml 的人員中沒有 {person}。是指 {near} 嗎？",
    ),
    "There is no policy that can be read.": ("没有可读取的规则。", "沒有可讀取的規則。"),
    "Mend policy.yaml at the places named; fenji policy check tells when it is right.": (
        "请在所指之处修复 policy.yaml；可用 fenji policy check 检查。",
        "請在所指之處修復 policy.yaml；可用 fenji policy check 檢查。",
    ),
    "The policy cannot be used.": ("规则不能采用。", "規則不能採用。"),
    "Mend what is listed.": ("请修复所列之处。", "請修復所列之處。"),
    "The ticket cannot be used.": ("工单不能采用。", "工單不能採用。"),
    "There is no calendar {name}.": ("没有日历 {name}。", "沒有日曆 {name}。"),
    "No calendar is called {name}.": ("没有日历 {name}。", "沒有日曆 {name}。"),
    "Known are {known}.": ("已有 {known}。", "已有 {known}。"),
    "Name it under calendars in policy.yaml.": (
        "请在 policy.yaml 的 calendars 下添加。",
        "請在 policy.yaml 的 calendars 下添加。",
    ),
    "The calendar {name} cannot be used.": ("日历 {name} 不能采用。", "日曆 {name} 不能採用。"),
    "The calendar {name} does not open for that long within five years of {start}.": (
        "自 {start} 起五年内，日历 {name} 没有这么长的工作时间。",
        "自 {start} 起五年內，日曆 {name} 沒有這麼長的工作時間。",
    ),
    "Look at its week, holidays, shifts and breaks in policy.yaml.": (
        "请检查 policy.yaml 中它的 week、holidays、shifts 和 breaks。",
        "請檢查 policy.yaml 中它的 week、holidays、shifts 和 breaks。",
    ),
    "The time {time} is outside the years that are counted.": (
        "时间 {time} 超出计时的年份。",
        "時間 {time} 超出計時的年份。",
    ),
    "The time {time} has no offset from UTC.": ("时间 {time} 未带时区。", "時間 {time} 未帶時區。"),
    "Give it, as 2026-03-01T08:00:00+03:00.": (
        "请带上时区，如 2026-03-01T08:00:00+03:00。",
        "請帶上時區，如 2026-03-01T08:00:00+03:00。",
    ),
    "A working time of {length} is negative.": ("工作时间 {length} 为负。", "工作時間 {length} 為負。"),
    "The installed package holidays does not have the holidays of {country}.": (
        "已安装的 holidays 包没有 {country} 的假日。",
        "已安裝的 holidays 包沒有 {country} 的假日。",
    ),
    "Upgrade it, or list the dates in policy.yaml.": (
        "请升级它，或在 policy.yaml 中列出日期。",
        "請升級它，或在 policy.yaml 中列出日期。",
    ),
    # values that lost
    "{field} is not set by hand, so nothing is taken back.": (
        "{field} 不能手工设置，因此没有取回。",
        "{field} 不能手工設置，因此沒有取回。",
    ),
    "The value stays in the log.": ("该值仍在日志中。", "該值仍在日誌中。"),
    "Several values of {field} lost.": ("{field} 有多份被取代。", "{field} 有多份被取代。"),
    "Say which: {known}.": ("请指明：{known}。", "請指明：{known}。"),
    "No other value of {field} stands beside {id}.": (
        "{id} 的 {field} 没有另一份。",
        "{id} 的 {field} 沒有另一份。",
    ),
    "Values that lost stand in its log for: {known}.": (
        "其日志中有被取代值的字段：{known}。",
        "其日誌中有被取代值的字段：{known}。",
    ),
}
