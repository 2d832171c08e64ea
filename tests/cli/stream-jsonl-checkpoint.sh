#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --checkpoint: what is new in growing and rotated files, once.

# shellcheck disable=SC2317 # functions are called through check
set -u
# shellcheck source=tests/cli/jsonl-common.sh
. "${0%/*}/jsonl-common.sh"

# new FILE...: a run, whose output is in `got`, on one line.
new() {
    run --checkpoint point . "$@"
    got=$(tr '\n' ' ' <out)
    got=${got% }
}

gives() {
    test "$got" = "$1"
}

ends() {
    test "$status" -eq "$1"
}

# add FILE LINE...
add() {
    file=$1
    shift
    printf '%s\n' "$@" >>"$file"
}

add log 1 2
printf 3 >>log
new log
check 'at first: all whole lines' gives '1 2'
new log
check 'then nothing' gives ''
check 'well' ends 0
add log '' 4
new log
check 'what is new; a line that was torn is whole now' gives '3 4'
printf '{"half":' >>log
new log
check 'half a line is left' gives ''
add log 'true}'
new log
check 'until it is whole' gives '{"half":true}'

mv log log.1
add log.1 5
: >log
new log
check 'renamed: the rest of the old one' gives 5
add log.1 6
new log
check 'which is followed while the new one is empty' gives 6
printf 7 >>log.1
add log 8
new log
check 'then its end, and the new one' gives '7 8'
add log 9
new log
check 'and that alone' gives 9

add log 10
cp log log.copy
: >log
new log
check 'copied and emptied: the rest is in the copy' gives 10
add log 11
new log
check 'and then the new lines' gives 11
add log 12 13
cp log log-copy
add log.new 14
cat log.new >log
new log
check 'or both at once' gives '12 13 14'

rm log.1
mv log log.4
add log.4 15
touch -d '2026-01-01 10:00' log.4
add log.3 16
touch -d '2026-01-01 11:00' log.3
add log.2 17
touch -d '2026-01-01 12:00' log.2
add log.2.gz 99
add logic 99
add log.1.bak 99
add log 18
new log
check 'renamed several times: all between' gives '15 16 17 18'

rm log
add other 19
mv other log
new log
check 'one that is gone is missed' said \
    'weir: stream-jsonl: log: what came behind byte 3 of the file that had this name is not to be found'
check 'the status tells' ends 66
check 'but it goes on' gives 19
new log
check 'and that is all' gives ''
check 'well' ends 0

: >quiet
new quiet
add quiet 1
cp quiet quiet.1
: >quiet
add quiet 2
new quiet
check 'an empty one that had lines in between' gives '1 2'
new quiet
check 'once' gives ''
rm quiet*

mkdir d
add d/a 1
add d/b 2
new d/a d/b log
check 'several files' gives '1 2'
add d/b 3
add d/a 4
new d/b d/a
check 'in any order' gives '3 4'
add d/a 5
new d/none d/a
check 'one cannot be read' ends 66
check 'nothing is kept then' gives 5
new d/a
check 'so it comes again' gives 5

add log 20 x 21
new log
check 'a line is rejected' ends 1
check 'the others are out' gives '20 21'
new log
check 'and it is read' gives ''

# Outputs that are there as a whole or not.
add log 22 x
run --checkpoint point --output all . log
check 'no output, since a line is rejected' test ! -e all
run --checkpoint point --output all --on-error drop . log
check 'so the lines come again' test "$(cat all)" = 22
run --checkpoint point --output all . log
check 'once' test ! -s all

# A run that was killed when its output had no name yet.
add log 23
run --checkpoint point --output last . log
mv last 'last.0123.part'
sed "s|]|],\"rename\":{\"from\":\"$PWD/last.0123.part\",\"to\":\"$PWD/last\"}|;
    s|,\"rename\":{[^}]*}}$|}|" point >point.new
mv point.new point
run --checkpoint point --output next . log
check 'the next one gives it its name' test "$(cat last)" = 23
check 'and goes on' test ! -s next

# A large file is read in ranges.
awk 'BEGIN { for (i = 0; i < 300000; i++) print "{\"n\":" i "}" }' >big
head -c 3000000 big >grown
run -j 4 --checkpoint point . grown
mv out first
tail -c +3000001 big >>grown
run -j 4 --checkpoint point . grown
check 'in ranges' test "$(cat first out | cmp - big && echo same)" = same

# Together with a database.
add rows '{"n":1}' '{"n":2}'
run --checkpoint point --into db --table t . rows
add rows '{"n":3}' 4
run --checkpoint point --into db --table t . rows
check 'rejected: rolled back' test "$(sqlite3 db 'select n from t')" = '1
2'
run --checkpoint point --into db --table t --on-error drop . rows
check 'and so the checkpoint' test \
    "$(sqlite3 db 'select group_concat(n) from t')" = 1,2,3
run --checkpoint point --into db --table t . rows
check 'which is in the database' test \
    "$(sqlite3 db 'select count(*) from t; select name from weir_checkpoint')" \
    = '3
point'
run --checkpoint fresh --into db --table t --on-error drop . rows
check 'without a file' test ! -e fresh

cp point kept
flock point.lock "$WEIR" stream-jsonl --checkpoint point . log >out 2>err
check 'one run at a time: status 75' test $? -eq 75
for text in x '{}' '{"weir_checkpoint":2,"files":[]}' \
    '{"weir_checkpoint":1,"files":[{"name":"log"}]}'; do
    echo "$text" >point
    new log
    check "damaged: status 78: $text" ends 78
    check 'and it stays' test "$(cat point)" = "$text"
done
mv kept point
"$WEIR" stream-jsonl --checkpoint point . <log >out 2>err
check 'stdin is no file: status 2' test $? -eq 2
new d
check 'nor is a directory: status 66' ends 66
exit $failed
