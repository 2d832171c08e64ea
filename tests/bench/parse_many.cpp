// SPDX-License-Identifier: MIT
//
// parse_many FILE: what stream-jsonl is measured against. Runs simdjson's DOM
// over every document of the file, looks at each, and writes nothing.

#include <cstdio>
#include <simdjson.h>

int main(int argc, char **argv)
{
    simdjson::dom::parser parser;
    simdjson::dom::document_stream documents;
    size_t count = 0, wrong = 0;

    if (argc != 2 || parser.load_many(argv[1]).get(documents)) {
        std::fputs("usage: parse_many FILE\n", stderr);
        return 2;
    }
    for (auto document : documents) {
        simdjson::dom::element element;

        if (document.get(element))
            wrong++;
        count++;
    }
    std::printf("%zu documents, %zu wrong\n", count, wrong);
    return wrong > 0;
}
