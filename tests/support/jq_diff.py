# SPDX-License-Identifier: MIT
"""Random jq programs on random inputs: weir against the system's jq.

    jq_diff.py WEIR JQ PAIRS SEED [OUT]

Many programs go into one, each wrapped so that its outputs and its error are
one array, for jq takes 30 ms to start. A pair is a program and an input. Pairs
are equal, or one of the rules below explains why not: each is a difference
between this jq and 1.7.1, or between 1.7.1 and weir, that weir-jq(7) names. Of
older jqs most are taken away beforehand, by definitions of what the newer one
does. What is left is printed, and the exit status is 1.
"""
import random
import subprocess
import sys
import tempfile

import jq_programs
import jq_rules as rules

PROGRAMS, INPUTS, OUTPUTS = 40, 25, 25
LIMIT_S = 3

# What 1.6 does otherwise than 1.7.1, said in its own language.
PRELUDE_16 = r"""
def limit($n; f): if $n > 0 then label $done
    | foreach f as $x (0; . + 1; $x, if . >= $n then break $done else empty end)
    elif $n == 0 then empty else f end;
def nth($n; f): if $n < 0 then error("Out of bounds negative array index")
    else [limit($n + 1; f)] | if length > $n then .[$n] else empty end end;
def isempty(g): label $done | (g | false, break $done), true;
def any(g; c): isempty(first(g | c | select(.))) | not;
def all(g; c): isempty(first(g | c | select(. | not)));
def any(f): any(.[]; f); def any: any(.);
def all(f): all(.[]; f); def all: all(.);
def IN(src; s): any(src == s; .);
def _modify(ps; f): . as $top | reduce path(ps) as $p ([., []];
    . as [$v, $gone] | [$v | getpath($p) | label $one | f | ., break $one]
    | if length == 0 then [$v, $gone + [$p]]
      else [.[0] as $new | $v | setpath($p; $new)] + [$gone] end)
    | . as [$v, $gone] | $v | delpaths($gone);
def map_values(f): .[] |= f;
def walk(f): def inner: if type == "object" then map_values(inner)
    elif type == "array" then map(inner) else . end | f; inner;
"""


# What weir does otherwise than 1.7.1 on purpose.
PRELUDE = r"""
def reverse: if type == "string" then explode | [.[length - 1 - range(0; length)]]
    | implode else [.[length - 1 - range(0; length)]] end;
"""


def wrap(program):
    return ("[limit(%d; try ((%s\n) | [0, .]) catch [1, .])]"
            % (OUTPUTS, program))


class Tool:
    """One of the two: its command, and what goes before each program."""

    def __init__(self, command, prelude, side, unknown):
        self.command = command
        self.prelude = prelude
        self.side = side
        self.unknown = unknown  # status when it does not compile

    def run(self, programs, lines, directory):
        """Lines of output for each input, or why there are none."""
        text = self.prelude + ",\n".join(wrap(p[self.side]) for p in programs)
        name = directory + "/input"
        with open(name, "w", encoding="utf-8") as f:
            f.write("".join(line + "\n" for line in lines))
        try:
            done = subprocess.run(self.command + [text, name], check=False,
                                  capture_output=True, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return "endless"
        if done.returncode == self.unknown:
            return "compile " + done.stderr.decode(errors="replace")[:400]
        out = done.stdout.decode("utf-8", "replace").split("\n")[:-1]
        if done.returncode != 0 or len(out) != len(lines) * len(programs):
            return "status %d %s" % (done.returncode,
                                     done.stderr.decode(errors="replace")[:200])
        n = len(programs)
        return [out[i:i + n] for i in range(0, len(out), n)]

    def all(self, programs, lines, directory):
        """For each input the result of each program. What spoils the results
        of others is found by halves."""
        got = self.run(programs, lines, directory)
        if isinstance(got, list):
            return got
        half = len(programs) // 2
        if half > 0:
            a = self.all(programs[:half], lines, directory)
            b = self.all(programs[half:], lines, directory)
            return [x + y for x, y in zip(a, b)]
        half = len(lines) // 2
        if half > 0 and not got.startswith("compile"):
            return (self.all(programs, lines[:half], directory) +
                    self.all(programs, lines[half:], directory))
        return [[got]] * len(lines)


def kind_of(result):
    """compile, endless, status, or none of them."""
    return result.split(" ")[0] if result[:1] in "ces" else ""


class Differ:
    """The pairs, and what became of them."""

    def __init__(self, weir, jq, seed, out):
        version = subprocess.run([jq, "--version"], check=True, text=True,
                                 capture_output=True).stdout
        self.old = version.startswith("jq-1.6")
        self.jq = Tool([jq, "-c"], PRELUDE + (PRELUDE_16 if self.old else ""),
                       1 if self.old else 0, 3)
        self.weir = Tool([weir, "stream-jsonl", "-q", "-j", "1", "--canonical"],
                         "", 0, 2)
        self.rng = random.Random(seed)
        self.programs = jq_programs.Programs(self.rng, (), self.old)
        self.counts = {}
        self.bad = 0
        self.out = out

    def judge(self, program, line, want, got):
        if self.old:
            want = rules.reword(want)
        if want == got:
            return "equal"
        if kind_of(want) == kind_of(got) == "compile":
            return "neither compiles it"
        if kind_of(want) == kind_of(got) == "endless":
            return "no end in either"
        for name, rule in rules.RULES:
            if rule(program, line, want, got, self.old):
                return name
        return None

    def batch(self, directory):
        programs = [self.programs.make() for _ in range(PROGRAMS)]
        lines = [jq_programs.input_line(self.rng, not self.old) for _ in range(INPUTS)]
        want = self.jq.all(programs, lines, directory)
        got = self.weir.all(programs, lines, directory)
        told = set()
        for line, wants, gots in zip(lines, want, got):
            for program, w, g in zip(programs, wants, gots):
                verdict = self.judge(program, line, w, g)
                if verdict is None:
                    self.bad += 1
                    verdict = "UNEXPLAINED"
                    if program not in told:
                        self.tell(program, line, w, g)
                    told.add(program)
                self.counts[verdict] = self.counts.get(verdict, 0) + 1

    def tell(self, program, line, want, got):
        print("program: %s\ninput:   %s\njq:      %s\nweir:    %s\n"
              % (program[0], line, want, got), file=self.out)


def main():
    weir, jq, pairs, seed = sys.argv[1:5]
    out = open(sys.argv[5], "w") if len(sys.argv) > 5 else sys.stdout
    differ = Differ(weir, jq, int(seed), out)
    with tempfile.TemporaryDirectory() as directory:
        while sum(differ.counts.values()) < int(pairs):
            differ.batch(directory)
    for name, count in sorted(differ.counts.items(), key=lambda c: -c[1]):
        print("%8d %s" % (count, name))
    return 1 if differ.bad else 0


if __name__ == "__main__":
    sys.exit(main())
