# weir fetch as a whole command, without a server: what it refuses, and how it
# says so. The fetch-*.sh have the rest.

== without a URL and with an empty list nothing is done
$ weir fetch
? 0

== a URL needs its scheme
$ weir fetch example.org/x
! weir: fetch: argument 1: no scheme in the URL; did you mean https://example.org/x?
! (any)
? 65

== a URL without its scheme is told without its password
$ weir fetch me:secret@example.org/x
! weir: fetch: argument 1: no scheme in the URL; did you mean https://***@example.org/x?
! (any)
? 65

$ weir fetch http:/me:secret@example.org/x
! weir: fetch: argument 1: no scheme in the URL
! (any)
? 65

== only http and https
$ weir fetch http://127.0.0.1:1/ ftp://h/x
! weir: fetch: argument 2: scheme 'ftp' is neither http nor https
! (any)
? 65

== every fault of a list is named, with its place, and nothing is started
@ list
| # a comment
| http://127.0.0.1:1/ok
| http://127.0.0.1:1/a b
|
| {"url":"http://127.0.0.1:1/","mehtod":"GET"}
| {"url":"http://127.0.0.1:1/",}
| {"id":"x"}
| {"url":"http://127.0.0.1:1/","timeout":true}
$ weir fetch -i list
! weir: fetch: list:3:21: space in the URL
! weir: fetch: list:5:30: unknown key "mehtod"; did you mean "method"?
! weir: fetch: list:6:30: invalid JSON: .* (re)
! weir: fetch: list:7:1: no "url"
! weir: fetch: list:8:30: "timeout" must be a duration, not boolean
! (any)
? 65

== a missing list is exit 66
$ weir fetch -i missing
! weir: fetch: requests 0, .* (re)
! weir: fetch: missing: No such file or directory
? 66

== a file is named below the output directory
@ list
| {"url":"http://127.0.0.1:1/","output":"../x"}
| {"url":"http://127.0.0.1:1/","output":"/x"}
$ weir fetch -i list --output-dir d
! weir: fetch: list:1: output path may not have . or .. in it
! weir: fetch: list:2: output path must be relative
! (any)
? 65

== output wants an output directory
< {"url":"http://127.0.0.1:1/","output":"x"}
$ weir fetch
! weir: fetch: <stdin>:1: "output" without --output-dir
! (any)
? 65

== a refused port is a failed unit, and its password is not shown
$ weir fetch --retries 0 --format json http://me:secret@127.0.0.1:1/x
> \{"task_id":"task_1","status":"failed","result":\{"url":"http://\*\*\*@127\.0\.0\.1:1/x","url_effective":"http://\*\*\*@127\.0\.0\.1:1/x","http_code":0,.*\},"error":\{"kind":"connect","message":"cannot connect: Connection refused"\},"execution_time":[0-9.]*,"attempts":1,"started_at":"[^"]*Z","meta":null\} (re)
! weir: fetch: requests 1, completed 0, failed 1, .* (re)
? 1

== retries are counted
$ weir fetch --retries 3 --retry-delay 1ms http://127.0.0.1:1/x
> .*"attempts":4.* (re)
! weir: fetch: requests 1, completed 0, failed 1, cancelled 0, retried 3 in .* (re)
? 1

== id and meta come back
< {"url":"http://127.0.0.1:1/","id":"a\u00e4","retries":0,"meta":{"n": 1.0}}
$ weir fetch
> \{"task_id":"aä",.*"meta":\{"n": 1\.0\}\} (re)
! (any)
? 1

== letters that mean nothing here are accepted, others are not
$ weir fetch -LfsSZ --retries 0 --body none http://127.0.0.1:1/
> (any)
! (any)
? 1
$ weir fetch -J http://127.0.0.1:1/
! weir: fetch: unknown option -J
? 2

== -o is for one URL
$ weir fetch -o x http://127.0.0.1:1/ http://127.0.0.1:1/
! weir: fetch: -o is for one URL; --output-dir for more
? 2
$ weir fetch -o - http://127.0.0.1:1/
! weir: fetch: -o -: stdout has the records, which have the body without -o
? 2

== options that contradict are refused
$ weir fetch --output-dir d -O http://127.0.0.1:1/
! weir: fetch: --output-dir excludes -o and -O
? 2
$ weir fetch --output-dir d --body inline http://127.0.0.1:1/
! weir: fetch: --body inline or none excludes a file
? 2
$ weir fetch -4 -6 http://127.0.0.1:1/
! weir: fetch: -4 excludes -6
? 2

== values are checked before anything is done
$ weir fetch -H 'no colon' http://127.0.0.1:1/
! weir: fetch: -H: header without a colon
? 2
$ weir fetch --expect-status 20 http://127.0.0.1:1/
! weir: fetch: --expect-status: '20' is not a status (404, 2xx, 200-299)
? 2
$ weir fetch -X 'GET /' http://127.0.0.1:1/
! weir: fetch: -X: the method is not a word
? 2
$ weir fetch --per-host 0 http://127.0.0.1:1/
! weir: fetch: --per-host: at least 1
? 2
$ weir fetch --jobs 900000 http://127.0.0.1:1/
! weir: fetch: --jobs: 900000 at once need more than the [0-9]* descriptors that are allowed (re)
? 2
$ ulimit -n 60; weir fetch -j 9 http://127.0.0.1:1/
! weir: fetch: --jobs: 9 at once need more than the 60 descriptors that are allowed
? 2
$ ulimit -n 20; weir fetch -q --retries 0 http://127.0.0.1:1/ | grep -o 'cannot connect.*refused'
> cannot connect: Connection refused

== every change of state is an event
$ weir fetch -q --retries 1 --retry-delay 0 --events events http://127.0.0.1:1/ >out
? 1
$ sed 's/.*"task_id":"task_1",//; s/"message":"[^"]*"/M/' events
> "status":"pending","attempt":0,"cause":null}
> "status":"running","attempt":1,"cause":null}
> "status":"retrying","attempt":1,"cause":{"kind":"connect",M},"delay":0.000}
> "status":"running","attempt":2,"cause":null}
> "status":"failed","attempt":2,"cause":{"kind":"connect",M}}
$ weir fetch -q --events /dev/full http://127.0.0.1:1/ >out
! weir: fetch: /dev/full: No space left on device
? 74

== no option can begin another header
$ weir fetch -A "$(printf 'a\r\nX: y')" http://127.0.0.1:1/
! weir: fetch: -A: control character in a header
? 2
$ weir fetch -e "$(printf 'a\nX: y')" http://127.0.0.1:1/
! weir: fetch: -e: control character in a header
? 2
$ weir fetch -b "$(printf 'a=b\nX: y')" http://127.0.0.1:1/
! weir: fetch: -b: control character in a header
? 2
$ weir fetch --oauth2-bearer "$(printf 'a\nX: y')" http://127.0.0.1:1/
! weir: fetch: --oauth2-bearer: control character in a header
? 2

== a range is one
$ for r in 5 a-b - '' 1-2, '1-2 3-4' 1--2 -1-; do weir fetch -r "$r" http://127.0.0.1:1/ 2>&1; done
> weir: fetch: -r: '5' is not a range (0-99, 100-, -100)
> weir: fetch: -r: 'a-b' is not a range (0-99, 100-, -100)
> weir: fetch: -r: '-' is not a range (0-99, 100-, -100)
> weir: fetch: -r: '' is not a range (0-99, 100-, -100)
> weir: fetch: -r: '1-2,' is not a range (0-99, 100-, -100)
> weir: fetch: -r: '1-2 3-4' is not a range (0-99, 100-, -100)
> weir: fetch: -r: '1--2' is not a range (0-99, 100-, -100)
> weir: fetch: -r: '-1-' is not a range (0-99, 100-, -100)
? 2
$ for r in 0-99 5- -5 0-1,4-5,-1; do weir fetch -q --retries 0 -r "$r" http://127.0.0.1:1/ | grep -c '"connect"'; done
> 1
> 1
> 1
> 1
