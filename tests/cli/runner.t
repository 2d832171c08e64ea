# The runner itself, with commands that every system has.

== stdout, stderr and the status are compared
$ printf 'one\n\ntwo words\n'; echo to stderr >&2; false
> one
>
> two words
! to stderr
? 1

== input comes from lines, files and earlier commands of a case
@ names
| ann
| bob (no-eol)
< from stdin
$ cat - names
> from stdin
> ann
> bob (no-eol)
$ sort -r names >sorted &&
+     cat sorted
> bob
> ann

== a line can be a pattern, and the rest anything
$ date +%Y-%m-%d; seq 3; printf '%s\n' 'late 7' >&2
> [0-9]{4}-[0-9]{2}-[0-9]{2} (re)
> 1
> (any)
! late [0-9]+ (re)
