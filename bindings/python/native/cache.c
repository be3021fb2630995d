#include "store.h"

#include <stdlib.h>
#include <string.h>

static uint64_t smaller(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

static block *place_of(quiver *db, uint64_t number)
{
    return &db->cache.blocks[number % CACHE_BLOCKS];
}

/*
 * Whether a block is in the cache, or has a place there now. A block gets a place when it is wanted a second time and
 * no other block wanted the place in between: in a file much larger than the cache, most blocks would be evicted
 * before they are used again, and reading a whole block takes longer than reading a record.
 */
static bool admit(quiver *db, uint64_t number)
{
    block *item = place_of(db, number);
    if (item->number == number)
        return true;
    if (item->wanted != number) {
        item->wanted = number;
        return false;
    }
    item->number = number;
    item->filled = 0;
    return true;
}

/* Reads up to size bytes; it is an error if there are fewer than needed. */
static int read_some(quiver *db, char *data, size_t size, size_t needed, uint64_t offset, size_t *done)
{
    int status = store_status(db, platform_read(db->file, data, size, offset, done));
    if (status != QUIVER_OK)
        return status;
    /* Somebody else cut the file. */
    return *done < needed ? QUIVER_CORRUPT : QUIVER_OK;
}

/* Makes at least the first needed bytes of a block available, and if any of them are missing, all of it. */
static int fill(quiver *db, block *item, size_t needed)
{
    if (item->filled >= needed)
        return QUIVER_OK;
    if (item->data == NULL)
        item->data = malloc(CACHE_BLOCK_SIZE);
    if (item->data == NULL)
        return QUIVER_NO_MEMORY;
    uint64_t start = item->number * CACHE_BLOCK_SIZE;
    /* The bytes after the last whole record may still change. */
    size_t size = (size_t)smaller(CACHE_BLOCK_SIZE, db->end - start);
    size_t done;
    int status = read_some(db, item->data + item->filled, size - item->filled, needed - item->filled,
                           start + item->filled, &done);
    if (status == QUIVER_OK)
        item->filled += done;
    return status;
}

/* Provides a record from one block of the cache, or from two: neighbours never share a place. */
static int fetch_cached(quiver *db, uint64_t offset, size_t size, const char **data)
{
    block *first = place_of(db, offset / CACHE_BLOCK_SIZE);
    size_t within = (size_t)(offset % CACHE_BLOCK_SIZE);
    size_t part = (size_t)smaller(size, CACHE_BLOCK_SIZE - within);
    int status = fill(db, first, within + part);
    *data = first->data + within;
    if (status != QUIVER_OK || part == size)
        return status;
    block *second = place_of(db, offset / CACHE_BLOCK_SIZE + 1);
    status = fill(db, second, size - part);
    if (status != QUIVER_OK)
        return status;
    char *joined = db->cache.record;
    memcpy(joined, *data, part);
    memcpy(joined + part, second->data, size - part);
    *data = joined;
    return QUIVER_OK;
}

static int fetch_alone(quiver *db, uint64_t offset, size_t size, const char **data)
{
    size_t done;
    *data = db->cache.record;
    return read_some(db, db->cache.record, size, size, offset, &done);
}

int cache_fetch(quiver *db, uint64_t offset, size_t size, const char **data)
{
    /* A large value would evict everything else, and verifying it costs more than the system call that it saves. */
    if (size > CACHE_BLOCK_SIZE)
        return log_fetch(db, &db->cache.large, offset, size, db->end, data);
    bool admitted = admit(db, offset / CACHE_BLOCK_SIZE);
    admitted = admit(db, (offset + size - 1) / CACHE_BLOCK_SIZE) && admitted;
    int status = admitted ? fetch_cached(db, offset, size, data) : fetch_alone(db, offset, size, data);
    return status == QUIVER_CORRUPT ? store_corrupt(db, offset) : status;
}

void cache_drop(quiver *db)
{
    for (size_t i = 0; i < CACHE_BLOCKS; i++)
        free(db->cache.blocks[i].data);
    window_free(&db->cache.large);
    memset(&db->cache, 0, sizeof db->cache);
}
