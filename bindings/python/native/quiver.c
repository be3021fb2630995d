#include "store.h"

#include <string.h>

const char *quiver_version(void)
{
    return QUIVER_VERSION;
}

const char *quiver_strerror(int status)
{
    switch (status) {
    case QUIVER_OK:
        return "success";
    case QUIVER_MISSING:
        return "no such key";
    case QUIVER_CHANGED:
        return "keys were added or deleted during iteration";
    case QUIVER_LOCKED:
        return "the store is open for writing elsewhere";
    case QUIVER_READ_ONLY:
        return "the store was opened read-only";
    case QUIVER_CLOSED:
        return "the store is closed";
    case QUIVER_CORRUPT:
        return "the store is damaged";
    case QUIVER_NOT_A_STORE:
        return "the file is not a quiver store";
    case QUIVER_TOO_NEW:
        return "the store has a newer format";
    case QUIVER_TOO_LARGE:
        return "the key or value is too large, or there are too many keys";
    case QUIVER_NO_MEMORY:
        return "out of memory";
    case QUIVER_SYSTEM:
        return "the operating system reported an error";
    default:
        return "unknown status";
    }
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

int store_find(quiver *db, const char *key, size_t key_size, uint64_t hash, size_t limit, uint32_t *position,
               const char **header)
{
    uint32_t slot = index_slot(&db->index, hash);
    while ((*position = index_search(&db->index, hash, &slot)) != INDEX_END) {
        const index_entry *entry = &db->index.entries[*position];
        if (entry->key_size != key_size)
            continue;
        size_t size = RECORD_HEADER_SIZE + key_size + (entry->value_size <= limit ? entry->value_size : 0);
        int status = cache_fetch(db, entry->offset, size, header);
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

/* Verified with every read: the disk may have failed since the store was opened. */
static int check_body(quiver *db, const index_entry *entry, const char *header)
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

int quiver_count(const quiver *db, uint64_t *count)
{
    *count = db == NULL ? 0 : db->index.count;
    return db == NULL ? QUIVER_CLOSED : QUIVER_OK;
}

/* Finds a value and, unless it is larger than limit, reads it. */
static int get(quiver *db, const char *key, size_t key_size, size_t limit, quiver_bytes *value)
{
    if (db == NULL)
        return QUIVER_CLOSED;
    uint32_t position;
    const char *header;
    int status = store_find(db, key, key_size, store_hash(db, key, key_size), limit, &position, &header);
    if (status != QUIVER_OK)
        return status;
    const index_entry *entry = &db->index.entries[position];
    value->data = header + RECORD_HEADER_SIZE + key_size;
    value->size = entry->value_size;
    return entry->value_size <= limit ? check_body(db, entry, header) : QUIVER_OK;
}

int quiver_get(quiver *db, const char *key, size_t key_size, quiver_bytes *value)
{
    return get(db, key, key_size, QUIVER_MAX_SIZE, value);
}

int64_t quiver_get_small(quiver *db, const char *key, size_t key_size)
{
    quiver_bytes value;
    int status = get(db, key, key_size, QUIVER_SMALL, &value);
    if (status != QUIVER_OK)
        return -(int64_t)status;
    if (value.size <= QUIVER_SMALL)
        memcpy(db->small, value.data, value.size);
    return (int64_t)value.size;
}

const char *quiver_small(const quiver *db)
{
    return db == NULL ? NULL : db->small;
}

int quiver_contains(quiver *db, const char *key, size_t key_size)
{
    if (db == NULL)
        return QUIVER_CLOSED;
    uint32_t position;
    const char *header;
    return store_find(db, key, key_size, store_hash(db, key, key_size), 0, &position, &header);
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
    record_encode(db, db->salt, db->end, &item, header);
    int code = write_record(db, header, key, key_size, value, value_size);
    if (code != 0) {
        /* If even this fails, a torn tail is left, which the next record overwrites or the next opening cuts off. */
        (void)platform_truncate(db->file, db->end);
        return store_status(db, code);
    }
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
    const char *header;
    status = store_find(db, key, key_size, entry.hash, 0, &position, &header);
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
    const char *header;
    status = store_find(db, key, key_size, store_hash(db, key, key_size), 0, &position, &header);
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

static int start_cursor(const quiver *db, quiver_cursor *cursor, uint64_t position)
{
    if (cursor->generation == 0) {
        cursor->generation = db->generation;
        cursor->position = position;
    }
    return cursor->generation == db->generation && cursor->position <= db->index.used ? QUIVER_OK : QUIVER_CHANGED;
}

static int read_entry(quiver *db, const index_entry *entry, quiver_bytes *key, quiver_bytes *value)
{
    size_t size = (size_t)RECORD_HEADER_SIZE + entry->key_size + (value != NULL ? entry->value_size : 0);
    const char *header;
    int status = cache_fetch(db, entry->offset, size, &header);
    if (status != QUIVER_OK)
        return status;
    key->data = header + RECORD_HEADER_SIZE;
    key->size = entry->key_size;
    if (value == NULL)
        return check_key(db, entry, header);
    value->data = key->data + entry->key_size;
    value->size = entry->value_size;
    return check_body(db, entry, header);
}

int quiver_next(quiver *db, quiver_cursor *cursor, quiver_bytes *key, quiver_bytes *value)
{
    if (db == NULL)
        return QUIVER_CLOSED;
    int status = start_cursor(db, cursor, 0);
    if (status != QUIVER_OK)
        return status;
    while (cursor->position < db->index.used) {
        const index_entry *entry = &db->index.entries[cursor->position++];
        if (entry->offset != 0)
            return read_entry(db, entry, key, value);
    }
    return QUIVER_MISSING;
}

int quiver_previous(quiver *db, quiver_cursor *cursor, quiver_bytes *key, quiver_bytes *value)
{
    if (db == NULL)
        return QUIVER_CLOSED;
    int status = start_cursor(db, cursor, db->index.used);
    if (status != QUIVER_OK)
        return status;
    while (cursor->position > 0) {
        const index_entry *entry = &db->index.entries[--cursor->position];
        if (entry->offset != 0)
            return read_entry(db, entry, key, value);
    }
    return QUIVER_MISSING;
}

/* Syncing and compacting */

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
    return store_status(db, code);
}
