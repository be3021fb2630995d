#include "store.h"

#include <string.h>

/* The new file while it is written. */
typedef struct compaction {
    platform_file file;
    unsigned char salt[SALT_SIZE];
    uint32_t seal;
    uint64_t end; /* of the emitted bytes, some of which may still be in the buffer */
    size_t buffered; /* in db->writing: nothing is put meanwhile */
} compaction;

void store_name_temporary(quiver *db)
{
    char *name = db->temporary + strlen(db->path);
    memcpy(db->temporary, db->path, strlen(db->path));
    for (const char *suffix = ".quiver-compact-"; *suffix != '\0'; suffix++)
        *name++ = *suffix;
    for (size_t i = 0; i < 2 * SALT_SIZE; i++)
        *name++ = "0123456789abcdef"[db->salt[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xF];
    *name = '\0';
}

static int flush(quiver *db, compaction *target)
{
    uint64_t offset = target->end - target->buffered;
    int status = store_status(db, platform_write(target->file, db->writing, target->buffered, offset));
    if (status == QUIVER_OK)
        target->buffered = 0;
    return status;
}

static int emit(quiver *db, compaction *target, const char *data, size_t size)
{
    int status = size > WRITE_BUFFER_SIZE - target->buffered ? flush(db, target) : QUIVER_OK;
    if (status == QUIVER_OK && size > WRITE_BUFFER_SIZE)
        status = store_status(db, platform_write(target->file, data, size, target->end));
    else if (status == QUIVER_OK) {
        memcpy(db->writing + target->buffered, data, size);
        target->buffered += size;
    }
    target->end += size;
    return status;
}

static int copy_record(quiver *db, compaction *target, window *log, const index_entry *entry)
{
    record item = {.kind = RECORD_PUT, .key_size = entry->key_size, .value_size = entry->value_size};
    size_t size = (size_t)record_size(&item);
    const char *bytes;
    int status = log_fetch(db, log, entry->offset, size, db->end, &bytes);
    if (status == QUIVER_OK)
        status = store_check_body(db, entry, bytes);
    if (status != QUIVER_OK)
        return status;
    char header[RECORD_HEADER_SIZE];
    item.body_crc = load32(bytes + 4);
    record_encode(db, target->seal, target->end, &item, header);
    status = emit(db, target, header, sizeof header);
    return status == QUIVER_OK ? emit(db, target, bytes + sizeof header, size - sizeof header) : status;
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
    bool current;
    bool linked;
    int status = store_status(db, platform_open(db->temporary, PLATFORM_REPLACE, &target->file));
    if (status == QUIVER_OK)
        status = store_status(db, platform_lock(target->file));
    if (status == QUIVER_OK)
        status = store_status(db, platform_copy_access(db->file, target->file));
    if (status == QUIVER_OK)
        status = store_status(db, platform_random(target->salt, SALT_SIZE));
    if (status == QUIVER_OK) {
        target->seal = salt_seal(db, target->salt);
        status = copy_records(db, target);
    }
    if (status == QUIVER_OK)
        status = log_write_header(db, target->file, target->salt, target->end);
    if (status == QUIVER_OK)
        status = store_status(db, platform_sync(target->file));
    if (status == QUIVER_OK)
        status = store_status(db, platform_is_current(db->file, db->path, &current, &linked));
    /* The new file must take the place of this store, and of nothing else. */
    if (status == QUIVER_OK && (!current || linked))
        status = current ? QUIVER_LINKED : QUIVER_MOVED;
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
    memcpy(db->salt, target->salt, SALT_SIZE);
    db->seal = target->seal;
    db->start = FILE_HEADER_SIZE;
    db->end = db->synced = target->end;
    db->ragged = false;
}

int quiver_compact(quiver *db)
{
    int status = store_check_writable(db);
    if (status != QUIVER_OK)
        return status;
    compaction target = {.file = PLATFORM_NO_FILE, .end = FILE_HEADER_SIZE};
    store_name_temporary(db);
    status = write_compacted(db, &target);
    /* Even on failure, another writer may have locked the old file. */
    log_forget(db);
    if (status != QUIVER_OK) {
        if (target.file != PLATFORM_NO_FILE) {
            platform_close(target.file, true);
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
