"""Measure how long folding takes for texts of many scripts.

    python bench/fold.py

Each text is one sentence repeated to about 2.5 kB, so it is folded and cut into words as an entry is. Prints
microseconds per kB of UTF-8 and nanoseconds per character, each the best of some rounds.
"""

# ruff: noqa: RUF001 (letters of many scripts)
from __future__ import annotations

import time
import unicodedata

from brandwatch.text.normalise import fold

_SIZE = 2_500
_ROUNDS = 7
_LOOPS = 50

_NORWEGIAN = "Fjordkraft Åsgård AS åpner nytt kontor på Blåbær brygge, sier lederen til «avisen». "
_VIETNAMESE = "Công ty Acme đã mở văn phòng mới tại Hà Nội và thành phố Hồ Chí Minh, theo báo cáo. "
_JAPANESE = "株式会社アクメは、東京に新しい事務所を開設しました（写真）。"
_SENTENCES = {
    "Norwegian": _NORWEGIAN,
    "Norwegian, soft hyphens": _NORWEGIAN.replace("kraft", "\u00adkraft"),
    "Norwegian, entities": _NORWEGIAN.replace("å", "&aring;"),
    "Norwegian, emoji": f"{_NORWEGIAN}🎉👩\u200d💻❤\ufe0f ",
    "Norwegian, thin spaces": _NORWEGIAN.replace("nytt", "3\u2009000 nye"),
    "Norwegian, decomposed": unicodedata.normalize("NFD", _NORWEGIAN),
    "Vietnamese": _VIETNAMESE,
    "Vietnamese, decomposed": unicodedata.normalize("NFD", _VIETNAMESE),
    "Greek": "Η εταιρεία Acme ανοίγει νέα γραφεία στην Αθήνα, λέει ο διευθυντής της. ",
    "Greek, decomposed": unicodedata.normalize(
        "NFD", "Η εταιρεία Acme ανοίγει νέα γραφεία στην Αθήνα, λέει ο διευθυντής. "
    ),
    "Cyrillic": "Компания Acme открывает новый офис в Осло, говорит руководитель. ",
    "Arabic": "افتتحت شركة أكمي مكتبا جديدا في أوسلو، كما يقول المدير. ",
    "Hebrew, with vowels": "הַחֶבְרָה פָּתְחָה מִשְׂרָד חָדָשׁ בְּאוֹסְלוֹ. ",
    "Hindi": "एक्मे कंपनी ने नई दिल्ली में अपना नया कार्यालय खोला है। ",
    "Thai": "บริษัทเปิดสำนักงานใหม่ในกรุงเทพมหานครและจ้างพนักงานเพิ่มขึ้น ",
    "Chinese": "据新闻报道，阿克梅公司在北京开了新的办公室（去年）。",
    "Japanese": _JAPANESE,
    "Japanese, full and half width": _JAPANESE.replace("アクメ", "ＡＣＭＥ２０２６ｱｸﾒ"),
    "Korean": "아크메 회사는 서울에 새로운 사무실을 열었다고 대표가 말했다. ",
    "full width": "Ｆｊｏｒｄｋｒａｆｔ　ＡＳ　ａａｐｎｅｒ　ｎｙｔｔ　ｋｏｎｔｏｒ！　",
    "emoji": "🎉👩\u200d💻❤\ufe0f🚀👍🏽 ",
}


def main() -> None:
    """Time each text and print the table."""
    print(f"{'text':32}{'µs/kB':>10}{'ns/character':>14}")
    for name, sentence in _SENTENCES.items():
        text = sentence * (_SIZE // len(sentence.encode()) + 1)
        seconds = min(_round(text) for _ in range(_ROUNDS))
        print(f"{name:32}{seconds / len(text.encode()) * 1e9:10.1f}{seconds / len(text) * 1e9:14.1f}")


def _round(text: str) -> float:
    """Return the processor seconds it takes to fold a text once and look at its words."""
    before = time.process_time()
    for _ in range(_LOOPS):
        fold(text).spaced  # noqa: B018 (computed when it is read)
    return (time.process_time() - before) / _LOOPS


if __name__ == "__main__":
    main()
