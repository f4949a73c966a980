"""Words for one thing: the file, the command and the screen. English text → (simplified, traditional) Chinese."""

from __future__ import annotations

SYNONYMS: dict[str, tuple[str, str]] = {
    "handbook.yaml is refused; the last good one from git is in force. See: fenji check": (
        "handbook.yaml 有误，未采用；沿用 git 中最近一个正确的版本。见：fenji check",
        "handbook.yaml 有誤，未採用；沿用 git 中最近一個正確的版本。見：fenji check",
    ),
    "Give words to look for, or a change, not both.": (
        "要么给出要找的词，要么给出改动，不能都给。",
        "要麼給出要找的詞，要麼給出改動，不能都給。",
    ),
    "Removed: {words}": ("已删除：{words}", "已刪除：{words}"),
    "Added: {words}": ("已添加：{words}", "已添加：{words}"),
    "Saved: {words}": ("已保存：{words}", "已保存：{words}"),
    "There is no such group. Add one with: fenji synonyms --add 'spares, spare part'": (
        "没有这样的组。添加用：fenji synonyms --add 'spares, spare part'",
        "沒有這樣的組。添加用：fenji synonyms --add 'spares, spare part'",
    ),
    "There is no group of {words}.": ("没有 {words} 这一组。", "沒有 {words} 這一組。"),
    "See them with: fenji synonyms": ("查看用：fenji synonyms", "查看用：fenji synonyms"),
    "{words}: this group stands there already.": ("{words}：这一组已经有了。", "{words}：這一組已經有了。"),
    "{words}: {reason}.": ("{words}：{reason}。", "{words}：{reason}。"),
    "expected is `synonyms:` with a list of groups": ("应为 `synonyms:` 及一列组", "應為 `synonyms:` 及一列組"),
    "is no key of this file; it has `synonyms:` alone": (
        "不是本文件的键；本文件只有 `synonyms:`",
        "不是本文件的鍵；本文件只有 `synonyms:`",
    ),
    "expected is a list of groups, each as `- [rust, corrosion]`": (
        "应为一列组，每组形如 `- [rust, corrosion]`",
        "應為一列組，每組形如 `- [rust, corrosion]`",
    ),
    "a group is a list of words, as `[rust, corrosion]`": (
        "一组应为一列词，如 `[rust, corrosion]`",
        "一組應為一列詞，如 `[rust, corrosion]`",
    ),
    "a group has two words or more; script and letter case make no difference": (
        "一组至少要有两个词；繁简和大小写不算差别",
        "一組至少要有兩個詞；繁簡和大小寫不算差別",
    ),
    "at most {most} groups are taken": ("最多 {most} 组", "最多 {most} 組"),
    "a word of letters is expected": ("此处应为由文字组成的词", "此處應為由文字組成的詞"),
    "a word has at most {most} characters": ("一个词最多 {most} 个字", "一個詞最多 {most} 個字"),
    "a group has at most {most} words": ("一组最多 {most} 个词", "一組最多 {most} 個詞"),
    "Words for one thing: list, add, remove.": ("同义词：列出、添加、删除。", "同義詞：列出、添加、刪除。"),
    "WORD lists the groups that have it. --add and --remove take words with commas between: 'rust, corrosion'.": (
        "给出 WORD 则只列出含该词的组。--add 和 --remove 的词用逗号隔开：'rust, corrosion'。",
        "給出 WORD 則只列出含該詞的組。--add 和 --remove 的詞用逗號隔開：'rust, corrosion'。",
    ),
    "Add a group of these words.": ("添加由这些词组成的一组。", "添加由這些詞組成的一組。"),
    "Remove the group of these words; two of them are enough.": (
        "删除这些词所在的组；给出其中两个就够了。",
        "刪除這些詞所在的組；給出其中兩個就夠了。",
    ),
    "synonyms": ("同义词", "同義詞"),
    "Words for one thing: see, add, change, remove": (
        "同义词：查看、添加、修改、删除",
        "同義詞：查看、添加、修改、刪除",
    ),
    "Add a group of words for one thing": ("添加一组同义词", "添加一組同義詞"),
    "change": ("修改", "修改"),
    "Change the words of the group": ("修改这一组的词", "修改這一組的詞"),
    "Remove the group": ("删除这一组", "刪除這一組"),
    "narrow": ("缩小", "縮小"),
    "Show only groups with a word": ("只显示含某个词的组", "只顯示含某個詞的組"),
    "Words with commas between, as: rust, corrosion. Either script will do.": (
        "词之间用逗号隔开，如：rust, corrosion。繁简均可。",
        "詞之間用逗號隔開，如：rust, corrosion。繁簡均可。",
    ),
    "{count} groups of words for one thing: searching one finds the others": (
        "{count} 组同义词：搜索其中一个，也会找到其余的",
        "{count} 組同義詞：搜索其中一個，也會找到其餘的",
    ),
    "There is no such group. {key} adds one.": ("没有这样的组。按 {key} 添加。", "沒有這樣的組。按 {key} 添加。"),
    "There is no handbook.yaml yet; the first change writes it.": (
        "还没有 handbook.yaml；第一次改动时写出。",
        "還沒有 handbook.yaml；第一次改動時寫出。",
    ),
    "Change to:": ("改为：", "改為："),
    "New group:": ("新的一组：", "新的一組："),
    "Remove this group? Y removes, Esc goes back.": (
        "删除这一组？Y 删除，Esc 返回。",
        "刪除這一組？Y 刪除，Esc 返回。",
    ),
    "Show groups with:": ("显示含有此词的组：", "顯示含有此詞的組："),
    "Nothing shows all of them.": ("留空则全部显示。", "留空則全部顯示。"),
}
