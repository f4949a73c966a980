"""Words that differ on the two sides of the strait, and how a sentence in simplified script reads in the other one.

Both catalogues use the same words except for these: whoever changes a text in one changes it in both. The words of the
method (質量問題, 用戶需求, 響應, 現場項目) are those of the published form, in either script.
"""

from __future__ import annotations

import re

from fenji.text import fold

# A pattern in simplified script → the word in traditional script. If two match at one place, the first one counts.
WORDS = {
    "用户需求": "用戶需求",
    "用户组": "群組",
    "用户": "使用者",
    "文件夹": "資料夾",
    "文件名": "檔名",
    "文件": "檔案",
    "文档": "文件",
    "电子表格": "試算表",
    "工作簿": "活頁簿",
    "单元格": "儲存格",
    "列表": "清單",
    "字段": "欄位",
    "(?<![系下队排陈并上序所另未分只少])列(?![出入印为举项词组到])": "欄",
    "设置": "設定",
    "默认": "預設",
    "保存": "儲存",
    "导入": "匯入",
    "导出": "匯出",
    "打印": "列印",
    "搜索": "搜尋",
    "刷新": "重新整理",
    "粘贴": "貼上",
    "剪贴板": "剪貼簿",
    "界面": "介面",
    "视图": "檢視",
    "窗口": "視窗",
    "光标": "游標",
    "字符": "字元",
    "字节": "位元組",
    "字体": "字型",
    "全角": "全形",
    "半角": "半形",
    "缩进": "縮排",
    "注释": "註解",
    "示例": "範例",
    "脚本": "指令碼",
    "程序": "程式",
    "软件包": "套件",
    "软件": "軟體",
    "进程": "行程",
    "运行": "執行",
    "支持": "支援",
    "子模块": "子模組",
    "二进制": "二進位",
    "信息": "資訊",
    "消息": "訊息",
    "数据": "資料",
    "映射": "對映",
    "对象(?=命名)|(?<=副本中的)对象": "物件",
    "内存": "記憶體",
    "缓存": "快取",
    "磁盘只读": "磁碟唯讀",
    "磁盘": "磁碟",
    " ?U 盘": "隨身碟",
    "链接": "連結",
    "网络": "網路",
    "服务器": "伺服器",
    "终端": "終端機",
    "账户": "帳戶",
    "登录": "登入",
    "访问": "存取",
    "端口": "連接埠",
    "配置": "設定",
    "密钥": "金鑰",
    "本地": "本機",
    "仓库": "儲存庫",
    "克隆": "複製",
    "反馈": "回饋",
    "水平": "水準",
}
_QUOTES = str.maketrans("「」", "“”")  # “ ” in simplified script, 「 」 in traditional
_ANY = re.compile("|".join(f"({pattern})" for pattern in WORDS))


def replace_words(simplified: str, traditional: str) -> str:
    """Return the traditional text, which matches the simplified one by character, with the glossary's words put in."""
    replaced, end = "", 0
    for found in _ANY.finditer(simplified):
        word = list(WORDS.values())[(found.lastindex or 1) - 1]
        replaced, end = replaced + traditional[end : found.start()] + word, found.end()
    return replaced + traditional[end:]


def fold_simplified(text: str) -> str:
    """Return the folded traditional text that a simplified one should have."""
    return fold(replace_words(text, text).translate(_QUOTES))


def fold_traditional(text: str) -> str:
    """Return a traditional text folded for the comparison."""
    return fold(text.translate(_QUOTES))
