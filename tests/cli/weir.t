# What every command has: help, version, options, exit statuses.

== help is on stdout
$ weir --help
> Usage: weir COMMAND [OPTION]... [ARG]...
> Batch work with a bound on what is in flight, and an account of every unit.
>
> Commands:
>   stream-jsonl               JSON Lines through a jq filter, on all cores
>   fetch                      .* (re)
>   run-tasks                  a list of commands through a bounded pool
>   ctl                        look at a state, and steer the run that has it
>
> Options:
>   --help                     show this and exit
>   --version                  show the version and exit
>
> 'weir COMMAND --help' shows a command's options; the manual is weir(1).

== the version is on stdout
$ weir --version
> weir [0-9]+[.][0-9]+[.][0-9]+ (re)
$ weir stream-jsonl --version
> weir [0-9]+[.][0-9]+[.][0-9]+ (re)
$ weir run-tasks --version
> weir [0-9]+[.][0-9]+[.][0-9]+ (re)

== help of stream-jsonl
$ weir stream-jsonl --help
> Usage: weir stream-jsonl [OPTION]... [FILTER [FILE]...]
> JSON Lines through a jq filter, on all cores
>
> Options:
> (any)
>

== help of run-tasks
$ weir run-tasks --help
> Usage: weir run-tasks [OPTION]... [FILE]
>        weir run-tasks [OPTION]... -a FILE -- CMD [ARG]...
>        weir run-tasks [OPTION]... -- CMD [ARG]... ::: WORD...
> a list of commands through a bounded pool
>
> Options:
> (any)
>

== help wins over what stands behind it, nothing is read
< not json
$ weir stream-jsonl -j3 --help --nonsense | head -n 1
> Usage: weir stream-jsonl [OPTION]... [FILTER [FILE]...]

== help that cannot be written is not a success
$ weir --help >/dev/full
! weir: stdout: No space left on device
? 74
$ weir --version >&-
! weir: stdout: Bad file descriptor
? 74
$ weir run-tasks --help >&-
! weir: stdout: Bad file descriptor
? 74

== a command is needed
$ weir
! weir: no command; see 'weir --help'
? 2
$ weir ''
! weir: unknown command ''; see 'weir --help'
? 2

== an unknown command names the nearest
$ weir run-task
! weir: unknown command 'run-task'; did you mean 'run-tasks'?
? 2
$ weir frobnicate
! weir: unknown command 'frobnicate'; see 'weir --help'
? 2
$ weir -q
! weir: unknown command '-q'; see 'weir --help'
? 2

== an unknown option names the nearest
$ weir stream-jsonl --on-eror=drop
! weir: stream-jsonl: unknown option --on-eror; did you mean --on-error?
? 2
$ weir run-tasks --tiemout 5
! weir: run-tasks: unknown option --tiemout; did you mean --timeout?
? 2
$ weir run-tasks --frobnicate
! weir: run-tasks: unknown option --frobnicate
? 2
$ weir run-tasks -qZ
! weir: run-tasks: unknown option -Z
? 2

== an option that needs a value says so
$ weir run-tasks --timeout
! weir: run-tasks: --timeout: needs a value: D
? 2
$ weir stream-jsonl -qj
! weir: stream-jsonl: -j: needs a value: N
? 2

== an option that has none refuses one
$ weir run-tasks --quiet=yes
! weir: run-tasks: --quiet takes no value
? 2
$ weir run-tasks --help=me
! weir: run-tasks: --help takes no value
? 2

== durations
$ for d in 5x '' 1.2.3 -1 5S 1e3 1h30m; do weir run-tasks --timeout "$d"; done
! weir: run-tasks: --timeout: '5x' is not a duration (250ms, 10s, 5m, 2h, 1d)
! weir: run-tasks: --timeout: '' is not a duration (250ms, 10s, 5m, 2h, 1d)
! weir: run-tasks: --timeout: '1.2.3' is not a duration (250ms, 10s, 5m, 2h, 1d)
! weir: run-tasks: --timeout: '-1' is not a duration (250ms, 10s, 5m, 2h, 1d)
! weir: run-tasks: --timeout: '5S' is not a duration (250ms, 10s, 5m, 2h, 1d)
! weir: run-tasks: --timeout: '1e3' is not a duration (250ms, 10s, 5m, 2h, 1d)
! weir: run-tasks: --timeout: '1h30m' is not a duration (250ms, 10s, 5m, 2h, 1d)
? 2
$ for d in 5 0 .5 250ms 1.5s 5m 2h 1d; do
+     weir run-tasks --timeout "$d" /dev/null || exit
+ done

== sizes
$ for s in 1Q '' K -1 1KB; do weir stream-jsonl --max-line "$s" </dev/null; done
! weir: stream-jsonl: --max-line: '1Q' is not a size (4096, 64K, 16M, 1G)
! weir: stream-jsonl: --max-line: '' is not a size (4096, 64K, 16M, 1G)
! weir: stream-jsonl: --max-line: 'K' is not a size (4096, 64K, 16M, 1G)
! weir: stream-jsonl: --max-line: '-1' is not a size (4096, 64K, 16M, 1G)
! weir: stream-jsonl: --max-line: '1KB' is not a size (4096, 64K, 16M, 1G)
? 2
$ for s in 4096 64K 16M 1G 1.5k; do
+     weir stream-jsonl --max-line "$s" </dev/null || exit
+ done

== sizes have bounds
$ weir stream-jsonl --block-size 0 </dev/null
! weir: stream-jsonl: --block-size: from 1 to 1G
? 2
$ weir stream-jsonl --max-line 2G </dev/null
! weir: stream-jsonl: --max-line: from 1 to 1G
? 2
$ weir stream-jsonl --buffer-size 0 </dev/null
! weir: stream-jsonl: --buffer-size: at least 1
? 2
$ weir stream-jsonl --max-depth 100000 </dev/null
! weir: stream-jsonl: --max-depth: from 1 to 65536
? 2
$ weir run-tasks --capture 2G /dev/null
! weir: run-tasks: --capture: at most 1G
? 2

== counts
$ for n in 1.5 '' x 99999999999999999999; do
+     weir run-tasks --retries "$n" /dev/null
+ done
! weir: run-tasks: --retries: '1.5' is not a count
! weir: run-tasks: --retries: '' is not a count
! weir: run-tasks: --retries: 'x' is not a count
! weir: run-tasks: --retries: '99999999999999999999' is not a count
? 2

== jobs are a number, a share, or more than the CPUs
$ for j in x -1 1.5 +50% % +; do weir run-tasks -j "$j" /dev/null; done
! weir: run-tasks: -j: 'x' is not a number of jobs (8, 50%, +2, 0)
! weir: run-tasks: -j: '-1' is not a number of jobs (8, 50%, +2, 0)
! weir: run-tasks: -j: '1.5' is not a number of jobs (8, 50%, +2, 0)
! weir: run-tasks: -j: '+50%' is not a number of jobs (8, 50%, +2, 0)
! weir: run-tasks: -j: '%' is not a number of jobs (8, 50%, +2, 0)
! weir: run-tasks: -j: '+' is not a number of jobs (8, 50%, +2, 0)
? 2
$ for j in 1 0 50% +2 1%; do
+     weir run-tasks -j "$j" /dev/null && weir stream-jsonl -j$j . /dev/null ||
+         exit
+ done

== more threads than any machine has are refused
$ weir stream-jsonl -j 1000000 </dev/null
! weir: stream-jsonl: --jobs: at most 4096
? 2
$ weir stream-jsonl -j 4096 </dev/null

== more jobs than descriptors is said at once
$ ulimit -n 100 && weir run-tasks -j 23 /dev/null
! weir: run-tasks: --jobs: 23 at once need more than the 100 descriptors that are allowed
? 2
$ ulimit -n 100 && weir run-tasks -j 22 /dev/null

== a choice names all there are
$ weir stream-jsonl --on-error=ignore
! weir: stream-jsonl: --on-error: 'ignore' is none of report, wrap, drop, fail
? 2
$ weir run-tasks --format=xml
! weir: run-tasks: --format: 'xml' is none of auto, json, text
? 2
$ weir run-tasks --color=maybe
! weir: run-tasks: --color: 'maybe' is none of auto, always, never
? 2

== max-errors and deadline have forms of their own
$ weir run-tasks --max-errors 101% /dev/null
! weir: run-tasks: --max-errors: '101%' is neither a count nor N%
? 2
$ weir run-tasks --deadline 25:00 /dev/null
! weir: run-tasks: --deadline: '25:00' is neither a duration (90s, 2h) nor a time of day (HH:MM)
? 2
$ weir run-tasks --max-errors 5 --deadline 2h /dev/null
$ weir stream-jsonl --max-errors 5% --deadline 1d . /dev/null

== letters bundle, values may stick, flags are taken back
< [1]
$ weir stream-jsonl -qcj2 '.[0]'
> 1
< [1]
$ weir stream-jsonl -cqj 2 --block-size=1 --buffer-size 1 --no-quiet --no-ordered --ordered '.[0]'
> 1

== two dashes end the options
@ -x
| {"a":1}
$ weir stream-jsonl -- .a -x
> 1
$ weir run-tasks -- -nonexistent
! weir: run-tasks: tasks 0, completed 0, failed 0, cancelled 0, retried 0 in [0-9.]+ s (re)
! weir: run-tasks: -nonexistent: No such file or directory
? 66

== the last one wins
< x
$ weir stream-jsonl -q --on-error=fail --on-error=wrap
> {"error":"Invalid JSON","line":"x","line_number":1,"column":1,"reason":"expected a value"}
? 1

== a word that cannot be written to stderr is no obstacle
< x
$ weir stream-jsonl 2>&-
? 1
< x
$ weir stream-jsonl 2>/dev/full
? 1
$ weir nonsense 2>&-
? 2

== a summary that cannot be written is a failure
$ weir run-tasks --summary no/such/dir.json /dev/null
! weir: run-tasks: no/such/dir.json.*: No such file or directory (re)
? 73
$ mkdir d && weir run-tasks --summary d /dev/null
! weir: run-tasks: d: .* (re)
? 73

== two outputs are never one file
$ weir stream-jsonl --output o --rejects o
! weir: stream-jsonl: --output and --rejects: one file for both
? 2
$ echo 1 | weir stream-jsonl --output o --rejects r --summary - | wc -l | tr -d ' '
> 1
$ ln o p; weir stream-jsonl --output o --summary ./p
! weir: stream-jsonl: --output and --summary: one file for both
? 2
$ cat o
> 1
$ weir fetch --events e --state e http://127.0.0.1:1/
! weir: fetch: --events and --state: one file for both
? 2
$ echo true | weir run-tasks --summary s --joblog s
! weir: run-tasks: --summary and --joblog: one file for both
? 2
$ echo true | weir run-tasks --summary /dev/null --events /dev/null --joblog /dev/null | wc -l | tr -d ' '
> 1

== what is written to is not read
@ log
| 1
| 2
$ weir stream-jsonl -q . log >>log
! weir: stream-jsonl: log: it is the output, too
? 66
$ weir stream-jsonl -q . <log >>log
! weir: stream-jsonl: <stdin>: it is the output, too
? 66
$ echo true >list; weir run-tasks -q list >>list
! weir: run-tasks: list: it is the output, too
? 66
$ cat log list; : >empty; weir stream-jsonl -q . empty >>empty
> 1
> 2
> true
