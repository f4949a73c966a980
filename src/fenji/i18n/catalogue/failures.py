"""Failures of machine, files and index, and what helps. English text → (simplified, traditional) Chinese."""

from __future__ import annotations

FAILURES: dict[str, tuple[str, str]] = {
    # the machine
    "the disk is full": ("磁盘已满", "磁盤已滿"),
    "the disk quota is used up": ("磁盘配额已用完", "磁盤配額已用完"),
    "the disk is read-only": ("磁盘只读", "磁盤只讀"),
    "not allowed": ("没有权限", "沒有權限"),
    "there is no such file": ("没有这个文件", "沒有這個文件"),
    "The machine does not allow it: {reason}.": ("本机无法执行：{reason}。", "本機無法執行：{reason}。"),
    "{path} cannot be used: {reason}.": ("{path} 无法使用：{reason}。", "{path} 無法使用：{reason}。"),
    "Nothing is lost: put that right and do it again.": (
        "内容没有丢失：排除原因后重做。",
        "內容沒有丟失：排除原因後重做。",
    ),
    "This was not foreseen ({name}). The details are in {path}.": (
        "意外错误（{name}）。详情见 {path}。",
        "意外錯誤（{name}）。詳情見 {path}。",
    ),
    "This was not foreseen ({name}); the details follow.": (
        "意外错误（{name}），详情如下。",
        "意外錯誤（{name}），詳情如下。",
    ),
    "{path} cannot be read.": ("{path} 无法读取。", "{path} 無法讀取。"),
    "{path} cannot be read: {reason}.": ("{path} 无法读取：{reason}。", "{path} 無法讀取：{reason}。"),
    "{path} cannot be written: {reason}.": ("{path} 无法写入：{reason}。", "{path} 無法寫入：{reason}。"),
    "{path} cannot be made: {reason}.": ("无法建立 {path}：{reason}。", "無法建立 {path}：{reason}。"),
    "{path} cannot be made: {reason}": ("无法建立 {path}：{reason}", "無法建立 {path}：{reason}"),
    "Ask the owner of the folder for the right to write in it; nothing was changed.": (
        "请向文件夹所有者申请写权限；未作任何改动。",
        "請向文件夾所有者申請寫權限；未作任何改動。",
    ),
    "Make room in your quota and do it again; nothing was changed.": (
        "请腾出配额后重做；未作任何改动。",
        "請騰出配額後重做；未作任何改動。",
    ),
    "Make room on the disk and do it again; nothing was changed.": (
        "请腾出磁盘空间后重做；未作任何改动。",
        "請騰出磁盤空間後重做；未作任何改動。",
    ),
    "Nothing was changed; do it again once the cause is removed.": (
        "未作任何改动；排除原因后重做。",
        "未作任何改動；排除原因後重做。",
    ),
    "The desk lies on a disk without file locks; move it to one that has them.": (
        "工作台所在磁盘不支持文件锁；请移到支持的磁盘上。",
        "工作台所在磁盤不支持文件鎖；請移到支持的磁盤上。",
    ),
    "The disk can only be read; do it again once it can be written. Nothing was changed.": (
        "磁盘只读；可写后重做。未作任何改动。",
        "磁盤只讀；可寫後重做。未作任何改動。",
    ),
    "Another fenji has been writing to this desk for {seconds} seconds.": (
        "另一个 fenji 已在写入此工作台 {seconds} 秒。",
        "另一個 fenji 已在寫入此工作台 {seconds} 秒。",
    ),
    "Wait until it is done, or end it; then try again.": (
        "请等它完成或将其结束，然后再试。",
        "請等它完成或將其結束，然後再試。",
    ),
    # files of the desk
    "{path} cannot be read as a ticket.": ("{path} 无法作为工单读取。", "{path} 無法作為工單讀取。"),
    "{path} can no longer be read.": ("{path} 已无法读取。", "{path} 已無法讀取。"),
    "Mend the file at the places named; its bytes were left alone.": (
        "请在所指之处修复；文件内容未动。",
        "請在所指之處修復；文件內容未動。",
    ),
    "Mend it first; its bytes were left alone, and nothing was written.": (
        "请先修复；文件内容未动，也未写入任何内容。",
        "請先修復；文件內容未動，也未寫入任何內容。",
    ),
    "Another ticket has the number {id}.": ("编号 {id} 已被另一张工单占用。", "編號 {id} 已被另一張工單佔用。"),
    "`fenji check` tells where.": ("位置见 `fenji check`。", "位置見 `fenji check`。"),
    "Do it again.": ("请重做。", "請重做。"),
    "{id} would have {size} bytes; at most {most}.": (
        "{id} 将达 {size} 字节，最多 {most}。",
        "{id} 將達 {size} 字節，最多 {most}。",
    ),
    "Attach long texts and logs as files.": ("长文字和日志请作为附件。", "長文字和日誌請作為附件。"),
    "A text of {id} holds bytes that are no UTF-8 text.": (
        "{id} 的文字中有非 UTF-8 字节。",
        "{id} 的文字中有非 UTF-8 字節。",
    ),
    "Type it anew.": ("请重新输入。", "請重新輸入。"),
    "There is no file {path}.": ("没有文件 {path}。", "沒有文件 {path}。"),
    "{path} is not a plain file.": ("{path} 不是普通文件。", "{path} 不是普通文件。"),
    "{path} is larger than {most} MiB.": ("{path} 大于 {most} MiB。", "{path} 大於 {most} MiB。"),
    "Keep it elsewhere and write down where; or attach the part that matters.": (
        "请存放在别处并写明位置，或只附上要紧的部分。",
        "請存放在別處並寫明位置，或只附上要緊的部分。",
    ),
    # the folder of the published handbook
    "Each format needs a folder of its own.": ("每种格式须有各自的文件夹。", "每種格式須有各自的文件夾。"),
    "{path} belongs to the desk itself.": ("{path} 属于工作台本身。", "{path} 屬於工作台本身。"),
    "Name a folder of its own, in the desk or elsewhere.": (
        "请指定单独的文件夹，在工作台内外均可。",
        "請指定單獨的文件夾，在工作台內外均可。",
    ),
    "In {path} these files are not as the handbook left them: {names}.": (
        "{path} 中这些文件在手册生成后被改过：{names}。",
        "{path} 中這些文件在手冊生成後被改過：{names}。",
    ),
    "Move them away, or name another folder; nothing was changed.": (
        "请移走它们，或指定其他文件夹；未作任何改动。",
        "請移走它們，或指定其他文件夾；未作任何改動。",
    ),
    "{path} is not empty and holds no handbook.": ("{path} 不是空的，也不含手册。", "{path} 不是空的，也不含手冊。"),
    "Name a new folder or an empty one.": ("请指定新文件夹或空文件夹。", "請指定新文件夾或空文件夾。"),
    "Name a new folder, or move that one away.": (
        "请指定新文件夹，或移走该文件夹。",
        "請指定新文件夾，或移走該文件夾。",
    ),
    "Name another folder for this one.": ("请为此手册指定其他文件夹。", "請為此手冊指定其他文件夾。"),
    "{path} holds a handbook of another kind ({kind}).": (
        "{path} 中是另一种手册（{kind}）。",
        "{path} 中是另一種手冊（{kind}）。",
    ),
    "The list of files in {path} cannot be read.": ("无法读取 {path} 中的文件清单。", "無法讀取 {path} 中的文件清單。"),
    "Nothing is lost: put that right and publish again.": (
        "内容没有丢失：排除原因后重新发布。",
        "內容沒有丟失：排除原因後重新發布。",
    ),
    # the search index
    "The handbook has no index yet.": ("问题手册尚无索引。", "問題手冊尚無索引。"),
    "`fenji index` builds it.": ("用 `fenji index` 建立。", "用 `fenji index` 建立。"),
    "The index of the handbook is damaged: {reason}.": (
        "问题手册的索引已损坏：{reason}。",
        "問題手冊的索引已損壞：{reason}。",
    ),
    "The index of the handbook cannot be written: {reason}.": (
        "无法写入问题手册的索引：{reason}。",
        "無法寫入問題手冊的索引：{reason}。",
    ),
    "Whoosh {found} stands where {wanted} is needed.": (
        "需要 {wanted}，现有 Whoosh {found}。",
        "需要 {wanted}，現有 Whoosh {found}。",
    ),
    "The search library Whoosh is missing or broken.": ("搜索库 Whoosh 缺失或已损坏。", "搜索庫 Whoosh 缺失或已損壞。"),
    "Install it anew: pip uninstall whoosh whoosh-reloaded whoosh3, then pip install {wanted}.": (
        "重新安装：先 pip uninstall whoosh whoosh-reloaded whoosh3，再 pip install {wanted}。",
        "重新安裝：先 pip uninstall whoosh whoosh-reloaded whoosh3，再 pip install {wanted}。",
    ),
}
