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
#define FORMAT_VERSION 1u
#define FILE_HEADER_SIZE 24u
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
    uint64_t next; /* the end of the last bytes asked for */
} window;

/* Small blocks, because records of a large file are mostly read one by one. The README states the size of the cache. */
#define CACHE_BLOCK_SIZE ((size_t)4 * 1024)
#define CACHE_BLOCKS ((size_t)4 * 1024)

typedef struct block {
    uint64_t number; /* its place in the file, in blocks */
    uint64_t wanted; /* the other block that was last to ask for this place */
    size_t filled;
    char *data;
} block;

/*
 * Records that were read, so that reading them in any order costs few system calls. Like a window, a block is never
 * stale; the last one of the file may lack what was appended since it was read.
 */
typedef struct block_cache {
    block blocks[CACHE_BLOCKS];
    char record[CACHE_BLOCK_SIZE]; /* one that spans blocks */
    window large;
} block_cache;

struct quiver {
    platform_file file;
    bool read_only;
    bool unsynced_name; /* a power cut could still undo the creation of the file */
    char *path;
    char *temporary;
    uint64_t end; /* of the last whole record */
    uint64_t generation;
    unsigned char salt[8];
    uint64_t hash_key[2];
    key_index index;
    block_cache cache;
    char *writing;
    char small[QUIVER_SMALL];
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

uint64_t record_size(const record *item);
void record_encode(const quiver *db, const unsigned char salt[8], uint64_t offset, const record *item,
                   char out[RECORD_HEADER_SIZE]);
/* False: these bytes are not the header of a record at this offset. */
bool record_decode(const quiver *db, uint64_t offset, const char *bytes, record *item);

/* Writes the header of a new file, with a salt of its own. */
int log_start(quiver *db, platform_file file, unsigned char salt[8]);

/* cache.c: records in memory */

/* Provides size contiguous bytes at offset, which must be within the log; valid until the next call. */
int cache_fetch(quiver *db, uint64_t offset, size_t size, const char **data);
/* Call this when another file has replaced this one. */
void cache_drop(quiver *db);

/* quiver.c: keys */

uint64_t store_hash(const quiver *db, const char *key, size_t key_size);
/*
 * Finds the key and its position, and reads its record: the bytes at header are the header, the key and, unless it is
 * larger than limit, the value. One read serves both the comparison and the answer.
 */
int store_find(quiver *db, const char *key, size_t key_size, uint64_t hash, size_t limit, uint32_t *position,
               const char **header);
/* Makes room before a key is added, so that nothing can fail after the file and before the index is changed. */
int store_reserve(quiver *db);
/* Adds an entry if the position is INDEX_END. */
void store_put_entry(quiver *db, uint32_t position, index_entry entry);
void store_delete_entry(quiver *db, uint32_t position);
void store_clear_entries(quiver *db);
int store_check_writable(const quiver *db);

#endif
