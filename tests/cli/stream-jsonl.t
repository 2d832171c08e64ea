# JSON Lines through a filter. Longer runs are in stream-jsonl-*.sh.

== what passes keeps its own bytes
< {"b": 1.50, "a":1,"a":2}
< 12345678901234567890
<  "caf\u00e9 \ud83d" 
< [ 1 , 2 ]
$ weir stream-jsonl
> {"b": 1.50, "a":1,"a":2}
> 12345678901234567890
> "caf\u00e9 \ud83d"
> [ 1 , 2 ]

== a path gives one place of each line
< {"a":{"b":[10,{"c":true}]}}
< {"a":{"b":[]}}
< {"a":null}
$ weir stream-jsonl '.a.b[1].c'
> true
> null
> null
< {"a b":1,"a":{"x-y":[1,2,3]}}
$ weir stream-jsonl '.a."x-y"[-1]'
> 3
< {"a b":1}
$ weir stream-jsonl '.["a b"]'
> 1
< {"a":1,"a":2}
$ weir stream-jsonl .a
> 2
< {"\u0061":"escaped key"}
$ weir stream-jsonl .a
> "escaped key"

== a filter that fails on a line rejects it
< {"a":1}
< 5
< "s"
< {"a":2}
$ weir stream-jsonl .a
> 1
> 2
! weir: <stdin>:2: Cannot index number with string "a"
! weir: <stdin>:3: Cannot index string with string "a"
! weir: stream-jsonl: lines_read 4, lines_ok 2, lines_rejected 2, lines_blank 0, bytes_read 22 in [0-9.]+ s (re)
? 1

== a question mark swallows the failure
< 5
< {"a":1}
$ weir stream-jsonl '.a?'
> 1

== a filter that does not compile has a caret under the place
< {"a":1}
$ weir stream-jsonl '.a | selct(.b)'
! weir: stream-jsonl: filter: column 6: there is no function selct/1; did you mean select?
! .a | selct(.b)
!      ^
! weir: stream-jsonl: what it does not know can be left to jq: --pipe 'jq -c FILTER'
? 2
$ weir stream-jsonl '.["é"].é['
! weir: stream-jsonl: filter: .* (re)
! .["é"].é[
!  {7,9}[\^] (re)
! weir: stream-jsonl: what it does not know can be left to jq: --pipe 'jq -c FILTER'
? 2

== the caret stands where it belongs far to the right
$ weir stream-jsonl ".$(printf '%0600d' 0 | tr 0 a)|" 2>&1 | awk '{ print length }' | sed -n 2,3p
> 73
> 74

== of a filter of several lines the one with the fault is shown
$ weir stream-jsonl '.a
+ | $b'
! weir: stream-jsonl: filter:2:3: there is no variable $b; --arg b TEXT would give it
! | $b
!   ^
! weir: stream-jsonl: what it does not know can be left to jq: --pipe 'jq -c FILTER'
? 2

== an empty input gives nothing
$ weir stream-jsonl . </dev/null
$ : >empty && weir stream-jsonl . empty && weir stream-jsonl . <empty

== blank lines are skipped and counted
<
<   
< 1
<
$ weir stream-jsonl --summary s.json; sed 's/.*"lines_read"/"lines_read"/' s.json
> 1
> "lines_read":4,"lines_ok":1,"lines_rejected":0,"lines_blank":3,"bytes_read":7}

== CRLF is accepted
$ printf '{"a":1}\r\n[2]\r\n\r\nx\r\n' | weir stream-jsonl
> {"a":1}
> [2]
! weir: <stdin>:4:1: invalid JSON: expected a value
! weir: stream-jsonl: lines_read 4, lines_ok 2, lines_rejected 1, lines_blank 1, bytes_read 19 in [0-9.]+ s (re)
? 1

== a last line without newline counts, and is not glued to the next file
$ printf '1\n2' >a && printf '3' >b && weir stream-jsonl . a b
> 1
> 2
> 3

== a byte order mark is accepted at the start of each file
$ printf '\357\273\277{"a":1}\n' >a && printf '\357\273\2772' >b &&
+     weir stream-jsonl . a b
> {"a":1}
> 2
$ printf '\357\273\277' | weir stream-jsonl
$ printf '\357\273\2771\n' | weir stream-jsonl --block-size 1
> 1
$ { printf '\357'; sleep 0.2; printf '\273'; sleep 0.2; printf '\2771\n'; } |
+     weir stream-jsonl
> 1

== a byte order mark elsewhere is a fault
$ printf '1\n\357\273\2772\n\357\273\n' | weir stream-jsonl
> 1
! weir: <stdin>:2:1: invalid JSON: byte order mark
! weir: <stdin>:3:1: invalid JSON: invalid UTF-8
! weir: stream-jsonl: lines_read 3, lines_ok 1, lines_rejected 2, lines_blank 0, bytes_read 10 in [0-9.]+ s (re)
? 1
$ printf '\357\273' | weir stream-jsonl -q
! weir: <stdin>:1:1: invalid JSON: invalid UTF-8
? 1
$ printf '\357\273\277\357\273\2771\n' | weir stream-jsonl -q
! weir: <stdin>:1:1: invalid JSON: byte order mark
? 1

== invalid UTF-8 is named at its byte
$ printf '"ok"\n"a\377"\n"\355\240\200"\n"\300\200"\n"\364\220\200\200"\n"\303"\n' |
+     weir stream-jsonl -q
> "ok"
! weir: <stdin>:2:3: invalid JSON: invalid UTF-8
! weir: <stdin>:3:2: invalid JSON: invalid UTF-8
! weir: <stdin>:4:2: invalid JSON: invalid UTF-8
! weir: <stdin>:5:2: invalid JSON: invalid UTF-8
! weir: <stdin>:6:2: invalid JSON: invalid UTF-8
? 1

== a NUL byte is a fault wherever it stands
$ printf '1\0002\n"a\000b"\n\000\n{"a":1}\000\n7\n' | weir stream-jsonl -q
> 7
! weir: <stdin>:1:2: invalid JSON: .* (re)
! weir: <stdin>:2:3: invalid JSON: .* (re)
! weir: <stdin>:3:1: invalid JSON: .* (re)
! weir: <stdin>:4:8: invalid JSON: .* (re)
? 1

== what jq takes and JSON does not is rejected
< +1
< 01
< .5
< 1.
< NaN
< 1 2
< [1,]
< {"a":1,}
< 'a'
$ weir stream-jsonl --on-error drop
! weir: stream-jsonl: lines_read 9, lines_ok 0, lines_rejected 9, lines_blank 0, bytes_read 38 in [0-9.]+ s (re)
? 1

== report, the default, names each rejected line
< {"a":1}
< {"a":
< nope
< [2]
$ weir stream-jsonl
> {"a":1}
> [2]
! weir: <stdin>:2:6: invalid JSON: .* (re)
! weir: <stdin>:3:2: invalid JSON: expected 'null'
! weir: stream-jsonl: lines_read 4, lines_ok 2, lines_rejected 2, lines_blank 0, bytes_read 23 in [0-9.]+ s (re)
? 1

== wrap puts an object in its place
< {"a":1}
< {"a"	"x\y"
<
< [2]
$ weir stream-jsonl -q --on-error wrap
> {"a":1}
> {"error":"Invalid JSON","line":"{\"a\"\t\"x\\y\"","line_number":2,"column":6,"reason":"expected ':'"}
> [2]
? 1
< 5
$ weir stream-jsonl -q --on-error wrap .a
> {"error":"Filter error","line":"5","line_number":1,"reason":"Cannot index number with string \"a\""}
? 1
$ printf 'a\377b\001\177\n' | weir stream-jsonl -q --on-error wrap
> {"error":"Invalid JSON","line":"a�b\u0001\u007f","line_number":1,"column":1,"reason":"expected a value"}
? 1
$ printf '"\377\n' | weir stream-jsonl -q --on-error wrap | weir stream-jsonl .line
> "\"�"

== drop only counts
< 1
< x
< 2
$ weir stream-jsonl --on-error drop
> 1
> 2
! weir: stream-jsonl: lines_read 3, lines_ok 2, lines_rejected 1, lines_blank 0, bytes_read 6 in [0-9.]+ s (re)
? 1
< x
$ weir stream-jsonl --on-error drop -q
? 1

== fail stops at the first
< 1
<
< x
< 2
< y
$ weir stream-jsonl --on-error fail
> 1
! weir: <stdin>:3:1: invalid JSON: expected a value
! weir: stream-jsonl: lines_read 3, lines_ok 1, lines_rejected 1, lines_blank 1, bytes_read 9 in [0-9.]+ s (re)
! weir: stream-jsonl: stopped at the first rejected line (--on-error fail)
? 1
$ { seq 5000; echo x; seq 5001 9999; } >in
+ weir stream-jsonl -q -j 8 --on-error fail --block-size 64 . in >out
+ seq 5000 | cmp - out
! weir: in:5001:1: invalid JSON: expected a value
! weir: stream-jsonl: stopped at the first rejected line (--on-error fail)

== the first 20 are named, the others counted
$ yes x | head -n 25 | weir stream-jsonl 2>&1 | sed -n '1p;20,$p'
> weir: <stdin>:1:1: invalid JSON: expected a value
> weir: <stdin>:20:1: invalid JSON: expected a value
> weir: 5 more lines rejected
> weir: stream-jsonl: lines_read 25, lines_ok 0, lines_rejected 25, lines_blank 0, bytes_read 50 in [0-9.]+ s (re)

== a line has at most so many bytes
@ in
| "345678"
| "3456789"
| 1
$ weir stream-jsonl -q --max-line 8 . in
> "345678"
> 1
! weir: in:2:9: invalid JSON: line of more than 8 bytes (--max-line)
? 1
$ sed 's/$/\r/' in | weir stream-jsonl -q --max-line 8
> "345678"
> 1
! weir: <stdin>:2:9: invalid JSON: line of more than 8 bytes (--max-line)
? 1

== an overlong line is wrapped alike however it is read
$ head -c 1000 /dev/zero | tr '\0' x >in && echo >>in && echo 1 >>in
+ for block in 1 16 100 256K; do
+     weir stream-jsonl -q --max-line 10 --on-error wrap --block-size $block . in
+     { cat in; sleep 0.1; } |
+         weir stream-jsonl -q --max-line 10 --on-error wrap --block-size $block
+ done | sort | uniq -c | sed 's/^ *//'
> 8 1
> 8 {"error":"Invalid JSON","line":"xxxxxxxxxx","line_number":1,"column":11,"reason":"line of more than 10 bytes (--max-line)"}

== a line nests at most so deep
< [[[1]]]
< [[{"a":[]}]]
$ weir stream-jsonl -q --max-depth 3
> [[[1]]]
! weir: <stdin>:2:8: invalid JSON: .* (re)
? 1
$ for n in 1024 1025; do
+     { head -c $n /dev/zero | tr '\0' '['
+       head -c $n /dev/zero | tr '\0' ']'; echo; }
+ done | weir stream-jsonl -q | wc -c
> 2049
! weir: <stdin>:2:1025: invalid JSON: .* (re)

== files are read one after the other, each with its own line numbers
@ a
| 1
| x
@ b
| y
| 2
$ weir stream-jsonl -q . a - b <a
> 1
> 1
> 2
! weir: a:2:1: invalid JSON: expected a value
! weir: <stdin>:2:1: invalid JSON: expected a value
! weir: b:1:1: invalid JSON: expected a value
? 1

== a file that is missing is passed over, and told by the status
@ a
| 1
@ b
| 2
$ weir stream-jsonl . a none b
> 1
> 2
! weir: stream-jsonl: none: No such file or directory
! weir: stream-jsonl: lines_read 2, lines_ok 2, lines_rejected 0, lines_blank 0, bytes_read 4 in [0-9.]+ s (re)
? 66
$ weir stream-jsonl -q . none
! weir: stream-jsonl: none: No such file or directory
? 66

== a directory is no file
$ mkdir d && weir stream-jsonl -q . d
! weir: stream-jsonl: d: Is a directory
? 66
$ weir stream-jsonl -q . <d
! weir: stream-jsonl: <stdin>: Is a directory
? 66

== a device is read as it is
$ weir stream-jsonl . /dev/null

== a closed stdin is an error
$ weir stream-jsonl <&-
! weir: stream-jsonl: stdin: Bad file descriptor
? 66
@ a
| 1
$ weir stream-jsonl . a <&-
> 1

== a closed or full stdout is an error
< 1
$ weir stream-jsonl >&-
! weir: stream-jsonl: stdout: Bad file descriptor
? 74
$ for policy in report wrap drop fail; do
+     seq 3 | weir stream-jsonl -q --on-error $policy >/dev/full
+     echo $?
+ done
> 74
> 74
> 74
> 74
! weir: stream-jsonl: stdout: No space left on device
! weir: stream-jsonl: stdout: No space left on device
! weir: stream-jsonl: stdout: No space left on device
! weir: stream-jsonl: stdout: No space left on device
< 1
$ weir stream-jsonl --summary s.json -q >/dev/full; sed 's/,"started_at.*//' s.json
> {"version":"0.1.0","command":"stream-jsonl","exit_status":74,"error":"stdout: No space left on device"
! weir: stream-jsonl: stdout: No space left on device

== no output, no error: a full stdout that is never written
$ weir stream-jsonl .a? >/dev/full <<'X'
+ 5
+ X

== a reader that goes away ends the run quietly
$ seq 1000000 | weir stream-jsonl | head -n 1
> 1
$ { seq 1000000 | weir stream-jsonl; echo $? >status; } | head -n 1; cat status
> 1
> 74
$ yes x | weir stream-jsonl --on-error wrap | head -c 8; echo
> {"error"

== the summary says what became of every line
< 1
<
< x
$ weir stream-jsonl -q --summary s.json >/dev/null; echo $?; cat s.json
> 1
> [{]"version":"[0-9.]+","command":"stream-jsonl","exit_status":1,"error":null,"started_at":"[-0-9]{10}T[0-9:]{8}[.][0-9]{3}Z","elapsed":[0-9.]+,"lines_read":3,"lines_ok":1,"lines_rejected":1,"lines_blank":1,"bytes_read":5[}] (re)
! weir: <stdin>:3:1: invalid JSON: expected a value

== too many errors stop the run
$ yes x | weir stream-jsonl -q --on-error drop --max-errors 10 --buffer-size 1
! weir: stream-jsonl: stopped: [0-9]+ failed [(]--max-errors[)] (re)
? 1
$ yes x | weir stream-jsonl -q --on-error drop --max-errors 0%
! weir: stream-jsonl: stopped: [0-9]+ failed [(]--max-errors[)] (re)
? 1
$ { yes 1 | head -n 99; echo x; } | weir stream-jsonl -q --max-errors 1% | wc -l
> 99
! weir: <stdin>:100:1: invalid JSON: expected a value

== a deadline ends an endless input
$ yes 1 | weir stream-jsonl -q --deadline 300ms >/dev/null
! weir: stream-jsonl: deadline passed: [0-9]+ completed, 0 failed, 0 cancelled (re)
? 124

== the number of lines for a worker may be anything
$ yes x | head -n 1000 |
+     weir stream-jsonl -q --on-error wrap --block-size 2000 --max-line 10 \
+         --buffer-size 57646075230342349 | tail -n 1
> {"error":"Invalid JSON","line":"x","line_number":1000,"column":1,"reason":"expected a value"}

== a name cannot forge a message
$ printf 'x\n' >'a
+ weir: forged' && weir stream-jsonl -q . 'a
+ weir: forged'
! weir: a\x0aweir: forged:1:1: invalid JSON: expected a value
? 1

== values go out as jq's options ask
@ in.jsonl
| {"b":1.0,"a":"h\u00e9 \/","b":2}
| "x\ty"
| 5e2
| "é"
$ weir stream-jsonl -r . in.jsonl
> {"b":1.0,"a":"h\u00e9 \/","b":2}
> x	y
> 5e2
> é
$ weir stream-jsonl -S . in.jsonl
> {"a":"h\u00e9 \/","b":2}
> "x\ty"
> 5e2
> "é"
$ weir stream-jsonl -a . in.jsonl
> {"b":1.0,"a":"h\u00e9 \/","b":2}
> "x\ty"
> 5e2
> "\u00e9"
$ weir stream-jsonl --canonical . in.jsonl
> {"b":2,"a":"hé /"}
> "x\ty"
> 5E+2
> "é"
$ weir stream-jsonl --join-output .a? in.jsonl
> hé / (no-eol)

== raw lines are strings, whatever they hold
$ printf '{"a":1}\n\nnot "json"\n' | weir stream-jsonl -R
> "{\"a\":1}"
> ""
> "not \"json\""
$ printf 'a\tb\n' | weir stream-jsonl -Rr
> a	b

== rejected lines are kept as they came
$ printf '1\n[1,\r\n2\n  x y \n3' | weir stream-jsonl -q --on-error drop --rejects bad
> 1
> 2
> 3
? 1
$ od -c bad | head -n 1
> 0000000   [   1   ,  \r  \n           x       y      \n
$ printf '12345678\n1\n123456789' | weir stream-jsonl -q --on-error drop --max-line 4 --block-size 3 --rejects bad
> 1
? 1
$ cat bad
> 12345678
> 123456789

== a named output appears when all went well
$ echo old >out; echo 1 | weir stream-jsonl --output out; cat out; ls
> 1
> out
$ printf '2\nx\n' | weir stream-jsonl -q --output out; echo $?; cat out; ls
> 1
> 1
> out
! weir: <stdin>:2:1: invalid JSON: expected a value
! weir: stream-jsonl: out: not written
$ printf '2\nx\n' | weir stream-jsonl -q --on-error drop --output out; echo $?; cat out
> 1
> 2
$ echo 1 | weir stream-jsonl --output no/out
? 73
! weir: stream-jsonl: no/out: No such file or directory
$ echo 1 | weir stream-jsonl -q --output /dev/full
? 74
! weir: stream-jsonl: /dev/full: No space left on device

== an input of another kind is recognised
$ printf '{\n  "a": 1\n}\n' | weir stream-jsonl -q
? 1
! weir: <stdin>:1:2: invalid JSON: unexpected end of line in an object
! (any)
$ printf '{\n  "a": 1\n}\n' | weir stream-jsonl -q 2>&1 | tail -n 1
> weir: stream-jsonl: <stdin> looks like JSON over several lines: 'jq -c .' makes it one value a line
$ printf 'id,name\n1,Ada\n' | weir stream-jsonl -q 2>&1 | tail -n 1
> weir: stream-jsonl: <stdin> looks like CSV: it has to be one JSON value a line
$ printf '[{"a":1},{"a":2}]\n' | weir stream-jsonl -q .a 2>&1 | tail -n 1
> weir: stream-jsonl: <stdin> begins with an array: the filter '.[]' puts its elements on lines of their own
$ printf '{"a":1} {"a":2}\n' | weir stream-jsonl -q .a 2>&1 | tail -n 1
> weir: stream-jsonl: <stdin> has several values on a line: 'jq -c .' makes it one value a line
$ printf '1\nx,y\n' | weir stream-jsonl -q
> 1
! weir: <stdin>:2:1: invalid JSON: expected a value
? 1

== a block goes through a process of its own
$ printf '3\n1\n2\n' | weir stream-jsonl --pipe sort
> 1
> 2
> 3
$ seq 1 10 | weir stream-jsonl --buffer-size 4 --pipe 'wc -l'
> 4
> 4
> 2
$ seq 1 1000 | weir stream-jsonl --buffer-size 100 -j 8 --pipe 'head -n 1'
> 1
> 101
> 201
> 301
> 401
> 501
> 601
> 701
> 801
> 901

== a process that fails rejects its block
$ seq 1 4 | weir stream-jsonl -q --buffer-size 2 --pipe 'read -r n; echo $n; test $n = 1'
> 1
! weir: <stdin>:3: pipe: 'read -r n; echo $n; test $n = 1': exit status 1
! weir: <stdin>:4: pipe: 'read -r n; echo $n; test $n = 1': exit status 1
? 1
$ seq 1 4 | weir stream-jsonl -q --pipe 'kill -9 $$' --on-error drop
? 1
