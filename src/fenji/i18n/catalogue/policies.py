"""What is wrong in a policy. English text → (simplified, traditional) Chinese."""

from __future__ import annotations

POLICIES: dict[str, tuple[str, str]] = {
    # a policy
    "a policy is a mapping of keys that begins with `format: 1`": (
        "规则应为键的映射，以 `format: 1` 开头",
        "規則應為鍵的映射，以 `format: 1` 開頭",
    ),
    "the policy is missing; the last good one from git is in force": (
        "规则缺失；沿用 git 中上一份正确的规则",
        "規則缺失；沿用 git 中上一份正確的規則",
    ),
    "is {value}; this version reads format 1": ("为 {value}；此版本读取格式 1", "為 {value}；此版本讀取格式 1"),
    "the key {key} is unknown; known here: {known}": (
        "未知的键 {key}；此处可用：{known}",
        "未知的鍵 {key}；此處可用：{known}",
    ),
    "the key {key} is unknown; {nearest} is meant?": (
        "未知的键 {key}；是指 {nearest} 吗？",
        "未知的鍵 {key}；是指 {nearest} 嗎？",
    ),
    "the key {name} is not known here; known are {keys}": (
        "此处没有键 {name}；可用：{keys}",
        "此處沒有鍵 {name}；可用：{keys}",
    ),
    "holds an empty name": ("含有空的名称", "含有空的名稱"),
    "is empty": ("是空的", "是空的"),
    "is empty: give at least one value": ("是空的：请至少给一个值", "是空的：請至少給一個值"),
    "is empty: give the value, or a list of values, that it must have": (
        "是空的：请给出应有的值或值的列表",
        "是空的：請給出應有的值或值的列表",
    ),
    "must be one line of text, not {value}": ("应为一行文字，不是 {value}", "應為一行文字，不是 {value}"),
    "must be a mapping of keys, not {value}": ("应为键的映射，不是 {value}", "應為鍵的映射，不是 {value}"),
    "must be a list, as [{value}]": ("应为列表，如 [{value}]", "應為列表，如 [{value}]"),
    "{value} is not one of {known}": ("{value} 不在其中：{known}", "{value} 不在其中：{known}"),
    "{value} stands twice": ("{value} 出现两次", "{value} 出現兩次"),
    "{value} is not a date, as 2026-01-01, nor an instant with offset, as 2026-01-01T00:00:00+03:00": (
        "{value} 不是日期（如 2026-01-01），也不是带时区的时刻（如 2026-01-01T00:00:00+03:00）",
        "{value} 不是日期（如 2026-01-01），也不是帶時區的時刻（如 2026-01-01T00:00:00+03:00）",
    ),
    "{value} must lie before the `since` of the newest version, {since}": (
        "{value} 应早于最新版本的 `since`（{since}）",
        "{value} 應早於最新版本的 `since`（{since}）",
    ),
    "the versions must stand in the order of their `since`": (
        "各版本应按 `since` 的先后排列",
        "各版本應按 `since` 的先後排列",
    ),
    "says nothing: give its priorities, matrix or calendars": (
        "没有内容：请给出优先级、矩阵或日历",
        "沒有內容：請給出優先級、矩陣或日曆",
    ),
    "{value} is not a share from 1% to 99%, as 25%": (
        "{value} 不是 1% 至 99% 的比例，如 25%",
        "{value} 不是 1% 至 99% 的比例，如 25%",
    ),
    # priorities and durations
    "no priority is called {value}; known are {known}": (
        "没有优先级 {value}；可用：{known}",
        "沒有優先級 {value}；可用：{known}",
    ),
    "needs its times: response and solution, or `none` for either": (
        "缺少时限：response 和 solution，不承诺的写 `none`",
        "缺少時限：response 和 solution，不承諾的寫 `none`",
    ),
    "must be `always`, or `site` for the calendar of the ticket's site, not {value}": (
        "应为 `always`，或 `site`（工单所在现场的日历），不是 {value}",
        "應為 `always`，或 `site`（工單所在現場的日曆），不是 {value}",
    ),
    "needs a matrix of its own: that of the version after it names {value}": (
        "应有自己的矩阵：后一版的矩阵用到 {value}",
        "應有自己的矩陣：後一版的矩陣用到 {value}",
    ),
    "the cell is missing: which priority has {impact} with {occurrence}?": (
        "缺少一格：{impact} 与 {occurrence} 对应哪个优先级？",
        "缺少一格：{impact} 與 {occurrence} 對應哪個優先級？",
    ),
    "{value} is not among the values of impact: {known}": (
        "impact 没有值 {value}：{known}",
        "impact 沒有值 {value}：{known}",
    ),
    "{value} is not among the values of occurrence: {known}": (
        "occurrence 没有值 {value}：{known}",
        "occurrence 沒有值 {value}：{known}",
    ),
    "{value} is not a duration: write it as 30m, 8h, 14d or 1d12h": (
        "{value} 不是时长：写作 30m、8h、14d 或 1d12h",
        "{value} 不是時長：寫作 30m、8h、14d 或 1d12h",
    ),
    "{value} promises nothing: give at least 1m, or `none`": (
        "{value} 等于不承诺：至少 1m，或写 `none`",
        "{value} 等於不承諾：至少 1m，或寫 `none`",
    ),
    "{value} is negative: give at least 1m, or `none`": (
        "{value} 为负：至少 1m，或写 `none`",
        "{value} 為負：至少 1m，或寫 `none`",
    ),
    "{value} is not whole minutes: write it as 90m or 1h30m": (
        "{value} 不是整分钟：写作 90m 或 1h30m",
        "{value} 不是整分鐘：寫作 90m 或 1h30m",
    ),
    "{value} is longer than five years": ("{value} 超过五年", "{value} 超過五年"),
    (
        "{value} counts days, but the calendar {calendar} of {site} declares no `day`: give it one, as `day: 8h`, or "
        "promise hours"
    ): (
        "{value} 按天计，但 {site} 的日历 {calendar} 没有 `day`：请加上，如 `day: 8h`，或改用小时",
        "{value} 按天計，但 {site} 的日曆 {calendar} 沒有 `day`：請加上，如 `day: 8h`，或改用小時",
    ),
    "the response of {level}, {response}, is longer than its solution, {solution}": (
        "{level} 的响应 {response} 长于解决方案 {solution}",
        "{level} 的響應 {response} 長於解決方案 {solution}",
    ),
    "{value} is shorter than the {other} of {level}, which stands above it and so is more urgent": (
        "{value} 短于其上更紧急的 {level} 的 {other}",
        "{value} 短於其上更緊急的 {level} 的 {other}",
    ),
    (
        "{value} on the calendar {calendar} passes sooner than the {other} of {level} on {calendar_above}, which "
        "stands above it and so is more urgent"
    ): (
        "日历 {calendar} 的 {value} 先于其上更紧急的 {level} 在 {calendar_above} 的 {other} 到期",
        "日曆 {calendar} 的 {value} 先於其上更緊急的 {level} 在 {calendar_above} 的 {other} 到期",
    ),
    "the response clock is never held: leave [solution], or []": (
        "响应时钟从不暂停：只写 [solution] 或 []",
        "響應時鐘從不暫停：只寫 [solution] 或 []",
    ),
    "{value} is no clock: write [solution], or [] to hold none": (
        "{value} 不是时钟：写 [solution]，不暂停则写 []",
        "{value} 不是時鐘：寫 [solution]，不暫停則寫 []",
    ),
    # sites, units, people, routes
    "{value} is not a site code: capital letters and digits, at most 16, as KSA": (
        "{value} 不是现场代码：大写字母和数字，最多 16 个，如 KSA",
        "{value} 不是現場代碼：大寫字母和數字，最多 16 個，如 KSA",
    ),
    "needs a calendar: {level} counts by the calendar of the site": (
        "缺少日历：{level} 按现场日历计时",
        "缺少日曆：{level} 按現場日曆計時",
    ),
    "no calendar is called {value}; known are {known}": (
        "没有日历 {value}；可用：{known}",
        "沒有日曆 {value}；可用：{known}",
    ),
    "{value} has a meaning of its own: name the calendar otherwise": (
        "{value} 另有含义：请给日历换个名称",
        "{value} 另有含義：請給日曆換個名稱",
    ),
    "no unit is called {value}; known are {known}": (
        "没有单位 {value}；可用：{known}",
        "沒有單位 {value}；可用：{known}",
    ),
    "nobody under people is called {value}; known are {known}": (
        "people 中没有 {value}；可用：{known}",
        "people 中沒有 {value}；可用：{known}",
    ),
    "a ticket has no field {value}; {known} is meant?": (
        "工单没有字段 {value}；是指 {known} 吗？",
        "工單沒有字段 {value}；是指 {known} 嗎？",
    ),
    "a ticket cannot be told by {value}; {known} is meant?": (
        "不能按 {value} 区分工单；是指 {known} 吗？",
        "不能按 {value} 區分工單；是指 {known} 嗎？",
    ),
    "needs `when`; an empty one takes every ticket": (
        "缺少 `when`；为空则适用于全部工单",
        "缺少 `when`；為空則適用於全部工單",
    ),
    "leads nowhere: give it an owner, or units": ("没有去向：请给出责任人或单位", "沒有去向：請給出責任人或單位"),
    # figures of the past
    "the rules in force from {since} must stand here unchanged: {keys} of them differ": (
        "{since} 起生效的规则应原样保留在此：其中 {keys} 有改动",
        "{since} 起生效的規則應原樣保留在此：其中 {keys} 有改動",
    ),
    "would change figures of the past: put the rules of {since} under `earlier`, and give a later `since`": (
        "会改变过去的数字：请把 {since} 的规则放到 `earlier` 下，并写较晚的 `since`",
        "會改變過去的數字：請把 {since} 的規則放到 `earlier` 下，並寫較晚的 `since`",
    ),
    "would change figures of the past: {new} lies before the {old} of the policy in force": (
        "会改变过去的数字：{new} 早于现行规则的 {old}",
        "會改變過去的數字：{new} 早於現行規則的 {old}",
    ),
    "would change figures of the past: keep {calendar} here, and change it under a later `since`": (
        "会改变过去的数字：此处保留 {calendar}，在较晚的 `since` 下再改",
        "會改變過去的數字：此處保留 {calendar}，在較晚的 `since` 下再改",
    ),
    # calendars
    "a calendar is a mapping with {keys}": ("日历应为含 {keys} 的映射", "日曆應為含 {keys} 的映射"),
    "{value} is not a known zone; write it as Asia/Riyadh": (
        "未知的时区 {value}；写作 Asia/Riyadh",
        "未知的時區 {value}；寫作 Asia/Riyadh",
    ),
    'weekdays with their spans are expected, as sun-thu: ["08:00-17:00"]': (
        '应为每周时段，如 sun-thu: ["08:00-17:00"]',
        '應為每週時段，如 sun-thu: ["08:00-17:00"]',
    ),
    "there is no open minute in the week": ("一周中没有工作时间", "一週中沒有工作時間"),
    "{value} is no weekday; write {days}, or a range as sun-thu": (
        "{value} 不是星期；写 {days}，或范围如 sun-thu",
        "{value} 不是星期；寫 {days}，或範圍如 sun-thu",
    ),
    "{value} may mean one day or seven; write {day}, or mon-sun": (
        "{value} 可能指一天或七天；写 {day} 或 mon-sun",
        "{value} 可能指一天或七天；寫 {day} 或 mon-sun",
    ),
    "{day} stands under {other} already": ("{day} 已在 {other} 下", "{day} 已在 {other} 下"),
    'a list of spans is expected, as ["08:00-12:00", "13:00-17:00"]': (
        '应为时段列表，如 ["08:00-12:00", "13:00-17:00"]',
        '應為時段列表，如 ["08:00-12:00", "13:00-17:00"]',
    ),
    '{value} is not a span; write it in quotes, as "08:00-12:00"': (
        '{value} 不是时段；请加引号，如 "08:00-12:00"',
        '{value} 不是時段；請加引號，如 "08:00-12:00"',
    ),
    "{value} is not a span; write it as 08:00-12:00": (
        "{value} 不是时段；写作 08:00-12:00",
        "{value} 不是時段；寫作 08:00-12:00",
    ),
    "{value} overlaps {other}": ("{value} 与 {other} 重叠", "{value} 與 {other} 重疊"),
    "{value} is not a time of day": ("{value} 不是钟点", "{value} 不是鐘點"),
    "{value} is not a time of day; write {proper}": (
        "{value} 不是钟点；写作 {proper}",
        "{value} 不是鐘點；寫作 {proper}",
    ),
    "24:00 may only end a span": ("24:00 只能作为时段的结束", "24:00 只能作為時段的結束"),
    "{value} does not end after it begins; the end of the day is 24:00": (
        "{value} 的结束不晚于开始；一天的结束写 24:00",
        "{value} 的結束不晚於開始；一天的結束寫 24:00",
    ),
    "{value} is empty: it must end after it begins": (
        "{value} 是空的：结束应晚于开始",
        "{value} 是空的：結束應晚於開始",
    ),
    "{value} runs over midnight; write {start}-24:00, and 00:00-{end} on the next day": (
        "{value} 跨过午夜；写作 {start}-24:00，次日 00:00-{end}",
        "{value} 跨過午夜；寫作 {start}-24:00，次日 00:00-{end}",
    ),
    "{value} leaves the last minute of the day out; write {start}-24:00": (
        "{value} 漏了一天的最后一分钟；写作 {start}-24:00",
        "{value} 漏了一天的最後一分鐘；寫作 {start}-24:00",
    ),
    "{value} is not the length of a day; write 8h or 7h30m, up to 24h": (
        "{value} 不是一天的时长；写作 8h 或 7h30m，最多 24h",
        "{value} 不是一天的時長；寫作 8h 或 7h30m，最多 24h",
    ),
    "a list of dates is expected, as [2026-09-23]": ("应为日期列表，如 [2026-09-23]", "應為日期列表，如 [2026-09-23]"),
    'dates with their spans are expected, as 2026-02-14: ["09:00-12:00"]': (
        '应为日期及其时段，如 2026-02-14: ["09:00-12:00"]',
        '應為日期及其時段，如 2026-02-14: ["09:00-12:00"]',
    ),
    "{value} is not a date; write it as 2026-09-23": (
        "{value} 不是日期；写作 2026-09-23",
        "{value} 不是日期；寫作 2026-09-23",
    ),
    "the date {value} stands twice": ("日期 {value} 出现两次", "日期 {value} 出現兩次"),
    "the date {value} stands under add and under drop": (
        "日期 {value} 同时在 add 和 drop 下",
        "日期 {value} 同時在 add 和 drop 下",
    ),
    "without a country there is no holiday to drop": (
        "没有 country 就没有可去掉的假日",
        "沒有 country 就沒有可去掉的假日",
    ),
    'a country is expected; write Norway in quotes, as "NO"': (
        '应为国家；挪威请加引号，写作 "NO"',
        '應為國家；挪威請加引號，寫作 "NO"',
    ),
    "{value} is not a country whose holidays are known; write its two letters, as SA": (
        "没有 {value} 的假日；写国家的两个字母，如 SA",
        "沒有 {value} 的假日；寫國家的兩個字母，如 SA",
    ),
    "{value} is not a known subdivision of {country}": (
        "{value} 不是 {country} 的已知地区",
        "{value} 不是 {country} 的已知地區",
    ),
}
