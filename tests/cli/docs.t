# The examples of the man pages and of README.md, as printed there.

== weir(1): a field of each line
$ printf '{"n":1}\n{"n":2.50}\n' | weir stream-jsonl .n
> 1
> 2.50

== weir(1): two commands at once
$ printf 'true\nfalse\n' |
+     weir run-tasks -q --ordered | weir stream-jsonl .status
> "completed"
> "failed"

== weir(1): the summary as a file
$ seq 3 | weir stream-jsonl --summary run.json
> 1
> 2
> 3
$ weir stream-jsonl .lines_read run.json
> 3

== weir(1): a summary has these keys
$ seq 3 | weir stream-jsonl --summary run.json >/dev/null; cat run.json
> \{"version":"[0-9.]+","command":"stream-jsonl","exit_status":0,"error":null,"started_at":"[^"]*Z","elapsed":[0-9.e-]+,"lines_read":3,"lines_ok":3,"lines_rejected":0,"lines_blank":0,"bytes_read":6\} (re)

== weir(1): a record has these keys
$ echo '{"cmd":"true","meta":[1.0]}' | weir run-tasks
> \{"task_id":"task_1","status":"completed","result":\{"exit_code":0,"signal":null,"stdout":"","stderr":"","stdout_bytes":0,"stderr_bytes":0,"truncated":false,"user_time":[0-9.]+,"system_time":[0-9.]+,"max_rss":[0-9]+\},"error":null,"execution_time":[0-9.]+,"attempts":1,"started_at":"[^"]*Z","meta":\[1\.0\]\} (re)

== weir-stream-jsonl(1): a field of each object
@ people.jsonl
| {"name":"Ada","born":1815,"langs":["en","fr"]}
| {"name":"Grace","born":1906,"langs":["en"]}
$ cat people.jsonl
> {"name":"Ada","born":1815,"langs":["en","fr"]}
> {"name":"Grace","born":1906,"langs":["en"]}
$ weir stream-jsonl .name people.jsonl
> "Ada"
> "Grace"
$ weir stream-jsonl '.langs[1]' people.jsonl
> "fr"
> null
$ weir stream-jsonl . people.jsonl >/dev/null && echo good
> good
$ weir stream-jsonl 'select(.born > 1900) | {name, age: (2026 - .born)}' \
+     people.jsonl
> {"name":"Grace","age":120}
$ weir stream-jsonl . people.jsonl | jq -c 'select(.name | test("^G")) | .name'
> "Grace"

== weir-stream-jsonl(1): numbers and spaces stay as they are
$ echo '{"id": 12345678901234567890.10}' | weir stream-jsonl
> {"id": 12345678901234567890.10}

== weir-stream-jsonl(1): a broken line is named, and the others pass
$ printf '{"a":1}\n{"a":\n{"a":3}\n' | weir stream-jsonl -q .a
> 1
> 3
! weir: <stdin>:2:6: invalid JSON: unexpected end of line in an object
? 1

== weir-stream-jsonl(1): the broken line in its place
$ printf '{"a":1}\n{"a":\n{"a":3}\n' |
+     weir stream-jsonl -q --on-error wrap .a | fold -w 64
> 1
> {"error":"Invalid JSON","line":"{\"a\":","line_number":2,"column
> ":6,"reason":"unexpected end of line in an object"}
> 3

== weir-stream-jsonl(1): each form of a path
@ v.jsonl
| {"a":{"b":[{"c":1},2]},"a b":3}
$ weir stream-jsonl .a v.jsonl
> {"b":[{"c":1},2]}
$ weir stream-jsonl '."a b"' v.jsonl
> 3
$ weir stream-jsonl '.["a b"]' v.jsonl
> 3
$ weir stream-jsonl '.a.b[0].c' v.jsonl
> 1
$ weir stream-jsonl '.a.b[-1]' v.jsonl
> 2
$ weir stream-jsonl '.[0]?' v.jsonl

== weir-run-tasks(1): both sorts of lines
@ list
| echo one
| exit 3
| {"id":"nap","argv":["sleep","10"],"timeout":0.5}
$ cat list
> echo one
> exit 3
> {"id":"nap","argv":["sleep","10"],"timeout":0.5}
$ weir run-tasks -q --ordered list | weir stream-jsonl .error
> null
> {"kind":"exit","message":"exit status 3"}
> {"kind":"timeout","message":"timed out after 0.5 s"}
$ head -n 2 list | weir run-tasks -q --ordered --format text
> completed  task_1    +[0-9.]+s  exit 0   echo one (re)
> failed     task_2    +[0-9.]+s  exit status 3  exit 3 (re)
? 1

== weir-run-tasks(1): what the tasks printed, and nothing else
$ printf 'echo b\necho a\n' | weir run-tasks --raw -q --ordered
> b
> a

== weir-run-tasks(1): one command for each of many names
$ weir run-tasks --ordered -- echo cp {} {.}.bak ::: 'a b.txt' "it's.txt" |
+     weir stream-jsonl .result.stdout
> "cp a b.txt a b.bak\n"
> "cp it's.txt it's.bak\n"

== weir-run-tasks(1): the same for the names that find finds
$ mkdir dir; echo one >"dir/it's \$(odd)"
+ find dir -type f -print0 |
+     weir run-tasks -0 -a - -- sh -c 'wc -l <"$1" >"$1.lines"' sh {} |
+     weir stream-jsonl .status
> "completed"
$ cat dir/*.lines
> 1

== weir-run-tasks(1): what would be run
$ weir run-tasks -n -- gzip ::: a | weir stream-jsonl .argv
> ["gzip","a"]

== weir-run-tasks(1): two more attempts for what fails
$ echo 'test $WEIR_ATTEMPT -eq 3' |
+     weir run-tasks --retries 2 --retry-delay 10ms |
+     weir stream-jsonl .attempts
> 3

== weir-run-tasks(1): a task that needs two others
@ build
| {"id":"link","cmd":"echo link","after":["lib","main"]}
| {"id":"lib","cmd":"echo lib"}
| {"id":"main","cmd":"exit 1"}
| {"id":"clean","cmd":"echo clean","after":"link","always":true}
$ weir run-tasks -q build | weir stream-jsonl .error | sort
> null
> null
> {"kind":"dependency","message":"dependency main failed"}
> {"kind":"exit","message":"exit status 1"}

== weir-run-tasks(1): a list that is wrong
$ printf 'true\n{"cdm":"true"}\n' >wrong
$ weir run-tasks wrong
! weir: run-tasks: wrong:2:2: unknown key "cdm"; did you mean "cmd"?
? 65

# The pages ask 127.0.0.1:8000. Here the kernel chooses the port: `. ./ask`
# starts a server, and $url is what asks it.

== weir-fetch(1): two files into a directory
@ ask
| server >port &
| trap "kill $!" EXIT
| while [ ! -s port ]; do sleep 0.05; done
| url=http://127.0.0.1:$(cat port)
$ . ./ask; weir fetch --ordered --output-dir copy \
+     $url/name/a $url/name/b |
+     weir stream-jsonl .result.path
> "copy/a"
> "copy/b"
$ cat copy/a
> ok (no-eol)

== weir-fetch(1): a list, and what became of it
@ ask
| server >port &
| trap "kill $!" EXIT
| while [ ! -s port ]; do sleep 0.05; done
| url=http://127.0.0.1:$(cat port)
@ list.in
| http://127.0.0.1:8000/name/a
| {"url":"http://127.0.0.1:8000/status/404","id":"gone"}
$ . ./ask; sed "s|http://127.0.0.1:8000|$url|" list.in >list
+     weir fetch -q --ordered --body none -i list |
+         jq -c '[.task_id, .status, .result.http_code]'
> ["task_1","completed",200]
> ["gone","failed",404]

== weir-fetch(1): the body and nothing else
@ ask
| server >port &
| trap "kill $!" EXIT
| while [ ! -s port ]; do sleep 0.05; done
| url=http://127.0.0.1:$(cat port)
$ . ./ask; weir fetch $url/bytes/5 | jq -r .result.body
> abcde

== weir-fetch(1): a body to send, which is not rounded
@ ask
| server >port &
| trap "kill $!" EXIT
| while [ ! -s port ]; do sleep 0.05; done
| url=http://127.0.0.1:$(cat port)
$ . ./ask; echo '{"url":"'$url'/echo","json":{"n":1.0}}' |
+     weir fetch | jq -r .result.body | jq -r .method,.body
> POST
> {"n":1.0}

== weir-fetch(1): the keys of a result
@ ask
| server >port &
| trap "kill $!" EXIT
| while [ ! -s port ]; do sleep 0.05; done
| url=http://127.0.0.1:$(cat port)
$ . ./ask; weir fetch --include-headers $url/bytes/3 |
+     jq -r '.result | keys_unsorted | join(" ")'
> url url_effective http_code http_version content_type size_download speed_download time_namelookup time_connect time_appconnect time_starttransfer time_total time_queue num_connects num_redirects remote_ip remote_port headers body

== weir-fetch(1): nobody listens
$ weir fetch -q --retries 0 http://127.0.0.1:1/ |
+     weir stream-jsonl .error
> {"kind":"connect","message":"cannot connect: Connection refused"}

== README.md: a field of each line
$ ln -s "$(command -v weir)" weir
$ printf '{"n":1}\n{"n":\n{"n":3.10}\n' | ./weir stream-jsonl -q .n
> 1
> 3.10
! weir: <stdin>:2:6: invalid JSON: unexpected end of line in an object
? 1

== README.md: four commands, at most two at a time
$ ln -s "$(command -v weir)" weir
$ printf 'sleep 1\nsleep 1\nexit 3\necho "$WEIR_TASK_ID"\n' |
+     ./weir run-tasks -q -j 2 --ordered |
+     ./weir stream-jsonl .result.exit_code
> 0
> 0
> 3
> 0

== README.md: two files, from another server than the one named there
@ ask
| server >port &
| trap "kill $!" EXIT
| while [ ! -s port ]; do sleep 0.05; done
| url=http://127.0.0.1:$(cat port)/name
$ ln -s "$(command -v weir)" weir
$ . ./ask; ./weir fetch --ordered --output-dir copy $url/LICENSE \
+     $url/README.md | ./weir stream-jsonl .result.path
> "copy/LICENSE"
> "copy/README.md"

== weir-run-tasks(1): only what is not completed is run again
$ printf 'echo one\ntest -e two\n' >work
$ weir run-tasks -q --state done work | weir stream-jsonl .status | sort
> "completed"
> "failed"
$ touch two
$ weir run-tasks --state done work | weir stream-jsonl .task_id
> "task_2"
$ weir run-tasks --state done work

== weir-state(5): what failed, and how
$ printf 'echo one\nexit 3\n' | weir run-tasks -q --state s >records
? 1
$ sqlite3 s "SELECT id, message FROM results WHERE status = 'failed'"
> task_2|exit status 3
