#!/usr/bin/env python3
"""Prints rules/tables/pinyin.tsv: how the characters of all names that the form searches are read.

    pip install -r tests/tables/requirements.txt
    tests/tables/pinyin.py > rules/tables/pinyin.tsv

Run it after names were added to divisions, industries, countries or their other names; the test
`search_tables::every_name_has_its_pinyin` fails until then. pypinyin (MIT) reads whole names; `CORRECTED` holds what it
reads differently from the gazetteer. Printed are the commonest reading of each character, and for every name that has
another one the shortest part that settles it. The program takes the longest entry at each position.
"""

import collections
import pathlib
import re
import sys

from pypinyin import Style, lazy_pinyin
from pypinyin.contrib.tone_convert import to_normal

TABLES = pathlib.Path(__file__).resolve().parents[2] / "rules" / "tables"
HAN = re.compile(r"[\u3400-\u9fff]+")

# Names that the dictionary of pypinyin misreads, after 《中华人民共和国行政区划简册》 and 《现代汉语词典》. Single characters hold for
# divisions only. Later lines win: 长 is chang in the names of divisions, but 长子县 is Zhangzi.
CORRECTED = {
    line.split()[0]: line.split()[1:]
    for line in """
都 du
长 chang
乐陵 lao ling
南乐 nan le
民乐县 min le xian
什邡 shi fang
巴什 ba shi
乌什 wu shi
克什 ke shi
塔什 ta shi
图什 tu shi
洪都拉斯 hong du la si
佛得角 fo de jiao
佛坪 fo ping
佛冈 fo gang
六合 lu he
克勒 ke le
尼勒 ni le
郭勒 guo le
孜勒 zi le
加勒 jia le
赫勒 he le
泰勒 tai le
策勒 ce le
阿勒 a le
尔勒 er le
浪卡子 lang ka zi
寺堡 si bu
马尾区 ma wei qu
朝阳 chao yang
柏林 bai lin
蚌山 beng shan
宁都 ning du
商都 shang du
三都 san du
新都 xin du
尧都 yao du
昆都仑 kun du lun
都昌 du chang
武都 wu du
都匀 du yun
花都 hua du
望都 wang du
丰都 feng du
魏都 wei du
襄都 xiang du
盐都 yan du
郫都 pi du
殷都 yin du
曾都 zeng du
涡阳 guo yang
浚县 xun xian
漯河 luo he
单县 shan xian
大城县 dai cheng xian
洪洞 hong tong
繁峙 fan shi
筠连 jun lian
荥经 ying jing
闵行 min hang
覃塘 qin tang
珲春 hun chun
伽师 jia shi
长岭 chang ling
长子 chang zi
长子县 zhang zi xian
子长 zi chang
召陵 shao ling
龙圩 long xu
称多 chen duo
崆峒 kong tong
薄膜 bo mo
果脯 guo fu
鸡爪 ji zhua
隔热和 ge re he
""".strip().splitlines()
}


def rows(name):
    """The rows of a table, as dictionaries."""
    lines = (TABLES / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    header, *body = [line.split("\t") for line in lines if not line.startswith("# ")]
    header = [column.split(":")[0] for column in header]
    return [dict(zip(header, fields)) for fields in body]


PLACES = ("divisions", "provinces", "division-names")


def names():
    """All parts of names that are written in Chinese characters, and whether they name a division."""
    wanted = {
        "divisions": ["name"],
        "provinces": ["name", "also"],
        "division-names": ["also"],
        "industries": ["name"],
        "industry-synonyms": ["words"],
        "countries": ["name_zh", "aliases"],
        "country-groups": ["name_zh", "also"],
    }
    for table, columns in wanted.items():
        for row in rows(table):
            for column in columns:
                for text in row[column].split("|"):
                    for part in HAN.findall(text):
                        yield part, table in PLACES


def reading(name, is_place):
    """The syllables of a name, without tones; ü is v."""
    syllables = lazy_pinyin(name, style=Style.NORMAL, v_to_u=False)
    assert len(syllables) == len(name), name
    for part, corrected in CORRECTED.items():
        if len(part) == 1 and not is_place:
            continue
        start = name.find(part)
        while start >= 0:
            syllables[start : start + len(part)] = corrected
            start = name.find(part, start + 1)
    return tuple(to_normal(syllable) for syllable in syllables)


def read_with(entries, longest, name):
    """What the program makes of a name: the longest entry at each position."""
    result, start = [], 0
    while start < len(name):
        for length in range(min(longest, len(name) - start), 0, -1):
            part = name[start : start + length]
            if part in entries:
                result.extend(entries[part])
                start += length
                break
    return tuple(result)


def main():
    readings = {name: reading(name, is_place) for name, is_place in sorted(set(names()))}
    counts = collections.defaultdict(collections.Counter)
    for name, syllables in readings.items():
        for character, syllable in zip(name, syllables):
            counts[character][syllable] += 1
    entries = {character: (found.most_common(1)[0][0],) for character, found in counts.items()}
    parts = collections.defaultdict(set)
    for name, syllables in readings.items():
        for start in range(len(name)):
            for end in range(start + 2, len(name) + 1):
                parts[name[start:end]].add(syllables[start:end])
    longest = 1
    while True:
        wrong = [name for name in readings if read_with(entries, longest, name) != readings[name]]
        if not wrong:
            break
        name = min(wrong, key=lambda name: (len(name), name))
        read = read_with(entries, longest, name)
        index = next(i for i, pair in enumerate(zip(read, readings[name])) if pair[0] != pair[1])
        around = [
            (start, end)
            for length in range(2, len(name) + 1)
            for start in range(max(0, index - length + 1), min(index, len(name) - length) + 1)
            for end in [start + length]
        ]
        # The shortest part that is always read so and is no entry yet; ties go to the one that begins with the character.
        around.sort(key=lambda pair: (pair[1] - pair[0], pair[0] != index))
        start, end = next(
            (start, end)
            for start, end in around
            if len(parts[name[start:end]]) == 1 and name[start:end] not in entries
        )
        entries[name[start:end]] = readings[name][start:end]
        longest = max(longest, end - start)
    head = [
        "# source: pypinyin 0.55.0（MIT）对各表名称整名注音后归纳，地名依《中华人民共和国行政区划简册》订正；由 tests/tables/pinyin.py 生成",
        "# date: 2026-11-29",
        "# confidence: high：地级以上和各表常用字逐个核对过；县名、行业名中的多音字由词典注音，抽查",
        "# note: 只用来在表单里查找，不用来读企业填的名称。一个字一行是常用读音；两个字以上的是多音字在名称里的读法，读的时候取最长的一条。ü 写作 v。",
        "text\treading",
    ]
    print("\n".join(head))
    for text in sorted(entries, key=lambda text: (len(text), text)):
        print(f"{text}\t{' '.join(entries[text])}")
    if "--polyphones" in sys.argv:
        for text, found in sorted(counts.items()):
            if len(found) > 1:
                print(text, dict(found), file=sys.stderr)


if __name__ == "__main__":
    main()
