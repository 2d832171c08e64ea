# SPDX-License-Identifier: MIT
"""What may differ, for jq_diff.py: each rule says when, and is named in
weir-jq(7)."""
import re

# What jq's reader says of a text that is no number, or no JSON.
UNREAD = re.compile(r'\(while parsing ')
UNREAD_WEIR = re.compile(r'cannot be parsed as a number|\(while parsing |'
                         r'no JSON in an empty text')

# A `?` behind it ends what 1.7.1 takes as a term.
BEHIND = re.compile(r"[\])\"]\?\s*(\[|\.|as\b|catch\b|\?)")

# 1.6 in the words of 1.7.1.
WORDS = [
    (re.compile(r"Start and end indices of an \w+ slice must be numbers"),
     "Array/string slice indices must be integers"),
    (re.compile(r"Cannot update field at object index of string"),
     "Cannot update string slices"),
]


def reword(want):
    for pattern, words in WORDS:
        want = pattern.sub(words, want)
    return want


def wording(_program, _line, want, got, _old):
    """fromjson and tonumber say where in their own way."""
    return UNREAD.search(want) and UNREAD_WEIR.search(got)


def behind(program, _line, want, _got, _old):
    """More may stand behind a `?`, and a value of an object be anything."""
    return (want.startswith("compile") and
            (BEHIND.search(program[0]) or "expecting '}'" in want))


def crash(_program, _line, want, got, _old):
    """Memory or stack end: jq dies of it, or takes all there is."""
    return want[:1] in "es" and ("too deep" in got or "memory" in got or
                                 got == "endless")


def abort(_program, _line, want, _got, _old):
    """An assertion of jq fails."""
    return want.startswith(("status 134", "status -6"))


def which(_program, _line, want, got, _old):
    """What is no path has several parts that are none: jq follows them into
    [..], too, and names another one."""
    return "Invalid path expression" in want and "[1," in got


def by_chance(program, _line, want, got, _old):
    """What is no path but gives the same scalar as the place before it passes
    for that; so does a $name whose array or object is that of the place."""
    return (re.search(r'Invalid path expression with result (\\?"|null|true|'
                      r'false|\d)', got) or
            ("$" in program[0] and "Invalid path expression" not in want and
             re.search(r"Invalid path expression with result [\[{]", got)))


# What has a try in it, and what ends by a break.
TRIES = re.compile(r"\?|\btry\b|\.\.|\b(recurse|paths|tostream|walk|iterables)\b")
BREAKS = re.compile(r"\b(label|limit|first|nth|until|isempty|any|all|IN|inside|foreach)"
                    r"\b|\|=")


def swallowed(program, _line, want, got, old):
    """try and ? of 1.6 catch what fails behind them, too, a break included:
    what should have ended with it goes on, or ends without a word."""
    return (old and TRIES.search(program[1]) and
            ("[1," in want + got or "catch" in program[1] or
             BREAKS.search(program[1])))


def caught_break(_program, _line, want, got, old):
    """A break of 1.6 is an error that a try around it can catch."""
    return old and re.sub(r',?\[1,\{"__jq":\d+\}\]', "", want) == got


def late(_program, _line, want, _got, _old):
    """jq computes constants when it compiles, and finds their errors then."""
    return re.match("compile.*(Division by zero|Cannot use .* as object key)",
                    want, re.S)


def nowhere(program, _line, want, _got, old):
    """1.6 looks for an empty text without end."""
    return (old and re.search(r"\b(ind(ex|ices)|rindex)\b", program[1]) and
            want == "endless")


def kept(program, _line, want, got, old):
    """@uri of 1.6 keeps these, also where it is done again and again."""
    for byte in "!'()*":
        got = re.sub("%%(25)*%02X" % ord(byte), byte, got)
    return old and "@uri" in program[1] and want == got


def nothing(program, _line, want, got, old):
    """A text times 0 is null in 1.6, and not empty."""
    return old and "*" in program[1] and want == got.replace('""', "null")


def fraction(program, line, _want, _got, old):
    """An index with a fraction finds nothing in 1.6."""
    return (old and "[" in program[1] and
            re.search(r"\d\.\d", program[1] + line))


def respelt(program, _line, want, got, old):
    """A number that is read from a text keeps its spelling, and goes out in
    the form that 1.7 gives to one (1E+308); 1.6 makes it a double."""
    return (old and re.search(r"\b(fromjson|tonumber)\b", program[1]) and
            want == re.sub(r"(?<=\d)E(?=[+-]\d)", "e", got))


def folded(program, _line, _want, _got, old):
    """1.6 computes 0 / 0 while it compiles, and takes it for a number."""
    return old and "0 / 0" in program[1]


RULES = [
    ("1.6: a number read from a text loses its spelling", respelt),
    ("1.6: 0 / 0 is a number", folded),
    ("1.6: a text times 0 is null", nothing),
    ("1.6: @uri keeps !'()*", kept),
    ("1.6: an empty text is looked for without end", nowhere),
    ("1.6: a break is caught", caught_break),
    ("an error of constants comes when the program runs", late),
    ("1.6: an error behind try or ? is caught", swallowed),
    ("which part is no path", which),
    ("a path by chance", by_chance),
    ("1.6: an index with a fraction finds nothing", fraction),
    ("wording of fromjson and tonumber", wording),
    ("more may stand behind ?", behind),
    ("jq runs out of memory or stack", crash),
    ("an assertion of jq fails", abort),
]
