# SPDX-License-Identifier: MIT
"""Random jq programs and inputs, for jq_diff.py.

A program is made from templates by the kind of value that they give, so that
most of it gets beyond its first step; now and then any other kind is put in,
for the errors. In a template {x} is any filter, {n} a number, {s} a string,
{a} an array, {o} an object, {b} a boolean, {p} a path, {f} a filter whose input
is something else, {k} a small constant, {m} one above 0, {t} a constant text,
{r} a regex, {F} a filter where $u is bound. Programs stop by themselves: recursion and loops have bounds.

What older jqs write otherwise stands as NEW|||OLD.
"""
import json

TEMPLATES = {
    "n": ["({n} + {n})", "({n} - {n})", "({n} * {m})", "({n} / {n})",
          "({n} % {n})", "(-{n})", "({x}|length)", "({s}|utf8bytelength)",
          "({n}|floor)", "({n}|fabs|sqrt)", "({n}|fabs)", "({a}|add)",
          "({s}|tonumber)", "({a}|index({x}))", "({a}|rindex({x}))",
          "({s}|index({s}))", "({a}|min)", "({a}|max)", "(reduce {x} as $u "
          "(0; . + 1))", "({s}|length)", "({a}|length)", "({n}|pow(.; 2))",
          "({n}|round)", "({n}|ceil)", "({n}|trunc)", "({n}|tostring|tonumber)",
          "(if {b} then {n} else {n} end)", "({a}|first)", "({a}|last)",
          "range({k})", "range({k}; {k})", "range({k}; {k}; 2)",
          "range({k}; -{k}; -1)", "({n} as $v | $v + {n})",
          "({n}|significand)", "({n}|logb)", "({n}|exp10|floor)",
          "(foreach {x} as $u (0; . + 1))", "(foreach {a}[] as $u (0; . + 1; "
          "[$u, .]))", "([{x}]|length)", "fmin({n}; {n})", "({n}|tojson|"
          "fromjson)", "({k} - {n} * {m})"],
    "s": ["({s} + {s})", "({s} * {m})", "({x}|tostring)", "({x}|tojson)",
          "({x}|type)", '"p\\({x})q"', '"\\({x})-\\({x})"', "({s}[{k}:])",
          "({s}[:-{k}])", "({s}[{k}:{k}])", "({s}|ascii_downcase)",
          "({s}|ascii_upcase)", "({a}|join({t}))", "({a}|join({s}))",
          "({x}|@json)", "({x}|@text)", "({a}|@csv)", "({a}|@tsv)",
          "({x}|@html)", "({x}|@sh)", "({s}|@base64)", "({x}|@base64)",
          "({s}|@base64|@base64d)", "({s}|@uri)", '@base64 "x\\({x})y"',
          '@json "j\\({x})"', '@html "<\\({x})>"', '@sh "e \\({s})"',
          "({s}|ltrimstr({t}))", "({s}|rtrimstr({t}))", "({s}|explode|implode)",
          "({a}|implode)", "({s}|.[{k}:]|.[:{k}])", "([{s}]|add)",
          "({s} / {t})", "({o}|keys[0])", "({x}|tostring|ascii_upcase)",
          '@csv "\\({a})"', '@tsv "\\({a})"', "({s}|@json|fromjson)"],
    "b": ["({x} == {x})", "({x} != {x})", "({x} < {x})", "({x} <= {x})",
          "({x} > {x})", "({x} >= {x})", "({b} and {b})", "({b} or {b})",
          "({b}|not)", "({o}|has({t}))", "({a}|has({k}))", "({x}|has({x}))",
          "({s}|startswith({t}))", "({s}|endswith({t}))",
          "({s}|contains({t}))", "({x}|contains({x}))", "({x}|inside({x}))",
          "({a}|any)", "({a}|all)", "({a}|any({f}))", "({a}|all({f}))",
          "any({x}; {f})", "all({x}; {f})", "isempty({x})", "({x}|IN({x}))",
          "IN({x}; {x})", "({n}|isnan)", "({n}|isinfinite)", "({n}|isnormal)",
          "({n} < {n})", "({s} == {t})", "({n} >= {k})", "({t}|in({o}))"],
    "a": ["[{x}]", "[{x}, {x}]", "({a} + {a})", "({a} - {a})", "[{a}[]]",
          "({a}[{k}:])", "({a}[:{k}])", "({a}[{k}:-1])", "({x}|keys)",
          "({o}|keys_unsorted)", "({o}|to_entries)", "({a}|map({f}))",
          "({a}|sort)", "({a}|sort_by({f}))", "({a}|group_by({f}))",
          "({a}|unique)", "({a}|unique_by({f}))", "({a}|reverse)",
          "({a}|flatten)", "({a}|flatten({k}))", "[{a}[]|{f}]",
          "({s} / {t})", "({s}|split({t}))", "({s}|explode)", "[limit({k}; "
          "{x})]", "[first({x})]", "[{x} // {x}]", "[..]", "[{x}|..]",
          "([{a}, {a}]|transpose)", "[{a}, {a}]", "({a}|indices({x}))",
          "({s}|indices({t}))", "[path({p})]", "[{x}|paths]",
          "[{x}|paths({f})]", "[{x}|tostream]", "[limit(9; {a}|"
          "combinations)]", "[range({k})]", "[{x} as [$u, $v] | {F}]",
          "(reduce {a}[] as $u ([]; . + [$u]))", "[foreach {a}[] as $u (0; "
          "{f}; [$u, .])]", "({a}|map(select({f})))", "[limit(9; "
          "recurse({f}; {b}))]", "[{a}|recurse(if type == \"array\" then .[] else empty "
          "end)]", "[limit(9; while({f}; . + 1))]",
          "[limit(4; repeat({k}, {f}))]", "({a}|map_values({f}))", "[{a}[]?]",
          "({a}|.[{k}] = {x})", "({a}|del(.[{k}]))", "({a}|del(.[{k}, {k}]))",
          "({a}|del(.[{k}:]))", "({a}|.[{k}:] = {a})", "({a}|.[1:] |= {f})",
          "({a}|min_by({f})|[.])", "({a}|max_by({f})|[.])",
          "({a}|to_entries)", "[{x}, {x} | {f}]",
          "[label $l | {x} | ., break $l]", "[label $l | foreach {x} as $u "
          "(0; . + 1; if . > 2 then ., break $l else $u end)]",
          "[{x}|scalars]", "[{x}|.[]?|{f}]", "[fromstream({x}|tostream)]",
          "[1|truncate_stream({x}|tostream)]", "[{o}[]]", "[getpath({a})]",
          "[{a}|values]", "[{a}[]|numbers, strings]", "[{a}|.[]|objects]",
          "[{x}|first(.[]?)]", "[{a}|nth({k})]", "[nth({k}; {x})]",
          "[last({x}, 1)]", "[until(true; {f})]", "[{a}|..|iterables]",
          "[.[]? as {{a: $u}} | $u]", "[{x}|(.[]?, .) |= {f}]"],
    "o": ["{{a: {x}}}", "{{a: {x}, b: {x}}}", "{{({s}): {x}}}", "({o} + {o})",
          "({o} * {o})", "({o}|with_entries({f}))", "({o}|map_values({f}))",
          "({o}|del(.a))", "({o}|del(.a, .b))", "({o}|delpaths([[\"a\"], "
          "[\"b\"]]))", "({o}|.a = {x})", "({o}|.b |= {f})", "({o}|.a += {n})",
          "({o}|.[{t}] //= {x})", "({o}|.n = 1|.n -= {k})",
          "({a}|map({{key: {s}, value: {x}}})|from_entries)",
          "({o}|to_entries|from_entries)", "(reduce {a}[] as $u ({{}}; "
          ".[$u|tostring] += 1))", "{{a, b}}", "{{a: 1, \"b\": {x}, "
          "\"c\\({k})\": 2}}", "({x} as $u | {{$u, v: $u}})", "({o}|setpath([{t}]; {x}))",
          "({o}|setpath([{t}, \"q\"]; {x}))", "({o}|walk(if type == "
          "\"number\" then {f} else . end))", "(INDEX({a}[]; {f}))",
          "({o}|.a.b = {x})", "({o}|.. |= (numbers |= {f}))", "({a}|add)",
          "({o}|.a[{k}:{k}] = {a})", "({o}|del(.c[{k}]))", "({o}|del(..|"
          "select({f})))?", "({o}|to_entries|map(select({f}))|from_entries)",
          "({o}|.c |= map({f}))", "({o}|.c[] += {k})", "({o}|.c[]? |= {f})",
          "({o}|(.a, .b) = {x})", "({o}|(.a, .b) |= {f})", "({o}|.[] |= {f})",
          "({o}|.[] += {x})", "({o}|.d.a |= {f})", "({o}|.a |= empty)",
          "({o}|pick(.a))|||{{a: ({o}|.a)}}", "({o}|tojson|fromjson)",
          "({o} as {{a: $u, $b}} | {{u: $u, $b}})", "({o}|@json|fromjson)",
          "[{o}|.a as [$u] ?// $u | {{$u}}][0]"],
    "p": [".", ".a", ".b", ".c", ".d", ".c[{k}]", ".c[{k}:]", ".c[]?", ".[]?",
          ".d.a", ".d[]?", ".[{t}]?", "..", "({p}|{p})", "({p}, {p})",
          "({p}|.a?)", "({p}|.[]?)", "({p} // {p})", "({p}|select({f}))",
          "(if {b} then {p} else {p} end)", "first({p})", "limit({k}; {p})",
          "getpath([{t}])", "getpath([{t}, {k}])", "({p}|recurse)",
          "empty", "({p}|.[-1:]?)", "(.a as $u | {p})", "({p}|error)?", "paths",
          "(try ({p}) catch .)", "(.c|.[{k}, {k}])", "({p}|to_entries)",
          "({p}|.a[{k}]?)", "recurse(.[]?; {b})", "(label $l | {p} | ., "
          "break $l)", "(def f: .a?; f)", "(def f(g): g|g; f({p}))", ".[1:]"],
    "x": ["{n}", "{s}", "{b}", "{a}", "{o}", "{p}", "({x}, {x})",
          "({x} | {f})", "({x} // {x})", "(if {b} then {x} else {x} end)",
          "(if {x} then {x} end)|||(if {x} then {x} else . end)",
          "(if {b} then {x} elif {x} then {x} else {x} end)",
          "(try ({x}) catch .)", "(try error({x}) catch .)", "({x})?",
          "(try ({x}|error) catch .)", "({x} as $u | {F})",
          "({x} as [$u, $v] | {F})", "({x} as {{a: $u, b: [$v]}} | {F})",
          "({x} as {{$a, c: {{$b}}}} | [$a, $b, {x}])", "({x} as {{({s}): $u}}"
          " | {F})", "[(try ({x}) catch null) as [$u] ?// {{a: $u}} ?// $u | {F}][]",
          "(reduce {x} as $u ([{x}][0]; {F}))", "(foreach {x} as $u ([{x}][0]; {F}))",
          "(foreach {x} as $u ([{x}][0]; {F}; {F}))", "(def f: {x}; f, f)",
          "(def f(g): {x} | g; f({f}))", "(def f($u): {F}; f({x}))",
          "(def f(g; $v): g + $v; f({x}; {x}))", "({x}|{p} = {x})",
          "({x}|{p} |= {f})", "({x}|{p} += {x})", "({x}|{p} -= {x})",
          "({x}|{p} *= {x})", "({x}|{p} //= {x})", "({x}|{p} |= empty)",
          "({x}|del({p}))", "({x}|path({p}))", "({x}|to_entries)",
          "first({x})", "limit({k}; {x})", "({x}|select({f}))", "({a}|{f})",
          "({o}|{f})", "({x}|.[{x}])", "({x}|.[{x}:{x}])", "({x} + {x})",
          "({x} - {x})", "({x} * {m})", "({x} / {x})", "({x}|getpath({x}))",
          "({x}|tojson|fromjson)", "({x}|tojson)", "(label $l | {x}, "
          "break $l, {x})", "({x}|[.[]?])", "({a}|.[{k}])", "({a}[])",
          "({x}|walk({f}))", "({x}|delpaths([path({p})]))", "$__loc__.file",
          "({x}|setpath([path({p})][0]; {x}))", "({x}|try keys catch .)",
          "({x}|has({x}))", "({x} == {x})", "({x}|-.)", "({x}|not)",
          "([{x}] | .[0] = {x})", "({x} % {n})","(reduce range({k}) as $u ([]; . + "
          "[$u * 2]))", "([limit(9; {x})]|sort)", "(def f: if . > 3 then . "
          "else . + 1 | f end; {k} | f)", "({x}|.. == {k})", "error",
          "({x}|.a.b.c)", "({x}|.[0][1])",
          "({a}|.[-1])", "({x}|{f}|{f})", "({x}|getpath(["
          "{t}]))", "({x}|recurse|numbers)"],
}

# What 1.6 cannot do: several initial values are one too many for it.
NEW = {"x": ["(reduce {x} as $u ({x}; {F}))", "(foreach {x} as $u ({x}; {F}))",
             "(foreach {x} as $u ({x}; {F}; {F}))", "(try error({x}) catch .)",
             "({s} * {n})", "({x}|abs)"]}

# What is an error, or a number, of another kind in 1.6.
OLD_ATOMS = {"error": 'error("e")', "infinite": "1000", "nan": "-1"}

REGEX = {
    "b": ["({s}|test({r}))", "({s}|test({r}; \"i\"))", "({s}|test({r}; \"x\"))",
          "({s}|test([{r}, \"ig\"]))"],
    "a": ["[{s}|match({r})]", "[{s}|match({r}; \"g\")]", "[{s}|scan({r})]",
          "[{s}|capture({r})]", "({s}|split({r}; null))", "[{s}|splits({r})]",
          "({s}|split({r}; \"g\"))", "[{s}|match([{r}, \"g\"])|.offset]",
          "[{s}|match({r}; \"gn\").string]"],
    "s": ["({s}|sub({r}; {t}))", "({s}|gsub({r}; {t}))",
          "({s}|gsub({r}; \"<\\(.x)>\"))", "({s}|sub({r}; {t}; \"g\"))",
          "({s}|ascii_downcase|gsub(\"[aeiou]\"; \"\"))"],
    "x": ["({x}|test({r}))", "({x}|match({r}))"],
}
PATTERNS = ["a", "[a-c]+", "(?<x>[a-z])", "b|c", "\\\\d", "(a)(b)?", "^a",
            "c$", ".", "(?<x>b)|(?<y>c)", "a.c", "x*y", "\\\\w+", "é",
            "[^a]"]
DATES = {
    "x": ["({n}|todate)", "({n}|gmtime)", "({n}|gmtime|mktime)",
          "({n}|strftime(\"%Y-%m-%dT%H:%M:%SZ %j %u\"))",
          "({n}|gmtime|strftime(\"%A %B %d\"))", "({x}|mktime)",
          "({n}|floor|todate|fromdate)", "({x}|todate)",
          "({s}|strptime(\"%Y\"))", "({x}|fromdate)"],
}

ATOMS = {
    "n": ["0", "1", "2", "3", "-1", "1.5", "10", "100", ".a", ".d.a", ".c[0]",
          "(.c|length)", "length", "0.1", "7"],
    "s": ['"a"', '"abc"', '""', '"é😀"', '"a,b"', '"1"', '"x y"', ".b",
          ".d.b", '"\\u0000<&>\\"\'\\\\"', '"A-b_c.~!"', "tojson"],
    "b": ["true", "false", "null", "(.a > 1)", '(.b == "abc")'],
    "a": ["[]", "[1, 2, 3]", "[3, 1, 2]", '["a", "b"]', "[[1], [2, [3]]]",
          '[{"a": 1}, {"a": 2}, {"b": 0}]', ".c", ".c", ".c", "[.a, .b]",
          '[null, false, 1, "a"]', "[.[]?]", '[97, 98]'],
    "o": ["{}", '{"a": 1}', '{"b": 2, "a": {"c": 3}}', ".d", ".d", "{a, b}",
          '{"a": [1, 2], "c": [3]}', "."],
    "p": [".", ".a", ".b", ".c", ".d", ".[]?", ".c[0]", ".c[]?", ".x"],
    "x": [".", ".", ".a", ".b", ".c", ".d", "null", "true", "1", '"a"', "[]",
          "{}", ".[0]", ".[]", "empty", ".a?", "..", "[1, 2]", '{"a": 1}',
          "-1", "1.5", '"abc"', ".[]?", ".[1:]", '.["b"]', ".c[]", "nan",
          "infinite", "not", "length", "keys", "add", "tostring", "type",
          "error", "first", "last", "reverse", "sort", ".c[1:]", "false"],
    "f": [".", ".a", ".a?", ".[0]?", "length", "type", "not", ". == 1", ". > 1",
          "tostring", ". + 1", ".value", ".value |= tostring", "empty", "1",
          "(., .)", "[.]", '"k"', "select(. != null)", "-.", "numbers", ". * 2",
          "(.a, .b)?", ".key", "tojson", "keys?", ".[]?", "error", "null"],
}


class Programs:
    """Makes programs; with names bound in what is being made."""

    def __init__(self, rng, groups, old):
        self.rng = rng
        self.bound = []
        self.templates = {kind: list(some) for kind, some in TEMPLATES.items()}
        self.atoms = ATOMS
        for group in groups:
            for kind, more in group.items():
                self.templates[kind].extend(more)
        for kind, more in () if old else NEW.items():
            self.templates[kind].extend(more)
        if old:
            self.atoms = {kind: [OLD_ATOMS.get(a, a) for a in some]
                          for kind, some in ATOMS.items()}
            self.templates["x"] = [t for t in self.templates["x"]
                                   if "error" not in t]

    def make(self):
        """A program, as (new, old)."""
        return self.of("x", self.rng.choice((2, 2, 3, 3, 4)))

    def of(self, kind, depth):
        rng = self.rng
        if kind == "k":
            return (rng.choice(("0", "1", "2", "3", "4")),) * 2
        if kind == "m":
            return (rng.choice(("1", "2", "3")),) * 2
        if kind == "t":
            return (rng.choice(('"a"', '"b"', '"c"', '","', '"x"', '"abc"',
                                '"d"', '"é"')),) * 2
        if kind == "r":
            return ('"%s"' % rng.choice(PATTERNS),) * 2
        if kind == "F":
            return self.with_names(depth)
        if kind == "f":
            if depth <= 0 or rng.random() < 0.6:
                return (rng.choice(self.atoms["f"]),) * 2
            kind = "x"
        elif rng.random() < 0.04:
            kind = rng.choice("nsbaox")
        if depth <= 0 or rng.random() < 0.15:
            return self.atom(kind)
        new, _, old = rng.choice(self.templates[kind]).partition("|||")
        return self.fill(new, old or new, depth - 1)

    def atom(self, kind):
        rng = self.rng
        if self.bound and kind != "p" and rng.random() < 0.4:
            return ("$" + rng.choice(self.bound),) * 2
        return (rng.choice(self.atoms[kind]),) * 2

    def with_names(self, depth):
        """Where $u may be used; what it is a part of decides which are."""
        self.bound.append("u")
        made = self.of("x", depth)
        self.bound.pop()
        return made

    def fill(self, new, old, depth):
        """Both texts with the same parts put in, as far as both have them."""
        parts = {}
        return (self.put(new, depth, parts), self.put(old, depth, parts, 1))

    def put(self, text, depth, parts, side=0):
        out = []
        count = {}
        i = 0
        while i < len(text):
            if text.startswith(("{{", "}}"), i):
                out.append(text[i])
                i += 2
            elif text[i] == "{":
                kind = text[i + 1]
                n = count[kind] = count.get(kind, 0) + 1
                if (kind, n) not in parts:
                    parts[kind, n] = self.of(kind, depth)
                out.append(parts[kind, n][side])
                i += 3
            else:
                out.append(text[i])
                i += 1
        return "".join(out)


# Of which 1.6 makes another text before it does anything; and where they go.
SPELT = ("1e-7", "1.50", "1e2", "100000000000000000001", "-0", "1E+400")
PLACE = 12345678901


def number(rng):
    return rng.choice((0, 1, 2, 3, -1, 10, 42, 1.5, -0.5, 0.001, 123456, 100,
                       PLACE))


def text(rng):
    return rng.choice(("", "a", "abc", "a,b,c", "é", "日本", "😀x", "1", "-2.5",
                       "x y", "null", "aXbXc", "\t\n", "\"q\\", "<&'>", "abcabc",
                       "a\u0001", "[1]", "2015-03-05T23:51:47Z", "\u007f"))


def value(rng, depth=3):
    kind = rng.randrange(8 if depth > 0 else 5)
    if kind == 0:
        return rng.choice((None, True, False))
    if kind in (1, 2):
        return number(rng)
    if kind in (3, 4):
        return text(rng)
    if kind in (5, 6):
        return [value(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {rng.choice("abcdx"): value(rng, depth - 1)
            for _ in range(rng.randrange(4))}


def numbers(rng):
    return [number(rng) for _ in range(rng.randrange(5))]


def input_line(rng, spelt):
    """Mostly an object with a number, a text, an array and an object."""
    if rng.random() < 0.3:
        v = value(rng)
    else:
        v = {"a": number(rng), "b": text(rng),
             "c": rng.choice((numbers(rng), value(rng), [text(rng), text(rng)],
                              [{"a": number(rng)}, {"a": number(rng)}])),
             "d": {"a": value(rng, 1), "b": text(rng)}}
        items = list(v.items())
        rng.shuffle(items)
        v = dict(items[:rng.choice((4, 4, 4, 3))])
    line = json.dumps(v, ensure_ascii=rng.random() < 0.5,
                      separators=rng.choice(((",", ":"), (", ", ": "))))
    return line.replace(str(PLACE), rng.choice(SPELT) if spelt else "12345")
