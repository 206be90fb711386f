"""The columns of word features: what `WordFeatures` writes in each, and models read from it."""

AFFIX_LENGTHS = (1, 2, 3, 4)  # of the prefixes, then of the suffixes, in characters
PARTS = 2  # the first and the last part of a word that `_` or `-` join

WORD, SHAPE, EXACT, FOLDED, AFFIXES = range(5)
SUFFIXES = AFFIXES + len(AFFIX_LENGTHS)
SUFFIX_2, SUFFIX_3 = (SUFFIXES + AFFIX_LENGTHS.index(length) for length in (2, 3))
CHARACTERS = AFFIXES + 2 * len(AFFIX_LENGTHS) + PARTS  # from here to the last column
