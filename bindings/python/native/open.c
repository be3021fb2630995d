#include "store.h"

#include <stdlib.h>
#include <string.h>

static const size_t header_sizes[] = {FILE_HEADER_SIZE, OLD_HEADER_SIZE};
#define SCANNED_PART ((size_t)64 * 1024)
/* How often a file may be replaced while it is being opened: more often than in any real race. */
#define OPEN_ATTEMPTS 100

/* Starts a file with nothing in it; after a failure, a torn header may remain, and the next writer starts over. */
static int start_file(quiver *db)
{
    int status = store_status(db, platform_truncate(db->file, 0));
    if (status == QUIVER_OK)
        status = store_status(db, platform_random(db->salt, sizeof db->salt));
    db->seal = salt_seal(db, db->salt);
    return status == QUIVER_OK ? log_write_header(db, db->file, db->salt, 0) : status;
}

/* The size of the valid file header that these bytes start with, or 0. */
static size_t header_size(const quiver *db, const char *header, size_t done)
{
    for (int i = 0; i < 2; i++) {
        size_t size = header_sizes[i];
        if (done >= size && load32(header + size - 4) == crc32c_extend(&db->crc, 0, header, size - 4))
            return size;
    }
    return 0;
}

/* Reads a part at a time, and computes the checksum; without crc, QUIVER_CORRUPT if not all of the bytes are zeros. */
static int scan(quiver *db, window *log, uint64_t offset, uint64_t end, uint64_t limit, uint32_t *crc)
{
    while (offset < end) {
        size_t part = end - offset < SCANNED_PART ? (size_t)(end - offset) : SCANNED_PART;
        const char *data;
        int status = log_fetch(db, log, offset, part, limit, &data);
        if (status != QUIVER_OK)
            return status;
        if (crc != NULL)
            *crc = crc32c_extend(&db->crc, *crc, data, part);
        else if (data[0] != 0 || memcmp(data, data + 1, part - 1) != 0)
            return QUIVER_CORRUPT;
        offset += part;
    }
    return QUIVER_OK;
}

/* Applies a verified record of the log to the index. */
static int replay(quiver *db, window *log, uint64_t offset, const record *item, uint64_t limit)
{
    if (item->kind == RECORD_CLEAR) {
        store_clear_entries(db);
        return QUIVER_OK;
    }
    const char *key;
    int status = log_fetch(db, log, offset + RECORD_HEADER_SIZE, item->key_size, limit, &key);
    if (status != QUIVER_OK)
        return status;
    index_entry entry = {store_hash(db, key, item->key_size), offset, item->key_size, item->value_size};
    uint32_t position;
    const char *header;
    status = store_find(db, key, item->key_size, entry.hash, false, &position, &header);
    if (status != QUIVER_OK && status != QUIVER_MISSING)
        return status;
    if (item->kind == RECORD_DELETE) {
        if (status == QUIVER_OK)
            store_delete_entry(db, position);
        return QUIVER_OK;
    }
    /* Only for a new key: making room moves the entries, and position with them. */
    if (status == QUIVER_MISSING)
        status = store_reserve(db);
    if (status == QUIVER_OK)
        store_put_entry(db, position, entry);
    return status;
}

/* Verifies the record at offset. QUIVER_MISSING: there is only what an interrupted write can leave, the torn tail. */
static int verify_record(quiver *db, window *log, uint64_t offset, uint64_t limit, record *item)
{
    const char *bytes;
    uint64_t body = offset + RECORD_HEADER_SIZE;
    uint32_t crc = 0;
    if (body > limit)
        return QUIVER_MISSING;
    int status = log_fetch(db, log, offset, RECORD_HEADER_SIZE, limit, &bytes);
    if (status != QUIVER_OK)
        return status;
    bool decoded = record_decode(db, offset, bytes, item);
    if (decoded && record_size(item) > limit - offset)
        return QUIVER_MISSING;
    if (decoded)
        status = scan(db, log, body, offset + record_size(item), limit, &crc);
    else
        status = scan(db, log, offset, limit, limit, NULL);
    if (status == QUIVER_CORRUPT || (status == QUIVER_OK && decoded && crc != item->body_crc))
        return store_corrupt(db, offset);
    return status == QUIVER_OK && !decoded ? QUIVER_MISSING : status;
}

static int load_record(quiver *db, window *log, uint64_t limit)
{
    record item;
    int status = verify_record(db, log, db->end, limit, &item);
    if (status == QUIVER_OK)
        status = replay(db, log, db->end, &item, limit);
    if (status == QUIVER_OK)
        db->end += record_size(&item);
    return status;
}

/* Notes that size bytes at offset are damaged; they may continue the damage before them. */
static int note_damage(quiver *db, uint64_t offset, uint64_t size)
{
    quiver_stretch *last = db->damaged > 0 ? &db->damage[db->damaged - 1] : NULL;
    if (last != NULL && last->offset + last->size == offset) {
        last->size += size;
        return QUIVER_OK;
    }
    quiver_stretch *grown = realloc(db->damage, (db->damaged + 1) * sizeof *grown);
    if (grown == NULL)
        return QUIVER_NO_MEMORY;
    grown[db->damaged++] = (quiver_stretch){offset, size};
    db->damage = grown;
    return QUIVER_OK;
}

/* Goes to the next record header. It names its place in this very file, so no value looks like one. */
static int skip_damage(quiver *db, window *log, uint64_t limit)
{
    uint64_t offset = db->end;
    uint64_t at = offset + 1;
    for (; limit - at >= RECORD_HEADER_SIZE; at++) {
        record item;
        const char *bytes;
        int status = log_fetch(db, log, at, RECORD_HEADER_SIZE, limit, &bytes);
        if (status != QUIVER_OK)
            return status;
        if (record_decode(db, at, bytes, &item))
            break;
    }
    db->end = limit - at >= RECORD_HEADER_SIZE ? at : limit;
    return note_damage(db, offset, db->end - offset);
}

/* What the salt adds to the checksums follows from the first record; without that, the salt in the file has to do. */
static int salvage_header(quiver *db, window *log, uint64_t limit, bool ours)
{
    uint32_t seal = db->seal;
    for (int i = 0; i < 2; i++) {
        const char *bytes;
        record item;
        db->end = header_sizes[i];
        if (limit < db->end + RECORD_HEADER_SIZE)
            continue;
        int status = log_fetch(db, log, db->end, RECORD_HEADER_SIZE, limit, &bytes);
        if (status != QUIVER_OK)
            return status;
        db->seal = record_seal(db, db->end, bytes);
        if (verify_record(db, log, db->end, limit, &item) == QUIVER_OK && record_size(&item) > RECORD_HEADER_SIZE)
            return note_damage(db, 0, db->end);
    }
    db->seal = seal;
    return ours ? note_damage(db, 0, db->end) : QUIVER_NOT_A_STORE;
}

static int load_header(quiver *db, window *log, uint64_t *size)
{
    char header[FILE_HEADER_SIZE] = {0};
    size_t done;
    int status = store_status(db, platform_read(db->file, header, sizeof header, 0, &done));
    /* In this order, so that the header of a store that grows never names a length beyond the size. */
    if (status == QUIVER_OK)
        status = store_status(db, platform_size(db->file, size));
    if (status != QUIVER_OK)
        return status;
    bool ours = memcmp(header, MAGIC, done < MAGIC_SIZE ? done : MAGIC_SIZE) == 0;
    memcpy(db->salt, header + 12, SALT_SIZE);
    db->seal = salt_seal(db, db->salt);
    db->start = db->end = header_size(db, header, done);
    if (db->start == 0 && db->salvaging && done == sizeof header)
        return salvage_header(db, log, *size, ours);
    if (!ours)
        return QUIVER_NOT_A_STORE;
    if (db->start == 0 && done == sizeof header)
        return store_corrupt(db, 0);
    if (db->start == 0) {
        /* A file shorter than its header, whose first writer was interrupted. */
        db->torn = done;
        db->unsynced_name = true;
        *size = db->start = db->end = db->read_only ? done : FILE_HEADER_SIZE;
        return db->read_only ? QUIVER_OK : start_file(db);
    }
    if (load32(header + 8) != (db->start == OLD_HEADER_SIZE ? 1 : FORMAT_VERSION))
        return QUIVER_TOO_NEW;
    db->synced = db->start == OLD_HEADER_SIZE ? 0 : load64(header + 20);
    return QUIVER_OK;
}

/* What follows the last whole record: nothing, what an interrupted write left, or less than there once was. */
static int load_tail(quiver *db, uint64_t size)
{
    if (db->end < db->synced) {
        uint64_t lost = (size < db->synced ? db->synced : size) - db->end;
        return db->salvaging ? note_damage(db, db->end, lost) : store_corrupt(db, db->end);
    }
    if (db->end == size)
        return QUIVER_OK;
    db->torn = size - db->end;
    return db->read_only ? QUIVER_OK : store_status(db, platform_truncate(db->file, db->end));
}

static int load_log(quiver *db, window *log)
{
    uint64_t size;
    int status = load_header(db, log, &size);
    while (status == QUIVER_OK && db->end < size) {
        status = load_record(db, log, size);
        if (status == QUIVER_CORRUPT && db->salvaging)
            status = skip_damage(db, log, size);
    }
    return status == QUIVER_OK || status == QUIVER_MISSING ? load_tail(db, size) : status;
}

/* A reader may see a change of the writer half made; real damage is at the same place when it looks again. */
static int load(quiver *db)
{
    uint64_t seen;
    int status;
    db->error.offset = UINT64_MAX;
    do {
        window log = {0};
        seen = db->error.offset;
        store_clear_entries(db);
        log_forget(db);
        status = load_log(db, &log);
        window_free(&log);
    } while (status == QUIVER_CORRUPT && db->read_only && db->error.offset != seen);
    return status;
}

/* Opens and locks the file that path names, even if a compaction replaces it meanwhile. */
static int open_for_writing(quiver *db, const char *path)
{
    for (int attempt = 0; attempt < OPEN_ATTEMPTS; attempt++) {
        int code = platform_open(path, PLATFORM_WRITE, &db->file);
        if (code != 0)
            return store_status(db, code);
        code = platform_lock(db->file);
        bool current = false;
        bool linked;
        if (code == 0)
            code = platform_is_current(db->file, path, &current, &linked);
        if (code != 0)
            return store_status(db, code);
        if (current)
            return QUIVER_OK;
        platform_close(db->file, true);
        db->file = PLATFORM_NO_FILE;
    }
    return QUIVER_LOCKED;
}

static int prepare_writing(quiver *db, const char *path)
{
    size_t size = strlen(path) + 1;
    db->path = malloc(size);
    db->temporary = malloc(size + TEMPORARY_ROOM);
    db->writing = malloc(WRITE_BUFFER_SIZE);
    if (db->path == NULL || db->temporary == NULL || db->writing == NULL)
        return QUIVER_NO_MEMORY;
    memcpy(db->path, path, size);
    return open_for_writing(db, path);
}

static int open_store(quiver *db, const char *path)
{
    int status = store_status(db, platform_random(db->hash_key, sizeof db->hash_key));
    if (status != QUIVER_OK)
        return status;
    if (db->read_only)
        status = store_status(db, platform_open(path, PLATFORM_READ, &db->file));
    else
        status = prepare_writing(db, path);
    if (status == QUIVER_OK)
        status = load(db);
    if (status == QUIVER_OK && !db->read_only) {
        /* Best effort: a compaction that a dead process left is tried again, and nothing else minds it. */
        store_name_temporary(db);
        (void)platform_remove(db->temporary);
    }
    return status;
}

int quiver_open(const char *path, unsigned flags, quiver **db, quiver_error *error)
{
    *db = NULL;
    quiver *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return QUIVER_NO_MEMORY;
    opened->file = PLATFORM_NO_FILE;
    opened->process = platform_process();
    opened->salvaging = (flags & QUIVER_OPEN_SALVAGE) != 0;
    opened->read_only = flags != 0;
    opened->generation = 1;
    opened->value = opened->small;
    crc32c_init(&opened->crc);
    int status = open_store(opened, path);
    if (error != NULL)
        *error = opened->error;
    if (status == QUIVER_OK)
        *db = opened;
    else
        quiver_close(opened);
    return status;
}

void quiver_close(quiver *db)
{
    if (db == NULL)
        return;
    if (db->file != PLATFORM_NO_FILE)
        platform_close(db->file, db->process == platform_process());
    index_free(&db->index);
    log_forget(db);
    free(db->damage);
    free(db->writing);
    free(db->temporary);
    free(db->path);
    free(db);
}
