#include "index.h"

#include <stdlib.h>
#include <string.h>

#define SMALLEST_MASK 15u

static uint32_t index_slot(const key_index *index, uint64_t hash)
{
    return (uint32_t)hash & index->mask;
}

uint32_t index_search(const key_index *index, uint64_t hash, uint32_t *slot)
{
    if (index->slots == NULL)
        return INDEX_END;
    if (*slot == INDEX_END)
        *slot = index_slot(index, hash);
    while (index->slots[*slot] != 0) {
        uint32_t position = index->slots[*slot] - 1;
        *slot = (*slot + 1) & index->mask;
        if (index->entries[position].hash == hash)
            return position;
    }
    return INDEX_END;
}

static void link_entry(key_index *index, uint32_t position)
{
    uint32_t slot = index_slot(index, index->entries[position].hash);
    while (index->slots[slot] != 0)
        slot = (slot + 1) & index->mask;
    index->slots[slot] = position + 1;
}

void index_add(key_index *index, index_entry entry)
{
    index->entries[index->used] = entry;
    link_entry(index, index->used);
    index->used++;
    index->count++;
}

static bool rebuild(key_index *index, uint32_t mask)
{
    key_index built = {.mask = mask, .capacity = (uint32_t)(((uint64_t)mask + 1) / 3 * 2)};
    built.entries = malloc(built.capacity * sizeof *built.entries);
    built.slots = calloc((size_t)mask + 1, sizeof *built.slots);
    if (built.entries == NULL || built.slots == NULL) {
        index_free(&built);
        return false;
    }
    for (uint32_t i = 0; i < index->used; i++) {
        if (index->entries[i].offset != 0)
            index_add(&built, index->entries[i]);
    }
    index_free(index);
    *index = built;
    return true;
}

bool index_reserve(key_index *index)
{
    if (index->used < index->capacity)
        return true;
    if (index->slots == NULL)
        return rebuild(index, SMALLEST_MASK);
    /* If half of the entries are deleted, dropping those makes enough room. */
    if (index->count <= index->capacity / 2)
        return rebuild(index, index->mask);
    return rebuild(index, index->mask * 2 + 1);
}

/* Closes the gap at slot, so that no search stops early: later entries move up if their own slot allows. */
static void unlink_slot(key_index *index, uint32_t gap)
{
    for (uint32_t slot = (gap + 1) & index->mask; index->slots[slot] != 0; slot = (slot + 1) & index->mask) {
        uint32_t home = index_slot(index, index->entries[index->slots[slot] - 1].hash);
        if (((slot - home) & index->mask) >= ((slot - gap) & index->mask)) {
            index->slots[gap] = index->slots[slot];
            gap = slot;
        }
    }
    index->slots[gap] = 0;
}

void index_remove(key_index *index, uint32_t position)
{
    uint32_t slot = index_slot(index, index->entries[position].hash);
    while (index->slots[slot] != position + 1)
        slot = (slot + 1) & index->mask;
    unlink_slot(index, slot);
    index->entries[position].offset = 0;
    index->count--;
    while (index->used > 0 && index->entries[index->used - 1].offset == 0)
        index->used--;
}

void index_free(key_index *index)
{
    free(index->entries);
    free(index->slots);
    memset(index, 0, sizeof *index);
}
