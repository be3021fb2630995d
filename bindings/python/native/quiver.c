#include "store.h"

#include <string.h>

const char *quiver_version(void)
{
    return QUIVER_VERSION;
}

/* Looking keys up */

uint64_t store_hash(const quiver *db, const char *key, size_t key_size)
{
    return siphash(db->hash_key, key, key_size);
}

/* The index has the hash of the key as it was read, so a key that has changed since is damaged. */
static int check_key(quiver *db, const index_entry *entry, const char *header)
{
    uint64_t hash = store_hash(db, header + RECORD_HEADER_SIZE, entry->key_size);
    return hash == entry->hash ? QUIVER_OK : store_corrupt(db, entry->offset);
}

static int fetch_entry(quiver *db, const index_entry *entry, bool with_value, const char **header)
{
    size_t size = (size_t)RECORD_HEADER_SIZE + entry->key_size + (with_value ? entry->value_size : 0);
    return log_fetch_record(db, entry->offset, size, header);
}

int store_find(quiver *db, const char *key, size_t key_size, uint64_t hash, bool with_value, uint32_t *position,
               const char **header)
{
    uint32_t slot = INDEX_END;
    while ((*position = index_search(&db->index, hash, &slot)) != INDEX_END) {
        const index_entry *entry = &db->index.entries[*position];
        if (entry->key_size != key_size)
            continue;
        int status = fetch_entry(db, entry, with_value, header);
        if (status != QUIVER_OK)
            return status;
        if (key_size == 0 || memcmp(*header + RECORD_HEADER_SIZE, key, key_size) == 0)
            return QUIVER_OK;
        status = check_key(db, entry, *header);
        if (status != QUIVER_OK)
            return status;
    }
    return QUIVER_MISSING;
}

int store_check_body(quiver *db, const index_entry *entry, const char *header)
{
    size_t size = (size_t)entry->key_size + entry->value_size;
    uint32_t crc = crc32c_extend(&db->crc, 0, header + RECORD_HEADER_SIZE, size);
    return crc == load32(header + 4) ? QUIVER_OK : store_corrupt(db, entry->offset);
}

int store_reserve(quiver *db)
{
    if (db->index.count >= INDEX_LIMIT)
        return QUIVER_TOO_LARGE;
    return index_reserve(&db->index) ? QUIVER_OK : QUIVER_NO_MEMORY;
}

void store_put_entry(quiver *db, uint32_t position, index_entry entry)
{
    if (position != INDEX_END) {
        db->index.entries[position] = entry;
        return;
    }
    index_add(&db->index, entry);
    db->generation++;
}

void store_delete_entry(quiver *db, uint32_t position)
{
    index_remove(&db->index, position);
    db->generation++;
}

void store_clear_entries(quiver *db)
{
    index_free(&db->index);
    db->generation++;
}

void quiver_last_error(const quiver *db, quiver_error *error)
{
    *error = db == NULL ? (quiver_error){0} : db->error;
}

/* Reading and writing */

int quiver_inspect(const quiver *db, quiver_info *info)
{
    if (db == NULL)
        return QUIVER_CLOSED;
    *info = (quiver_info){db->index.count, db->torn, db->damaged, db->damage};
    return QUIVER_OK;
}

int64_t quiver_get(quiver *db, const char *key, size_t key_size)
{
    if (db == NULL)
        return -QUIVER_CLOSED;
    uint32_t position;
    const char *header;
    int status = store_find(db, key, key_size, store_hash(db, key, key_size), true, &position, &header);
    if (status == QUIVER_OK)
        status = store_check_body(db, &db->index.entries[position], header);
    if (status != QUIVER_OK)
        return -(int64_t)status;
    size_t size = db->index.entries[position].value_size;
    db->value = header + RECORD_HEADER_SIZE + key_size;
    if (size <= QUIVER_SMALL) {
        memcpy(db->small, db->value, size);
        db->value = db->small;
        if (key_size > QUIVER_LARGE)
            quiver_release(db);
    }
    return (int64_t)size;
}

const char *quiver_value(const quiver *db)
{
    return db == NULL ? NULL : db->value;
}

void quiver_release(quiver *db)
{
    if (db != NULL)
        window_free(&db->view);
}

static int locate(quiver *db, const char *key, size_t key_size, uint64_t hash, uint32_t *position)
{
    const char *header;
    int status = store_find(db, key, key_size, hash, false, position, &header);
    if (key_size > QUIVER_LARGE)
        quiver_release(db);
    return status;
}

int quiver_contains(quiver *db, const char *key, size_t key_size)
{
    uint32_t position;
    return db == NULL ? QUIVER_CLOSED : locate(db, key, key_size, store_hash(db, key, key_size), &position);
}

static int write_record(quiver *db, const char *header, const char *key, size_t key_size, const char *value,
                        size_t value_size)
{
    size_t total = RECORD_HEADER_SIZE + key_size + value_size;
    if (total <= WRITE_BUFFER_SIZE) {
        memcpy(db->writing, header, RECORD_HEADER_SIZE);
        if (key_size > 0)
            memcpy(db->writing + RECORD_HEADER_SIZE, key, key_size);
        if (value_size > 0)
            memcpy(db->writing + RECORD_HEADER_SIZE + key_size, value, value_size);
        return platform_write(db->file, db->writing, total, db->end);
    }
    int code = platform_write(db->file, header, RECORD_HEADER_SIZE, db->end);
    if (code == 0)
        code = platform_write(db->file, key, key_size, db->end + RECORD_HEADER_SIZE);
    if (code == 0)
        code = platform_write(db->file, value, value_size, db->end + RECORD_HEADER_SIZE + key_size);
    return code;
}

/* Appends a record; on failure the file is as it was. */
static int append(quiver *db, enum record_kind kind, const char *key, size_t key_size, const char *value,
                  size_t value_size)
{
    uint32_t crc = crc32c_extend(&db->crc, 0, key, key_size);
    record item = {
        .body_crc = crc32c_extend(&db->crc, crc, value, value_size),
        .kind = (uint32_t)kind,
        .key_size = (uint32_t)key_size,
        .value_size = (uint32_t)value_size,
    };
    char header[RECORD_HEADER_SIZE];
    record_encode(db, db->seal, db->end, &item, header);
    /* What follows the last record must be the start of one, or nothing. */
    int code = db->ragged ? platform_truncate(db->file, db->end) : 0;
    if (code != 0)
        return store_status(db, code);
    code = write_record(db, header, key, key_size, value, value_size);
    db->ragged = code != 0 && platform_truncate(db->file, db->end) != 0;
    if (code != 0)
        return store_status(db, code);
    db->end += record_size(&item);
    return QUIVER_OK;
}

int store_check_writable(const quiver *db)
{
    if (db == NULL)
        return QUIVER_CLOSED;
    return db->read_only ? QUIVER_READ_ONLY : QUIVER_OK;
}

int quiver_put(quiver *db, const char *key, size_t key_size, const char *value, size_t value_size)
{
    int status = store_check_writable(db);
    if (status != QUIVER_OK)
        return status;
    if (key_size > QUIVER_MAX_SIZE || value_size > QUIVER_MAX_SIZE)
        return QUIVER_TOO_LARGE;
    index_entry entry = {store_hash(db, key, key_size), db->end, (uint32_t)key_size, (uint32_t)value_size};
    uint32_t position;
    status = locate(db, key, key_size, entry.hash, &position);
    if (status == QUIVER_MISSING)
        status = store_reserve(db);
    if (status == QUIVER_OK)
        status = append(db, RECORD_PUT, key, key_size, value, value_size);
    if (status == QUIVER_OK)
        store_put_entry(db, position, entry);
    return status;
}

int quiver_delete(quiver *db, const char *key, size_t key_size)
{
    int status = store_check_writable(db);
    if (status != QUIVER_OK)
        return status;
    uint32_t position;
    status = locate(db, key, key_size, store_hash(db, key, key_size), &position);
    if (status == QUIVER_OK)
        status = append(db, RECORD_DELETE, key, key_size, NULL, 0);
    if (status == QUIVER_OK)
        store_delete_entry(db, position);
    return status;
}

int quiver_clear(quiver *db)
{
    int status = store_check_writable(db);
    if (status != QUIVER_OK || db->index.count == 0)
        return status;
    status = append(db, RECORD_CLEAR, NULL, 0, NULL, 0);
    if (status == QUIVER_OK)
        store_clear_entries(db);
    return status;
}

/* Iterating */

int quiver_next(quiver *db, quiver_cursor *cursor, quiver_bytes *key, quiver_bytes *value)
{
    if (db == NULL)
        return QUIVER_CLOSED;
    if (cursor->generation == 0) {
        cursor->generation = db->generation;
        cursor->position = cursor->backward ? db->index.used : 0;
    }
    if (cursor->generation != db->generation || cursor->position > db->index.used)
        return QUIVER_CHANGED;
    const index_entry *entry = NULL;
    while (entry == NULL && (cursor->backward ? cursor->position > 0 : cursor->position < db->index.used)) {
        entry = &db->index.entries[cursor->backward ? --cursor->position : cursor->position++];
        entry = entry->offset == 0 ? NULL : entry;
    }
    if (entry == NULL)
        return QUIVER_MISSING;
    const char *header;
    int status = fetch_entry(db, entry, value != NULL, &header);
    if (status != QUIVER_OK)
        return status;
    cursor->lent = (size_t)entry->key_size + (value != NULL ? entry->value_size : 0);
    key->data = header + RECORD_HEADER_SIZE;
    key->size = entry->key_size;
    if (value == NULL)
        return check_key(db, entry, header);
    value->data = key->data + entry->key_size;
    value->size = entry->value_size;
    return store_check_body(db, entry, header);
}

/* Syncing */

int quiver_sync(quiver *db)
{
    int status = store_check_writable(db);
    if (status != QUIVER_OK)
        return status;
    int code = platform_sync(db->file);
    if (code == 0 && db->unsynced_name) {
        code = platform_sync_name(db->path);
        db->unsynced_name = code != 0;
    }
    status = store_status(db, code);
    if (status != QUIVER_OK || db->synced == db->end || db->start != FILE_HEADER_SIZE)
        return status;
    /* Only now, so that a power cut never leaves a length that the file does not have. */
    status = log_write_header(db, db->file, db->salt, db->end);
    if (status == QUIVER_OK)
        db->synced = db->end;
    return status;
}
