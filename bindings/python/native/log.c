#include "store.h"

#include <stdlib.h>
#include <string.h>

/* How far to read ahead: beyond this, another system call costs less than reading more bytes. */
#define READ_AHEAD ((size_t)64 * 1024)
#define NEAR_GAP 4096u

int store_status(quiver *db, int code)
{
    if (code == 0)
        return QUIVER_OK;
    if (code == PLATFORM_BUSY)
        return QUIVER_LOCKED;
    if (code == PLATFORM_NOT_A_FILE)
        return QUIVER_NOT_A_STORE;
    db->error.system = code;
    return QUIVER_SYSTEM;
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

/* Reads size bytes at offset, which must end before limit, and what follows them up to wanted bytes. */
static int window_fill(quiver *db, window *view, uint64_t offset, size_t size, size_t wanted, uint64_t limit)
{
    if (wanted > limit - offset)
        wanted = (size_t)(limit - offset);
    if (wanted < size)
        wanted = size;
    if (wanted > view->capacity) {
        window_free(view);
        view->data = malloc(wanted);
        if (view->data == NULL)
            return QUIVER_NO_MEMORY;
        view->capacity = wanted;
    }
    view->start = offset;
    view->filled = 0;
    int status = store_status(db, platform_read(db->file, view->data, wanted, offset, &view->filled));
    /* Another process cut the file. */
    return status == QUIVER_OK && view->filled < size ? store_corrupt(db, offset) : status;
}

/* Whether size bytes at offset are in memory. */
static bool window_has(const window *view, uint64_t offset, size_t size)
{
    return offset >= view->start && offset - view->start <= view->filled &&
           size <= view->filled - (size_t)(offset - view->start);
}

int log_fetch(quiver *db, window *view, uint64_t offset, size_t size, uint64_t limit, const char **data)
{
    if (!window_has(view, offset, size)) {
        bool sequential = offset >= view->start && offset - view->start <= view->filled + NEAR_GAP;
        int status = window_fill(db, view, offset, size, sequential ? READ_AHEAD : 0, limit);
        if (status != QUIVER_OK)
            return status;
    }
    *data = view->data + (offset - view->start);
    return QUIVER_OK;
}

int log_fetch_record(quiver *db, uint64_t offset, size_t size, const char **data)
{
    if (size > LARGEST_CACHED)
        return log_fetch(db, &db->view, offset, size, db->end, data);
    size_t within = (size_t)(offset % BLOCK_SIZE);
    window *block = &db->blocks[offset / BLOCK_SIZE % BLOCKS];
    if (!window_has(block, offset, size)) {
        int status = window_fill(db, block, offset - within, within + size, BLOCK_SIZE, db->end);
        if (status != QUIVER_OK)
            return status == QUIVER_CORRUPT ? store_corrupt(db, offset) : status;
    }
    *data = block->data + within;
    return QUIVER_OK;
}

void log_forget(quiver *db)
{
    window_free(&db->view);
    for (size_t i = 0; i < BLOCKS; i++)
        window_free(&db->blocks[i]);
}

uint64_t record_size(const record *item)
{
    return (uint64_t)RECORD_HEADER_SIZE + item->key_size + item->value_size;
}

/* The checksum of the bytes of a header after its first four, at this offset of a file whose salt adds nothing. */
static uint32_t plain_checksum(const quiver *db, uint64_t offset, const char *fields)
{
    unsigned char place[8];
    store64(place, offset);
    uint32_t crc = crc32c_extend(&db->crc, 0, place, sizeof place);
    return crc32c_extend(&db->crc, crc, fields, RECORD_HEADER_SIZE - 4);
}

/* A CRC is linear, so what comes before adds the same to the checksum of whatever comes after it. */
uint32_t salt_seal(const quiver *db, const unsigned char salt[SALT_SIZE])
{
    static const char zeros[8 + RECORD_HEADER_SIZE - 4];
    uint32_t crc = crc32c_extend(&db->crc, 0, salt, SALT_SIZE);
    return crc32c_extend(&db->crc, crc, zeros, sizeof zeros) ^ crc32c_extend(&db->crc, 0, zeros, sizeof zeros);
}

void record_encode(const quiver *db, uint32_t seal, uint64_t offset, const record *item, char out[RECORD_HEADER_SIZE])
{
    store32(out + 4, item->body_crc);
    store32(out + 8, item->kind);
    store32(out + 12, item->key_size);
    store32(out + 16, item->value_size);
    store32(out, seal ^ plain_checksum(db, offset, out + 4));
}

uint32_t record_seal(const quiver *db, uint64_t offset, const char *bytes)
{
    return load32(bytes) ^ plain_checksum(db, offset, bytes + 4);
}

bool record_decode(const quiver *db, uint64_t offset, const char *bytes, record *item)
{
    item->body_crc = load32(bytes + 4);
    item->kind = load32(bytes + 8);
    item->key_size = load32(bytes + 12);
    item->value_size = load32(bytes + 16);
    /* The cheap tests first: the search for records after damage tries every byte. */
    return item->key_size <= QUIVER_MAX_SIZE && item->value_size <= QUIVER_MAX_SIZE &&
           (item->kind == RECORD_PUT || (item->kind == RECORD_DELETE && item->value_size == 0) ||
            (item->kind == RECORD_CLEAR && item->key_size == 0 && item->value_size == 0)) &&
           record_seal(db, offset, bytes) == db->seal;
}

int log_write_header(quiver *db, platform_file file, const unsigned char salt[SALT_SIZE], uint64_t synced)
{
    unsigned char header[FILE_HEADER_SIZE];
    memcpy(header, MAGIC, MAGIC_SIZE);
    store32(header + 8, FORMAT_VERSION);
    memcpy(header + 12, salt, SALT_SIZE);
    store64(header + 20, synced);
    store32(header + 28, crc32c_extend(&db->crc, 0, header, 28));
    return store_status(db, platform_write(file, header, sizeof header, 0));
}
