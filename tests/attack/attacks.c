/* The table. */
#include "tests/attack/attacks.h"

#include <stdio.h>
#include <string.h>

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define BIG "GET /big HTTP/1.1\r\nHost: a\r\n\r\n"
#define CHUNKED "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
#define JSON_OF(length)                                                                            \
    "POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: " length  \
    "\r\n\r\n\""
#define GATHERED JSON_OF("1000000")
#define A62 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

#define A512 A64 A64 A64 A64 A64 A64 A64 A64
#define A4096 A512 A512 A512 A512 A512 A512 A512 A512

static const attack table[] = {
    { "silent", "connects and says nothing", .connections = 1000 },
    { "idle", "asks once and keeps the connection", .first = GET "\r\n", .once = true,
      .connections = 10000 },
    { "slow-head", "a header that drips", .first = GET "A: ", .more = "a", .more_ms = 1000,
      .connections = 500 },
    { "slow-body", "a body that drips, for a route that wants it whole", .first = GATHERED,
      .more = "a", .more_ms = 1000, .connections = 500 },
    { "slow-stream", "a body that drips, for a route that reads it as it comes",
      .first = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n", .more = "a",
      .more_ms = 1000, .connections = 500 },
    { "bodies", "bodies that lack their last byte", .first = GATHERED, .more = A64,
      .more_bytes = 999936, .connections = 200 },
    { "deaf", "asks for 24 MiB and reads nothing", .first = BIG, .deaf = true, .connections = 500 },
    { "deaf-whole", "asks for the half megabyte that it sends, made whole, and reads nothing",
      .first = JSON_OF("500000"), .more = A64, .more_bytes = 499936, .last = A62 "\"", .deaf = true,
      .connections = 128 },
    { "deaf-crowd", "the same with a megabyte, more at once than a worker gathers",
      .first = GATHERED, .more = A64, .more_bytes = 999936, .last = A62 "\"", .deaf = true,
      .connections = 500 },
    { "slow-read", "asks for 24 MiB and reads in drips", .first = BIG, .read_ms = 500,
      .connections = 500 },
    { "pipeline", "requests without end, whose answers it reads", .more = GET "\r\n",
      .connections = 32 },
    { "pipeline-deaf", "requests without end, whose answers it does not read", .more = GET "\r\n",
      .deaf = true, .connections = 200 },
    { "pipeline-whole", "asks for 8 KiB, made whole, without end and reads nothing",
      .more = JSON_OF("8194") A4096 A4096 "\"", .deaf = true, .connections = 200 },
    { "pipeline-big", "asks for 24 MiB without end and reads nothing", .more = BIG, .deaf = true,
      .connections = 200 },
    { "reset", "resets in the midst of an answer", .first = BIG, .reset_behind = 100000,
      .connections = 16 },
    { "reset-early", "resets as soon as anything comes", .first = GET "\r\n", .reset_behind = 1,
      .connections = 16 },
    { "huge-header", "one header without end", .first = GET "A: ", .more = A64, .connections = 32 },
    { "endless-headers", "headers without end", .first = GET, .more = "A: b\r\n",
      .connections = 32 },
    { "huge-target", "a target without end", .first = "GET /", .more = A64, .connections = 32 },
    { "tiny-chunks", "chunks of one byte without end, echoed", .first = CHUNKED,
      .more = "1\r\na\r\n", .connections = 32 },
    { "tiny-chunks-gathered", "the same for a route that wants them whole",
      .first = "POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
               "Transfer-Encoding: chunked\r\n\r\n1\r\n\"\r\n",
      .more = "1\r\na\r\n", .connections = 32 },
    { "chunk-extension", "a chunk extension without end", .first = CHUNKED "1;", .more = A64,
      .connections = 32 },
    { "chunk-zeros", "a chunk size of zeros without end", .first = CHUNKED, .more = "0000000000",
      .connections = 32 },
    { "trailers", "trailers without end", .first = CHUNKED "0\r\n", .more = "A: b\r\n",
      .connections = 32 },
    { "churn", "a connection for each request", .first = GET "Connection: close\r\n\r\n",
      .connections = 64 },
    { "churn-silent", "connects, says nothing and resets", .first = "", .reset_behind = SIZE_MAX,
      .connections = 64 },
    { "half-closed", "closes its side and does not read", .first = BIG, .deaf = true,
      .half_closes = true, .connections = 500 },
    { "half-closed-head", "closes its side within a head", .first = GET, .half_closes = true,
      .connections = 64 },
    { "garbage", "bytes that are nothing", .more = "\x16\x03\x01\x02\x00\xff\r\n\r\n",
      .connections = 32 },
};
#define COUNT (sizeof table / sizeof table[0])

const attack *attack_find(const char *name)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

void attacks_list(void)
{
    for (size_t i = 0; i < COUNT; i++) {
        printf("%s\t%s\n", table[i].name, table[i].what);
    }
}
