# What is added to bit by bit, or changed in many places, costs what is added
# or changed: each of these would need gigabytes if all were copied each time.

== texts grow in place
$ weir stream-jsonl --max-memory 16M -n 'reduce range(100000) as $i (""; . + "x") | length'
> 100000
$ weir stream-jsonl --max-memory 16M -n 'reduce range(100000) as $i (""; "\(.)x") | length'
> 100000
$ weir stream-jsonl --max-memory 32M -n '[range(100000) | tostring] | add | length'
> 488890
$ weir stream-jsonl --max-memory 64M -n 'reduce range(50000) as $i ({}; .a += "x" | .b += "yz") | map_values(length)'
> {"a":50000,"b":100000}

== a number that is computed again and again leaves nothing
$ weir stream-jsonl --max-memory 1M -n 'reduce range(300000) as $i (0; . + $i)'
> 44999850000
$ weir stream-jsonl --max-memory 1M -n '0 | until(. >= 300000; . + ([1] | length))'
> 300000
$ weir stream-jsonl --max-memory 1M -n '[path(while(. != null; .a))]'
> []
< {"a":{"a":null}}
$ weir stream-jsonl -c '[path(while(. != null; .a))], [path(until(.a == null; .a))], [1 | while(. < 4; . + 1, . + 2)], [1 | until((. > 2, . > 3); . + 1)]'
> [[],["a"]]
> [["a"]]
> [1,2,3,3]
> [3,4,4,3,4,4,3,4,4,3,4,4]

== objects grow in place, and have many members
$ weir stream-jsonl --max-memory 64M -n 'reduce range(100000) as $i ({}; .["k\($i)"] = $i) | length, .k77777, keys_unsorted[99998]'
> 100000
> 77777
> "k99998"
$ weir stream-jsonl --max-memory 64M -n 'reduce range(100000) as $i ({}; . + {"k\($i % 1000)": $i}) | length, .k7'
> 1000
> 99007
$ weir stream-jsonl --max-memory 64M -n '[range(50000) | {key: "k\(.)", value: .}] | from_entries | with_entries(.value += 1) | .k49999'
> 50000

== many places are changed in one copy
$ weir stream-jsonl --max-memory 64M -n '[range(50000) | {key: "k\(.)", value: .}] | from_entries | map_values(. + 1) | .k7'
> 8
$ weir stream-jsonl --max-memory 64M -n '[range(50000) | [.]] | (.[][0]) |= . + 1 | .[7]'
> [8]
$ weir stream-jsonl --max-memory 64M -n '[range(50000) | {a: .}] | (.[] | select(.a > 5).a) += 1 | .[5:7]'
> [{"a":5},{"a":7}]
$ weir stream-jsonl --max-memory 64M -n '[range(50000)] | .[] = 1 | add'
> 50000

== a part of an array is no copy
$ weir stream-jsonl --max-memory 16M -n 'reduce range(10000) as $i ([range(20000)]; .[1:]) | length, .[0]'
> 10000
> 10000
< [1,2,3,4,5,6]
$ weir stream-jsonl '.[2:4], .[4:], .[:-5], .[3:1]'
> [3,4]
> [5,6]
> [1]
> []
