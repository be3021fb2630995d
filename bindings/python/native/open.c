#include "store.h"

#include <stdlib.h>
#include <string.h>

#define TEMPORARY_SUFFIX ".quiver-compact"
#define CHECKSUM_PART ((size_t)64 * 1024)
/* How often a file may be replaced while it is being opened: more often than in any real race. */
#define OPEN_ATTEMPTS 100

static int start_file(quiver *db)
{
    int status = store_status(db, platform_truncate(db->file, 0));
    if (status == QUIVER_OK)
        status = log_start(db, db->file, db->salt);
    /* After a failure, a torn header may remain: the next writer starts over. */
    if (status == QUIVER_OK) {
        db->end = FILE_HEADER_SIZE;
        db->unsynced_name = true;
    }
    return status;
}

/* A file shorter than its header: a store whose first writer was interrupted, or something else. */
static int load_torn_header(quiver *db, uint64_t size)
{
    char start[FILE_HEADER_SIZE];
    size_t done;
    int status = store_status(db, platform_read(db->file, start, (size_t)size, 0, &done));
    if (status != QUIVER_OK)
        return status;
    if (memcmp(start, MAGIC, done < MAGIC_SIZE ? done : MAGIC_SIZE) != 0)
        return QUIVER_NOT_A_STORE;
    if (db->read_only) {
        db->end = done;
        return QUIVER_OK;
    }
    return start_file(db);
}

static int load_file_header(quiver *db, window *log, uint64_t size)
{
    const char *header;
    int status = log_fetch(db, log, 0, FILE_HEADER_SIZE, size, &header);
    if (status != QUIVER_OK)
        return status;
    if (memcmp(header, MAGIC, MAGIC_SIZE) != 0)
        return QUIVER_NOT_A_STORE;
    if (load32(header + 20) != crc32c_extend(&db->crc, 0, header, 20))
        return store_corrupt(db, 0);
    if (load32(header + 8) != FORMAT_VERSION)
        return QUIVER_TOO_NEW;
    memcpy(db->salt, header + 12, sizeof db->salt);
    db->end = FILE_HEADER_SIZE;
    return QUIVER_OK;
}

/* The checksum of size bytes at offset; only a part of them is in memory at a time. */
static int checksum_range(quiver *db, window *view, uint64_t offset, uint64_t size, uint64_t limit, uint32_t *crc)
{
    while (size > 0) {
        size_t part = size < CHECKSUM_PART ? (size_t)size : CHECKSUM_PART;
        const char *data;
        int status = log_fetch(db, view, offset, part, limit, &data);
        if (status != QUIVER_OK)
            return status;
        *crc = crc32c_extend(&db->crc, *crc, data, part);
        offset += part;
        size -= part;
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
    status = store_find(db, key, item->key_size, entry.hash, 0, &position, &header);
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

/*
 * The bytes at offset are not a record. If a record follows, they were a record and are damaged; if none does, they
 * are what a crash left of the last one.
 */
static int judge_tail(quiver *db, window *log, uint64_t offset, uint64_t limit)
{
    record item;
    const char *bytes;
    for (uint64_t at = offset + 1; at + RECORD_HEADER_SIZE <= limit; at++) {
        int status = log_fetch(db, log, at, RECORD_HEADER_SIZE, limit, &bytes);
        if (status != QUIVER_OK)
            return status;
        if (record_decode(db, at, bytes, &item))
            return store_corrupt(db, offset);
    }
    return QUIVER_OK;
}

/* Reads one record. *whole is false if only a torn tail is left, which is not an error. */
static int load_record(quiver *db, window *log, uint64_t limit, bool *whole)
{
    uint64_t offset = db->end;
    const char *bytes;
    record item;
    *whole = false;
    if (limit - offset < RECORD_HEADER_SIZE)
        return QUIVER_OK;
    int status = log_fetch(db, log, offset, RECORD_HEADER_SIZE, limit, &bytes);
    if (status != QUIVER_OK)
        return status;
    if (!record_decode(db, offset, bytes, &item))
        return judge_tail(db, log, offset, limit);
    uint64_t size = record_size(&item);
    if (size > limit - offset)
        return QUIVER_OK;
    uint32_t crc = 0;
    status = checksum_range(db, log, offset + RECORD_HEADER_SIZE, size - RECORD_HEADER_SIZE, limit, &crc);
    if (status != QUIVER_OK)
        return status;
    if (crc != item.body_crc)
        return size == limit - offset ? QUIVER_OK : store_corrupt(db, offset);
    status = replay(db, log, offset, &item, limit);
    if (status != QUIVER_OK)
        return status;
    db->end = offset + size;
    *whole = true;
    return QUIVER_OK;
}

static int load_log(quiver *db, window *log)
{
    uint64_t size;
    int status = store_status(db, platform_size(db->file, &size));
    if (status != QUIVER_OK)
        return status;
    if (size < FILE_HEADER_SIZE)
        return load_torn_header(db, size);
    status = load_file_header(db, log, size);
    bool whole = true;
    while (status == QUIVER_OK && whole && db->end < size)
        status = load_record(db, log, size, &whole);
    if (status == QUIVER_OK && db->end < size && !db->read_only)
        status = store_status(db, platform_truncate(db->file, db->end));
    return status;
}

static int load(quiver *db)
{
    window log = {0};
    int status = load_log(db, &log);
    window_free(&log);
    if (status != QUIVER_CORRUPT || !db->read_only)
        return status;
    /* A writer may just have overwritten a torn tail. Real damage is there the second time, too. */
    store_clear_entries(db);
    cache_drop(db);
    status = load_log(db, &log);
    window_free(&log);
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
        if (code == 0)
            code = platform_is_current(db->file, path, &current);
        if (code != 0)
            return store_status(db, code);
        if (current)
            return QUIVER_OK;
        platform_close(db->file);
        db->file = PLATFORM_NO_FILE;
    }
    return QUIVER_LOCKED;
}

/* The real path is kept: the process may change its directory, and a compaction must not replace a link. */
static int remember_path(quiver *db, const char *path)
{
    int status = store_status(db, platform_resolve(db->file, path, &db->path));
    if (status != QUIVER_OK)
        return status;
    size_t length = strlen(db->path);
    db->temporary = malloc(length + sizeof TEMPORARY_SUFFIX);
    if (db->temporary == NULL)
        return QUIVER_NO_MEMORY;
    memcpy(db->temporary, db->path, length);
    memcpy(db->temporary + length, TEMPORARY_SUFFIX, sizeof TEMPORARY_SUFFIX);
    return QUIVER_OK;
}

static int prepare_writing(quiver *db, const char *path)
{
    int status = open_for_writing(db, path);
    if (status == QUIVER_OK)
        status = remember_path(db, path);
    if (status != QUIVER_OK)
        return status;
    /* Only the holder of the lock compacts, so a temporary file is from a process that died. Best effort: a compaction
     * tries again, and nothing else minds it. */
    (void)platform_remove(db->temporary);
    db->writing = malloc(WRITE_BUFFER_SIZE);
    return db->writing == NULL ? QUIVER_NO_MEMORY : QUIVER_OK;
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
    return status == QUIVER_OK ? load(db) : status;
}

int quiver_open(const char *path, unsigned flags, quiver **db, quiver_error *error)
{
    *db = NULL;
    quiver *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return QUIVER_NO_MEMORY;
    opened->file = PLATFORM_NO_FILE;
    opened->read_only = (flags & QUIVER_OPEN_READ_ONLY) != 0;
    opened->generation = 1;
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
        platform_close(db->file);
    index_free(&db->index);
    cache_drop(db);
    free(db->writing);
    free(db->temporary);
    free(db->path);
    free(db);
}
