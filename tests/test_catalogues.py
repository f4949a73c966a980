"""Everything that people read exists in three languages, says the same in both scripts, and fits the screen."""

from __future__ import annotations

import io
import re
from collections import Counter
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.mofile import write_mo

import worlds
from commandline import fenji
from fenji import i18n
from fenji.cli.program import COMMANDS
from fenji.errors import Sentence
from fenji.model.ticket import FIELDS, STATES
from glossary import fold_simplified, fold_traditional, replace_words
from interface.driven import NOW, copy_world, open_app
from sentences import read_catalogues, texts
from tui.drawing.cells import width
from tui.formatting import Formatter
from tui.keys import ACTIONS, FOOTER_ACTIONS, Keymap
from tui.screens import keys as key_list
from tui.ticket import ticket_fields
from tui.widgets.footer import format_key_hints

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHINESE = ("zh-Hans", "zh-Hant")
WIDER_CELLS = 6  # what a Chinese text on a screen may take beyond the English one, which is laid out for 80 cells
LABEL_CELLS = 8  # of a word in the footer
SOURCES = Path(i18n.__file__).parents[2]
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_WIDE = "\u3000-\u303f\u3400-\u9fff\uff01-\uff5e"


class Asked(NullTranslations):
    """Stands in a catalogue's place and notes what is said that it does not hold."""

    def __init__(self, catalogue: NullTranslations) -> None:
        super().__init__()
        self.missing: set[str] = set()
        self._catalogue = catalogue

    def gettext(self, message: str) -> str:
        if message not in CATALOGUE:
            self.missing.add(message)
        return self._catalogue.gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        if msgid1 not in CATALOGUE:
            self.missing.add(msgid1)
        return self._catalogue.ngettext(msgid1, msgid2, n)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    recorder = Asked(i18n.translations("zh-Hant"))
    monkeypatch.setattr(i18n, "translations", lambda _language: recorder)
    return recorder


def entries() -> Iterator[tuple[str, str, str]]:
    """Each entry: English, simplified, traditional; of what counts the English singular."""
    yield from ((english, *pair) for english, pair in CATALOGUE.items())


def texts_in(language: str) -> dict[str, str]:
    """The catalogue of a language; of what counts the first form."""
    messages = (message for message in read_catalogues()[language] if message.id)
    return {_first(message.id): _first(message.string) for message in messages}


def _first(forms: str | Sequence[str] | None) -> str:
    return forms if isinstance(forms, str) else (forms or [""])[0]


TRADITIONAL = texts_in("zh-Hant")
CATALOGUE = {english: (simplified, TRADITIONAL[english]) for english, simplified in texts_in("zh-Hans").items()}


# --- the catalogue and the source -------------------------------------------------------------------------------------


def test_everything_that_is_said_is_in_the_catalogue() -> None:
    missing = [f"{text.location}: {text.text!r}" for text in texts() if text.text not in CATALOGUE]
    assert not missing, "\n".join(missing)


def test_everything_in_the_catalogue_is_said_somewhere() -> None:
    texts_in_source = {text.text for text in texts()}
    assert not [english for english in CATALOGUE if english not in texts_in_source]


def test_nobody_is_taken_for_a_man_or_a_woman() -> None:
    gendered = re.compile(r"\b(he|him|his|himself|she|her|hers|herself)\b", re.IGNORECASE)
    assert not [f"{text.location}: {text.text!r}" for text in texts() if gendered.search(text.text)]


def test_the_installed_catalogues_are_those_of_the_sources() -> None:
    """Else `make` was not run since a .po changed."""
    for language, catalogue in read_catalogues().items():
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        installed = i18n.translations(language)
        assert isinstance(installed, GNUTranslations)
        assert vars(installed)["_catalog"] == vars(GNUTranslations(compiled))["_catalog"]


def test_the_catalogues_hold_exactly_what_the_source_says() -> None:
    """Else `make catalogues` was not run."""
    plurals = {(text.text, text.plural) for text in texts() if text.plural}
    for catalogue in read_catalogues().values():
        assert {tuple(message.id) for message in catalogue if isinstance(message.id, list | tuple)} == plurals
        assert not [message.id for message in catalogue if message.fuzzy and message.id]


def test_what_counts_has_a_singular_in_english() -> None:
    three = Sentence("{count} ticket", {"count": 3}, plural="{count} tickets")
    assert [i18n.say("{count} ticket", plural="{count} tickets", count=count) for count in (0, 1, 2)] == [
        "0 tickets",
        "1 ticket",
        "2 tickets",
    ]
    assert (str(three), i18n.say(three)) == ("3 tickets", "3 tickets")


def test_the_source_is_read_as_it_is_meant() -> None:
    """One text of each way in which a text gets to people."""
    places = {text.text: text.location.split(":")[0] for text in texts()}
    assert places["There is no desk at {path} or above it."] == "fenji/desk/open.py"  # an error
    assert places["See: {command} --help"] == "fenji/cli/base.py"  # a hint that depends
    assert places["{option} takes no value."] == "fenji/cli/failures.py"  # out of a function
    assert places["Due {due}: {left} left at {at}."] == "fenji/model/sla/explain.py"  # out of a table
    assert places["= {count} stopped"] == "tui/board/board_pills.py"  # in a loop over tuples
    assert places["Step: fields"] == "fenji/model/policy/sections.py"  # yielded
    assert places["aliases (*) are not allowed"] == "fenji/storage/strict_yaml.py"
    assert "Show this page." in places  # in a branch of an expression


# --- the same in each language ----------------------------------------------------------------------------------------


def test_all_three_hold_the_same_values() -> None:
    for english, *chinese in entries():
        wanted = Counter(_PLACEHOLDER.findall(english))
        assert all(Counter(_PLACEHOLDER.findall(translation)) == wanted for translation in chinese), english


def test_both_scripts_are_the_same_sentence() -> None:
    """But for the quotes, and the words that are others on the other side of the strait: those of the glossary."""
    differing = [
        (simplified, traditional)
        for _, simplified, traditional in entries()
        if fold_traditional(traditional) != fold_simplified(simplified)
    ]
    assert not differing


def test_words_of_the_glossary_are_put_in_where_they_stand() -> None:
    assert replace_words("导出的文件夹里有文档", "導出的文件夾裡有文檔") == "匯出的資料夾裡有文件"
    assert (
        replace_words("用户需求的序列号列出在哪一列", "用戶需求的序列號列出在哪一列") == "用戶需求的序列號列出在哪一欄"
    )
    assert fold_simplified("“默认”") == fold_traditional("「預設」") != fold_traditional("「默認」")


def test_each_script_holds_its_own_characters_alone() -> None:
    """GB 2312 has no character that only traditional script uses, Big5 none that only simplified script does."""
    for _, simplified, traditional in entries():
        simplified.encode("gb2312")
        traditional.encode("big5")


def test_chinese_sentences_have_chinese_punctuation() -> None:
    narrow = re.compile(rf"[{_WIDE}}}][,;?]|[{_WIDE}]:(?!\d)|[{_WIDE}]\.|[，。、；：？！（）] | [，。、；：？！（）]")
    assert not [translation for _, *chinese in entries() for translation in chinese if narrow.search(translation)]
    full = [
        translation
        for english, *chinese in entries()
        for translation in chinese
        if english.endswith(".") and " " in english
    ]
    assert all(text[-1] in "。}" for text in full)


# Chinese words that a thing is not called by → the word for it in all places, known on both sides of the strait.
VARIANTS = {
    "您": "你",
    "时期": "期间",
    "站点": "现场",
    "版本库": "仓库",
    "枢纽": "总部库",
    "单子": "工单",
    "工单台": "工作台",
    "缺省": "不写则",
    "链路": "网络",
    "过滤": "筛选",
    "超期": "逾期",
    "余裕": "余量",
    "光条": "光标",
    "接口人": "责任人",
    "开出": "发布",
}


def test_one_word_stands_for_one_thing() -> None:
    found = [
        f"{simplified}: {variant} is called {word}"
        for _, simplified, _ in entries()
        for variant, word in VARIANTS.items()
        if variant in simplified
    ]
    found += [simplified for _, simplified, _ in entries() if re.search("(?<!节)假日", simplified)]
    assert not found


def test_what_is_typed_stays_as_it_is() -> None:
    """Options, commands in backquotes, files and filter words are the same in every language."""
    commands = "|".join(COMMANDS)
    keys = r"Esc|Enter|Tab|Ctrl\+[A-Z]|Y(?= [a-z])"
    typed = re.compile(
        rf"`[^`]+`|--[a-z]+|\b(?:[a-z]+\.yaml|fenji (?:{commands})|{keys}|(?<!-)[A-Z]{{4,}}(?!-))\b|@FILE"
    )
    for english, *chinese in entries():
        for literal in typed.findall(english):
            assert all(literal in text for text in chinese), (english, literal)


def test_a_text_and_its_values_are_said_in_the_language_of_the_person() -> None:
    late = Sentence("late by {late}, was due {due}", {"late": "0:14", "due": "08:00"})
    assert i18n.say(late, "zh-Hant") == "已超 0:14，原定 08:00 到期"
    assert i18n.say(late, "zh-Hans") == "已超 0:14，原定 08:00 到期"
    assert i18n.say(late) == "late by 0:14, was due 08:00"
    assert i18n.say("a word of one desk's own", "zh-Hans") == "a word of one desk's own"
    why = Sentence("{path} cannot be used: {reason}.", {"path": "a", "reason": Sentence("the disk is full")})
    assert i18n.say(why, "zh-Hans") == "a 无法使用：磁盘已满。"


# --- the screen -------------------------------------------------------------------------------------------------------


def test_no_text_of_a_screen_is_much_wider_than_the_english_one() -> None:
    on_screens = {text.text for text in texts() if text.location.startswith("tui/")}
    for english, *chinese in (entry for entry in entries() if entry[0] in on_screens):
        assert all(width(translation) <= width(english) + WIDER_CELLS for translation in chinese), english


def test_labels_fit_their_columns() -> None:
    for language in CHINESE:
        for action in ACTIONS:
            assert width(i18n.say(action.label, language)) <= min(LABEL_CELLS, key_list.LABEL_CELLS), action.label
        for field in FIELDS:
            assert width(i18n.say(field.label, language)) <= ticket_fields.MAX_LABEL, field.label


@pytest.mark.parametrize("language", CHINESE)
def test_the_footer_names_as_many_keys_as_in_english(language: str) -> None:
    for screen in FOOTER_ACTIONS:
        for state in ("", *STATES):
            actions = Keymap().footer_actions(screen, state)
            shown, english = (len(format_key_hints(actions, 80, Formatter(tongue))) for tongue in (language, "en"))
            assert shown >= english, (screen, state)


# --- while it runs ----------------------------------------------------------------------------------------------------

QUIET = (
    "--help",
    "new --help",
    "policy --help",
    "policy show",
    "policy check",
    "list",
    "list --archived",
    "check",
    "index",
)
ON_TICKETS = ("show {id}", "clock {id} --explain", "respond {id}", "wait {id} customer", "resume {id}", "archive {id}")
REFUSED = (
    *("nothing", "list --nothing", "new", "list p:x", "list is:x", "list nothing:1", "show", "show 99999", "clock"),
    *("new --title x --kind none", "classify {id}", "classify {id} --priority P1", "wait {id} nothing", "edit {id}"),
    *(
        "confirm {id}",
        "excuse {id} response",
        "solve {id}",
        "edit {id} --set nothing=1",
        "edit {id} --set plan.m1.due=x",
    ),
    *("note {id} x --at 2999-01-01T00:00:00Z", "note {id} x --at nothing", "attach {id} /nothing", "search xyzzy"),
)


@pytest.mark.parametrize("world", ["shipped", "bad_files"])
def test_the_command_line_says_nothing_in_english_alone(world: str, tmp_path: Path, asked: Asked) -> None:
    folder = worlds.make(world, tmp_path / "desk")
    number = fenji("--desk", folder, "list", "--json").json[0]["id"]
    for line in (*QUIET, "search 天線", "suggest 備件生鏽", *ON_TICKETS, *REFUSED):
        fenji("--desk", folder, *line.format(id=number).split(), FENJI_LANGUAGE="zh-Hant")
    for page_of in ("note", "edit", "excuse", "policy try"):
        fenji(*page_of.split(), "--help", FENJI_LANGUAGE="zh-Hant")
    assert asked.missing == set()


@pytest.mark.parametrize("language", CHINESE)
async def test_the_screens_say_nothing_in_english_alone(
    language: str, tmp_path: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENJI_LANGUAGE", language)
    folder = copy_world("bad_files", tmp_path / "desk")
    own_words = set()
    async with open_app(folder, now=lambda: NOW) as run:
        own_words = {label for label, _ in run.desk.views()}
        await run.wait_for(i18n.say("State", language))
        for keys in (
            "j j c Esc a Esc o Esc w Esc s Esc x Esc L Esc P Esc e Esc t Esc B Esc O Esc | Esc V Esc",
            "? Esc b Esc",
            "Enter G g ? Esc Esc",
        ):
            await run.press(*keys.split())
        await run.press(
            "n", "備件生鏽", "Tab", "Tab", "Esc", "f", "天線", "Esc", "z", "C", "A", "u", "/", "x:y", "Enter", "Esc"
        )
    assert asked.missing <= own_words


def test_words_and_sentences_are_joined_as_each_language_writes_them() -> None:
    steps = Sentence("First: {steps}.", {"steps": ("solve", Sentence("confirm"))})
    assert str(steps) == i18n.say(steps) == "First: solve, confirm."
    assert i18n.say(steps, "zh-Hant") == "先做：solve、確認。"
    assert i18n.say("{label}: {text}", "zh-Hans", label="原因", text="受潮") == "原因：受潮"
    sentences = ["Saved.", "", "u undoes it."]
    assert i18n.join_sentences(sentences, "en") == "Saved. u undoes it."
    assert i18n.join_sentences(["已保存。", "按 u 撤销。"], "zh-Hans") == "已保存。按 u 撤销。"
    assert i18n.join_sentences(["已保存", "按 u 撤销。"], "zh-Hans") == "已保存 按 u 撤销。"


def test_a_ticket_is_told_with_the_marks_of_the_language(tmp_path: Path) -> None:
    folder = worlds.make("worked_example", tmp_path / "desk")
    told = fenji("--desk", folder, "show", "42", FENJI_LANGUAGE="zh-Hant").out
    assert "姓名：" in told
    assert "類別：質量問題；" in told
    assert not re.search(r"[\u4e00-\u9fff][:;,] ", told)


def test_no_list_of_words_is_joined_by_the_program_itself() -> None:
    """What is typed or written to a file keeps its comma, and a cell of a table has no language."""
    typed = {"intake.py", "intake_form.py", "editing.py", "synonyms.py", "diff.py", "steps.py", "help.py"}
    written = {"committer.py", "record.py", "merge_commit.py", "history.py", "policy_text.py", "policy_versions.py"}
    written |= {"explain.py", "synonyms_file.py"}
    cells = {"database.py", "parts_tables.py", "opportunity_tables.py", "describe.py", "read_json.py", "entries.py"}
    sources = [path for folder in ("tui", "fenji") for path in SOURCES.glob(f"{folder}/**/*.py")]
    joined = {path.name for path in sources if re.search(r"""(["']), \1\.join\(""", path.read_text("utf-8"))}
    labels = {"statement.py", "charts.py"}  # of a document that is issued, of a picture for those who do not see it
    assert joined - typed - written - cells - labels == {"errors.py"}


def test_no_punctuation_is_put_behind_what_is_said() -> None:
    """Each language has marks of its own: they stand in the sentence, not behind it."""
    glued = re.compile(r'\{[^{}"]*(?:\bsay|\bword|_label)\((?:[^{}"]|"[^"]*")*\)\}[:;.,!?][ "\']')
    for path in sorted((SOURCES / "tui").rglob("*.py")):
        assert not glued.findall(path.read_text(encoding="utf-8")), path.name
