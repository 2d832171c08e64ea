# Where a filter is wrong: the place, what was expected, a caret under it.

== the caret stands under wide characters, tabs and what is put above others
$ weir stream-jsonl '"日本" | nope'
! weir: stream-jsonl: filter: column 12: there is no function nope/0
! "日本" | nope
!          ^
! (any)
? 2
$ printf '\t.a\t| "e\314\201" | selct(.a)' > prog; weir stream-jsonl -f prog
! weir: stream-jsonl: prog:1:15: there is no function selct/1; did you mean select?
! .*selct.* (re)
! 	  	        ^
! (any)
? 2

== what opened is named by its line and column
@ prog
| # all
| .a | if .b then (1
|   else 2 end
$ weir stream-jsonl -f prog
! weir: stream-jsonl: prog:3:3: expected ')' for the '(' at line 2, column 17, not 'else'
!   else 2 end
!   ^
! (any)
? 2
$ printf '[1,\n  {"a": "x},\n  2]\n' > prog; weir stream-jsonl -f prog
! weir: stream-jsonl: prog:2:9: there is no '"' that closes this text
!   {"a": "x},
!         ^
! (any)
? 2
$ printf '[1,\n  2\n\n' > prog; weir stream-jsonl -f prog
! weir: stream-jsonl: prog:2:4: expected ']' for the '[' at line 1, column 1, but the text ends
!   2
!    ^
! (any)
? 2

== a filter of several lines on the command line has lines, too
$ weir stream-jsonl '.a
+ | .b c'
! weir: stream-jsonl: filter:2:6: expected an operator or the end of the filter, not 'c'
! | .b c
!      ^
! (any)
? 2

== of a long line what is around the fault is shown
$ printf '%0400d | nope | %0400d' 0 0 > prog; weir stream-jsonl -f prog 2>&1 | sed 's/000*/0/g'
> weir: stream-jsonl: prog:1:404: there is no function nope/0
> ...0 | nope | 0...
>                                                                          ^
> weir: stream-jsonl: what it does not know can be left to jq: --pipe 'jq -c FILTER'

== what a terminal must not get is shown by its bytes
$ printf '.a\000 | .b' > prog; weir stream-jsonl -f prog
! weir: stream-jsonl: prog:1:3: expected an operator or the end of the filter, not '\x00'
! .a\x00 | .b
!   ^
! (any)
? 2
$ printf '"\033[31m" | x' > prog; weir stream-jsonl -f prog
! weir: stream-jsonl: prog:1:11: there is no function x/0
! "\x1b[31m" | x
!              ^
! (any)
? 2
$ printf '.a | \377' > prog; weir stream-jsonl -f prog
! weir: stream-jsonl: prog:1:6: invalid UTF-8
! .a | \xff
!      ^
! (any)
? 2

== a filter that is too much is refused
$ head -c 100000 /dev/zero | tr '\0' '(' > prog; weir stream-jsonl -f prog 2>&1 | head -n 1
> weir: stream-jsonl: prog:1:501: the filter nests too deep
$ { printf 1; yes '+1' | head -n 5000 | tr -d '\n'; } > prog; weir stream-jsonl -f prog 2>&1 | head -n 1
> weir: stream-jsonl: prog:1:8002: too many operators in a row at '+'

== a filter of comments alone is none
$ weir stream-jsonl '# all of it'
! weir: stream-jsonl: filter: column 12: expected a filter, but the text ends
! # all of it
!            ^
! (any)
? 2
