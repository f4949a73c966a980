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
    "The folder “search” is missing beside this page: keep the files together.": (
        "本页旁缺少 search 文件夹：请把文件放在一起。",
        "本頁旁缺少 search 文件夾：請把文件放在一起。",
    ),
}
