"""zxcvbn's lists: 30,000 common passwords, and the words of Wikipedia, of film, and of names."""

from typing import Final

from zxcvbn.frequency_lists import FREQUENCY_LISTS
from zxcvbn.matching import RANKED_DICTIONARIES

from credentials.packed_words import RankedWords

#: All of them under one name. zxcvbn asks one dictionary after the other, and no word is in two of its lists.
ANY_LIST: Final = "any list"

COMMON_WORDS = RankedWords(FREQUENCY_LISTS)

# What zxcvbn keeps is each word twice, 12 MiB. It goes on to look parts that repeat up in its own.
FREQUENCY_LISTS.clear()
RANKED_DICTIONARIES.clear()
RANKED_DICTIONARIES[ANY_LIST] = COMMON_WORDS
