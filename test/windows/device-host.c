/*
 * Uses a unit of the miniport as Windows does: by SCSI commands, many at a time, verified.
 *
 * device-host BTL verify THREADS COUNT KINDS MODEL | write TIMEOUT
 *
 * verify: each thread has blocks of its own, and knows what is on them; COUNT operations each, of the
 * letters in KINDS (R, W, F, U). Writes what has to be on the disk to the file MODEL.
 * write: writes block 0 to 7, and prints for each the Win32 error and the status.
 */
#include <windows.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PASS_THROUGH_DIRECT = 0x4d014, BLOCK = 512, MOST_BLOCKS = 300, REGION = 512 };

struct pass_through {
    uint16_t length;
    uint8_t status, path, target, lun, cdb_length, sense_length, direction, pad[3];
    uint32_t data_length, timeout, pad2;
    uint64_t data;
    uint32_t sense_at;
    uint8_t cdb[16], pad3[4], sense[32];
};

static HANDLE(WINAPI *create_file)(const WCHAR *, DWORD, DWORD, void *, DWORD, DWORD, HANDLE);
static BOOL(WINAPI *control)(HANDLE, DWORD, void *, DWORD, void *, DWORD, DWORD *, OVERLAPPED *);
static HANDLE device;
static uint32_t btl, timeout = 60;
static uint8_t *model;
static const char *kinds;
static int operations;

static void fail(const char *what, uint32_t value)
{
    printf("FAILED: %s %u\n", what, value);
    fflush(stdout);
    ExitProcess(1);
}

static void begun(void)
{
    printf("begun\n");
    fflush(stdout);
}

static void put(uint8_t *bytes, int count, uint64_t value)
{
    while (count-- > 0) {
        bytes[count] = (uint8_t)value;
        value >>= 8;
    }
}

/* Gives the Win32 error, and the status in *status. */
static DWORD execute(const uint8_t *cdb, int cdb_length, int direction, void *data, uint32_t length,
    HANDLE event, uint8_t *status)
{
    struct pass_through pass = {0};
    OVERLAPPED overlapped = {0};
    DWORD moved, error = 0;
    pass.length = 56;
    pass.target = btl >> 8;
    pass.cdb_length = cdb_length;
    pass.sense_length = sizeof pass.sense;
    pass.direction = direction;
    pass.data_length = length;
    pass.timeout = timeout;
    pass.data = (uintptr_t)data;
    pass.sense_at = 56;
    memcpy(pass.cdb, cdb, cdb_length);
    overlapped.hEvent = event;
    if (!control(device, PASS_THROUGH_DIRECT, &pass, sizeof pass, &pass, sizeof pass, NULL,
            &overlapped)) {
        error = GetLastError();
        if (error == ERROR_IO_PENDING)
            error = GetOverlappedResult(device, &overlapped, &moved, TRUE) ? 0 : GetLastError();
    }
    *status = pass.status;
    return error;
}

static void good(const uint8_t *cdb, int cdb_length, int direction, void *data, uint32_t length,
    HANDLE event)
{
    uint8_t status;
    DWORD error = execute(cdb, cdb_length, direction, data, length, event, &status);
    if (error) fail("error", error);
    if (status) fail("status", status);
}

static DWORD WINAPI initiator(void *argument)
{
    uint32_t number = (uint32_t)(uintptr_t)argument, state = number * 77 + 1;
    uint32_t first = number * REGION;
    uint8_t *data = malloc(MOST_BLOCKS * BLOCK);
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    for (int i = 0; i < operations; i++) {
        char kind = kinds[i % strlen(kinds)];
        state = state * 1664525 + 1013904223;
        uint32_t count = 1 + (state >> 8) % MOST_BLOCKS;
        state = state * 1664525 + 1013904223;
        uint32_t at = (state >> 8) % (REGION - count + 1), size = count * BLOCK;
        uint8_t cdb[16] = {0}, *place = model + (uint64_t)(first + at) * BLOCK;
        put(cdb + 2, 8, first + at);
        put(cdb + 10, 4, count);
        switch (kind) {
        case 'W':
            cdb[0] = 0x8a;
            for (uint32_t j = 0; j < size; j += 4)
                *(uint32_t *)(place + j) = (number << 24 | i) * 2654435761u + j;
            memcpy(data, place, size);
            good(cdb, 16, 0, data, size, event);
            break;
        case 'R':
            cdb[0] = 0x88;
            memset(data, 0xee, size);
            good(cdb, 16, 1, data, size, event);
            if (memcmp(data, place, size)) fail("data, of thread", number);
            break;
        case 'F':
            cdb[0] = 0x91;
            good(cdb, 16, 2, NULL, 0, event);
            break;
        case 'U': {
            uint8_t unmap[10] = { 0x42 }, list[24] = {0};
            put(unmap + 7, 2, sizeof list);
            put(list, 2, sizeof list - 2);
            put(list + 2, 2, 16);
            put(list + 8, 8, first + at);
            put(list + 16, 4, count);
            memset(place, 0, size);
            good(unmap, 10, 0, list, sizeof list, event);
        }
        }
    }
    return 0;
}

static void verify(int threads, const char *file)
{
    HANDLE handles[64];
    uint64_t length = (uint64_t)threads * REGION * BLOCK;
    model = calloc(1, length);
    for (int i = 0; i < threads; i++)
        handles[i] = CreateThread(NULL, 0, initiator, (void *)(uintptr_t)i, 0, NULL);
    begun();
    WaitForMultipleObjects(threads, handles, TRUE, INFINITE);
    FILE *out = fopen(file, "wb");
    fwrite(model, 1, length, out);
    fclose(out);
    printf("OK %d\n", threads * operations);
}

/* Eight writes at a time, of which some may fail. */
static DWORD WINAPI writer(void *argument)
{
    uint32_t number = (uint32_t)(uintptr_t)argument;
    uint8_t cdb[16] = { 0x8a }, data[BLOCK], status;
    put(cdb + 2, 8, number);
    put(cdb + 10, 4, 1);
    memset(data, 0x80 + number, sizeof data);
    DWORD error = execute(cdb, 16, 0, data, BLOCK, CreateEventA(NULL, TRUE, FALSE, NULL), &status);
    return error << 8 | status;
}

static void write_blocks(void)
{
    HANDLE handles[8];
    for (int i = 0; i < 8; i++)
        handles[i] = CreateThread(NULL, 0, writer, (void *)(uintptr_t)i, 0, NULL);
    begun();
    WaitForMultipleObjects(8, handles, TRUE, INFINITE);
    for (int i = 0; i < 8; i++) {
        DWORD code;
        GetExitCodeThread(handles[i], &code);
        printf("%lu/%lu ", code >> 8, code & 0xff);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    HMODULE fake = LoadLibraryA("fake-miniport.dll");
    create_file = (void *)GetProcAddress(fake, "FakeCreateFileW");
    control = (void *)GetProcAddress(fake, "FakeDeviceIoControl");
    if (argc < 3 || sizeof(struct pass_through) != 88) return 2;
    btl = atoi(argv[1]);
    device = create_file(L"\\\\?\\GLOBALROOT\\Device\\00000042", GENERIC_READ | GENERIC_WRITE, 3, NULL,
        OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
    if (device == INVALID_HANDLE_VALUE) fail("open", GetLastError());
    if (argc == 7 && !strcmp(argv[2], "verify")) {
        operations = atoi(argv[4]);
        kinds = argv[5];
        verify(atoi(argv[3]), argv[6]);
    } else if (argc == 4 && !strcmp(argv[2], "write")) {
        timeout = atoi(argv[3]);
        write_blocks();
    } else return 2;
    return 0;
}
