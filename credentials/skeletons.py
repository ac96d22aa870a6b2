"""Look-alike spellings: `p4ssw0rd`, and letters of other scripts, folded to what they stand for."""

import unicodedata

LONGEST = 256  # characters: what a password has at most
# Letters of Cyrillic and Greek that look like Latin ones (Unicode Technical Standard 39, the confusables of
# both scripts), as they are after case folding; and the dotless i.
_LETTERS = dict(
    zip(
        "аеорсухіјѕһԁԛԝвнкмтгзьαβγεηικνορτυχωѵı",
        "aeopcyxijshdqwbhkmtr3babyenikvoptuxwvi",
        strict=True,
    )
)
# What stands for a letter in common substitutions: zxcvbn's table and signs of the same shape. What may be
# either i or l is folded to one of the two, the letters themselves too.
_SIGNS = dict(zip("4@8€(<3690!1|i7+5$2%", "aabeccegg" + "ollll" + "ttsszx", strict=True))
_FOLDED = str.maketrans(_LETTERS | _SIGNS)


def skeleton(text: str) -> str:
    """Fold a text so that it equals what looks like it: without case, marks, widths and substitutions.

    Args:
        text: Any text.

    Returns:
        At most 256 characters; what would come behind them is dropped.
    """
    if text.isascii():
        return text[:LONGEST].lower().translate(_FOLDED)
    plain = unicodedata.normalize("NFKD", text[:LONGEST]).casefold().translate(_FOLDED)
    # A second look folds what the first one made of another script's letters.
    return "".join(each for each in plain if not unicodedata.combining(each)).translate(_FOLDED)[:LONGEST]
