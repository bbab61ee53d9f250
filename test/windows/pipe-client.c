/*
 * A client of WinSpd's pipe protocol, as WinSpd's own are: one handle, messages, blocking calls.
 *
 * pipe-client NAME verify COUNT | attack | hold
 */
#include <windows.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma pack(push, 1)
struct header {
    uint64_t hint;
    uint8_t kind, pad[7];
    union {
        struct { uint64_t address; uint32_t count, flags; } range;
        struct { uint32_t count; } list;
        struct { uint8_t status, key, asc, ascq; } end;
        uint8_t bytes[32];
    } u;
};
#pragma pack(pop)

enum { READ = 1, WRITE = 2, FLUSH = 3, UNMAP = 4 };

static uint8_t params[128];
static uint64_t blocks;
static uint32_t block_length, most;
static uint8_t *message, *model;

static void fail(const char *what)
{
    printf("FAILED: %s, error %lu\n", what, GetLastError());
    fflush(stdout);
    ExitProcess(1);
}

static HANDLE open_pipe(const char *name)
{
    for (int i = 0; i < 400; i++) {
        HANDLE pipe = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
            SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
        if (pipe != INVALID_HANDLE_VALUE) return pipe;
        if (GetLastError() != ERROR_PIPE_BUSY && GetLastError() != ERROR_FILE_NOT_FOUND) break;
        Sleep(25);
    }
    fail("open");
    return NULL;
}

static HANDLE attach(const char *name)
{
    HANDLE pipe = open_pipe(name);
    DWORD mode = PIPE_READMODE_MESSAGE, got = 0;
    if (!SetNamedPipeHandleState(pipe, &mode, NULL, NULL)) fail("message mode");
    if (!ReadFile(pipe, params, sizeof params, &got, NULL) || got != 128) fail("greeting");
    memcpy(&blocks, params + 16, 8);
    memcpy(&block_length, params + 24, 4);
    memcpy(&most, params + 56, 4);
    if (!message) message = malloc(48 + most + 1);
    return pipe;
}

static void send_message(HANDLE pipe, uint32_t length)
{
    DWORD sent = 0;
    if (!WriteFile(pipe, message, length, &sent, NULL) || sent != length) fail("send");
}

static struct header *begin(uint64_t hint, uint8_t kind, uint64_t address, uint32_t count)
{
    struct header *header = (struct header *)message;
    memset(header, 0, sizeof *header);
    header->hint = hint;
    header->kind = kind;
    if (kind == UNMAP) header->u.list.count = count;
    else {
        header->u.range.address = address;
        header->u.range.count = count;
    }
    return header;
}

/* One message is one read, whatever its length: that is what message mode is for. */
static struct header *answer(HANDLE pipe, uint64_t hint, uint8_t kind, uint32_t data)
{
    DWORD got = 0;
    struct header *header = (struct header *)message;
    if (!ReadFile(pipe, message, 48 + most, &got, NULL)) fail("answer");
    if (got != 48 + data) fail("length of the answer");
    if (header->hint != hint || header->kind != kind) fail("hint or kind of the answer");
    return header;
}

static void expect_good(struct header *header)
{
    if (header->u.end.status != 0) fail("status");
}

static void expect_alive(HANDLE pipe)
{
    begin(0xf1, FLUSH, 0, 0);
    send_message(pipe, 48);
    expect_good(answer(pipe, 0xf1, FLUSH, 0));
}

static uint32_t random_state = 1;
static uint32_t next(uint32_t modulus)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % modulus;
}

static void verify(const char *name, int count)
{
    HANDLE pipe = attach(name);
    int done[5] = {0};
    if (sizeof(struct header) != 48) fail("layout");
    model = calloc(blocks, block_length);
    for (int i = 0; i < count; i++) {
        uint64_t hint = ((uint64_t)GetCurrentThreadId() << 32) | (i + 1);
        uint32_t length = 1 + next(most / block_length), at = next(blocks), kind = 1 + next(4);
        if (length > blocks - at) length = blocks - at;
        uint32_t size = length * block_length;
        uint8_t *place = model + (size_t)at * block_length;
        done[kind]++;
        begin(hint, kind, at, kind == UNMAP ? 1 : length);
        if (kind == WRITE) {
            for (uint32_t j = 0; j < size; j += 4) *(uint32_t *)(place + j) = i * 2654435761u + j;
            memcpy(message + 48, place, size);
            send_message(pipe, 48 + size);
        } else if (kind == UNMAP) {
            memset(message + 48, 0, 16);
            *(uint64_t *)(message + 48) = at;
            *(uint32_t *)(message + 56) = length;
            memset(place, 0, size);
            send_message(pipe, 64);
        } else send_message(pipe, 48);
        expect_good(answer(pipe, hint, kind, kind == READ ? size : 0));
        if (kind == READ && memcmp(message + 48, place, size)) fail("data");
    }
    printf("OK %d: %d R, %d W, %d F, %d U\n", count, done[1], done[2], done[3], done[4]);
    CloseHandle(pipe);
}

static void attack(const char *name)
{
    HANDLE pipe = attach(name), second;

    /* Dropped without an answer: the next thing that comes answers the flush. */
    begin(1, READ, 0, 1);
    for (uint32_t length = 1; length < 48; length += 23) send_message(pipe, length);
    begin(0, FLUSH, 0, 0);
    send_message(pipe, 48);
    begin(1, READ, 0, most / block_length + 1);
    send_message(pipe, 48);
    begin(1, WRITE, 0, 0x800000);
    send_message(pipe, 48);
    begin(1, UNMAP, 0, most / 16 + 1);
    send_message(pipe, 48);
    expect_alive(pipe);

    begin(2, 9, 0, 0);
    send_message(pipe, 48);
    if (answer(pipe, 2, 9, 0)->u.end.asc != 0x20) fail("unknown kind");
    begin(3, READ, blocks - 1, 2);
    send_message(pipe, 48);
    if (answer(pipe, 3, READ, 2 * block_length)->u.end.asc != 0x21) fail("past the end");

    /* A write with less data than it says is filled up with zeros; with more, the rest is ignored. */
    begin(4, WRITE, 0, 2);
    memset(message + 48, 0x5a, 3 * block_length);
    send_message(pipe, 48 + block_length);
    expect_good(answer(pipe, 4, WRITE, 0));
    begin(4, WRITE, 2, 1);
    memset(message + 48, 0x5a, 3 * block_length);
    send_message(pipe, 48 + 2 * block_length);
    expect_good(answer(pipe, 4, WRITE, 0));
    begin(5, READ, 0, 4);
    send_message(pipe, 48);
    expect_good(answer(pipe, 5, READ, 4 * block_length));
    for (uint32_t i = 0; i < 4; i++)
        if (message[48 + i * block_length] != (i % 2 ? 0 : 0x5a)) fail("short or long data");

    /* One client at a time. */
    second = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (second != INVALID_HANDLE_VALUE || GetLastError() != ERROR_PIPE_BUSY) fail("second client");
    expect_alive(pipe);

    /* A message longer than any ends the connection, and the next client is served. */
    begin(6, WRITE, 0, most / block_length);
    DWORD moved;
    WriteFile(pipe, message, 48 + most + 1, &moved, NULL);
    if (ReadFile(pipe, message, 48, &moved, NULL)) fail("a message that is too long was answered");
    CloseHandle(pipe);

    /* Clients that vanish: before the greeting, after it, with answers on their way. */
    for (int i = 0; i < 20; i++) CloseHandle(open_pipe(name));
    for (int i = 0; i < 20; i++) CloseHandle(attach(name));
    for (int i = 0; i < 20; i++) {
        pipe = attach(name);
        for (int j = 0; j < 3; j++) {
            begin(j + 1, READ, 0, most / block_length);
            send_message(pipe, 48);
        }
        CloseHandle(pipe);
    }
    pipe = attach(name);
    expect_alive(pipe);
    CloseHandle(pipe);
    printf("OK\n");
}

/* Sends writes, and reads most answers only when the server has been told to stop: says how many came. */
static void hold(const char *name, const char *stop)
{
    HANDLE pipe = attach(name);
    for (int i = 0; i < 8; i++) {
        begin(i + 1, WRITE, i, 1);
        memset(message + 48, 0x80 + i, block_length);
        send_message(pipe, 48 + block_length);
    }
    expect_good(answer(pipe, 1, WRITE, 0));
    fclose(fopen(stop, "w"));
    Sleep(500);
    int answers = 1;
    DWORD got;
    while (ReadFile(pipe, message, 48, &got, NULL)) {
        if (got != 48 || ((struct header *)message)->u.end.status != 0) fail("answer");
        answers++;
    }
    printf("OK %d\n", answers);
}

int main(int argc, char **argv)
{
    if (argc == 4 && !strcmp(argv[2], "verify")) verify(argv[1], atoi(argv[3]));
    else if (argc == 3 && !strcmp(argv[2], "attack")) attack(argv[1]);
    else if (argc == 4 && !strcmp(argv[2], "hold")) hold(argv[1], argv[3]);
    else return 2;
    return 0;
}
