/*
 * Where each key's record is in the file: a hash table over an array in insertion order. The keys themselves stay in
 * the file. Takes 30 to 60 bytes per key.
 */
#ifndef QUIVER_INDEX_H
#define QUIVER_INDEX_H

#include <stdbool.h>
#include <stdint.h>

typedef struct index_entry {
    uint64_t hash;
    uint64_t offset; /* of the record; 0, where the file header is, marks a deleted entry */
    uint32_t key_size;
    uint32_t value_size;
} index_entry;

/* All zero is an empty index. */
typedef struct key_index {
    index_entry *entries;
    uint32_t *slots; /* position in entries plus one, or 0 */
    uint32_t mask;   /* number of slots minus one, a power of two minus one */
    uint32_t capacity;
    uint32_t used; /* entries in use, deleted ones included; the last one is never deleted */
    uint32_t count;
} key_index;

#define INDEX_LIMIT 0x40000000u
#define INDEX_END UINT32_MAX

/* Makes room for one more entry, which may move the others but keeps their order. False: out of memory. */
bool index_reserve(key_index *index);

/* Needs index_reserve before it. */
void index_add(key_index *index, index_entry entry);
void index_remove(key_index *index, uint32_t position);
void index_free(key_index *index);

/*
 * The position of an entry with this hash, or INDEX_END. The entry may be of another key: another call continues the
 * search from *slot, which starts as INDEX_END.
 */
uint32_t index_search(const key_index *index, uint64_t hash, uint32_t *slot);

#endif
