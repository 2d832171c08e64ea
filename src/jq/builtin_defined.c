/* SPDX-License-Identifier: MIT */
/* What is best said in the language itself. Compiled only where it is used. */
#include "jq/builtin.h"

#include "jq/builtin_core.h"

#define DEFINED(n, a, t)                          \
    {                                             \
        .name = (n), .arity = (a), .text = t " ." \
    }

const struct builtin builtin_defined[] = {
    DEFINED("map", 1, "def map(f): [.[] | f];"),
    DEFINED("map_values", 1, "def map_values(f): .[] |= f;"),
    DEFINED("recurse", 0, "def recurse: ..;"),
    DEFINED("recurse", 2, "def recurse(f; c): recurse(f | select(c));"),
    DEFINED("first", 0, "def first: .[0];"),
    DEFINED("last", 0, "def last: .[-1];"),
    DEFINED("nth", 1, "def nth($n): .[$n];"),
    DEFINED("nth", 2,
            "def nth($n; f): if $n < 0 then error(\"nth doesn't support "
            "negative indices\") else first(skip($n; f)) end;"),
    DEFINED("repeat", 1, "def repeat(f): def _repeat: f, _repeat; _repeat;"),
    DEFINED("in", 1, "def in(x): . as $k | x | has($k);"),
    DEFINED("del", 1, "def del(f): delpaths([path(f)]);"),
    DEFINED("with_entries", 1,
            "def with_entries(f): to_entries | map(f) | from_entries;"),
    DEFINED("paths", 0, "def paths: path(..) | select(length > 0);"),
    DEFINED("paths", 1,
            "def paths(f): path(.. | select(f)) | select(length > 0);"),
    DEFINED("leaf_paths", 0, "def leaf_paths: paths(scalars);"),
    DEFINED("pick", 1,
            "def pick(f): . as $top | reduce path(f) as $p (null; setpath($p; "
            "$top | getpath($p)));"),
    DEFINED("add", 1, "def add(f): reduce f as $x (null; . + $x);"),
    DEFINED("skip", 2,
            "def skip($n; f): if $n > 0 then foreach f as $x ($n; . - 1; if . "
            "< 0 then $x else empty end) elif $n == 0 then f else "
            "error(\"skip doesn't support negative count\") end;"),
    DEFINED("toboolean", 0,
            "def toboolean: if . == true or . == \"true\" then true elif . == "
            "false or . == \"false\" then false else error(\"\\(type) "
            "(\\(tojson)) cannot be parsed as a boolean\") end;"),
    DEFINED("JOIN", 2, "def JOIN($idx; f): [.[] | [., $idx[f]]];"),
    DEFINED("JOIN", 3, "def JOIN($idx; s; f): s | [., $idx[f]];"),
    DEFINED("JOIN", 4, "def JOIN($idx; s; f; j): s | [., $idx[f]] | j;"),
    DEFINED("values", 0, "def values: select(. != null);"),
    DEFINED("nulls", 0, "def nulls: select(. == null);"),
    DEFINED("booleans", 0, "def booleans: select(type == \"boolean\");"),
    DEFINED("numbers", 0, "def numbers: select(type == \"number\");"),
    DEFINED("strings", 0, "def strings: select(type == \"string\");"),
    DEFINED("arrays", 0, "def arrays: select(type == \"array\");"),
    DEFINED("objects", 0, "def objects: select(type == \"object\");"),
    DEFINED("iterables", 0,
            "def iterables: select(type | . == \"array\" or . == \"object\");"),
    DEFINED("scalars", 0,
            "def scalars: select(type | . != \"array\" and . != \"object\");"),
    DEFINED("walk", 1,
            "def walk(f): def _walk: if type == \"object\" then "
            "map_values(_walk) elif type == \"array\" then map(_walk) else . "
            "end | f; _walk;"),
    DEFINED("IN", 1, "def IN(s): any(s == .; .);"),
    DEFINED("IN", 2, "def IN(src; s): any(src == s; .);"),
    DEFINED("INDEX", 1, "def INDEX(f): INDEX(.[]; f);"),
    DEFINED("INDEX", 2,
            "def INDEX(s; f): reduce s as $row ({}; .[$row | f | tostring] |= "
            "$row);"),
    DEFINED("combinations", 0,
            "def combinations: if length == 0 then [] else .[0][] as $x | "
            "(.[1:] | combinations) as $w | [$x] + $w end;"),
    DEFINED("combinations", 1,
            "def combinations(n): . as $dot | [range(n)] | map($dot) | "
            "combinations;"),
    DEFINED("tostream", 0,
            "def tostream: path(def r: (.[]?|r), .; r) as $p | getpath($p) | "
            "reduce path(.[]?) as $q ([$p, .]; [$p+$q]);"),
    DEFINED("fromstream", 1,
            "def fromstream(f): {x: null, e: false} as $init | foreach f as "
            "$i ($init; if .e then $init else . end | if $i | length == 2 then "
            "setpath([\"e\"]; $i[0] | length == 0) | setpath([\"x\"] + $i[0]; "
            "$i[1]) else setpath([\"e\"]; $i[0] | length == 1) end; if .e then "
            ".x else empty end);"),
    DEFINED("truncate_stream", 1,
            "def truncate_stream(s): . as $n | null | s | . as $i | if "
            "(.[0]|length) > $n then setpath([0]; $i[0][$n:]) else empty end;"),
    DEFINED("finites", 0, "def finites: select(isinfinite or isnan | not);"),
    DEFINED("normals", 0, "def normals: select(isnormal);"),
    DEFINED("match", 1, "def match($re): _match($re) | .[];"),
    DEFINED("match", 2, "def match(re; flags): _match(re; flags) | .[];"),
    DEFINED("capture", 1, "def capture($re): _capture($re) | .[];"),
    DEFINED("capture", 2, "def capture(re; flags): _capture(re; flags) | .[];"),
    DEFINED("scan", 1, "def scan($re): _scan($re; null) | .[];"),
    DEFINED("scan", 2, "def scan($re; $flags): _scan($re; $flags) | .[];"),
    DEFINED("splits", 1, "def splits($re): split($re; null) | .[];"),
    DEFINED("splits", 2, "def splits($re; $flags): split($re; $flags) | .[];"),
    DEFINED("sub", 2, "def sub($re; str): _sub($re; null; str);"),
    DEFINED("sub", 3, "def sub($re; str; $flags): _sub($re; $flags; str);"),
    DEFINED("gsub", 2, "def gsub($re; str): _sub($re; \"g\"; str);"),
    DEFINED("gsub", 3,
            "def gsub($re; str; $flags): _sub($re; $flags + \"g\"; str);"),
    DEFINED("isfinite", 0,
            "def isfinite: type == \"number\" and (isinfinite | not);"),
    DEFINED("trimstr", 1, "def trimstr($s): ltrimstr($s) | rtrimstr($s);"),
    DEFINED("toarray", 0,
            "def toarray: if type == \"array\" then . else [.] end;"),
    DEFINED("ascii", 0, "def ascii: [.] | implode;"),
    DEFINED("have_decnum", 0, "def have_decnum: true;"),
    DEFINED("have_literal_numbers", 0, "def have_literal_numbers: true;"),
    DEFINED("get_search_list", 0, "def get_search_list: $__modules__.list;"),
    DEFINED("modulemeta", 0,
            "def modulemeta: _modulemeta($__modules__.paths);"),
    DEFINED("env", 0, "def env: $ENV;"),
    DEFINED("debug", 1, "def debug(msg): (msg | debug | empty), .;"),
    DEFINED("todateiso8601", 0,
            "def todateiso8601: strftime(\"%Y-%m-%dT%H:%M:%SZ\");"),
    DEFINED("fromdateiso8601", 0,
            "def fromdateiso8601: strptime(\"%Y-%m-%dT%H:%M:%SZ\") | mktime;"),
    DEFINED("todate", 0, "def todate: todateiso8601;"),
    DEFINED("fromdate", 0, "def fromdate: fromdateiso8601;"),
    DEFINED("date", 0, "def date: todate;"),
    DEFINED("dateadd", 2, "def dateadd(u; n): . + n;"),
    DEFINED("datesub", 2, "def datesub(u; n): . - n;"),
    {0},
};
