# Which task starts when.

== a higher priority starts first, then the order of the list
@ list
| {"id":"a","cmd":"echo a >>log"}
| {"id":"b","cmd":"echo b >>log","priority":-1}
| {"id":"c","cmd":"echo c >>log","priority":7}
| {"id":"d","cmd":"echo d >>log"}
$ weir run-tasks -q -j 1 list >/dev/null && cat log
> c
> a
> d
> b

== a full pool does not hold the others
@ list
| {"id":"a","cmd":"while ! test -e go; do sleep 0.02; done","pool":"db"}
| {"id":"b","cmd":"test -e go","pool":"db"}
| {"id":"c","cmd":"touch go","pool":"net"}
$ weir run-tasks -j 3 --timeout 20 --pool db=1 --pool net=1 list | weir stream-jsonl -r '.task_id' | sort
> a
> b
> c

== more slots than there are: the task runs alone
@ list
| {"id":"a","cmd":"sleep 0.1; rm mark","slots":1}
| {"id":"b","cmd":"test ! -e mark","slots":100}
| {"id":"c","cmd":"true"}
$ touch mark; weir run-tasks -j 2 --ordered list | weir stream-jsonl -r .status
> completed
> completed
> completed

== a pool that no option names is a fault
@ list
| {"cmd":"true","pool":"dv"}
| {"cmd":"true", "pool":"x"}
$ weir run-tasks --pool db=2 list
! weir: run-tasks: list:1:15: "pool": no --pool of name "dv"; did you mean "db"?
! weir: run-tasks: list:2:16: "pool": no --pool of name "x"
? 65

== slots and priority are whole numbers
@ list
| {"cmd":"true","slots":0}
| {"cmd":"true","slots":1.5}
| {"cmd":"true","priority":"high"}
$ weir run-tasks list
! weir: run-tasks: list:1:15: "slots": has to be a number of slots, 1 or more
! weir: run-tasks: list:2:15: "slots": has to be a number of slots, 1 or more
! weir: run-tasks: list:3:15: "priority": has to be a whole number; higher starts first
? 65

== the options say what is wrong with them
$ weir run-tasks --pool db=0 /dev/null
! weir: run-tasks: --pool: 'db=0' is not NAME=N, with N tasks at once, 1 or more
? 2
$ weir run-tasks --pool =1 /dev/null
! weir: run-tasks: --pool: '=1' is not NAME=N, with N tasks at once, 1 or more
? 2
$ weir run-tasks --load inf /dev/null
! weir: run-tasks: --load: 'inf' is neither a load (1.5) nor N% of the CPUs
? 2
$ weir run-tasks --nice 20 /dev/null
! weir: run-tasks: --nice: at most 19
? 2

== niceness is added
< nice
$ weir run-tasks --nice 3 | weir stream-jsonl --join-output .result.stdout >got; test $(($(cat got) - $(nice))) -eq 3

== with no memory free nothing starts, and the deadline ends that
< true
$ weir run-tasks -q --memfree 1000000G --deadline 400ms | weir stream-jsonl .attempts
> 0
! weir: run-tasks: deadline passed: 0 completed, 0 failed, 1 cancelled

== an open gate holds nobody
< true
$ weir run-tasks --load 100000% --memfree 1K --delay 1ms | weir stream-jsonl .status
> "completed"

== starts keep their distance
@ list
| true
| true
| true
$ start=$(date +%s%N); weir run-tasks --delay 200ms list >/dev/null; test $(($(date +%s%N) - start)) -ge 400000000

== all forms of --jobs
$ for j in 1 50% +1 0; do echo 'echo $WEIR_SLOT' | weir run-tasks -j $j | weir stream-jsonl --join-output .result.stdout; done
> 1
> 1
> 1
> 1
