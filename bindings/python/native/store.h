/* Shared by the parts of the library: an open store, its log of records and the index of its keys. */
#ifndef QUIVER_STORE_H
#define QUIVER_STORE_H

#include "checksum.h"
#include "index.h"
#include "platform.h"
#include "quiver.h"

#include <stdbool.h>

_Static_assert(sizeof(size_t) == 8, "a record of the largest size must be addressable");

#define MAGIC "\x89QUIVER\n"
#define MAGIC_SIZE 8u
#define SALT_SIZE 8u
#define FORMAT_VERSION 2u
#define FILE_HEADER_SIZE 32u
/* Of version 1, which has no synced length. */
#define OLD_HEADER_SIZE 24u
#define RECORD_HEADER_SIZE 20u

/* A record up to this size is written with one call. */
#define WRITE_BUFFER_SIZE ((size_t)64 * 1024)

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
} window;

/*
 * Records that are read one by one stay in memory if they are small: in blocks, each of which begins at a multiple of
 * its size, and is long enough for a record that crosses its end. The README states how much that can be.
 */
#define BLOCK_SIZE ((size_t)4 * 1024)
#define BLOCKS ((size_t)4 * 1024)
#define LARGEST_CACHED ((size_t)1024)

struct quiver {
    platform_file file;
    uint64_t process; /* that opened it */
    bool read_only;
    bool salvaging;
    bool ragged;        /* bytes of a failed write may follow the last record */
    bool unsynced_name; /* a power cut could still undo the creation of the file */
    char *path;
    char *temporary;
    uint64_t start;  /* of the first record */
    uint64_t end;    /* of the last whole record */
    uint64_t synced; /* what the header says */
    uint64_t torn;
    uint64_t generation;
    unsigned char salt[SALT_SIZE];
    uint32_t seal; /* of the salt */
    uint64_t hash_key[2];
    key_index index;
    window blocks[BLOCKS];
    window view; /* of larger records */
    const char *value; /* what the last quiver_get found */
    char small[QUIVER_SMALL];
    char *writing;
    quiver_stretch *damage;
    size_t damaged;
    quiver_error error;
    crc32c crc;
};

/* log.c: bytes and records of the file */

/* The status for an error code of the platform, which it remembers. */
int store_status(quiver *db, int code);
int store_corrupt(quiver *db, uint64_t offset);

/* Provides size contiguous bytes at offset, which must end at or before limit; valid until the next fetch. */
int log_fetch(quiver *db, window *view, uint64_t offset, size_t size, uint64_t limit, const char **data);
void window_free(window *view);

/* The same for a record that is read out of order. */
int log_fetch_record(quiver *db, uint64_t offset, size_t size, const char **data);
/* Frees everything that was fetched. */
void log_forget(quiver *db);

/* What a salt adds to the checksum of a record header. */
uint32_t salt_seal(const quiver *db, const unsigned char salt[SALT_SIZE]);
uint64_t record_size(const record *item);
void record_encode(const quiver *db, uint32_t seal, uint64_t offset, const record *item, char out[RECORD_HEADER_SIZE]);
/* The seal with which these bytes are the header of a record at this offset. */
uint32_t record_seal(const quiver *db, uint64_t offset, const char *bytes);
/* False: these bytes are not the header of a record at this offset. */
bool record_decode(const quiver *db, uint64_t offset, const char *bytes, record *item);

/* Writes the header of a file of which the first synced bytes are on the disk. */
int log_write_header(quiver *db, platform_file file, const unsigned char salt[SALT_SIZE], uint64_t synced);

/* compact.c */

/* What is appended to the path: the longest suffix and a terminator fit. */
#define TEMPORARY_ROOM 64
/* Names the temporary file of a compaction after the salt, which is random: it cannot be the name of another store. */
void store_name_temporary(quiver *db);

/* quiver.c: keys */

uint64_t store_hash(const quiver *db, const char *key, size_t key_size);
/*
 * Finds the key and its position, and reads its record: the bytes at header are the header, the key and, if with_value,
 * the value. One read serves both the comparison and the answer.
 */
int store_find(quiver *db, const char *key, size_t key_size, uint64_t hash, bool with_value, uint32_t *position,
               const char **header);
/* Verifies the key and the value of a record that was read: the disk may have failed since the store was opened. */
int store_check_body(quiver *db, const index_entry *entry, const char *header);
/* Makes room before a key is added, so that nothing can fail after the file and before the index is changed. */
int store_reserve(quiver *db);
/* Adds an entry if the position is INDEX_END. */
void store_put_entry(quiver *db, uint32_t position, index_entry entry);
void store_delete_entry(quiver *db, uint32_t position);
void store_clear_entries(quiver *db);
int store_check_writable(const quiver *db);

#endif
