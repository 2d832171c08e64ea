# Lines that need no shell are run without one, and nobody can tell.

== what is wrong with a program is said by the shell
@ list
| no-such-program a
| ./data
| ./script a b
| /
| ./none
$ printf 'echo "$@"\n' >script; chmod +x script; touch data; weir run-tasks -q --ordered list >out; for f in .result.exit_code .result.stdout .result.stderr; do weir stream-jsonl $f out; done
> 127
> 126
> 0
> 126
> 127
> ""
> ""
> "a b\n"
> ""
> ""
> "sh: 1: no-such-program: not found\n"
> "sh: 1: ./data: Permission denied\n"
> ""
> "sh: 1: /: Permission denied\n"
> "sh: 1: ./none: not found\n"

== a program that a signal ended is told as the shell tells it
@ list
| ./killed a
| ./killed b # with a shell
$ printf '#!/bin/sh\nulimit -c 0; kill -SEGV $$\n' >killed; chmod +x killed; weir run-tasks -q --ordered list >out; for f in .result.exit_code .result.signal .result.stderr .error.kind; do weir stream-jsonl $f out; done
> 139
> 139
> null
> null
> "Segmentation fault\n"
> "Segmentation fault\n"
> "exit"
> "exit"

== but a timeout is a timeout
< sleep 30
$ weir run-tasks -q --timeout 100ms >out; for f in .result.signal .result.stderr .error.kind; do weir stream-jsonl $f out; done
> 15
> ""
> "timeout"

== no shell is there in between
# The program is the leader of the task's session.
< cat /proc/self/stat
$ weir run-tasks | weir stream-jsonl -r .result.stdout | awk 'NF { print $1 == $6 }'
> 1

== a program that was moved is found where it is now
@ list
| prog a
| mv a/prog b/prog
| prog b
$ mkdir a b; printf '#!/bin/sh\necho $0\n' >a/prog; chmod +x a/prog; PATH=$PWD/a:$PWD/b:$PATH weir run-tasks -j 1 list | weir stream-jsonl -r .result.stdout | sed -n 's|.*/\([ab]/prog\)|\1|p'
> a/prog
> b/prog

== PATH entries that are relative begin at the task's directory
@ list
| {"argv":["prog"],"cwd":"sub","env":{"PATH":"bin:/usr/bin:/bin"}}
| {"argv":["prog"],"cwd":"sub","env":{"PATH":"bin:/usr/bin:/bin"}}
$ mkdir -p sub/bin; printf '#!/bin/sh\necho here\n' >sub/bin/prog; chmod +x sub/bin/prog; weir run-tasks list | weir stream-jsonl -r .result.stdout
> here
> 
> here
> 
