# Programs that read their input by themselves: -n, input, inputs.

== a program may run once, on null
< 1
$ weir stream-jsonl -n '., 1 + 1'
> null
> 2

== inputs gives all lines, in order
< 1
< {"a": 1.0}
<
< "\u00e9"
$ weir stream-jsonl -n '[inputs]'
> [1,{"a": 1.0},"\u00e9"]
< 1
< 2
< 3
$ weir stream-jsonl -n 'reduce inputs as $x (0; . + $x), input_line_number'
> 6
> 3
< 1
< 2
< 3
$ weir stream-jsonl -n 'foreach inputs as $x (0; . + $x)' -j 8 --buffer-size 1
> 1
> 3
> 6

== input takes the next line
< 1
< 2
< 3
< 4
$ weir stream-jsonl '[., input]'
> [1,2]
> [3,4]
< 1
< 2
< 3
$ weir stream-jsonl '[., input]' --rejects out ; cat out
> [1,2]
> 3
! weir: <stdin>:3: break
! weir: stream-jsonl: lines_read 3, lines_ok 2, lines_rejected 1, lines_blank 0, bytes_read 6 in .* (re)
< 1
$ weir stream-jsonl -n 'input, (try input catch .)'
> 1
> "break"

== invalid lines are passed over and accounted for
@ in
| 1
| x
|
| 3
$ weir stream-jsonl -n '[inputs]' in --rejects out --summary sum ; cat out; grep -o '"lines_[^,]*' sum
> [1,3]
> x
> "lines_read":4
> "lines_ok":2
> "lines_rejected":1
> "lines_blank":1
! weir: in:2:1: invalid JSON: expected a value
! weir: stream-jsonl: lines_read 4, .* (re)
$ weir stream-jsonl -n '[inputs]' in --on-error wrap
> {"error":"Invalid JSON","line":"x","line_number":2,"column":1,"reason":"expected a value"}
> [1,3]
! weir: stream-jsonl: .* (re)
? 1
$ weir stream-jsonl -n 'inputs' in --on-error fail
> 1
! weir: in:2:1: invalid JSON: expected a value
! weir: stream-jsonl: lines_read 2, .* (re)
! weir: stream-jsonl: stopped at the first rejected line (--on-error fail)
? 1
$ weir stream-jsonl -n '[inputs]' in --max-line 1 --on-error drop
> [1,3]
! weir: stream-jsonl: .* (re)
? 1
$ weir stream-jsonl -nR '[inputs]' in
> ["1","x","","3"]

== what is not read does not count
< 1
< x
$ weir stream-jsonl -n 'first(inputs)' --summary sum && grep -o '"lines_read[^,]*' sum
> 1
> "lines_read":1

== a program that fails says where it was
< 1
< "a"
< 3
$ weir stream-jsonl -n 'reduce inputs as $x (0; . + $x)'
! weir: stream-jsonl: lines_read 2, .* (re)
! weir: stream-jsonl: <stdin>:2: number (1) and string ("a") cannot be added
? 1
$ weir stream-jsonl -n '1, error("no")' --output out; cat out
! weir: stream-jsonl: out: not written
! weir: stream-jsonl: lines_read 0, .* (re)
! weir: stream-jsonl: no
! cat: out: No such file or directory
? 1

== it can end the run, and say things in order
< 1
< 2
< 3
$ weir stream-jsonl -n 'inputs | if . == 2 then halt_error(3) else debug end'
> 1
! ["DEBUG:",1]
! 2
? 3
< 1
< false
$ weir stream-jsonl -ne inputs
> 1
> false
? 1

== several files follow one another
@ a
| 1
@ b
| 2
$ weir stream-jsonl -n '[inputs | [., input_filename, input_line_number]]' a b
> [[1,"a",1],[2,"b",1]]
$ weir stream-jsonl -n '[inputs]' a none b
> [1,2]
! weir: stream-jsonl: none: No such file or directory
! weir: stream-jsonl: .* (re)
? 66

== its memory is bounded, and its output may be larger
$ seq 300000 | weir stream-jsonl --max-memory 1M -n 'reduce inputs as $x (0; . + $x)'
> 45000150000
$ seq 200000 > in; weir stream-jsonl --max-memory 1M -n 'inputs | range(3)' in | wc -l
> 600000
$ weir stream-jsonl --max-output 1M -n 'range(400000) | tostring * 10' | tail -c 9
> 9399999"
$ seq 300000 | weir stream-jsonl --max-memory 1M -n '[inputs]'
! weir: stream-jsonl: lines_read .* (re)
! weir: stream-jsonl: <stdin>:[0-9]*: more memory than --max-memory allows (re)
? 1

== it needs all of its input in one process
$ weir stream-jsonl -n inputs --exec cat
! weir: stream-jsonl: --exec: not behind a program that reads by itself (-n); its output can go into another weir stream-jsonl
? 2
$ weir stream-jsonl 'input' --pipe cat
! weir: stream-jsonl: --pipe: not behind a program that reads by itself (input, inputs); its output can go into another weir stream-jsonl
? 2

== a checkpoint is kept only of what was read
@ log
| 1
| 2
$ weir stream-jsonl -n '[inputs]' --checkpoint place log; echo 3 >> log; weir stream-jsonl -n '[inputs]' --checkpoint place log
> [1,2]
> [3]
$ echo 4 >> log; echo 5 >> log; weir stream-jsonl -n input --checkpoint place log
> 4
! weir: stream-jsonl: lines_read 1, .* (re)
! weir: stream-jsonl: --checkpoint: not kept: the program left lines unread
? 1
$ weir stream-jsonl '., halt' --checkpoint place log
> 4
! weir: stream-jsonl: lines_read 1, .* (re)
! weir: stream-jsonl: --checkpoint: not kept: the program left lines unread
? 1
$ weir stream-jsonl . --checkpoint place log
> 4
> 5

== letters of jq that change nothing are accepted
< {"a": 1}
$ weir stream-jsonl -cM --unbuffered --monochrome-output --compact-output .a
> 1

== what is no UTF-8 in a text that is given becomes U+FFFD
$ printf 'a\377b\n' | weir stream-jsonl -Rn input
> "a�b"
$ printf 'x\377y' >file; echo 1 | weir stream-jsonl --rawfile r file --arg a "$(printf 'x\355\240\200')" '$r, $a'
> "x�y"
> "x�"
