#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --into: objects as rows of a SQLite database, all of them or none.

# shellcheck disable=SC2317 # functions are called through check
set -u
# shellcheck source=tests/cli/jsonl-common.sh
. "${0%/*}/jsonl-common.sh"

# ask SQL: what db says.
ask() {
    sqlite3 db "$1"
}

answers() {
    test "$(ask "$1")" = "$2"
}

ends() {
    test "$status" -eq "$1"
}

into() {
    run --into db --table t "$@" . in
}

printf '%s\n' '{"id":1,"name":"a\u00e9\n\"b","n":3.10,"list":[1, 2.0]}' \
    '{"id":2,"yes":true,"no":false,"none":null,"obj":{"x":1e2}}' >in
into
check 'objects become rows' ends 0
check 'and nothing goes to stdout' test ! -s out
check 'text is decoded' answers 'select name from t where id = 1' \
    "$(printf 'a\303\251\n"b')"
check 'arrays and objects are their own text' \
    answers 'select list, obj from t order by id' '[1, 2.0]|
|{"x":1e2}'
check 'true, false and null have their kinds' answers \
    'select typeof(yes), yes, no, typeof(none) from t where id = 2' \
    'integer|1|0|null'
check 'columns have no type, in the order they were met' answers \
    'select group_concat(name || type) from pragma_table_info("t")' \
    'id,name,n,list,yes,no,none,obj'
check 'the summary has the counts' test "$(counted lines_ok)" -eq 2

rm db
cat >in <<'LINES'
{"i":9223372036854775807,"k":"integer","t":"9223372036854775807"}
{"i":-9223372036854775808,"k":"integer","t":"-9223372036854775808"}
{"i":9223372036854775808,"k":"text","t":"9223372036854775808"}
{"i":0.5,"k":"real","t":"0.5"}
{"i":0.1,"k":"real","t":"0.1"}
{"i":0.30000000000000004,"k":"real","t":"0.3"}
{"i":0.1234567890123456789,"k":"text","t":"0.1234567890123456789"}
{"i":1e400,"k":"text","t":"1e400"}
{"i":1e-400,"k":"text","t":"1e-400"}
{"i":0.0e-999,"k":"real","t":"0.0"}
{"i":1E2,"k":"real","t":"100.0"}
{"i":-0,"k":"integer","t":"0"}
{"i":100000000000000000000000000000000000000000000000000000000000000,"k":"text","t":"100000000000000000000000000000000000000000000000000000000000000"}
LINES
into
check 'each number is what holds it without loss' \
    answers 'select * from t where typeof(i) != k or cast(i as text) != t' ''

rm db
printf '%s\n' '{"id":1}' '[2]' '{}' 'x' '3' >in
into
check 'a result that is no object rejects its line' ends 1
check 'by name' said 'weir: in:2: not an object, which --into needs'
check 'so does an empty one' \
    said 'weir: in:3: an object without a member makes no row'
check 'then nothing is kept' said 'weir: stream-jsonl: db: rolled back'
check 'nor the file that was made' test ! -e db
into --on-error drop
check 'unless it is to be dropped' answers 'select * from t' 1
into --rejects rest
check 'or is among the rejects' test "$(cat rest)" = '[2]
{}
x
3'
check 'and the others are in' answers 'select count(*) from t' 2
rm db
into --on-error wrap
check 'or wrapped, and so a row' \
    answers 'select line from t where line is not null' '[2]
{}
x
3'
rm db
run --into db --table t '{id}, .id' in
check 'a line has all of its results or none' test ! -e db
echo '{"id":1}' >in
# shellcheck disable=SC2016 # the filter's
run --into db --table t 'range(3) as $x | {id, x: $x}' in
check 'a line may give many' answers 'select id, x from t' '1|0
1|1
1|2'

rm db
printf '%s\n' '{"id":1,"a":1,"b":2}' '{"id":2,"a":1}' '{"id":1,"a":5}' \
    '{"id":2}' >in
into --upsert id
check '--upsert updates what an object has' answers 'select * from t' '1|5|2
2|1|'
echo '{"b":7,"id":2}' >in
into --upsert id
check 'in a later run too' answers 'select * from t' '1|5|2
2|1|7'
printf '%s\n' '{"a":1}' '{"id":null}' >in
into --upsert id
check 'an object needs the value' \
    said 'weir: in:2: no value for a column of --upsert'
check 'or is rejected' ends 1
printf '%s\n' '{"x":1,"y":1,"z":1}' '{"x":1,"y":2,"z":2}' \
    '{"x":1,"y":1,"z":3}' >in
run --into db --table two --upsert x,y . in
check 'by several columns' answers 'select * from two order by y' '1|1|3
1|2|2'
sqlite3 db 'create table own (id integer primary key, n default 9)'
printf '%s\n' '{"id":1,"extra":1}' '{"id":1,"n":2}' >in
run --into db --table own --upsert id . in
check "a table's own key will do" answers \
    'select id, n, extra from own;
     select count(*) from sqlite_master where tbl_name = "own"' '1|2|1
1'
run --into db --table own . in
check 'what SQLite refuses ends the run' ends 74
check 'and is named' said \
    'weir: stream-jsonl: db: row 1: UNIQUE constraint failed: own.id'

rm db
printf '%s\n' '{"a":"12","b":"x","c":1}' '{"c":2}' >in
into --columns 'a:integer,b,q:text'
check '--columns are all there are' answers \
    'select a, typeof(a), b, q is null from t' '12|integer|x|1
|null||1'
check 'with their types' answers \
    "select group_concat(name || ' ' || lower(type))
     from pragma_table_info('t')" \
    'a integer,b ,q text'
printf '%s\n' '{"A":1,"a":2}' >in
run --into db --table cases . in
check 'two names that are one column end the run' said \
    'weir: stream-jsonl: db: row 1: "A" and "a" are one column to SQLite'
printf '%s\n' '{"a":1,"a":2}' >in
run --into db --table cases . in
check 'of one name twice the last counts' answers 'select * from cases' 2
printf '%s\n' '{"x\"; drop table t":1,"":2}' >in
run --into db --table 'q"t' . in
check 'names are quoted' answers 'select * from "q""t"' '1|2'
echo '{"a\u0000b":1}' >in
run --into db --table nul . in
check 'a name with a NUL ends the run' said \
    'weir: stream-jsonl: db: row 1: a key with a NUL in it can be no column'

echo 'this is a letter, not a database' >letter
run --into letter --table t . in
check 'a file that is none is refused' ends 73
check 'and stays' test "$(cat letter)" = 'this is a letter, not a database'
run --into in/db --table t . in
check 'as is a place where none can be' ends 73
echo '{"a":1}' >in
run --into db --table t --pipe 'cat; echo 4' . in
check 'what a process answers is looked at' said \
    'weir: stream-jsonl: db: row 2: not an object, which --into needs'
run --into db --table piped --pipe 'sed s/1/2/' . in
check 'and is well if it is an object' answers 'select a from piped' 2

# Blocks finish in any order: 8000 lines of all lengths on 4 threads.
awk 'BEGIN {
    for (i = 1; i <= 8000; i++) {
        printf "{\"i\":%d,\"k%d\":\"", i, i % 40
        for (j = i * i % 97; j > 0; j--)
            printf "x"
        print "\"}"
    }
}' >in
rm -f db
run -j 4 --block-size 4K --into db --table t '., {i: (-.i)}' in
check 'rows are in the order of the input' answers \
    'select count(*), sum(rowid != 2 * abs(i) - (i > 0)) from t' '16000|0'
run -j 4 --buffer-size 7 --unordered --into db --table u . in
check 'or in any' answers 'select count(*), sum(i) from u' '8000|32004000'

mkfifo hold
sqlite3 db >hold.out <hold &
holder=$!
exec 3>hold
echo 'begin immediate; select 1;' >&3
check 'somebody writes' wait_for test -s hold.out
into
check 'then the status is 75' ends 75
exec 3>&-
wait $holder

for args in '--into db' '--table t' '--columns a' '--upsert a' \
    '--into db --table t --output x' '--into db --table t -r' \
    '--into db --table t --columns a:int' '--into db --table t --columns a,' \
    '--into db --table t --upsert a,' \
    '--into db --table t --upsert a --on-error wrap'; do
    # shellcheck disable=SC2086 # words
    run $args . in
    check "usage: $args" ends 2
done
exit $failed
