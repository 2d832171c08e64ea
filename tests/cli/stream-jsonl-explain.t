# How a filter is run, and what it looks at.

== a line that passes keeps its bytes, and nothing of the input is read
< {
$ weir stream-jsonl -j 3 --explain 'select(.a?)' missing
> input:    one line at a time; up to 3 threads (-j)
> looks at: .a
> output:   the line itself, with its own bytes
> bounds:   memory 256M for one line (--max-memory)
>
> PLACE   OUT  PART                                        LOOKS AT
> 1:1     1    builtin select/1                            .a
> 1:8     1      path .a?                                  .a

== who reads lines by itself has one thread
$ weir stream-jsonl -nS --max-memory 3K --explain 'reduce inputs as {$n} (0; . + $n)' | head -n 4
> input:    null (-n), and lines by input, inputs; one thread, in order
> looks at: .n
> output:   computed values; all written anew (-S)
> bounds:   memory 3K for one line (--max-memory)
$ weir stream-jsonl --explain '.a, input' | head -n 3
> input:    lines, and more by input, inputs; one thread, in order
> looks at: .a
> output:   the line itself, or parts of it, with their own bytes

== a pattern has a bound of its own
$ weir stream-jsonl -R -j 1 --explain 'sub("a"; "b")' | head -n 4
> input:    one line at a time, as a string (-R); up to 1 thread (-j)
> looks at: the whole line
> output:   computed values
> bounds:   memory 256M for one line (--max-memory); 20000000 steps back in a search by pattern

== names of variables are shown, not their values
$ weir stream-jsonl --arg key secret --explain '.[$key], $key, {$key}, $ENV.HOME' | grep -v bounds | sed 1d
> looks at: .[$key]
> output:   parts of the line, with their own bytes; or computed values
>
> PLACE   OUT  PART                                        LOOKS AT
> 1:1     n    comma                                       .[$key]
> 1:1     1      path .[$key]                              .[$key]
> 1:10    1      given $key                                nothing
> 1:16    1      object of 1 key                           nothing
> 1:17    1        key: given $key                         nothing
> 1:24    1      path .HOME of                             nothing
> 1:24    1        given $ENV                              nothing

== a filter in a file has lines and columns
@ prog
| # the names
| .a[]
|   | .name
$ weir stream-jsonl -j 1 --explain -f prog | sed 1,5d
> PLACE   OUT  PART                                        LOOKS AT
> 2:1     n    pipe                                        .a[].name
> 2:1     n      path .a[]                                 .a[]
> 3:5     1      path .name                                .a[].name

== a filter that does not compile is not explained
$ weir stream-jsonl --explain '.a |'
! weir: stream-jsonl: filter: .* (re)
! (any)
? 2
