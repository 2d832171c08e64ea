# weir ctl with no run alive; with one: ctl-live.sh.

== the example of weir-ctl(1)
$ printf '{"id":"one","cmd":"echo 1"}\n' | weir run-tasks -q --state s >out
$ weir ctl s result one | weir stream-jsonl .result.stdout
> "1\n"
$ weir ctl s submit '{"id":"two","cmd":"echo 2"}' --format text
> two
$ weir ctl s list | weir stream-jsonl -r '.task_id+" "+.status'
> one completed
> two pending
$ weir run-tasks --state s /dev/null | weir stream-jsonl .task_id
> "two"
$ weir run-tasks --state s /dev/null

== a result is the record that was written
$ printf 'echo a\n{"id":"x","cmd":"exit 3","meta":[1.0]}\n' >list
$ weir run-tasks -q --ordered --state s list >records
? 1
$ { weir ctl s result task_1; weir ctl s result x; } | cmp - records
$ weir ctl s list --status failed | weir stream-jsonl '[.task_id,.result]'
> ["x",null]
$ weir ctl --format text s status x
> failed     x +0.[0-9]+s  exit status 3  \{"id":"x","cmd":"exit 3","meta":\[1.0\]\} (re)

== what is not there
$ weir ctl s list
! weir: ctl: s: cannot be opened: No such file or directory
? 66
$ weir ctl s cancel x; echo $?; ls
> 66
! weir: ctl: s: No such file or directory
$ weir run-tasks --state s -- true ::: a >r; weir ctl s status b
! weir: ctl: s: no task "b"
? 1
$ weir ctl s result b --wait 10
! weir: ctl: s: no task "b"
? 1
$ weir ctl s cancel task_1
! weir: ctl: s: "task_1" has ended
? 1
$ for verb in pause resume stop 'jobs 3'; do weir ctl s $verb; echo $?; done
> 1
> 1
> 1
> 1
! weir: ctl: s: no run has it
! weir: ctl: s: no run has it
! weir: ctl: s: no run has it
! weir: ctl: s: no run has it
$ weir ctl s wait; weir ctl s wait 1

== a task that was submitted, and cancelled then
$ weir ctl s submit 'echo hello' | weir stream-jsonl .message
> "submitted_1"
$ weir ctl s result submitted_1 --wait 50ms
! weir: ctl: s: "submitted_1" has not ended
? 124
$ weir ctl s cancel submitted_1
> {"done":true,"message":"cancelled; it was not running"}
$ weir run-tasks --state s /dev/null; weir ctl s status submitted_1 | weir stream-jsonl .status
> "cancelled"

== what is no task is not submitted
$ weir ctl s submit '{"cdm":1}'
! weir: ctl: s: column 2: unknown key "cdm"; did you mean "cmd"?
? 65
$ weir ctl s submit ' '
! weir: ctl: s: no task
? 65
$ weir ctl s submit '{"id":"x","cmd":"true"}' >r; weir ctl s submit '{"id":"x","cmd":"true"}'
! weir: ctl: s: there is a task "x" already
? 65
$ weir ctl s submit '{"id":"y","cmd":"true","after":"x"}'
! weir: ctl: s: "after": "x" has not been completed
? 65

== one that was interrupted is told as such
$ weir run-tasks --state s --on-interrupted fail -- sh -c 'sleep 0.1; kill -9 $PPID; sleep 9' ::: a 2>err
? 137
$ weir ctl s list | weir stream-jsonl '[.status,.error.kind]'
> ["failed","interrupted"]
$ weir run-tasks -q --state s --on-interrupted fail -- sh -c 'sleep 0.1; kill -9 $PPID; sleep 9' ::: a | weir stream-jsonl -c '[.status,.error.kind,.attempts]'
> ["failed","interrupted",1]
$ weir run-tasks --state s --on-interrupted skip -- sh -c 'sleep 0.1; kill -9 $PPID; sleep 9' ::: a

== usage
$ weir ctl s
! weir: ctl: needs a state and a verb
? 2
$ weir ctl s lits
! weir: ctl: no verb 'lits'; did you mean 'list'?
? 2
$ weir ctl s status
! weir: ctl: status: needs an id
? 2
$ weir ctl s list a
! weir: ctl: list: 'a' is too much
? 2
$ weir ctl s list --status done
! weir: ctl: --status: 'done' is none of pending, running, completed, failed, cancelled
? 2
$ weir ctl s jobs many
! weir: ctl: jobs: 'many' is not a count
? 2
