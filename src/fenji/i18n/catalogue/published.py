"""The published handbook. English text → (simplified, traditional) Chinese."""

from __future__ import annotations

PUBLISHED: dict[str, tuple[str, str]] = {
    # lengths of time
    "{days} d {hours} h": ("{days} 天 {hours} 小时", "{days} 天 {hours} 小時"),
    "{days} d": ("{days} 天", "{days} 天"),
    "{hours} h {minutes} min": ("{hours} 小时 {minutes} 分", "{hours} 小時 {minutes} 分"),
    "{minutes} min": ("{minutes} 分", "{minutes} 分"),
    "{seconds} s": ("{seconds} 秒", "{seconds} 秒"),
    # looking up
    "Show more": ("显示更多", "顯示更多"),
    # a ticket in the handbook
    "Reported": ("报告时间", "報告時間"),
    "Archived": ("归档时间", "歸檔時間"),
    "{used} of {target}": ("{used}（共 {target}）", "{used}（共 {target}）"),
    "Frequency": ("出现次数", "出現次數"),
    "{count} times with this system, subsystem and part": (
        "同一系统、分系统和件号 {count} 次",
        "同一系統、分系統和件號 {count} 次",
    ),
    "solution in {length}, median": ("解决方案用时中位数 {length}", "解決方案用時中位數 {length}"),
    "{count} times": ("{count} 次", "{count} 次"),
    "{count} problems": ("{count} 个问题", "{count} 個問題"),
    "Total": ("合计", "合計"),
    "(not in this handbook)": ("（不在本手册中）", "（不在本手冊中）"),
    "The folder “search” is missing beside this page: keep the files together.": (
        "本页旁缺少 search 文件夹：请把文件放在一起。",
        "本頁旁缺少 search 文件夾：請把文件放在一起。",
    ),
    "Narrow:": ("缩小范围：", "縮小範圍："),
    "Searching needs JavaScript; the lists below lead to every problem.": (
        "搜索需要 JavaScript；由下面的列表可到达每个问题。",
        "搜索需要 JavaScript；由下面的列表可到達每個問題。",
    ),
    "Search: words, part number, number": ("搜索：词语、件号、编号", "搜索：詞語、件號、編號"),
    "All of it on one page, to be printed": ("全部内容合为一页，供打印", "全部內容合為一頁，供打印"),
    # the first page
    "Problem handbook": ("售后问题手册", "售後問題手冊"),
    "{count} problems, archived up to {at}.": ("{count} 个问题，归档截至 {at}。", "{count} 個問題，歸檔截至 {at}。"),
    "Only: {words}": ("只含：{words}", "只含：{words}"),
    "{count} withdrawn tickets are left out.": ("不含已撤回的 {count} 张工单。", "不含已撤回的 {count} 張工單。"),
    "{count} files could not be read and are missing.": (
        "{count} 个文件无法读取，未收入。",
        "{count} 個文件無法讀取，未收入。",
    ),
    "No archived ticket is in this handbook yet.": ("本手册尚无已归档的工单。", "本手冊尚無已歸檔的工單。"),
    "Systems and subsystems": ("系统与分系统", "系統與分系統"),
    "{kind}, no system named": ("{kind}（未填系统）", "{kind}（未填系統）"),
    "no subsystem named": ("未填分系统", "未填分系統"),
    "Problems": ("问题数", "問題數"),
    "Latest": ("最近", "最近"),
    "Year": ("年份", "年份"),
    "Problems reported in each year": ("各年报告的问题", "各年報告的問題"),
    "How long it takes": ("处理用时", "處理用時"),
    "Medians of working time, a day being 24 hours of it; promises met, missed and excused.": (
        "工作时间的中位数，一天按 24 小时计；承诺的达成、未达成和已申辩数。",
        "工作時間的中位數，一天按 24 小時計；承諾的達成、未達成和已申辯數。",
    ),
    "Parts that recur": ("反复出问题的部件", "反覆出問題的部件"),
    "Causes that recur": ("反复出现的原因", "反覆出現的原因"),
    "{count} more were named more than once.": ("另有 {count} 个出现不止一次。", "另有 {count} 個出現不止一次。"),
    "Newest entries": ("最新条目", "最新條目"),
    "Most linked": ("关联最多", "關聯最多"),
    "{count} links": ("{count} 处关联", "{count} 處關聯"),
    "{count} problems on this page at a glance": ("本页 {count} 个问题一览", "本頁 {count} 個問題一覽"),
    "By year": ("逐年", "逐年"),
    "Lessons of what recurs most": ("最常见问题的教训", "最常見問題的教訓"),
    "In the last 365 days {count}, in the 365 before {before}.": (
        "最近 365 天 {count} 个，此前 365 天 {before} 个。",
        "最近 365 天 {count} 個，此前 365 天 {before} 個。",
    ),
}
