#include "checksum.h"

#include <string.h>

/* The Castagnoli polynomial, lowest bit first. */
#define POLYNOMIAL 0x82F63B78u

void crc32c_init(crc32c *crc)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;
        for (int bit = 0; bit < 8; bit++)
            value = value >> 1 ^ (value & 1 ? POLYNOMIAL : 0);
        crc->table[0][byte] = value;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        for (int i = 1; i < 8; i++) {
            uint32_t shorter = crc->table[i - 1][byte];
            crc->table[i][byte] = shorter >> 8 ^ crc->table[0][shorter & 0xFF];
        }
    }
}

uint32_t crc32c_extend(const crc32c *crc, uint32_t previous, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    const uint32_t(*table)[256] = crc->table;
    uint32_t value = ~previous;
    for (; size >= 8; bytes += 8, size -= 8) {
        uint32_t low = value ^ load32(bytes);
        uint32_t high = load32(bytes + 4);
        value = table[7][low & 0xFF] ^ table[6][low >> 8 & 0xFF] ^ table[5][low >> 16 & 0xFF] ^ table[4][low >> 24] ^
                table[3][high & 0xFF] ^ table[2][high >> 8 & 0xFF] ^ table[1][high >> 16 & 0xFF] ^
                table[0][high >> 24];
    }
    for (; size > 0; bytes++, size--)
        value = value >> 8 ^ table[0][(value ^ *bytes) & 0xFF];
    return ~value;
}

static inline uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static inline void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

uint64_t siphash(const uint64_t key[2], const void *data, size_t size)
{
    const unsigned char *bytes = data;
    uint64_t v[4] = {
        key[0] ^ 0x736f6d6570736575u,
        key[1] ^ 0x646f72616e646f6du,
        key[0] ^ 0x6c7967656e657261u,
        key[1] ^ 0x7465646279746573u,
    };
    size_t left = size;
    for (; left >= 8; bytes += 8, left -= 8)
        sip_word(v, load64(bytes));
    unsigned char last[8] = {0};
    if (left > 0)
        memcpy(last, bytes, left);
    last[7] = (unsigned char)size;
    sip_word(v, load64(last));
    v[2] ^= 0xFF;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
