"""Text → terms: the same however it is written, and at the place where it stands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fenji.text import count_terms, fold, fold_code, stem, tokenize
from fenji.text.sizes import format_size


def term_texts(text: str) -> set[str]:
    return {term.text for term in tokenize(text)}


@pytest.mark.parametrize(
    ("written", "also"),
    [
        ("備件生鏽", "备件生锈"),
        ("備件生銹", "备件生锈"),
        ("雷達天線轉台卡滯", "雷达天线转台卡滞"),
        ("乾燥 幹線 乾隆", "干燥 干线 干隆"),
        ("覆蓋 複製 回復", "复盖 复制 回复"),
        ("顯著 著火", "显着 着火"),
        ("鍾 鐘 時鐘", "钟 钟 时钟"),
        ("明瞭 憑藉 軍貿", "明了 凭借 军贸"),
        ("甚麼 什麼", "甚么 什么"),
        ("裡 裏 公里", "里 里 公里"),
        ("皇后 後面", "皇后 后面"),
        ("ＸＪ－４４１１　Ａ", "xj-4411 a"),
        ("Café NAÏVE", "cafe naive"),
    ],
)
def test_scripts_width_case_and_accents_fold_alike(written: str, also: str) -> None:
    assert fold(written) == also
    assert fold(also) == also


@given(st.text())
def test_folding_keeps_every_offset_and_is_done_once(text: str) -> None:
    once = fold(text)
    assert len(once) == len(text)
    assert fold(once) == once


@given(st.text(alphabet=st.sampled_from("備件生鏽雷達XJ-4411 3.5kW.ab的_é\n，“"), max_size=40))
def test_terms_lie_inside_the_text_and_are_found_again_in_what_they_stand_for(text: str) -> None:
    for term in tokenize(text):
        assert 0 <= term.start < term.end <= len(text)
        assert term.text in term_texts(text[term.start : term.end]) or term.kind in (
            "piece",
            "pair",
            "word",
            "character",
        )
        if term.kind in ("word", "pair", "character") and "-" not in text[term.start : term.end]:
            assert fold(text[term.start : term.end]).replace("_", "").replace(".", "") == term.text.replace(".", "")


@given(st.text())
def test_any_text_has_terms_and_the_same_ones_in_the_other_script(text: str) -> None:
    assert term_texts(fold(text)) == term_texts(text)


@given(st.text() | st.text(alphabet=st.sampled_from("備件生鏽雷達XJ-4411 3.5kW.ab的_é\n，“")))
def test_a_tally_counts_the_same_terms(text: str) -> None:
    expected = tokenize(text)
    counted, counts = count_terms(text)
    assert counts == Counter(term.text for term in expected)
    assert counted == sum(term.kind not in ("stem", "piece") for term in expected)


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("تَسَرُّب الزَّيت", "تسرب الزيت"),
        ("المضخـــة معطلة", "المضخة معطله"),
        ("الإنذار أحمر مستشفى", "الانذار احمر مستشفي"),
        ("١٢٣٤ ۱۲۳۴", "1234 1234"),
        ("5㎏ 3.5㎾", "5kg 3.5kW"),
        ("ﬁlter oﬃce", "filter office"),
        ("ﾓｼﾞｭｰﾙ ｶﾞｽ", "モジュール ガス"),
        ("Straße", "STRASSE"),
        ("mu\u0308ller", "Müller"),
        ("œuvre Ærø Łódź ıspanak", "oeuvre aero lodz ispanak"),
        ("Ὀδυσσεύς Σίσυφος ΣΊΣΥΦΟΣ", "οδυσσευς σισυφος σισυφος"),
        ("פִּיתָה", "פיתה"),
        ("℡ № 5µm ㌔", "tel no 5μm キロ"),
    ],
)
def test_words_written_otherwise_are_the_same_terms_where_they_were_written(written: str, typed: str) -> None:
    terms = tokenize(written)
    assert [(term.text, term.kind) for term in terms] == [(term.text, term.kind) for term in tokenize(typed)]
    assert all(0 <= term.start < term.end <= len(written) for term in terms)
    assert count_terms(written) == count_terms(typed)


def test_words_of_the_dictionary_come_with_the_words_in_them() -> None:
    assert {"电源", "模块", "电源模块", "过热", "告警"} <= term_texts("電源模塊過熱告警")


def test_characters_that_make_no_known_word_come_in_pairs_and_a_lone_one_alone() -> None:
    assert "卡滞" in term_texts("转台卡滞")
    assert term_texts("锈") == {"锈"}
    assert "泵" in term_texts("泵漏油")
    assert {"后盖", "内圈"} <= term_texts("拆后盖和内圈")  # faint characters count beside another
    assert term_texts("后") == set()


def test_words_without_content_are_left_out() -> None:
    assert term_texts("the pump is not on") == {"pump", "not", "on"}
    assert term_texts("这个的是") == set()


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("XJ-4411", {"XJ4411", "xj", "4411"}),
        ("xj4411", {"XJ4411", "xj", "4411"}),
        ("XJ 4411", {"XJ4411"}),
        ("XJ_4411", {"XJ4411"}),
        ("P-101A", {"P101A", "101A", "101"}),
        ("3.5kW", {"3.5KW", "3.5", "kw"}),
        ("3.5 kW", {"3.5KW", "kw"}),
        ("KSA-2026-0042", {"KSA20260042", "ksa", "2026", "0042"}),
        ("備件XJ-4411生鏽", {"XJ4411", "备件", "生锈"}),
        ("v2.0.1", {"V2.0.1", "2.0.1"}),
    ],
)
def test_part_numbers_are_one_term_however_they_are_separated_and_come_with_their_parts(
    typed: str, wanted: set[str]
) -> None:
    assert wanted <= term_texts(typed)


def test_different_part_numbers_stay_different() -> None:
    assert fold_code("3.5kW") != fold_code("35kW")
    assert "P101A" not in term_texts("P-101B")


def test_a_part_number_stands_where_it_was_written() -> None:
    text = "更換 XJ-4411 後正常"
    (number,) = [term for term in tokenize(text) if term.kind == "code"]
    assert text[number.start : number.end] == "XJ-4411"


def test_english_words_come_with_their_stem() -> None:
    assert {"rusted", "rust"} <= term_texts("Rusted")
    assert term_texts("pumps") & term_texts("pump") == {"pump"}
    assert {"turn", "table", "turntable"} <= term_texts("turn-table")


@pytest.mark.parametrize(
    ("word", "wanted"),
    # The examples of Porter's paper, step by step.
    [
        *(("caresses", "caress"), ("ponies", "poni"), ("ties", "ti"), ("caress", "caress"), ("cats", "cat")),
        *(("feed", "feed"), ("agreed", "agre"), ("plastered", "plaster"), ("bled", "bled"), ("motoring", "motor")),
        *(("sing", "sing"), ("conflated", "conflat"), ("troubled", "troubl"), ("sized", "size"), ("hopping", "hop")),
        *(("tanned", "tan"), ("falling", "fall"), ("hissing", "hiss"), ("fizzed", "fizz"), ("failing", "fail")),
        *(("filing", "file"), ("happy", "happi"), ("sky", "sky"), ("relational", "relat"), ("rational", "ration")),
        *(("digitizer", "digit"), ("vietnamization", "vietnam"), ("operator", "oper"), ("hopefulness", "hope")),
        *(("triplicate", "triplic"), ("formative", "form"), ("electrical", "electr"), ("goodness", "good")),
        *(("revival", "reviv"), ("inference", "infer"), ("replacement", "replac"), ("adoption", "adopt")),
        *(("controll", "control"), ("roll", "roll"), ("probate", "probat"), ("rate", "rate"), ("cease", "ceas")),
    ],
)
def test_stems_are_those_of_porter(word: str, wanted: str) -> None:
    assert stem(word) == wanted


def test_an_endless_run_of_letters_is_cut() -> None:
    assert max(len(term.text) for term in tokenize("x" * 10_000 + "1" * 10_000)) <= 80


def test_the_dictionary_is_loaded_only_for_han_text() -> None:
    program = "import sys; from fenji.text import tokenize; tokenize('rust XJ-4411 锈'); print('rjieba' in sys.modules)"
    path = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=path)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1499, "1 kB"),
        (1500, "2 kB"),
        (1999, "2 kB"),
        (2500, "3 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (3_149_999, "3.1 MB"),
        (3_150_000, "3.2 MB"),
        (1_234_567_890, "1234.6 MB"),
    ],
)
def test_a_size_is_rounded_half_up(count: int, shown: str) -> None:
    assert format_size(count) == shown
