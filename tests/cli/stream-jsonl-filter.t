# What a program as the filter does to lines; the language itself is in
# tests/unit/jq.

== each output is a line, and an untouched one has its own bytes
< {"a": 1.50, "b":[1 ,2]}
$ weir stream-jsonl '., .b, .b[], .'
> {"a": 1.50, "b":[1 ,2]}
> [1 ,2]
> 1
> 2
> {"a": 1.50, "b":[1 ,2]}

== no output is no rejection
< 1
< 2
< 3
$ weir stream-jsonl --summary s 'select(. != 2)' && sed 's/.*\("lines_read".*\),"bytes.*/\1/' s
> 1
> 3
> "lines_read":3,"lines_ok":3,"lines_rejected":0,"lines_blank":0

== a line whose filter fails gives nothing, whatever it gave before
< 1
< 2
< 3
$ weir stream-jsonl -q --rejects r '., . * 10, (if . == 2 then error("two") else empty end)' && :
> 1
> 10
> 3
> 30
! weir: <stdin>:2: two
? 1
$ cat r
> 2
< 1
< 2
$ weir stream-jsonl -q --on-error wrap '., ., (if . == 1 then error({a: 1}) else empty end)'
> {"error":"Filter error","line":"1","line_number":1,"reason":"(not a string): {\"a\":1}"}
> 2
> 2
? 1

== more output than there may be rejects the line, and no other
@ lines
| "a"
| "b"
$ weir stream-jsonl -q --max-output 1K --max-line 1K --block-size 1K 'if . == "a" then (range(1000000) as $i | .) else . end' lines
> "b"
! weir: lines:1: the output is too large
? 1
$ weir stream-jsonl -q --max-output 1K --max-line 1K --block-size 1K --on-error wrap 'if . == "a" then (range(1000000) | tostring) else . end' lines
> {"error":"Filter error","line":"\"a\"","line_number":1,"reason":"the output is too large"}
> "b"
? 1

== more memory than there may be rejects the line, and loses no text in silence
@ lines
| "text"
| 1
$ { printf '"caf\\u00e9'; printf '%2000d"\n' 7; } >long
$ weir stream-jsonl -q --max-memory 1K -r . long | wc -c
> 2006
$ weir stream-jsonl -q --max-memory 1K -r 'ascii_downcase' long
! weir: long:1: more memory than --max-memory allows
? 1
$ weir stream-jsonl -q --max-memory 1K '. == "a"' long
! weir: long:1: more memory than --max-memory allows
? 1
$ weir stream-jsonl -q --max-memory 1K 'if type == "number" then . else [., range(100)] end' lines
> 1
! weir: lines:1: more memory than --max-memory allows
? 1
$ weir stream-jsonl -q --max-memory 100K '[range(10000) | "[]" | fromjson] | length' lines
! weir: lines:1: more memory than --max-memory allows
! weir: lines:2: more memory than --max-memory allows
? 1
$ weir stream-jsonl -q --max-memory 1M '[range(100)] | map("x" * 10000) | join("") | length' lines
! weir: lines:1: more memory than --max-memory allows
! weir: lines:2: more memory than --max-memory allows
? 1
$ weir stream-jsonl -q --max-memory 1M '("x" * 500000) as $x | [$x, $x, $x] | @csv | length' lines
! weir: lines:1: more memory than --max-memory allows
! weir: lines:2: more memory than --max-memory allows
? 1

== recursion ends before the stack does
< 1
$ weir stream-jsonl -q 'def f: 1 + f; f'
! weir: <stdin>:1: the filter recurses too deep
? 1

== a filter without an end ends with the run
< 1
$ weir stream-jsonl -q --deadline 100ms 'def f: .a | f; {} | f' 2>&1 | head -n 1
> weir: <stdin>:1: stopped
< 1
$ timeout -s INT 0.3 weir stream-jsonl -q 'last(range(1e18))' 2>&1 | head -n 1
> weir: <stdin>:1: stopped

== a function that only calls itself is refused
< 1
$ weir stream-jsonl 'def f: f; f'
! weir: stream-jsonl: filter: column 11: this only calls itself: 'f'
! def f: f; f
!           ^
! weir: stream-jsonl: what it does not know can be left to jq: --pipe 'jq -c FILTER'
? 2
< 1
$ weir stream-jsonl 'def f: def g: . | f; g; 1, f' 2>&1 | head -n 1
> weir: stream-jsonl: filter: column 28: this only calls itself: 'f'
< 1
$ weir stream-jsonl 'def f: f; 1'
> 1
$ seq 3 | weir stream-jsonl 'def f: if . > 5 then . else . + 1 | f end; f'
> 6
> 6
> 6

== the same bytes with any number of threads
$ seq 1 20000 | sed 's/.*/{"id":&,"t":["a","b&"],"p":&.50}/' >in
$ for j in 1 2 8; do weir stream-jsonl -j $j 'select(.id % 3 != 0) | {id, t: .t[1]}, .p' in | cksum; done | sort -u | wc -l
> 1

== a filter of 10 MB is compiled or refused
< 1
$ { seq 1 2000000 | tr '\n' '+'; echo 1; } >long && weir stream-jsonl -f long 2>&1 | sed 's/:1:[0-9]*:/:1:N:/; s/at .*/at X/; q'
> weir: stream-jsonl: long:1:N: too many operators in a row at X
< 1
$ { printf '. as $x | ['; seq 1 1000 | tr '\n' ','; echo '$x] | length'; } >list && weir stream-jsonl -f list
> 1001
