# What a program is given besides its input, what it says besides its output,
# and how it ends the run.

== options give a program its variables
< 1
$ weir stream-jsonl '$a, $b, $ARGS' --arg a 1 --argjson b '{"c":[1.0, 2]}' --arg a 2
> "1"
> {"c":[1.0, 2]}
> {"positional":[],"named":{"a":"1","b":{"c":[1.0, 2]}}}

== files become variables
@ values.json
| {"a": 1.0,
|  "b": "x\"}"} [2]3
| true"y"null
@ text
| one
| two
< 0
$ weir stream-jsonl '$v[], $t' --slurpfile v values.json --rawfile t text
> {"a": 1.0,  "b": "x\"}"}
> [2]
> 3
> true
> "y"
> null
> "one\ntwo\n"

== operands become values where they are asked for
@ in
| 1
< 0
$ weir stream-jsonl '$ARGS.positional' in --args a b --jsonargs '{"c": 1}' null
> ["a","b",{"c": 1},null]

== a program may be in a file
@ prog
| # the first field,
| .a,
|   .b
< {"a":1,"b":2}
$ weir stream-jsonl -f prog
> 1
> 2
< {"a":1}
$ cat > more && weir stream-jsonl --from-file prog more more
> 1
> null
> 1
> null

== a fault in such a file is shown in its line
@ prog
| .a
| | .b +* 2
$ weir stream-jsonl -f prog
! weir: stream-jsonl: prog:2:7: expected a filter, not '*'
! | .b +* 2
!       ^
! weir: stream-jsonl: what it does not know can be left to jq: --pipe 'jq -c FILTER'
? 2

== what is given has to be readable
$ weir stream-jsonl --argjson a '{"b"' .
! weir: stream-jsonl: --argjson a: invalid JSON: .* (re)
? 2
$ weir stream-jsonl --slurpfile a none .
! weir: stream-jsonl: --slurpfile: none: No such file or directory
? 66
$ weir stream-jsonl -f none
! weir: stream-jsonl: --from-file: none: No such file or directory
? 66
$ weir stream-jsonl . --arg a
! weir: stream-jsonl: --arg: needs two values: NAME TEXT
? 2
$ weir stream-jsonl . --jsonargs '{'
! weir: stream-jsonl: --jsonargs: invalid JSON: .* (re)
? 2

== all of the input at once is refused, with a way out
$ weir stream-jsonl -s .
! weir: stream-jsonl: --slurp: all of the input at once has no bound; try -n with 'reduce inputs as $x (...)', or, if it fits into --max-memory, with '[inputs] | ...'
? 2

== the environment is an object
< 1
$ A=b weir stream-jsonl '$ENV.A, env.A, ($ENV | type)'
> "b"
> "b"
> "object"

== the last output may decide the exit status
< 1
< null
$ weir stream-jsonl -e .
> 1
> null
? 1
< null
< 1
$ weir stream-jsonl -e . -j 2 --buffer-size 1
> null
> 1
< 1
$ weir stream-jsonl -e empty
? 4
< false
$ weir stream-jsonl -e --output out . ; echo $?; cat out
> 1
> false
< 1
< x
$ weir stream-jsonl -e --on-error drop .
> 1
! weir: stream-jsonl: .* (re)
? 1

== messages are in order, between the faults
< 1
< "x"
< 2
$ weir stream-jsonl -j 4 --buffer-size 1 'debug | debug("at \(.)") | . + 1'
> 2
> 3
! ["DEBUG:",1]
! ["DEBUG:","at 1"]
! ["DEBUG:","x"]
! ["DEBUG:","at x"]
! weir: <stdin>:2: string ("x") and number (1) cannot be added
! ["DEBUG:",2]
! ["DEBUG:","at 2"]
! weir: stream-jsonl: .* (re)
? 1
< 1
< "x"
< {"a":"é"}
$ weir stream-jsonl 'stderr'
> 1
> "x"
> {"a":"é"}
! 1x{"a":"é"} (no-eol)

== a program can end the run
< 1
< 2
< 3
$ weir stream-jsonl -j 4 --buffer-size 1 'if . == 2 then "last", halt else . end' --output out --summary sum; echo $?; cat out; grep -o '"lines_read": *[0-9]*' sum
> 0
> 1
> "last"
> "lines_read":2
< 1
< 2
< 3
$ weir stream-jsonl -j 4 --buffer-size 1 'if . == 2 then "bye\n" | halt_error else . end'
> 1
! bye
? 5
< {"a":1}
$ weir stream-jsonl 'halt_error(3)'
! {"a":1}
? 3
< null
$ weir stream-jsonl 'halt_error(259)'
? 3

== a value that was read from a text is not the line
< "[1]"
< 2
$ weir stream-jsonl 'if . == 2 then $a else fromjson end' --argjson a 3
> [1]
> 3

== where a line comes from
@ a
| 1
|
| 2
@ b
| 3
< 4
$ weir stream-jsonl '[input_filename, input_line_number]' a b -
> ["a",1]
> ["a",3]
> ["b",1]
> ["<stdin>",1]
