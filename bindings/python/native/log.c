#include "store.h"

#include <stdlib.h>
#include <string.h>

/* How far to read ahead: beyond this, another system call costs less than reading more bytes. */
#define READ_AHEAD ((size_t)64 * 1024)
#define NEAR_GAP 4096u
/* A buffer that a single large value made this big is not kept. */
#define KEPT_BUFFER ((size_t)1024 * 1024)

int store_status(quiver *db, int code)
{
    switch (code) {
    case 0:
        return QUIVER_OK;
    case PLATFORM_BUSY:
        return QUIVER_LOCKED;
    case PLATFORM_NOT_A_FILE:
        return QUIVER_NOT_A_STORE;
    default:
        db->error.system = code;
        return QUIVER_SYSTEM;
    }
}

int store_corrupt(quiver *db, uint64_t offset)
{
    db->error.offset = offset;
    return QUIVER_CORRUPT;
}

void window_free(window *view)
{
    free(view->data);
    memset(view, 0, sizeof *view);
}

static int window_reserve(window *view, size_t size)
{
    bool oversized = view->capacity > KEPT_BUFFER && size <= KEPT_BUFFER;
    if (size <= view->capacity && !oversized)
        return QUIVER_OK;
    window_free(view);
    size_t capacity = size > READ_AHEAD ? size : READ_AHEAD;
    view->data = malloc(capacity);
    if (view->data == NULL)
        return QUIVER_NO_MEMORY;
    view->capacity = capacity;
    return QUIVER_OK;
}

static int window_fill(quiver *db, window *view, uint64_t offset, size_t size, uint64_t limit)
{
    bool sequential = offset >= view->next && offset - view->next <= NEAR_GAP;
    size_t wanted = size;
    if (sequential && wanted < READ_AHEAD)
        wanted = limit - offset < READ_AHEAD ? (size_t)(limit - offset) : READ_AHEAD;
    int status = window_reserve(view, wanted);
    if (status != QUIVER_OK)
        return status;
    view->filled = 0;
    view->start = offset;
    size_t done;
    status = store_status(db, platform_read(db->file, view->data, wanted, offset, &done));
    if (status != QUIVER_OK)
        return status;
    view->filled = done;
    /* Somebody else cut the file. */
    return done < size ? store_corrupt(db, offset) : QUIVER_OK;
}

int log_fetch(quiver *db, window *view, uint64_t offset, size_t size, uint64_t limit, const char **data)
{
    bool inside = offset >= view->start && offset - view->start <= view->filled &&
                  size <= view->filled - (size_t)(offset - view->start);
    if (!inside) {
        int status = window_fill(db, view, offset, size, limit);
        if (status != QUIVER_OK)
            return status;
    }
    view->next = offset + size;
    *data = view->data + (offset - view->start);
    return QUIVER_OK;
}

uint64_t record_size(const record *item)
{
    return (uint64_t)RECORD_HEADER_SIZE + item->key_size + item->value_size;
}

/* It includes salt and offset, so that bytes of a value or of an old file are not taken for a record. */
static uint32_t header_checksum(const quiver *db, const unsigned char salt[8], uint64_t offset, const char *fields)
{
    unsigned char place[16];
    memcpy(place, salt, 8);
    store64(place + 8, offset);
    uint32_t crc = crc32c_extend(&db->crc, 0, place, sizeof place);
    return crc32c_extend(&db->crc, crc, fields, RECORD_HEADER_SIZE - 4);
}

void record_encode(const quiver *db, const unsigned char salt[8], uint64_t offset, const record *item,
                   char out[RECORD_HEADER_SIZE])
{
    store32(out + 4, item->body_crc);
    store32(out + 8, item->kind);
    store32(out + 12, item->key_size);
    store32(out + 16, item->value_size);
    store32(out, header_checksum(db, salt, offset, out + 4));
}

static bool plausible(const record *item)
{
    if (item->key_size > QUIVER_MAX_SIZE || item->value_size > QUIVER_MAX_SIZE)
        return false;
    switch (item->kind) {
    case RECORD_PUT:
        return true;
    case RECORD_DELETE:
        return item->value_size == 0;
    case RECORD_CLEAR:
        return item->key_size == 0 && item->value_size == 0;
    default:
        return false;
    }
}

bool record_decode(const quiver *db, uint64_t offset, const char *bytes, record *item)
{
    item->body_crc = load32(bytes + 4);
    item->kind = load32(bytes + 8);
    item->key_size = load32(bytes + 12);
    item->value_size = load32(bytes + 16);
    /* The cheap test first: the search for records after damage tries every byte. */
    return plausible(item) && load32(bytes) == header_checksum(db, db->salt, offset, bytes + 4);
}

int log_start(quiver *db, platform_file file, unsigned char salt[8])
{
    unsigned char header[FILE_HEADER_SIZE];
    int code = platform_random(salt, 8);
    if (code != 0)
        return store_status(db, code);
    memcpy(header, MAGIC, MAGIC_SIZE);
    store32(header + 8, FORMAT_VERSION);
    memcpy(header + 12, salt, 8);
    store32(header + 20, crc32c_extend(&db->crc, 0, header, 20));
    return store_status(db, platform_write(file, header, sizeof header, 0));
}
