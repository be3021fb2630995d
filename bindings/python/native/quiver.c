#include "quiver.h"

#include "checksum.h"
#include "index.h"
#include "platform.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(size_t) == 8, "a record of the largest size must be addressable");

#define MAGIC "\x89QUIVER\n"
#define MAGIC_SIZE 8u
#define FORMAT_VERSION 1u
#define FILE_HEADER_SIZE 24u
#define RECORD_HEADER_SIZE 20u
#define TEMPORARY_SUFFIX ".quiver-compact"

/* Reading ahead: about where another system call costs less than the bytes. */
#define READ_AHEAD ((size_t)64 * 1024)
#define NEAR_GAP 4096u
/* A record up to this size is written with one call. */
#define WRITE_BUFFER_SIZE ((size_t)64 * 1024)
/* A buffer that a single large value made this big is not kept. */
#define KEPT_BUFFER ((size_t)1024 * 1024)
/* A file that is replaced again and again while it is opened: more than any real race. */
#define OPEN_ATTEMPTS 100

enum record_kind { RECORD_PUT = 1, RECORD_DELETE = 2, RECORD_CLEAR = 3 };

typedef struct record {
    uint32_t body_crc;
    uint32_t kind;
    uint32_t key_size;
    uint32_t value_size;
} record;

/* A stretch of the file in memory. Never stale, because what is in the log never changes. */
typedef struct window {
    char *data;
    size_t capacity;
    size_t filled;
    uint64_t start;
    uint64_t next; /* the end of the last bytes asked for */
} window;

struct quiver {
    platform_file file;
    bool read_only;
    bool unsynced_name; /* a power cut could still take the file's name away */
    char *path;
    char *temporary;
    uint64_t end; /* of the last whole record */
    uint64_t generation;
    unsigned char salt[8];
    uint64_t hash_key[2];
    key_index index;
    window reading;
    char *writing;
    quiver_error error;
    crc32c crc;
};

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

static int system_status(quiver *db, int code)
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

static int corrupt(quiver *db, uint64_t offset)
{
    db->error.offset = offset;
    return QUIVER_CORRUPT;
}

/* Reading */

static void window_free(window *view)
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
    status = system_status(db, platform_read(db->file, view->data, wanted, offset, &done));
    if (status != QUIVER_OK)
        return status;
    view->filled = done;
    /* Somebody else cut the file. */
    return done < size ? corrupt(db, offset) : QUIVER_OK;
}

/* Gives size contiguous bytes at offset, valid until the next fetch; all of them lie before limit. */
static int fetch(quiver *db, window *view, uint64_t offset, size_t size, uint64_t limit, const char **data)
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

/* Sums up size bytes at offset without holding more than a part of them in memory. */
static int checksum_range(quiver *db, window *view, uint64_t offset, uint64_t size, uint64_t limit, uint32_t *crc)
{
    while (size > 0) {
        size_t part = size < READ_AHEAD ? (size_t)size : READ_AHEAD;
        const char *data;
        int status = fetch(db, view, offset, part, limit, &data);
        if (status != QUIVER_OK)
            return status;
        *crc = crc32c_extend(&db->crc, *crc, data, part);
        offset += part;
        size -= part;
    }
    return QUIVER_OK;
}

/* Records */

static uint64_t record_size(const record *item)
{
    return (uint64_t)RECORD_HEADER_SIZE + item->key_size + item->value_size;
}

/* Salt and offset go into it, so that no bytes of a value or of an old file pass for a record. */
static uint32_t header_checksum(const quiver *db, const unsigned char salt[8], uint64_t offset, const char *fields)
{
    unsigned char place[16];
    memcpy(place, salt, 8);
    store64(place + 8, offset);
    uint32_t crc = crc32c_extend(&db->crc, 0, place, sizeof place);
    return crc32c_extend(&db->crc, crc, fields, RECORD_HEADER_SIZE - 4);
}

static void encode_header(const quiver *db, const unsigned char salt[8], uint64_t offset, const record *item,
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

/* False: these bytes are not the header of a record at this offset. */
static bool decode_header(const quiver *db, uint64_t offset, const char *bytes, record *item)
{
    item->body_crc = load32(bytes + 4);
    item->kind = load32(bytes + 8);
    item->key_size = load32(bytes + 12);
    item->value_size = load32(bytes + 16);
    /* The cheap test first: looking for records behind damage tries every byte. */
    return plausible(item) && load32(bytes) == header_checksum(db, db->salt, offset, bytes + 4);
}

/* Looking keys up */

/*
 * Finds the key, with its position, and reads its record: the bytes behind header are the header, the key and, if
 * with_value, the value. One read does for both the comparison and the answer.
 */
static int find(quiver *db, const char *key, size_t key_size, uint64_t hash, bool with_value, uint32_t *position,
                const char **header)
{
    uint32_t slot = index_slot(&db->index, hash);
    while ((*position = index_search(&db->index, hash, &slot)) != INDEX_END) {
        const index_entry *entry = &db->index.entries[*position];
        if (entry->key_size != key_size)
            continue;
        size_t size = RECORD_HEADER_SIZE + key_size + (with_value ? entry->value_size : 0);
        int status = fetch(db, &db->reading, entry->offset, size, db->end, header);
        if (status != QUIVER_OK)
            return status;
        if (key_size == 0 || memcmp(*header + RECORD_HEADER_SIZE, key, key_size) == 0)
            return QUIVER_OK;
    }
    return QUIVER_MISSING;
}

static uint64_t hash_of(const quiver *db, const char *key, size_t key_size)
{
    return siphash(db->hash_key, key, key_size);
}

/* Verified again with every read: the disk may have failed since the store was opened. */
static int check_body(quiver *db, const index_entry *entry, const char *header)
{
    size_t size = (size_t)entry->key_size + entry->value_size;
    uint32_t crc = crc32c_extend(&db->crc, 0, header + RECORD_HEADER_SIZE, size);
    return crc == load32(header + 4) ? QUIVER_OK : corrupt(db, entry->offset);
}

/* Opening */

static int write_file_header(quiver *db, platform_file file, unsigned char salt[8])
{
    unsigned char header[FILE_HEADER_SIZE];
    int code = platform_random(salt, 8);
    if (code != 0)
        return system_status(db, code);
    memcpy(header, MAGIC, MAGIC_SIZE);
    store32(header + 8, FORMAT_VERSION);
    memcpy(header + 12, salt, 8);
    store32(header + 20, crc32c_extend(&db->crc, 0, header, 20));
    return system_status(db, platform_write(file, header, sizeof header, 0));
}

static int start_file(quiver *db)
{
    int status = system_status(db, platform_truncate(db->file, 0));
    if (status == QUIVER_OK)
        status = write_file_header(db, db->file, db->salt);
    /* On failure a torn header may remain: the next writer starts over. */
    if (status == QUIVER_OK) {
        db->end = FILE_HEADER_SIZE;
        db->unsynced_name = true;
    }
    return status;
}

/* A file shorter than its header: a store whose first writer did not get further, or something else. */
static int load_torn_header(quiver *db, uint64_t size)
{
    char start[FILE_HEADER_SIZE];
    size_t done;
    int status = system_status(db, platform_read(db->file, start, (size_t)size, 0, &done));
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
    int status = fetch(db, log, 0, FILE_HEADER_SIZE, size, &header);
    if (status != QUIVER_OK)
        return status;
    if (memcmp(header, MAGIC, MAGIC_SIZE) != 0)
        return QUIVER_NOT_A_STORE;
    if (load32(header + 20) != crc32c_extend(&db->crc, 0, header, 20))
        return corrupt(db, 0);
    if (load32(header + 8) != FORMAT_VERSION)
        return QUIVER_TOO_NEW;
    memcpy(db->salt, header + 12, sizeof db->salt);
    db->end = FILE_HEADER_SIZE;
    return QUIVER_OK;
}

/* Makes room before a key is added, so that nothing can fail between the file and the index. */
static int reserve_entry(quiver *db)
{
    if (db->index.count >= INDEX_LIMIT)
        return QUIVER_TOO_LARGE;
    return index_reserve(&db->index) ? QUIVER_OK : QUIVER_NO_MEMORY;
}

static void put_entry(quiver *db, uint32_t position, index_entry entry)
{
    if (position != INDEX_END) {
        db->index.entries[position] = entry;
        return;
    }
    index_add(&db->index, entry);
    db->generation++;
}

static void delete_entry(quiver *db, uint32_t position)
{
    index_remove(&db->index, position);
    db->generation++;
}

static void clear_entries(quiver *db)
{
    index_free(&db->index);
    db->generation++;
}

/* Takes a verified record of the log into the index. */
static int replay(quiver *db, window *log, uint64_t offset, const record *item, uint64_t limit)
{
    if (item->kind == RECORD_CLEAR) {
        clear_entries(db);
        return QUIVER_OK;
    }
    const char *key;
    int status = fetch(db, log, offset + RECORD_HEADER_SIZE, item->key_size, limit, &key);
    if (status != QUIVER_OK)
        return status;
    index_entry entry = {hash_of(db, key, item->key_size), offset, item->key_size, item->value_size};
    uint32_t position;
    const char *header;
    status = find(db, key, item->key_size, entry.hash, false, &position, &header);
    if (status != QUIVER_OK && status != QUIVER_MISSING)
        return status;
    if (item->kind == RECORD_DELETE) {
        if (status == QUIVER_OK)
            delete_entry(db, position);
        return QUIVER_OK;
    }
    status = reserve_entry(db);
    if (status == QUIVER_OK)
        put_entry(db, position, entry);
    return status;
}

/*
 * The bytes at offset are no record. If a record follows, something was whole here and is damaged; if none does, it
 * is what a crash left of the last one.
 */
static int judge_tail(quiver *db, window *log, uint64_t offset, uint64_t limit)
{
    record item;
    const char *bytes;
    for (uint64_t at = offset + 1; at + RECORD_HEADER_SIZE <= limit; at++) {
        int status = fetch(db, log, at, RECORD_HEADER_SIZE, limit, &bytes);
        if (status != QUIVER_OK)
            return status;
        if (decode_header(db, at, bytes, &item))
            return corrupt(db, offset);
    }
    return QUIVER_OK;
}

/* Reads one record. *whole is false if only a torn tail is left, which is no error. */
static int load_record(quiver *db, window *log, uint64_t limit, bool *whole)
{
    uint64_t offset = db->end;
    const char *bytes;
    record item;
    *whole = false;
    if (limit - offset < RECORD_HEADER_SIZE)
        return QUIVER_OK;
    int status = fetch(db, log, offset, RECORD_HEADER_SIZE, limit, &bytes);
    if (status != QUIVER_OK)
        return status;
    if (!decode_header(db, offset, bytes, &item))
        return judge_tail(db, log, offset, limit);
    uint64_t size = record_size(&item);
    if (size > limit - offset)
        return QUIVER_OK;
    uint32_t crc = 0;
    status = checksum_range(db, log, offset + RECORD_HEADER_SIZE, size - RECORD_HEADER_SIZE, limit, &crc);
    if (status != QUIVER_OK)
        return status;
    if (crc != item.body_crc)
        return size == limit - offset ? QUIVER_OK : corrupt(db, offset);
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
    int status = system_status(db, platform_size(db->file, &size));
    if (status != QUIVER_OK)
        return status;
    if (size < FILE_HEADER_SIZE)
        return load_torn_header(db, size);
    status = load_file_header(db, log, size);
    bool whole = true;
    while (status == QUIVER_OK && whole && db->end < size)
        status = load_record(db, log, size, &whole);
    if (status == QUIVER_OK && db->end < size && !db->read_only)
        status = system_status(db, platform_truncate(db->file, db->end));
    return status;
}

static int load(quiver *db)
{
    window log = {0};
    int status = load_log(db, &log);
    window_free(&log);
    if (status != QUIVER_CORRUPT || !db->read_only)
        return status;
    /* A writer may just have cut a torn tail and written over it. What is really damaged is so the second time too. */
    clear_entries(db);
    window_free(&db->reading);
    status = load_log(db, &log);
    window_free(&log);
    return status;
}

/* Opens and locks the file that path names, though a compaction may put another one there meanwhile. */
static int open_for_writing(quiver *db, const char *path)
{
    for (int attempt = 0; attempt < OPEN_ATTEMPTS; attempt++) {
        int code = platform_open(path, PLATFORM_WRITE, &db->file);
        if (code != 0)
            return system_status(db, code);
        code = platform_lock(db->file);
        bool current = false;
        if (code == 0)
            code = platform_is_current(db->file, path, &current);
        if (code != 0)
            return system_status(db, code);
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
    int status = system_status(db, platform_resolve(db->file, path, &db->path));
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
    /* Only who holds the lock compacts, so a temporary file is of a process that died. */
    if (status == QUIVER_OK)
        status = system_status(db, platform_remove(db->temporary));
    if (status != QUIVER_OK)
        return status;
    db->writing = malloc(WRITE_BUFFER_SIZE);
    return db->writing == NULL ? QUIVER_NO_MEMORY : QUIVER_OK;
}

static int open_store(quiver *db, const char *path)
{
    int status = system_status(db, platform_random(db->hash_key, sizeof db->hash_key));
    if (status != QUIVER_OK)
        return status;
    if (db->read_only)
        status = system_status(db, platform_open(path, PLATFORM_READ, &db->file));
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
    window_free(&db->reading);
    free(db->writing);
    free(db->temporary);
    free(db->path);
    free(db);
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

int quiver_get(quiver *db, const char *key, size_t key_size, quiver_bytes *value)
{
    if (db == NULL)
        return QUIVER_CLOSED;
    uint32_t position;
    const char *header;
    int status = find(db, key, key_size, hash_of(db, key, key_size), true, &position, &header);
    if (status != QUIVER_OK)
        return status;
    const index_entry *entry = &db->index.entries[position];
    value->data = header + RECORD_HEADER_SIZE + key_size;
    value->size = entry->value_size;
    return check_body(db, entry, header);
}

int quiver_contains(quiver *db, const char *key, size_t key_size)
{
    if (db == NULL)
        return QUIVER_CLOSED;
    uint32_t position;
    const char *header;
    return find(db, key, key_size, hash_of(db, key, key_size), false, &position, &header);
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
    encode_header(db, db->salt, db->end, &item, header);
    int code = write_record(db, header, key, key_size, value, value_size);
    if (code != 0) {
        /* If even this fails: what is left is a torn tail, which the next record overwrites or the next open cuts. */
        (void)platform_truncate(db->file, db->end);
        return system_status(db, code);
    }
    db->end += record_size(&item);
    return QUIVER_OK;
}

static int check_writable(const quiver *db)
{
    if (db == NULL)
        return QUIVER_CLOSED;
    return db->read_only ? QUIVER_READ_ONLY : QUIVER_OK;
}

int quiver_put(quiver *db, const char *key, size_t key_size, const char *value, size_t value_size)
{
    int status = check_writable(db);
    if (status != QUIVER_OK)
        return status;
    if (key_size > QUIVER_MAX_SIZE || value_size > QUIVER_MAX_SIZE)
        return QUIVER_TOO_LARGE;
    index_entry entry = {hash_of(db, key, key_size), db->end, (uint32_t)key_size, (uint32_t)value_size};
    uint32_t position;
    const char *header;
    status = find(db, key, key_size, entry.hash, false, &position, &header);
    if (status == QUIVER_MISSING)
        status = reserve_entry(db);
    if (status == QUIVER_OK)
        status = append(db, RECORD_PUT, key, key_size, value, value_size);
    if (status == QUIVER_OK)
        put_entry(db, position, entry);
    return status;
}

int quiver_delete(quiver *db, const char *key, size_t key_size)
{
    int status = check_writable(db);
    if (status != QUIVER_OK)
        return status;
    uint32_t position;
    const char *header;
    status = find(db, key, key_size, hash_of(db, key, key_size), false, &position, &header);
    if (status == QUIVER_OK)
        status = append(db, RECORD_DELETE, key, key_size, NULL, 0);
    if (status == QUIVER_OK)
        delete_entry(db, position);
    return status;
}

int quiver_clear(quiver *db)
{
    int status = check_writable(db);
    if (status != QUIVER_OK || db->index.count == 0)
        return status;
    status = append(db, RECORD_CLEAR, NULL, 0, NULL, 0);
    if (status == QUIVER_OK)
        clear_entries(db);
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
    int status = fetch(db, &db->reading, entry->offset, size, db->end, &header);
    if (status != QUIVER_OK)
        return status;
    key->data = header + RECORD_HEADER_SIZE;
    key->size = entry->key_size;
    if (value == NULL)
        return QUIVER_OK;
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
    int status = check_writable(db);
    if (status != QUIVER_OK)
        return status;
    int code = platform_sync(db->file);
    if (code == 0 && db->unsynced_name) {
        code = platform_sync_name(db->path);
        db->unsynced_name = code != 0;
    }
    return system_status(db, code);
}

/* The new file while it is written. */
typedef struct compaction {
    platform_file file;
    unsigned char salt[8];
    uint64_t end; /* of what was emitted, a part of which may still be in the buffer */
    size_t buffered;
    char *buffer;
} compaction;

static int flush(quiver *db, compaction *target)
{
    uint64_t offset = target->end - target->buffered;
    int status = system_status(db, platform_write(target->file, target->buffer, target->buffered, offset));
    if (status == QUIVER_OK)
        target->buffered = 0;
    return status;
}

/* Takes at most WRITE_BUFFER_SIZE bytes. */
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
        int status = fetch(db, log, offset, part, db->end, &data);
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
    int status = fetch(db, log, entry->offset, RECORD_HEADER_SIZE, db->end, &bytes);
    if (status != QUIVER_OK)
        return status;
    if (!decode_header(db, entry->offset, bytes, &item) || item.key_size != entry->key_size ||
        item.value_size != entry->value_size)
        return corrupt(db, entry->offset);
    char header[RECORD_HEADER_SIZE];
    encode_header(db, target->salt, target->end, &item, header);
    status = emit(db, target, header, sizeof header);
    if (status != QUIVER_OK)
        return status;
    uint64_t body_size = record_size(&item) - RECORD_HEADER_SIZE;
    uint32_t crc = 0;
    status = copy_body(db, target, log, entry->offset + RECORD_HEADER_SIZE, body_size, &crc);
    if (status != QUIVER_OK)
        return status;
    return crc == item.body_crc ? QUIVER_OK : corrupt(db, entry->offset);
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

/* The new file is locked before it gets the name, so no other writer comes in between. */
static int write_compacted(quiver *db, compaction *target)
{
    int status = system_status(db, platform_open(db->temporary, PLATFORM_REPLACE, &target->file));
    if (status == QUIVER_OK)
        status = system_status(db, platform_lock(target->file));
    if (status == QUIVER_OK)
        status = system_status(db, platform_copy_access(db->file, target->file));
    if (status == QUIVER_OK)
        status = write_file_header(db, target->file, target->salt);
    if (status == QUIVER_OK)
        status = copy_records(db, target);
    if (status == QUIVER_OK)
        status = system_status(db, platform_sync(target->file));
    if (status == QUIVER_OK)
        status = system_status(db, platform_replace(&db->file, target->file, db->temporary, db->path));
    return status;
}

/* The records were copied in the order of the entries, so their places follow from their sizes. */
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
    window_free(&db->reading);
}

int quiver_compact(quiver *db)
{
    int status = check_writable(db);
    if (status != QUIVER_OK)
        return status;
    /* Nothing is put while a compaction runs, so it can have the buffer. */
    compaction target = {.file = PLATFORM_NO_FILE, .end = FILE_HEADER_SIZE, .buffer = db->writing};
    status = write_compacted(db, &target);
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
    return system_status(db, code);
}
