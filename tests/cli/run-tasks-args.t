# One command for many words.

== one task for each word, which takes the place of {}
$ weir run-tasks --ordered -- echo a{}b {} ::: x 'y z' |
+     weir stream-jsonl .result.stdout
> "axb x\n"
> "ay zb y z\n"
$ weir run-tasks --ordered -- {} 1 ::: echo 'test 1 -gt' |
+     weir stream-jsonl .result.stdout
> "1\n"
> null
! (any)

== a command without a place gets the word as one more argument
$ weir run-tasks --ordered -- printf '<%s>' a ::: '' -n 'b  c' |
+     weir stream-jsonl .result.stdout
> "<a><>"
> "<a><-n>"
> "<a><b  c>"

== the parts of a file name
$ weir run-tasks --ordered -- printf '%s|' {} {.} {/} {//} {/.} ::: \
+     a.tar.gz /x/y.c .bashrc d/ d/.b a.b/c x. /f a//b / '' |
+     weir stream-jsonl .result.stdout
> "a.tar.gz|a.tar|a.tar.gz|.|a.tar|"
> "/x/y.c|/x/y|y.c|/x|y|"
> ".bashrc|.bashrc|.bashrc|.|.bashrc|"
> "d/|d/|d|.|d|"
> "d/.b|d/.b|.b|d|.b|"
> "a.b/c|a.b/c|c|a.b|c|"
> "x.|x|x.|.|x|"
> "/f|/f|f|/|f|"
> "a//b|a//b|b|a|b|"
> "/|/|/|/|/|"
> "|||.||"

== the number of a word, and the slot it runs in
$ weir run-tasks --ordered -j1 -- sh -c 'echo $1 $2 $WEIR_SLOT $3' sh {#} {%} {} \
+     ::: a b | weir stream-jsonl .result.stdout
> "1 1 1 a\n"
> "2 1 1 b\n"
$ weir run-tasks --ordered -- echo {#} ::: a b | weir stream-jsonl .result.stdout
> "1\n"
> "2\n"

== braces are written twice
$ weir run-tasks -- echo '{{}}' '{{{}}}' '}}{{' ::: a | weir stream-jsonl .result.stdout
> "{} {a} }{\n"

== an unknown place is an error
$ weir run-tasks -- echo {x} ::: a
! weir: run-tasks: '{x}': unknown place {x}; a brace is written {{
? 2
$ weir run-tasks -- awk '{print $1}' ::: a
! weir: run-tasks: '{print $1}': unknown place {print $1}; a brace is written {{
? 2
$ weir run-tasks -- echo a{ ::: a
! weir: run-tasks: 'a{': { without }; a brace is written {{
? 2
$ weir run-tasks -- echo a} ::: a
! weir: run-tasks: 'a}': } without {; a brace is written }}
? 2

== a word is never text for a shell
$ weir run-tasks -- sh -c 'echo {}' ::: '$(touch run)'; s=$?; test -e run || exit $s
! weir: run-tasks: 'echo {}': no {} in the text of a shell: name the word "$1" there, and add: sh {}
? 2
$ weir run-tasks -- env A=1 /bin/bash -ec 'echo {/}' ::: a
! weir: run-tasks: 'echo {/}': no {/} in the text of a shell: name the word "$1" there, and add: sh {/}
? 2
$ weir run-tasks -- sh -c 'f() { echo "$1"; }; f "$1"' sh ::: '$(touch run)' "it's" |
+     weir stream-jsonl .result.stdout | sort; test ! -e run
> "$(touch run)\n"
> "it's\n"
$ weir run-tasks -- sh script -c {} ::: a | weir stream-jsonl .result.exit_code
> 2
! (any)

== one task for each line of a file
@ words
| a b
|  # no comment
| 
| it's "c" \d
$ weir run-tasks --ordered -a words -- printf '<%s>' | weir stream-jsonl .result.stdout
> "<a b>"
> "< # no comment>"
> "<it's \"c\" \\d>"
< x
< y
$ weir run-tasks --ordered -a - -- echo | weir stream-jsonl .result.stdout
> "x\n"
> "y\n"
$ printf 'a\r\nb' >crlf; weir run-tasks --ordered -a crlf -- echo |
+     weir stream-jsonl .result.stdout
> "a\n"
> "b\n"

== lines that end with a NUL
$ printf 'a\nb\0\0#c\r\0d' | weir run-tasks --ordered -0 -a - -- printf '<%s>' |
+     weir stream-jsonl .result.stdout
> "<a\nb>"
> "<>"
> "<#c\r>"
> "<d>"
$ printf 'echo a\necho b\0 \0#!/bin/sh\necho c\0{"cmd":"echo d"}' |
+     weir run-tasks --ordered -0 | weir stream-jsonl .result.stdout
> "a\nb\n"
> "c\n"
> "d\n"

== what is no word names its line
$ printf 'a\nb\0c\n' >words; weir run-tasks -a words -- touch
! weir: run-tasks: words:2:2: NUL byte in an argument
? 65
$ test -e a
? 1
$ weir run-tasks -q -a none -- echo
! weir: run-tasks: none: No such file or directory
? 66

== no words, no tasks
$ weir run-tasks -- echo :::
$ : >empty; weir run-tasks -a empty -- echo

== a command line that is none of the forms
$ weir run-tasks echo ::: a
! weir: run-tasks: ::: follows a command, and -- it
? 2
$ weir run-tasks list -- echo ::: a
! weir: run-tasks: a list of words and a list of tasks: 'list' needs -a
? 2
$ weir run-tasks -a list
! weir: run-tasks: no command for the words: it follows --
? 2
$ weir run-tasks -- ::: a
! weir: run-tasks: no command for the words: it follows --
? 2
$ weir run-tasks -a list -- echo ::: a
! weir: run-tasks: -a and ::: exclude each other
? 2
$ weir run-tasks -0 -- echo ::: a
! weir: run-tasks: -0 and ::: exclude each other
? 2
$ weir run-tasks -- echo ::: a ::: b
! weir: run-tasks: more than one :::
? 2
$ weir run-tasks -- echo a
! weir: run-tasks: one list at a time, not 'a' too; words for a command follow ::: or are in the file of -a
? 2

== after -- a file may have any name
@ -list
| echo a
$ weir run-tasks -- -list | weir stream-jsonl .result.stdout
> "a\n"

== an empty program name, and words beyond what the system takes
$ weir run-tasks -q -- {} ::: '' | weir stream-jsonl .error.kind
> "spawn"
$ { head -c 200000 /dev/zero | tr '\0' x; echo; echo y; } >words
+ weir run-tasks -q --ordered -a words -- true | weir stream-jsonl .error.kind
> "spawn"
> null

== what is left of the words has records when the run is stopped
$ weir run-tasks -q -j1 --deadline 200ms --grace 1 -- sleep ::: $(seq 9 99) |
+     cut -d, -f 2 | sort | uniq -c | sed 's/^ *//'
> 91 "status":"cancelled"
! weir: run-tasks: deadline passed: 0 completed, 0 failed, 91 cancelled

== a directory and variables for all tasks
@ list
| {"cmd":"echo $A $B; basename $PWD"}
| {"cmd":"echo $A $B; basename $PWD","cwd":"/","env":{"A":"own"}}
$ mkdir d; weir run-tasks --ordered -C d --env A=0 --env A=1 --env B='x y' list |
+     weir stream-jsonl .result.stdout
> "1 x y\nd\n"
> "own x y\n/\n"
$ mkdir bin; printf '#!/bin/sh\necho mine\n' >bin/tool; chmod +x bin/tool
+ weir run-tasks --env PATH="$PWD/bin:$PATH" -- tool ::: a | weir stream-jsonl .result.stdout
> "mine\n"
$ weir run-tasks --env A list
! weir: run-tasks: --env: 'A' is not NAME=VALUE
? 2
$ weir run-tasks --cwd none list
! weir: run-tasks: --cwd: none: No such file or directory
? 2
$ weir run-tasks --cwd list list
! weir: run-tasks: --cwd: list: not a directory
? 2

== a dry run starts nothing and says what would be started, in order
@ list
| {"id":"b","argv":["touch","b c"],"after":"a","always":true,"cwd":"/"}
| {"id":"a","cmd":"touch \"a\""}
$ weir run-tasks --dry-run --results out --joblog log --summary sum list; ls
> {"task_id":"a","run":true,"reason":null,"cmd":"touch \"a\"","cwd":null,"after":[],"always":false}
> {"task_id":"b","run":true,"reason":null,"argv":["touch","b c"],"cwd":"/","after":["a"],"always":true}
> list
$ weir run-tasks -n -C / -- touch x{#}{%} ::: a
> {"task_id":"task_1","run":true,"reason":null,"argv":["touch","x1{%}"],"cwd":"/","after":[],"always":false}
$ echo '{"cmd":1}' >list; weir run-tasks -n list
! weir: run-tasks: list:1:2: "cmd": has to be a string
? 65
