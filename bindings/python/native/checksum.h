#ifndef QUIVER_CHECKSUM_H
#define QUIVER_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32C (Castagnoli), eight bytes at a time. The caller owns the tables, so the library has no state. */
typedef struct crc32c {
    uint32_t table[8][256];
} crc32c;

void crc32c_init(crc32c *crc);

/* The checksum of the bytes whose checksum is previous (0 for none), followed by data. */
uint32_t crc32c_extend(const crc32c *crc, uint32_t previous, const void *data, size_t size);

/* SipHash-1-3: keys can be made to collide only by somebody who knows the secret. */
uint64_t siphash(const uint64_t key[2], const void *data, size_t size);

static inline uint32_t load32(const void *data)
{
    const unsigned char *bytes = data;
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static inline uint64_t load64(const void *data)
{
    return load32(data) | (uint64_t)load32((const unsigned char *)data + 4) << 32;
}

static inline void store32(void *data, uint32_t value)
{
    unsigned char *bytes = data;
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
}

static inline void store64(void *data, uint64_t value)
{
    store32(data, (uint32_t)value);
    store32((unsigned char *)data + 4, (uint32_t)(value >> 32));
}

#endif
