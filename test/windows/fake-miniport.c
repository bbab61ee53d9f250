/*
 * A miniport for tests: stands in for the calls of Windows by which WinSpd's device is reached.
 *
 * All processes of a test share it: units and commands lie in memory that has the name in the
 * environment variable FAKE_MINIPORT. As in WinSpd a call that fetches waits in the thread that makes
 * it; with FAKE_MINIPORT_PENDS it goes on by itself, as OVERLAPPED calls may. FAKE_MINIPORT_DELAY is the
 * longest time, in milliseconds, that requests and responses take on their way.
 */
#include <windows.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPORT __declspec(dllexport)

enum { UNITS = 16, SRBS = 64, MOST_DATA = 0x40000, LOOK_MS = 20, FOUND_AFTER_MS = 50,
    SHOWN_AFTER_MS = 200 };
enum { SERVICE_IRP = 0x4d038, PASS_THROUGH_DIRECT = 0x4d014, GET_ADDRESS = 0x41018,
    QUERY_PROPERTY = 0x2d1400 };
enum { FREE, PENDING, PROCESSING, DONE };
enum { READ = 1, WRITE, FLUSH, UNMAP };
enum { NO_UNIT = 55, CANNOT_MAKE = 82, BASE_HANDLE = 0x0fa00000, HANDLES = 256 };

struct params {
    uint8_t guid[16];
    uint64_t block_count;
    uint32_t block_length;
    char product[16], revision[4];
    uint8_t device_type, pad[3];
    uint32_t flags, max_transfer, pad2;
    uint64_t reserved[8];
};

struct unit {
    uint32_t used, generation, owner, transact_process;
    uint64_t since;
    struct params params;
};

struct srb {
    uint32_t state, unit, aborted, fua, blocks, length, offset;
    uint64_t lba, order;
    uint8_t kind, status, key, asc, ascq, information_valid;
    uint32_t information;
    uint8_t data[MOST_DATA];
};

static struct shared {
    uint64_t order;
    struct unit units[UNITS];
    struct srb srbs[SRBS];
} *shared;

static HANDLE mutex, pending[UNITS], done[SRBS];
static DWORD delay;
static int pends;
static struct { int used, drive; volatile LONG cancels; } files[HANDLES];

_Static_assert(sizeof(struct params) == 128, "layout of the parameters");

/* ---- what all have in common ---- */

static HANDLE named(const char *what, int number)
{
    char name[128];
    snprintf(name, sizeof name, "%s-%s-%d", getenv("FAKE_MINIPORT"), what, number);
    return CreateEventA(NULL, FALSE, FALSE, name);
}

static void set_up(void)
{
    char name[128];
    const char *base = getenv("FAKE_MINIPORT");
    if (!base) ExitProcess(99);
    delay = getenv("FAKE_MINIPORT_DELAY") ? atoi(getenv("FAKE_MINIPORT_DELAY")) : 0;
    pends = getenv("FAKE_MINIPORT_PENDS") != NULL;
    snprintf(name, sizeof name, "%s-mutex", base);
    mutex = CreateMutexA(NULL, FALSE, name);
    snprintf(name, sizeof name, "%s-memory", base);
    HANDLE file = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
        sizeof *shared, name);
    shared = MapViewOfFile(file, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    for (int i = 0; i < UNITS; i++) pending[i] = named("pending", i);
    for (int i = 0; i < SRBS; i++) done[i] = named("done", i);
    if (!shared || !mutex) ExitProcess(98);
}

static void lock(void) { WaitForSingleObject(mutex, INFINITE); }
static void unlock(void) { ReleaseMutex(mutex); }

static void dawdle(void)
{
    static volatile LONG seed = 1;
    if (!delay) return;
    uint32_t n = InterlockedExchangeAdd(&seed, 1) * 2654435761u;
    Sleep((n >> 16) % (delay + 1));
}

static void end_srb(struct srb *srb, int aborted)
{
    srb->aborted = aborted;
    srb->state = DONE;
    SetEvent(done[srb - shared->srbs]);
}

/* RESET LOGICAL UNIT: who serves the commands is not told. */
static void abort_all(uint32_t target)
{
    for (int i = 0; i < SRBS; i++) {
        struct srb *srb = &shared->srbs[i];
        if (srb->unit == target && (srb->state == PENDING || srb->state == PROCESSING))
            end_srb(srb, 1);
    }
}

static void remove_unit(uint32_t target)
{
    shared->units[target].used = 0;
    shared->units[target].generation++;
    abort_all(target);
    SetEvent(pending[target]);
}

/* Units of processes that have ended are taken away. */
static void reap(void)
{
    for (int i = 0; i < UNITS; i++) {
        if (!shared->units[i].used) continue;
        HANDLE owner = OpenProcess(SYNCHRONIZE, FALSE, shared->units[i].owner);
        if (!owner || WaitForSingleObject(owner, 0) == WAIT_OBJECT_0) remove_unit(i);
        if (owner) CloseHandle(owner);
    }
}

static struct unit *unit_at(uint32_t btl)
{
    uint32_t target = btl >> 8;
    return btl & 0xff || target >= UNITS || !shared->units[target].used
        ? NULL : &shared->units[target];
}

static uint32_t be(const uint8_t *bytes, int count)
{
    uint32_t value = 0;
    for (int i = 0; i < count; i++) value = value << 8 | bytes[i];
    return value;
}

static uint64_t be64(const uint8_t *bytes) { return (uint64_t)be(bytes, 4) << 32 | be(bytes + 4, 4); }

static void guid_text(const uint8_t *g, char *text)
{
    sprintf(text, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", g[3], g[2],
        g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11], g[12], g[13], g[14], g[15]);
}

/* ---- IOCTL_MINIPORT_PROCESS_SERVICE_IRP ---- */

struct call {
    uint16_t size, code;
    uint32_t pad;
    union {
        struct params params;
        uint8_t guid[16];
        uint32_t btls[64];
        struct { uint32_t btl, process_id; } process;
        struct {
            uint32_t btl, valid;
            uint64_t data;
            uint64_t hint;
            uint8_t kind, pad[7];
            union {
                struct { uint64_t address; uint32_t count, fua; } range;
                uint32_t count;
                struct {
                    uint8_t status, key, asc, ascq, pad[4];
                    uint64_t information, reserved;
                    uint32_t reserved2, flags;
                } end;
            } u;
        } transact;
    } u;
};

static DWORD provision(struct call *call, DWORD in, DWORD out, DWORD *length)
{
    static const uint8_t zero[16];
    struct params *params = &call->u.params;
    DWORD target = UNITS;
    if (in < 136 || out < 136) return ERROR_INVALID_PARAMETER;
    if (!memcmp(params->guid, zero, 16) || !params->block_count || params->block_length < 16 ||
        params->device_type || !params->max_transfer || params->max_transfer % params->block_length)
        return ERROR_INVALID_PARAMETER;
    for (DWORD i = UNITS; i-- > 0;) {
        struct unit *unit = &shared->units[i];
        if (!unit->used) target = i;
        else if (!memcmp(unit->params.guid, params->guid, 16)) return ERROR_ALREADY_EXISTS;
    }
    if (target == UNITS) return CANNOT_MAKE;
    struct unit *unit = &shared->units[target];
    unit->used = 1;
    unit->generation++;
    unit->owner = unit->transact_process = GetCurrentProcessId();
    unit->since = GetTickCount64();
    unit->params = *params;
    memset(&call->u, 0, 128);
    call->u.btls[0] = target << 8;
    *length = 136;
    return 0;
}

static DWORD unprovision(const struct call *call, DWORD in)
{
    if (in < 24) return ERROR_INVALID_PARAMETER;
    for (uint32_t i = 0; i < UNITS; i++) {
        struct unit *unit = &shared->units[i];
        if (!unit->used || memcmp(unit->params.guid, call->u.guid, 16)) continue;
        if (unit->owner != GetCurrentProcessId()) return ERROR_ACCESS_DENIED;
        remove_unit(i);
        return 0;
    }
    return ERROR_FILE_NOT_FOUND;
}

static DWORD list(uint32_t *btls, DWORD out, DWORD *length)
{
    DWORD count = 0;
    for (uint32_t i = 0; i < UNITS; i++) {
        if (!shared->units[i].used) continue;
        if (4 * count + 4 > out) return ERROR_INSUFFICIENT_BUFFER;
        btls[count++] = i << 8;
    }
    *length = 4 * count;
    return 0;
}

static uint32_t chunk(const struct srb *srb, const struct unit *unit)
{
    uint32_t left = srb->length - srb->offset, most = unit->params.max_transfer;
    return srb->kind <= WRITE && left > most ? most : left;
}

/*
 * A response for a command that is not being served means nothing. Hints are not used again, where
 * WinSpd's are addresses: an answer that is late could be taken for that of a newer command there.
 */
static void respond(struct call *call, struct unit *unit, uint32_t target)
{
    uint64_t index = call->u.transact.hint % SRBS;
    const uint8_t *data = (const uint8_t *)(uintptr_t)call->u.transact.data;
    if (index >= SRBS) return;
    struct srb *srb = &shared->srbs[index];
    if (srb->state != PROCESSING || srb->order != call->u.transact.hint / SRBS) return;
    if ((srb->status = call->u.transact.u.end.status)) {
        srb->key = call->u.transact.u.end.key;
        srb->asc = call->u.transact.u.end.asc;
        srb->ascq = call->u.transact.u.end.ascq;
        srb->information = (uint32_t)call->u.transact.u.end.information;
        srb->information_valid = call->u.transact.u.end.flags >> 8 & 1;
        end_srb(srb, 0);
        return;
    }
    uint32_t length = chunk(srb, unit);
    if (srb->kind == READ && data) memcpy(srb->data + srb->offset, data, length);
    else if (srb->kind == READ) memset(srb->data + srb->offset, 0, length);
    srb->offset += length;
    if (srb->offset >= srb->length) end_srb(srb, 0);
    else {
        srb->state = PENDING; /* with its old order: at the head of the queue */
        SetEvent(pending[target]);
    }
}

static struct srb *first_pending(uint32_t target, int *more)
{
    struct srb *first = NULL;
    *more = 0;
    for (int i = 0; i < SRBS; i++) {
        struct srb *srb = &shared->srbs[i];
        if (srb->state != PENDING || srb->unit != target) continue;
        if (first) *more = 1;
        if (!first || srb->order < first->order) first = srb;
    }
    return first;
}

static void prepare(struct call *call, struct srb *srb, const struct unit *unit)
{
    uint8_t *data = (uint8_t *)(uintptr_t)call->u.transact.data;
    uint32_t length = chunk(srb, unit);
    srb->state = PROCESSING;
    memset(&call->u.transact.hint, 0, 48);
    call->u.transact.valid = 1;
    call->u.transact.hint = srb->order * SRBS + (srb - shared->srbs);
    call->u.transact.kind = srb->kind;
    if (srb->kind == UNMAP) {
        for (uint32_t i = 0; i < srb->blocks; i++) {
            const uint8_t *from = srb->data + 8 + 16 * i;
            uint64_t address = be64(from);
            uint32_t rest[2] = { be(from + 8, 4), 0 };
            memcpy(data + 16 * i, &address, 8);
            memcpy(data + 16 * i + 8, rest, 8);
        }
        call->u.transact.u.count = srb->blocks;
        return;
    }
    if (srb->kind == WRITE) memcpy(data, srb->data + srb->offset, length);
    uint32_t block = unit->params.block_length;
    call->u.transact.u.range.address = srb->lba + (srb->kind == FLUSH ? 0 : srb->offset / block);
    call->u.transact.u.range.count = srb->kind == FLUSH ? srb->blocks : length / block;
    if (srb->kind != FLUSH)
        call->u.transact.u.range.fua = unit->params.flags & 2 ? srb->fua : 1;
}

/* Is called with the lock, and gives it back while it waits. */
static DWORD transact(int file, struct call *call, DWORD in, DWORD out, DWORD *length)
{
    uint32_t target = call->u.transact.btl >> 8, valid = call->u.transact.valid;
    LONG cancels = files[file].cancels;
    int more;
    if (in < 72 || out < 72 || !(valid & 3) || (valid & 1 && !call->u.transact.data))
        return ERROR_INVALID_PARAMETER;
    struct unit *unit = unit_at(call->u.transact.btl);
    if (!unit) return ERROR_OPERATION_ABORTED;
    if (unit->transact_process != GetCurrentProcessId()) return ERROR_ACCESS_DENIED;
    void *data = (void *)(uintptr_t)call->u.transact.data;
    if (data && (IsBadWritePtr(data, unit->params.max_transfer))) return ERROR_NOACCESS;
    uint32_t generation = unit->generation;
    if (valid & 2) respond(call, unit, target);
    if (!(valid & 1)) return 0;
    for (;;) {
        if (!unit->used || unit->generation != generation || files[file].cancels != cancels) {
            SetEvent(pending[target]);
            return ERROR_OPERATION_ABORTED;
        }
        struct srb *srb = first_pending(target, &more);
        if (srb) {
            prepare(call, srb, unit);
            if (more) SetEvent(pending[target]);
            *length = 72;
            return 0;
        }
        unlock();
        WaitForSingleObject(pending[target], LOOK_MS);
        lock();
    }
}

static DWORD service_irp(int file, struct call *call, DWORD in, DWORD out, DWORD *length)
{
    DWORD error = ERROR_INVALID_PARAMETER;
    if (in < 8 || call->size > in) return error;
    if (call->code == 't') dawdle();
    lock();
    reap();
    switch (call->code) {
    case 'p': error = provision(call, in, out, length); break;
    case 'u': error = unprovision(call, in); break;
    case 'l': error = list((uint32_t *)call, out, length); break;
    case 't': error = transact(file, call, in, out, length); break;
    case 'i':
        if (in < 16) break;
        struct unit *unit = unit_at(call->u.process.btl);
        error = unit ? 0 : ERROR_OPERATION_ABORTED;
        if (unit) unit->transact_process = call->u.process.process_id;
    }
    unlock();
    if (call->code == 't' && *length) dawdle();
    return error;
}

/* ---- IOCTL_SCSI_PASS_THROUGH_DIRECT ---- */

struct pass_through {
    uint16_t length;
    uint8_t status, path, target, lun, cdb_length, sense_length, direction, pad[3];
    uint32_t data_length, timeout, pad2;
    uint64_t data;
    uint32_t sense_at;
    uint8_t cdb[16];
};

static void check(struct pass_through *pass, uint8_t key, uint8_t asc, uint8_t ascq,
    const uint32_t *information)
{
    uint8_t *sense = (uint8_t *)pass + pass->sense_at;
    pass->status = 2;
    pass->data_length = 0;
    memset(sense, 0, pass->sense_length);
    sense[0] = information ? 0xf0 : 0x70;
    sense[2] = key;
    if (information)
        for (int i = 0; i < 4; i++) sense[3 + i] = *information >> (24 - 8 * i);
    sense[7] = 10;
    sense[12] = asc;
    sense[13] = ascq;
}

/* VPD pages 80h and 83h. */
static DWORD inquiry(struct pass_through *pass, const struct unit *unit)
{
    uint8_t page[84] = {0}, *data = (uint8_t *)(uintptr_t)pass->data;
    char guid[37];
    uint32_t length = 40;
    guid_text(unit->params.guid, guid);
    page[1] = pass->cdb[2];
    if (pass->cdb[2] == 0x80) {
        page[3] = 36;
        memcpy(page + 4, guid, 36);
    } else if (pass->cdb[2] == 0x83) {
        length = 84;
        memcpy(page + 3, "\x50\x02\x01\x00\x40WinSpd  ", 13);
        memcpy(page + 16, unit->params.product, 16);
        memcpy(page + 32, unit->params.revision, 4);
        memcpy(page + 36, guid, 36);
        memcpy(page + 72, "\x01\x00\x00\x08PID ", 8);
        for (int i = 0; i < 4; i++) page[80 + i] = unit->owner >> (24 - 8 * i);
    } else {
        check(pass, 5, 0x24, 0, NULL);
        return 0;
    }
    if (pass->data_length < length) return ERROR_MORE_DATA;
    memcpy(data, page, pass->data_length = length);
    return 0;
}

/* Decides what can be decided without a program; -1: the command is to be served. */
static int decode(struct pass_through *pass, const struct unit *unit, struct srb *srb)
{
    const uint8_t *cdb = pass->cdb, *data = (const uint8_t *)(uintptr_t)pass->data;
    uint32_t flags = unit->params.flags, length;
    memset(srb, 0, offsetof(struct srb, data));
    switch (cdb[0]) {
    case 0x00: pass->data_length = 0; return 0;
    case 0x12: return inquiry(pass, unit);
    case 0x08: case 0x28: case 0xa8: case 0x88: srb->kind = READ; break;
    case 0x0a: case 0x2a: case 0xaa: case 0x8a: srb->kind = WRITE; break;
    case 0x35: case 0x91: srb->kind = FLUSH; break;
    case 0x42: srb->kind = UNMAP; break;
    default: return ERROR_INVALID_FUNCTION;
    }
    if ((srb->kind == FLUSH && !(flags & 2)) || (srb->kind == UNMAP && !(flags & 4)))
        return ERROR_INVALID_FUNCTION;
    if (srb->kind != READ && flags & 1) {
        check(pass, 7, 0x27, 0, NULL);
        return 0;
    }
    if (srb->kind == UNMAP) {
        if (pass->data_length < 8 || pass->data_length < 8 + (length = be(data + 2, 2)))
            return ERROR_INVALID_PARAMETER;
        if (length > unit->params.max_transfer) check(pass, 5, 0x26, 0, NULL);
        else if (cdb[1] & 1) check(pass, 5, 0x24, 0, NULL);
        if (pass->status || !length) return 0;
        srb->blocks = length / 16;
        srb->length = pass->data_length;
        for (uint32_t i = 0; i < srb->blocks; i++) {
            uint64_t lba = be64(data + 8 + 16 * i);
            uint32_t count = be(data + 16 + 16 * i, 4);
            if (lba + count < lba || lba + count > unit->params.block_count) {
                check(pass, 5, 0x21, 0, NULL);
                return 0;
            }
        }
        return -1;
    }
    switch (pass->cdb_length) {
    case 6: srb->lba = be(cdb, 4) & 0x1fffff; srb->blocks = cdb[4] ? cdb[4] : 256; break;
    case 10: srb->lba = be(cdb + 2, 4); srb->blocks = be(cdb + 7, 2); break;
    case 12: srb->lba = be(cdb + 2, 4); srb->blocks = be(cdb + 6, 4); break;
    default: srb->lba = be64(cdb + 2); srb->blocks = be(cdb + 10, 4);
    }
    srb->fua = pass->cdb_length != 6 && cdb[1] >> 3 & 1;
    srb->length = srb->kind == FLUSH ? 0 : srb->blocks * unit->params.block_length;
    if (pass->data_length < srb->length || srb->length > MOST_DATA) return ERROR_INVALID_PARAMETER;
    if (!srb->blocks) return 0;
    if (srb->lba + srb->blocks < srb->lba || srb->lba + srb->blocks > unit->params.block_count) {
        check(pass, 5, 0x21, 0, NULL);
        return 0;
    }
    return -1;
}

static struct srb *free_srb(void)
{
    for (;;) {
        for (int i = 0; i < SRBS; i++)
            if (shared->srbs[i].state == FREE) return &shared->srbs[i];
        unlock();
        Sleep(LOOK_MS);
        lock();
    }
}

static DWORD pass_through(struct pass_through *pass)
{
    uint64_t start = GetTickCount64();
    lock();
    reap();
    struct srb *srb = free_srb();
    uint32_t target = pass->target;
    struct unit *unit = pass->path ? NULL : unit_at(target << 8 | pass->lun);
    if (unit && start - unit->since < FOUND_AFTER_MS) unit = NULL;
    int decided = unit ? decode(pass, unit, srb) : NO_UNIT;
    if (decided >= 0) {
        unlock();
        return decided;
    }
    if (srb->kind == WRITE || srb->kind == UNMAP)
        memcpy(srb->data, (void *)(uintptr_t)pass->data, srb->length);
    srb->unit = target;
    srb->order = ++shared->order;
    srb->state = PENDING;
    SetEvent(pending[target]);
    while (srb->state != DONE) {
        unlock();
        WaitForSingleObject(done[srb - shared->srbs], LOOK_MS);
        lock();
        reap();
        if (srb->state != DONE && GetTickCount64() - start > 1000ull * pass->timeout)
            abort_all(target);
    }
    DWORD error = srb->aborted ? ERROR_IO_DEVICE : 0;
    pass->data_length = srb->length;
    if (srb->status)
        check(pass, srb->key, srb->asc, srb->ascq, srb->information_valid ? &srb->information : NULL);
    else if (srb->kind == READ && !error)
        memcpy((void *)(uintptr_t)pass->data, srb->data, srb->length);
    srb->state = FREE;
    unlock();
    return error;
}

/* ---- the calls of Windows ---- */

static DWORD control(int file, DWORD code, void *bytes, DWORD in, DWORD out, DWORD *length)
{
    int drive = files[file].drive;
    *length = 0;
    switch (code) {
    case SERVICE_IRP:
        return service_irp(file, bytes, in, out, length);
    case PASS_THROUGH_DIRECT:
        *length = in;
        return pass_through(bytes);
    case GET_ADDRESS: {
        uint8_t address[8] = { 8, 0, 0, 0, 2, 0, drive > 0 ? drive - 1 : 0, 0 };
        memcpy(bytes, address, *length = 8);
        return 0;
    }
    case QUERY_PROPERTY: {
        char guid[37] = "other";
        uint32_t at = 64;
        if (drive > 0) guid_text(shared->units[drive - 1].params.guid, guid);
        memset(bytes, 0, *length = 128);
        memcpy((uint8_t *)bytes + 24, &at, 4);
        strcpy((char *)bytes + at, guid);
        return 0;
    }
    }
    return ERROR_INVALID_FUNCTION;
}

static NTSTATUS status_of(DWORD error)
{
    switch (error) {
    case 0: return 0;
    case ERROR_INVALID_FUNCTION: return 0xc0000010;
    case ERROR_FILE_NOT_FOUND: return 0xc0000034;
    case ERROR_ACCESS_DENIED: return 0xc0000022;
    case ERROR_INVALID_PARAMETER: return 0xc000000d;
    case ERROR_INSUFFICIENT_BUFFER: return 0xc0000023;
    case ERROR_ALREADY_EXISTS: return 0xc0000035;
    case ERROR_OPERATION_ABORTED: return 0xc0000120;
    case ERROR_NOACCESS: return 0xc0000005;
    case CANNOT_MAKE: return 0xc00002ea;
    case NO_UNIT: return 0xc00000c0;
    default: return 0xc0000185; /* ERROR_IO_DEVICE */
    }
}

struct work { int file; DWORD code, in, out; void *to; OVERLAPPED *overlapped; uint8_t bytes[]; };

static DWORD WINAPI go_on(void *argument)
{
    struct work *work = argument;
    DWORD length;
    DWORD error = control(work->file, work->code, work->bytes, work->in, work->out, &length);
    if (!error) memcpy(work->to, work->bytes, length < work->out ? length : work->out);
    work->overlapped->InternalHigh = length;
    MemoryBarrier();
    work->overlapped->Internal = (ULONG_PTR)(ULONG)status_of(error);
    SetEvent(work->overlapped->hEvent);
    free(work);
    return 0;
}

EXPORT BOOL WINAPI FakeDeviceIoControl(HANDLE handle, DWORD code, void *in, DWORD in_length, void *out,
    DWORD out_length, DWORD *returned, OVERLAPPED *overlapped)
{
    uint64_t file = (uint64_t)(uintptr_t)handle - BASE_HANDLE;
    if (file >= HANDLES || !files[file].used || !overlapped || !overlapped->hEvent) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    struct work *work = calloc(1, sizeof *work + in_length + out_length + 256);
    work->file = (int)file;
    work->code = code;
    work->in = in_length;
    work->out = out_length;
    work->to = out;
    work->overlapped = overlapped;
    memcpy(work->bytes, in, in_length);
    ResetEvent(overlapped->hEvent);
    overlapped->Internal = STATUS_PENDING;
    if (pends) {
        CloseHandle(CreateThread(NULL, 0, go_on, work, 0, NULL));
        SetLastError(ERROR_IO_PENDING);
        return FALSE;
    }
    DWORD length, error = control(work->file, code, work->bytes, in_length, out_length, &length);
    if (!error) {
        memcpy(out, work->bytes, length < out_length ? length : out_length);
        overlapped->Internal = 0;
        overlapped->InternalHigh = length;
        SetEvent(overlapped->hEvent);
    }
    free(work);
    SetLastError(error);
    return !error;
}

/* The adapter, and a drive for each unit some time after it is there; drive 0 is of another adapter. */
EXPORT HANDLE WINAPI FakeCreateFileW(const WCHAR *name, DWORD access, DWORD share,
    SECURITY_ATTRIBUTES *security, DWORD disposition, DWORD flags, HANDLE template)
{
    int drive = -1;
    if (!shared) set_up();
    if (!wcsncmp(name, L"\\\\.\\PhysicalDrive", 17)) {
        drive = _wtoi(name + 17);
        lock();
        struct unit *unit = drive > 0 && drive <= UNITS ? &shared->units[drive - 1] : NULL;
        int shown = !drive || (unit && unit->used && GetTickCount64() - unit->since > SHOWN_AFTER_MS);
        unlock();
        if (!shown) goto missing;
    } else if (wcscmp(name, L"\\\\?\\GLOBALROOT\\Device\\00000042")) {
        if (wcsstr(name, L"GLOBALROOT")) goto missing;
        return CreateFileW(name, access, share, security, disposition, flags, template);
    }
    if (!(flags & FILE_FLAG_OVERLAPPED)) goto missing;
    for (int i = 0; i < HANDLES; i++)
        if (!files[i].used) {
            files[i].used = 1;
            files[i].drive = drive;
            return (HANDLE)(uintptr_t)(BASE_HANDLE + i);
        }
missing:
    SetLastError(ERROR_FILE_NOT_FOUND);
    return INVALID_HANDLE_VALUE;
}

EXPORT BOOL WINAPI FakeCloseHandle(HANDLE handle)
{
    uint64_t file = (uint64_t)(uintptr_t)handle - BASE_HANDLE;
    if (file >= HANDLES) return CloseHandle(handle);
    files[file].used = 0;
    return TRUE;
}

EXPORT BOOL WINAPI FakeCancelIoEx(HANDLE handle, OVERLAPPED *overlapped)
{
    uint64_t file = (uint64_t)(uintptr_t)handle - BASE_HANDLE;
    if (file >= HANDLES) return CancelIoEx(handle, overlapped);
    InterlockedIncrement(&files[file].cancels);
    return TRUE;
}

/* Two devices are present; the second is the adapter. */
struct device { DWORD size; GUID class; DWORD instance; ULONG_PTR reserved; };

EXPORT HANDLE WINAPI FakeSetupDiGetClassDevsW(const GUID *class, const WCHAR *enumerator, HWND parent,
    DWORD flags)
{
    return (HANDLE)(uintptr_t)BASE_HANDLE;
}

EXPORT BOOL WINAPI FakeSetupDiEnumDeviceInfo(HANDLE list, DWORD index, struct device *device)
{
    device->instance = index;
    return index < 2 && device->size == sizeof *device;
}

EXPORT BOOL WINAPI FakeSetupDiGetDeviceRegistryPropertyW(HANDLE list, struct device *device,
    DWORD property, DWORD *type, uint8_t *buffer, DWORD length, DWORD *needed)
{
    static const WCHAR ids[2][32] = { L"PCI\\VEN_1234", L"ROOT\\WinSpd\0*WinSpd" };
    static const WCHAR names[2][32] = { L"\\Device\\00000041", L"\\Device\\00000042" };
    if (property != 0x1 && property != 0xe) return FALSE;
    memcpy(buffer, property == 0xe ? names[device->instance] : ids[device->instance], 64);
    return TRUE;
}

EXPORT BOOL WINAPI FakeSetupDiDestroyDeviceInfoList(HANDLE list)
{
    return TRUE;
}
