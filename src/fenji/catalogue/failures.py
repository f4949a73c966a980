"""Failures of machine, files, git and hub, and what helps. English text → (simplified, traditional) Chinese."""

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
    # git
    "git is not installed, or not on the PATH.": ("未安装 git，或不在 PATH 中。", "未安裝 git，或不在 PATH 中。"),
    "Install git 2.30 or newer.": ("请安装 git 2.30 或更新版本。", "請安裝 git 2.30 或更新版本。"),
    "{path} is in no git working tree.": ("{path} 不在 git 工作树中。", "{path} 不在 git 工作樹中。"),
    "`fenji init {path}` makes it a desk.": (
        "用 `fenji init {path}` 建为工作台。",
        "用 `fenji init {path}` 建為工作台。",
    ),
    "git {command} failed: {reason}": ("git {command} 失败：{reason}", "git {command} 失敗：{reason}"),
    "Another git holds its lock; where none runs any more, remove that .lock file.": (
        "另一个 git 持有锁；若已无 git 在运行，请删除该 .lock 文件。",
        "另一個 git 持有鎖；若已無 git 在運行，請刪除該 .lock 文件。",
    ),
    "Ask the owner of the folder for the right to write in its .git.": (
        "请向文件夹所有者申请 .git 的写权限。",
        "請向文件夾所有者申請 .git 的寫權限。",
    ),
    "Make room on the disk and try again; nothing written so far is lost.": (
        "请腾出磁盘空间后再试；已写入的内容没有丢失。",
        "請騰出磁盤空間後再試；已寫入的內容沒有丟失。",
    ),
    "The disk can only be read; try again once it can be written.": (
        "磁盘只读；可写后再试。",
        "磁盤只讀；可寫後再試。",
    ),
    "The folder belongs to another user: `git config --global --add safe.directory` trusts it.": (
        "文件夹属于其他用户：可用 `git config --global --add safe.directory` 信任它。",
        "文件夾屬於其他用戶：可用 `git config --global --add safe.directory` 信任它。",
    ),
    "The branch kept moving while it was committed to.": ("提交时分支不断变动。", "提交時分支不斷變動。"),
    "Try again.": ("请再试。", "請再試。"),
    "Committing failed: {reason}.": ("提交失败：{reason}。", "提交失敗：{reason}。"),
    "It is saved, but not committed yet: {reason}": ("已保存，但尚未提交：{reason}", "已保存，但尚未提交：{reason}"),
    "The next act or start commits it.": ("下次操作或启动时提交。", "下次操作或啟動時提交。"),
    # the hub
    "This desk knows no hub.": ("此工作台未设总部库。", "此工作台未設總部庫。"),
    "Name it once with: git remote add origin URL. Without a link: fenji bundle, fenji receive.": (
        "设置一次即可：git remote add origin URL。没有链路时用：fenji bundle、fenji receive。",
        "設置一次即可：git remote add origin URL。沒有鏈路時用：fenji bundle、fenji receive。",
    ),
    "HEAD is on no branch.": ("HEAD 不在任何分支上。", "HEAD 不在任何分支上。"),
    "Go back to the desk's branch with: git switch main": (
        "回到工作台的分支：git switch main",
        "回到工作台的分支：git switch main",
    ),
    "{remote} does not take it: {reason}": ("{remote} 拒收：{reason}", "{remote} 拒收：{reason}"),
    "What was recorded here is kept and waits; put that right and sync again.": (
        "已记录的内容都在，待发；排除原因后再同步。",
        "已記錄的內容都在，待發；排除原因後再同步。",
    ),
    "The exchange with {remote} failed: {reason}": ("与 {remote} 交换失败：{reason}", "與 {remote} 交換失敗：{reason}"),
    "Everything is recorded here and waits; the next sync sends it.": (
        "已全部记录，待发；下次同步时发出。",
        "已全部記錄，待發；下次同步時發出。",
    ),
    "{remote} cannot be reached: no address is known for it.": (
        "连不上 {remote}：找不到其地址。",
        "連不上 {remote}：找不到其地址。",
    ),
    "{remote} cannot be reached: it does not answer.": ("连不上 {remote}：没有应答。", "連不上 {remote}：沒有應答。"),
    "{remote} cannot be reached: nothing answers at its port.": (
        "连不上 {remote}：端口无应答。",
        "連不上 {remote}：端口無應答。",
    ),
    "{remote} cannot be reached: there is no network to it.": (
        "连不上 {remote}：网络不通。",
        "連不上 {remote}：網絡不通。",
    ),
    "{remote} is not known to ssh, or shows another key than before.": (
        "ssh 不认识 {remote}，或其密钥与以前不同。",
        "ssh 不認識 {remote}，或其密鑰與以前不同。",
    ),
    "Ask its administrator for the key, then connect once by hand: ssh HOST": (
        "请向其管理员核实密钥，再手工连接一次：ssh HOST",
        "請向其管理員核實密鑰，再手工連接一次：ssh HOST",
    ),
    "{remote} does not let you in.": ("{remote} 拒绝登录。", "{remote} 拒絕登錄。"),
    "Ask its administrator to add your key; `ssh-add -l` tells which keys are offered.": (
        "请其管理员添加你的公钥；用 `ssh-add -l` 查看所用密钥。",
        "請其管理員添加你的公鑰；用 `ssh-add -l` 查看所用密鑰。",
    ),
    "There is no repository where {remote} should be.": ("{remote} 处没有仓库。", "{remote} 處沒有倉庫。"),
    "See where it points with: git remote -v": ("查看其地址：git remote -v", "查看其地址：git remote -v"),
    "{remote} belongs to another user, so git does not trust it.": (
        "{remote} 属于其他用户，git 不信任它。",
        "{remote} 屬於其他用戶，git 不信任它。",
    ),
    "Ask its owner.": ("请找其所有者。", "請找其所有者。"),
    "A disk is full, here or at {remote}.": ("本机或 {remote} 的磁盘已满。", "本機或 {remote} 的磁盤已滿。"),
    "The link to {remote} broke.": ("与 {remote} 的链路中断。", "與 {remote} 的鏈路中斷。"),
    "Nothing is lost: sync again; what had not arrived is asked for anew.": (
        "内容没有丢失：请再次同步，未到的部分会重新请求。",
        "內容沒有丟失：請再次同步，未到的部分會重新請求。",
    ),
    "Others pushed to {remote} before this clone could, {tries} times in a row.": (
        "连续 {tries} 次被他人抢先推送到 {remote}。",
        "連續 {tries} 次被他人搶先推送到 {remote}。",
    ),
    "What came from them is joined already; sync again in a moment.": (
        "对方的内容已并入；稍后请再同步。",
        "對方的內容已併入；稍後請再同步。",
    ),
    "{remote} holds no desk.": ("{remote} 中没有工作台。", "{remote} 中沒有工作台。"),
    "Nothing is recorded here yet.": ("此处尚无记录。", "此處尚無記錄。"),
    "Begin with a clone of the hub: fenji init DIR --site SITE --from URL": (
        "从总部库克隆开始：fenji init DIR --site SITE --from URL",
        "從總部庫克隆開始：fenji init DIR --site SITE --from URL",
    ),
    "This desk is in an exchange already.": ("此工作台正在同步。", "此工作台正在同步。"),
    "Wait until that one is done.": ("请等它完成。", "請等它完成。"),
    "{path} is a part of a larger repository: its signatures are not looked at.": (
        "{path} 是更大仓库的一部分：不核对其签名。",
        "{path} 是更大倉庫的一部分：不核對其簽名。",
    ),
    "A {what} begun with git is not finished.": (
        "用 git 开始的操作（{what}）尚未完成。",
        "用 git 開始的操作（{what}）尚未完成。",
    ),
    "Its tickets are joined. Finish it with: {command}; then sync again.": (
        "其中工单已合并。请完成它：{command}；然后再同步。",
        "其中工單已合併。請完成它：{command}；然後再同步。",
    ),
    "{paths}: changed here and there, and not a part of the desk.": (
        "{paths}：两边都改过，且不属于工作台。",
        "{paths}：兩邊都改過，且不屬於工作台。",
    ),
    "Join it with git pull, commit, then sync again.": (
        "请用 git pull 合并并提交，再同步。",
        "請用 git pull 合併並提交，再同步。",
    ),
    "{paths}: changed here and not committed, and the other side has another version.": (
        "{paths}：本地有改动未提交，对方另有版本。",
        "{paths}：本地有改動未提交，對方另有版本。",
    ),
    "Commit or stash what is not the desk's, then sync again.": (
        "请提交或储藏（stash）不属于工作台的改动，再同步。",
        "請提交或儲藏（stash）不屬於工作台的改動，再同步。",
    ),
    "{path} is not here: git has not got its contents.": (
        "{path} 不在本机：git 没有它的内容。",
        "{path} 不在本機：git 沒有它的內容。",
    ),
    "Bring the link up and sync again; a thin clone fetches large files when they are needed.": (
        "请接通链路后再同步；精简克隆中的大文件用到时才取。",
        "請接通鏈路後再同步；精簡克隆中的大文件用到時才取。",
    ),
    "{path} cannot stand where it does.": ("{path} 不能放在此处。", "{path} 不能放在此處。"),
    "Somebody put it there with git, past fenji: take it out there, or ask who did.": (
        "有人绕过 fenji 用 git 放入：请在那里移走，或询问放入的人。",
        "有人繞過 fenji 用 git 放入：請在那裡移走，或詢問放入的人。",
    ),
    "{id} has no number left to give way to: more tickets than can be took the same one.": (
        "{id} 无号可让：占用同一编号的工单过多。",
        "{id} 無號可讓：佔用同一編號的工單過多。",
    ),
    "Give one of them another number by hand; fenji check names them.": (
        "请手工给其中一张另一个编号；见 fenji check。",
        "請手工給其中一張另一個編號；見 fenji check。",
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
