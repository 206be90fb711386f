"""Where the columns of word features stand, as `seqtasks.text.WordFeatures` makes them."""

WORD, SHAPE, EXACT, FOLDED, AFFIXES = range(5)
SUFFIX_2, SUFFIX_3 = AFFIXES + 5, AFFIXES + 6
CHARACTERS = AFFIXES + 10  # prefixes, suffixes and parts; then characters to the end
