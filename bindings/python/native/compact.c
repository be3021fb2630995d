#include "store.h"

#include <string.h>

/* The new file while it is written. */
typedef struct compaction {
    platform_file file;
    unsigned char salt[8];
    uint64_t end; /* of the emitted bytes, some of which may still be in the buffer */
    size_t buffered;
    char *buffer;
} compaction;

static int flush(quiver *db, compaction *target)
{
    uint64_t offset = target->end - target->buffered;
    int status = store_status(db, platform_write(target->file, target->buffer, target->buffered, offset));
    if (status == QUIVER_OK)
        target->buffered = 0;
    return status;
}

/* size is at most WRITE_BUFFER_SIZE. */
static int emit(quiver *db, compaction *target, const char *data, size_t size)
{
    if (size > WRITE_BUFFER_SIZE - target->buffered) {
        int status = flush(db, target);
        if (status != QUIVER_OK)
            return status;
    }
    memcpy(target->buffer + target->buffered, data, size);
    target->buffered += size;
    target->end += size;
    return QUIVER_OK;
}

static int copy_body(quiver *db, compaction *target, window *log, uint64_t offset, uint64_t size, uint32_t *crc)
{
    while (size > 0) {
        size_t part = size < WRITE_BUFFER_SIZE ? (size_t)size : WRITE_BUFFER_SIZE;
        const char *data;
        int status = log_fetch(db, log, offset, part, db->end, &data);
        if (status == QUIVER_OK)
            status = emit(db, target, data, part);
        if (status != QUIVER_OK)
            return status;
        *crc = crc32c_extend(&db->crc, *crc, data, part);
        offset += part;
        size -= part;
    }
    return QUIVER_OK;
}

static int copy_record(quiver *db, compaction *target, window *log, const index_entry *entry)
{
    const char *bytes;
    record item;
    int status = log_fetch(db, log, entry->offset, RECORD_HEADER_SIZE, db->end, &bytes);
    if (status != QUIVER_OK)
        return status;
    if (!record_decode(db, entry->offset, bytes, &item) || item.key_size != entry->key_size ||
        item.value_size != entry->value_size)
        return store_corrupt(db, entry->offset);
    char header[RECORD_HEADER_SIZE];
    record_encode(db, target->salt, target->end, &item, header);
    status = emit(db, target, header, sizeof header);
    if (status != QUIVER_OK)
        return status;
    uint64_t body_size = record_size(&item) - RECORD_HEADER_SIZE;
    uint32_t crc = 0;
    status = copy_body(db, target, log, entry->offset + RECORD_HEADER_SIZE, body_size, &crc);
    if (status != QUIVER_OK)
        return status;
    return crc == item.body_crc ? QUIVER_OK : store_corrupt(db, entry->offset);
}

static int copy_records(quiver *db, compaction *target)
{
    window log = {0};
    int status = QUIVER_OK;
    for (uint32_t i = 0; i < db->index.used && status == QUIVER_OK; i++) {
        if (db->index.entries[i].offset != 0)
            status = copy_record(db, target, &log, &db->index.entries[i]);
    }
    window_free(&log);
    return status == QUIVER_OK ? flush(db, target) : status;
}

/* The new file is locked before it gets the name, so that no other writer can lock it first. */
static int write_compacted(quiver *db, compaction *target)
{
    int status = store_status(db, platform_open(db->temporary, PLATFORM_REPLACE, &target->file));
    if (status == QUIVER_OK)
        status = store_status(db, platform_lock(target->file));
    if (status == QUIVER_OK)
        status = store_status(db, platform_copy_access(db->file, target->file));
    if (status == QUIVER_OK)
        status = log_start(db, target->file, target->salt);
    if (status == QUIVER_OK)
        status = copy_records(db, target);
    if (status == QUIVER_OK)
        status = store_status(db, platform_sync(target->file));
    if (status == QUIVER_OK)
        status = store_status(db, platform_replace(&db->file, target->file, db->temporary, db->path));
    return status;
}

/* The records were copied in the order of the entries, so their offsets follow from their sizes. */
static void adopt_compacted(quiver *db, const compaction *target)
{
    uint64_t offset = FILE_HEADER_SIZE;
    for (uint32_t i = 0; i < db->index.used; i++) {
        index_entry *entry = &db->index.entries[i];
        if (entry->offset == 0)
            continue;
        entry->offset = offset;
        offset += (uint64_t)RECORD_HEADER_SIZE + entry->key_size + entry->value_size;
    }
    memcpy(db->salt, target->salt, sizeof db->salt);
    db->end = target->end;
}

int quiver_compact(quiver *db)
{
    int status = store_check_writable(db);
    if (status != QUIVER_OK)
        return status;
    /* Nothing is put during a compaction, so it can use the buffer. */
    compaction target = {.file = PLATFORM_NO_FILE, .end = FILE_HEADER_SIZE, .buffer = db->writing};
    status = write_compacted(db, &target);
    /* Even on failure, another writer may have locked the old file. */
    cache_drop(db);
    if (status != QUIVER_OK) {
        if (target.file != PLATFORM_NO_FILE) {
            platform_close(target.file);
            /* Best effort: the next writer removes it too. */
            (void)platform_remove(db->temporary);
        }
        return status;
    }
    adopt_compacted(db, &target);
    int code = platform_sync_name(db->path);
    db->unsynced_name = code != 0;
    return store_status(db, code);
}
