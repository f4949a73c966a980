"""Failures of git, hub, bundles and signatures, and what helps. English text → (simplified, traditional) Chinese."""

from __future__ import annotations

EXCHANGE: dict[str, tuple[str, str]] = {
    "policy.yaml was sent.": ("policy.yaml 已发出。", "policy.yaml 已發出。"),
    "To be looked at:": ("请查看：", "請查看："),
    # a first copy
    "Say who you are: git -C {path} config fenji.user KEY, one of {people}": (
        "请说明你是谁：git -C {path} config fenji.user KEY，可选 {people}",
        "請說明你是誰：git -C {path} config fenji.user KEY，可選 {people}",
    ),
    "{person} is not among people in policy.yaml: ask the admin for an entry; until then without any role.": (
        "policy.yaml 的人员中没有 {person}：请管理员添加；在此之前没有任何角色。",
        "policy.yaml 的人員中沒有 {person}：請管理員添加；在此之前沒有任何角色。",
    ),
    "{site} is no site of policy.yaml, which has {sites}: ask the admin to add it.": (
        "policy.yaml 中没有现场 {site}（现有 {sites}）：请管理员添加。",
        "policy.yaml 中沒有現場 {site}（現有 {sites}）：請管理員添加。",
    ),
    # files of another desk
    "{path} is of another desk, which has nothing in common with this one.": (
        "{path} 属于另一个工作台，与本工作台毫无共同之处。",
        "{path} 屬於另一個工作台，與本工作台毫無共同之處。",
    ),
    "To begin a desk with it: fenji init DIR --site SITE --from {path}": (
        "用它新建工作台：fenji init DIR --site SITE --from {path}",
        "用它新建工作台：fenji init DIR --site SITE --from {path}",
    ),
    # edits by hand
    "{fields} can no longer be changed: fenji sync puts the values back and keeps what was typed": (
        "{fields} 不能再改：fenji sync 会恢复原值并保留所键入的",
        "{fields} 不能再改：fenji sync 會恢復原值並保留所鍵入的",
    ),
    "{fields} cannot be changed by hand now ({state}): put back, and the file as it was typed kept in {path}": (
        "{fields} 现在不能手工修改（{state}）：已恢复原值，所键入的文件保存在 {path}",
        "{fields} 現在不能手工修改（{state}）：已恢復原值，所鍵入的文件保存在 {path}",
    ),
    "Put back what was changed in its file, or let fenji sync do so: it keeps what was typed.": (
        "请恢复文件中改动的内容，或运行 fenji sync 恢复：所键入的会保留。",
        "請恢復文件中改動的內容，或運行 fenji sync 恢復：所鍵入的會保留。",
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
    "{path} is a part of a larger repository.": ("{path} 是更大仓库的一部分。", "{path} 是更大倉庫的一部分。"),
    "A hub holds a desk and nothing else: begin a desk of its own, and copy policy.yaml and tickets/.": (
        "总部库只放一个工作台：请另建工作台，再复制 policy.yaml 和 tickets/。",
        "總部庫只放一個工作台：請另建工作台，再複製 policy.yaml 和 tickets/。",
    ),
    "{path} is on no branch, or has no commit yet.": (
        "{path} 不在任何分支上，或尚无提交。",
        "{path} 不在任何分支上，或尚無提交。",
    ),
    "{path} holds a desk already.": ("{path} 中已有工作台。", "{path} 中已有工作台。"),
    "Clone it, or sync with it.": ("请克隆它，或与它同步。", "請克隆它，或與它同步。"),
    "The hub does not take this desk:\n{lines}": ("总部库不接收此工作台：\n{lines}", "總部庫不接收此工作台：\n{lines}"),
    "{path} is in use for something else.": ("{path} 已用于其他内容。", "{path} 已用於其他內容。"),
    "Name an empty folder, or a bare repository.": ("请指定空文件夹或裸仓库。", "請指定空文件夾或裸倉庫。"),
    "{path} is no hub.": ("{path} 不是总部库。", "{path} 不是總部庫。"),
    "git runs this in the hub's own folder.": (
        "此命令由 git 在总部库的文件夹中运行。",
        "此命令由 git 在總部庫的文件夾中運行。",
    ),
    "Nothing is pushed.": ("没有推送内容。", "沒有推送內容。"),
    "git gives to this command: OLD NEW REF": ("git 传给此命令的是：OLD NEW REF", "git 傳給此命令的是：OLD NEW REF"),
    "{path} is a hook of somebody else's.": ("{path} 是他人的钩子。", "{path} 是他人的鉤子。"),
    "Move it away; what it does besides can be run by a hook of another name, such as post-receive.": (
        "请移走它；它的其他作用可由另一名称的钩子完成，如 post-receive。",
        "請移走它；它的其他作用可由另一名稱的鉤子完成，如 post-receive。",
    ),
    # bundles
    "{path} is no bundle.": ("{path} 不是同步包。", "{path} 不是同步包。"),
    "{path} is no bundle that can be used here.": ("{path} 不是此处可用的同步包。", "{path} 不是此處可用的同步包。"),
    "{path} is damaged: {reason}": ("{path} 已损坏：{reason}", "{path} 已損壞：{reason}"),
    "Copy it again.": ("请重新复制。", "請重新複製。"),
    "Copy it again: it may have been damaged on the way.": (
        "请重新复制：可能在途中损坏。",
        "請重新複製：可能在途中損壞。",
    ),
    "Copy it again: it may have been cut off on the way.": (
        "请重新复制：可能在途中截断。",
        "請重新複製：可能在途中截斷。",
    ),
    "{path} goes on from something that has not arrived here.": (
        "{path} 的前一个同步包尚未到达此处。",
        "{path} 的前一個同步包尚未到達此處。",
    ),
    "Receive the bundles before it first, or ask for a whole one: fenji bundle OUT --whole": (
        "请先接收之前的同步包，或索取完整的：fenji bundle OUT --whole",
        "請先接收之前的同步包，或索取完整的：fenji bundle OUT --whole",
    ),
    "{path} cannot be written: {reason}": ("{path} 无法写入：{reason}", "{path} 無法寫入：{reason}"),
    "{path} is there already, and is no bundle.": ("{path} 已存在，且不是同步包。", "{path} 已存在，且不是同步包。"),
    "Name another file.": ("请指定其他文件。", "請指定其他文件。"),
    "{path} brings no desk.": ("{path} 中没有工作台。", "{path} 中沒有工作台。"),
    "Make it with: fenji bundle OUT": ("制作同步包：fenji bundle OUT", "製作同步包：fenji bundle OUT"),
    "Nothing has come from {peer} yet.": ("尚未收到 {peer} 的内容。", "尚未收到 {peer} 的內容。"),
    "Known are: {peers}. Without --to it is for whoever is known.": (
        "已知：{peers}。不带 --to 则适用于全部已知方。",
        "已知：{peers}。不帶 --to 則適用於全部已知方。",
    ),
    # signatures
    "The hub takes it only signed. Sign what is not sent yet, or have it done again, signed: docs/hub.md.": (
        "中心库只收已签名的。请为尚未发送的提交补签，或重新签名操作一次：见 docs/hub.md。",
        "中心庫只收已簽名的。請為尚未發送的提交補簽，或重新簽名操作一次：見 docs/hub.md。",
    ),
    "{count} commits were not looked at for signatures yet. All of them: fenji check --signatures": (
        "尚有 {count} 个提交未检查签名。全部检查：fenji check --signatures",
        "尚有 {count} 個提交未檢查簽名。全部檢查：fenji check --signatures",
    ),
    "There is no public key {path}.": ("没有公钥 {path}。", "沒有公鑰 {path}。"),
    "{path} is no public key of SSH.": ("{path} 不是 SSH 公钥。", "{path} 不是 SSH 公鑰。"),
    "There is no SSH key to sign with.": ("没有可用于签名的 SSH 密钥。", "沒有可用於簽名的 SSH 密鑰。"),
    "Make one with: ssh-keygen -t ed25519; or name it with --key PATH.": (
        "生成密钥：ssh-keygen -t ed25519；或用 --key PATH 指定。",
        "生成密鑰：ssh-keygen -t ed25519；或用 --key PATH 指定。",
    ),
    "The commit cannot be signed: {reason}": ("提交无法签名：{reason}", "提交無法簽名：{reason}"),
    "Load the key with ssh-add, or name another one: git config user.signingkey PATH. The work waits meanwhile.": (
        "请用 ssh-add 载入密钥，或另行指定：git config user.signingkey PATH。工作内容暂存待提交。",
        "請用 ssh-add 載入密鑰，或另行指定：git config user.signingkey PATH。工作內容暫存待提交。",
    ),
    "{line} is no line of a push.": ("{line} 不是推送的一行。", "{line} 不是推送的一行。"),
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
}
