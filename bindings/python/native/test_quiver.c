/*
 * Tests the C API in a program of its own, without Python. Prints a line per test; the exit status is 0 if all passed.
 * With a number it opens that many stores that were changed at random instead: test_quiver NUMBER SEED.
 * Works in the current directory, on files called test_quiver*.
 */
#if defined(_MSC_VER)
#define _CRT_SECURE_NO_WARNINGS
#endif

#include "quiver.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef QUIVER_WITHOUT_RUNTIME
/* The needed parts of a compiler's runtime: its initialization, which does nothing here, an entry point, and printf. */
#include <stdarg.h>

int main(int argc, char **argv);
void __main(void);
void mainCRTStartup(void);

void __main(void)
{
}

void mainCRTStartup(void)
{
    exit(main(1, NULL));
}

int printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = __stdio_common_vfprintf(0, stdout, format, NULL, arguments);
    va_end(arguments);
    return size;
}
#endif

#define STORE "test_quiver.tmp"
#define COPY "test_quiver_copy.tmp"
#define UNICODE_STORE "test_quiver \xC3\xA4\xE2\x82\xAC\xF0\x9F\x8F\xB9.tmp"
#define FILE_HEADER_SIZE 32

static bool failed;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            printf("  line %d: not true: %s\n", __LINE__, #condition);                                                 \
            failed = true;                                                                                             \
        }                                                                                                              \
    } while (0)

static quiver *open_store(const char *path, unsigned flags)
{
    quiver *db;
    quiver_error error;
    int status = quiver_open(path, flags, &db, &error);
    if (status == QUIVER_OK)
        return db;
    printf("  cannot open %s: status %d (system error %d)\n", path, status, error.system);
    printf("0 passed, 1 failed\n");
    exit(1);
}

static int open_status(const char *path, unsigned flags, quiver_error *error)
{
    quiver *db;
    int status = quiver_open(path, flags, &db, error);
    quiver_close(db);
    return status;
}

static int put(quiver *db, const char *key, const char *value)
{
    return quiver_put(db, key, strlen(key), value, strlen(value));
}

/* Whether the store has this key with this value; with NULL, whether it does not have the key. */
static bool has(quiver *db, const char *key, const char *value)
{
    int64_t size = quiver_get(db, key, strlen(key));
    if (value == NULL)
        return size == -QUIVER_MISSING && quiver_contains(db, key, strlen(key)) == QUIVER_MISSING;
    return size == (int64_t)strlen(value) && memcmp(quiver_value(db), value, strlen(value)) == 0 &&
           quiver_contains(db, key, strlen(key)) == QUIVER_OK;
}

static quiver_info inspect(quiver *db)
{
    quiver_info info;
    CHECK(quiver_inspect(db, &info) == QUIVER_OK);
    return info;
}

static uint64_t count(quiver *db)
{
    return inspect(db).keys;
}

static long file_size(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return -1;
    CHECK(fseek(file, 0, SEEK_END) == 0);
    long size = ftell(file);
    fclose(file);
    return size;
}

static size_t read_file(const char *path, char *data, size_t room)
{
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    if (file == NULL)
        return 0;
    size_t size = fread(data, 1, room, file);
    fclose(file);
    return size;
}

static void write_file(const char *path, const char *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    if (file == NULL)
        return;
    CHECK(fwrite(data, 1, size, file) == size);
    CHECK(fclose(file) == 0);
}

static void test_version(void)
{
    CHECK(strcmp(quiver_version(), EXPECTED_VERSION) == 0);
}

static void test_put_get_delete_survive_reopening(void)
{
    quiver *db = open_store(STORE, 0);
    CHECK(put(db, "apple", "green") == QUIVER_OK);
    CHECK(put(db, "apple", "red") == QUIVER_OK);
    CHECK(put(db, "", "") == QUIVER_OK);
    CHECK(quiver_put(db, "a\0b", 3, "c\0d", 3) == QUIVER_OK);
    CHECK(put(db, "gone", "soon") == QUIVER_OK);
    CHECK(quiver_delete(db, "gone", 4) == QUIVER_OK);
    CHECK(quiver_delete(db, "gone", 4) == QUIVER_MISSING);
    CHECK(quiver_sync(db) == QUIVER_OK);
    quiver_close(db);
    db = open_store(STORE, 0);
    CHECK(count(db) == 3);
    CHECK(has(db, "apple", "red"));
    CHECK(has(db, "", ""));
    CHECK(has(db, "gone", NULL));
    CHECK(has(db, "a", NULL));
    CHECK(quiver_get(db, "a\0b", 3) == 3 && memcmp(quiver_value(db), "c\0d", 3) == 0);
    quiver_close(db);
}

static void test_order_of_keys(void)
{
    quiver *db = open_store(STORE, 0);
    quiver_cursor forward = {0};
    quiver_cursor backward = {.backward = 1};
    quiver_bytes key;
    quiver_bytes value;
    put(db, "b", "1");
    put(db, "a", "2");
    put(db, "c", "3");
    put(db, "b", "4");
    for (const char *expected = "b4a2c3"; *expected != '\0'; expected += 2) {
        CHECK(quiver_next(db, &forward, &key, &value) == QUIVER_OK);
        CHECK(key.size == 1 && key.data[0] == expected[0] && value.size == 1 && value.data[0] == expected[1]);
    }
    CHECK(quiver_next(db, &forward, &key, &value) == QUIVER_MISSING);
    for (const char *expected = "cab"; *expected != '\0'; expected++) {
        CHECK(quiver_next(db, &backward, &key, NULL) == QUIVER_OK);
        CHECK(key.size == 1 && key.data[0] == *expected);
    }
    CHECK(quiver_next(db, &backward, &key, NULL) == QUIVER_MISSING);
    put(db, "d", "5");
    CHECK(quiver_next(db, &forward, &key, &value) == QUIVER_CHANGED);
    quiver_close(db);
}

static void test_many_keys_and_deletions(void)
{
#ifdef _WIN32
    enum { KEYS = 5000 }; /* Wine takes a minute for more. */
#else
    enum { KEYS = 70000 }; /* More than 16 bits can count. */
#endif
    quiver *db = open_store(STORE, 0);
    for (uint32_t i = 0; i < KEYS; i++)
        CHECK(quiver_put(db, (const char *)&i, sizeof i, (const char *)&i, i % sizeof i) == QUIVER_OK);
    for (uint32_t i = 0; i < KEYS; i++) {
        if (i % 3 != 0)
            CHECK(quiver_delete(db, (const char *)&i, sizeof i) == QUIVER_OK);
    }
    for (int round = 0; round < 3; round++) {
        CHECK(count(db) == (KEYS + 2) / 3);
        for (uint32_t i = 0; i < KEYS; i++) {
            int64_t size = quiver_get(db, (const char *)&i, sizeof i);
            CHECK(size == (i % 3 == 0 ? (int64_t)(i % sizeof i) : -QUIVER_MISSING));
            CHECK(size < 0 || memcmp(quiver_value(db), &i, (size_t)size) == 0);
        }
        if (round == 0)
            CHECK(quiver_compact(db) == QUIVER_OK);
        if (round == 1) {
            quiver_close(db);
            db = open_store(STORE, 0);
        }
    }
    quiver_close(db);
}

static void test_large_value(void)
{
    size_t size = (size_t)64 * 1024 * 1024 + 1;
    char *data = malloc(size);
    CHECK(data != NULL);
    if (data == NULL)
        return;
    for (size_t i = 0; i < size; i++)
        data[i] = (char)(i * 31 >> 5);
    quiver *db = open_store(STORE, 0);
    CHECK(quiver_put(db, "large", 5, data, size) == QUIVER_OK);
    CHECK(put(db, "small", "one") == QUIVER_OK);
    CHECK(quiver_put(db, "over", 4, data, (size_t)QUIVER_MAX_SIZE + 1) == QUIVER_TOO_LARGE);
    CHECK(quiver_compact(db) == QUIVER_OK);
    quiver_close(db);
    db = open_store(STORE, 0);
    CHECK(quiver_get(db, "large", 5) == (int64_t)size && memcmp(quiver_value(db), data, size) == 0);
    quiver_release(db);
    CHECK(has(db, "small", "one"));
    quiver_close(db);
    free(data);
}

static void fill_value(char *value, size_t size, uint32_t number)
{
    for (size_t i = 0; i < size; i++)
        value[i] = (char)((number * 2654435761u + i * 40503u) >> 7);
}

static bool has_number(quiver *db, uint32_t number, size_t size)
{
    static char expected[10000];
    fill_value(expected, size, number);
    return quiver_get(db, (const char *)&number, sizeof number) == (int64_t)size &&
           memcmp(quiver_value(db), expected, size) == 0;
}

/* Records that begin at every byte of a block of the cache, and cross its end in every way. */
static void test_records_across_the_borders_of_blocks(void)
{
    enum { KEYS = 4200 };
    static const size_t sizes[] = {0, 99, 1000, 1001, 9000};
    static char value[10000];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        (void)remove(STORE);
        quiver *db = open_store(STORE, 0);
        for (uint32_t number = 0; number < KEYS; number++) {
            fill_value(value, sizes[i], number);
            CHECK(quiver_put(db, (const char *)&number, sizeof number, value, sizes[i]) == QUIVER_OK);
            CHECK(has_number(db, number, sizes[i]));
        }
        for (uint32_t step = 0; step < KEYS; step++)
            CHECK(has_number(db, step * 7 % KEYS, sizes[i]));
        CHECK(quiver_delete(db, "\0\0\0\0", 4) == QUIVER_OK);
        CHECK(quiver_compact(db) == QUIVER_OK);
        for (uint32_t number = 1; number < KEYS; number++)
            CHECK(has_number(db, number, sizes[i]));
        quiver_close(db);
    }
}

static void test_values_have_a_place_of_their_own_while_they_are_small(void)
{
    static char value[QUIVER_SMALL + 1];
    quiver *db = open_store(STORE, 0);
    const char *small = quiver_value(db);
    fill_value(value, sizeof value, 1);
    CHECK(put(db, "empty", "") == QUIVER_OK);
    CHECK(quiver_put(db, "largest", 7, value, QUIVER_SMALL) == QUIVER_OK);
    CHECK(quiver_put(db, "over", 4, value, QUIVER_SMALL + 1) == QUIVER_OK);
    CHECK(quiver_get(db, "over", 4) == QUIVER_SMALL + 1 && memcmp(quiver_value(db), value, sizeof value) == 0);
    CHECK(quiver_get(db, "largest", 7) == QUIVER_SMALL && memcmp(small, value, QUIVER_SMALL) == 0);
    CHECK(quiver_value(db) == small);
    CHECK(quiver_get(db, "empty", 5) == 0);
    quiver_close(db);
}

static void test_clear(void)
{
    quiver *db = open_store(STORE, 0);
    put(db, "a", "1");
    CHECK(quiver_clear(db) == QUIVER_OK);
    CHECK(count(db) == 0);
    put(db, "b", "2");
    quiver_close(db);
    db = open_store(STORE, 0);
    CHECK(count(db) == 1 && has(db, "a", NULL) && has(db, "b", "2"));
    quiver_close(db);
}

static size_t make_three_records(char *data, size_t room, size_t ends[3])
{
    static const char *const items[3][2] = {{"one", "first"}, {"two", "second"}, {"three", "third"}};
    quiver *db = open_store(STORE, 0);
    for (int i = 0; i < 3; i++) {
        CHECK(put(db, items[i][0], items[i][1]) == QUIVER_OK);
        ends[i] = (size_t)file_size(STORE);
    }
    quiver_close(db);
    return read_file(STORE, data, room);
}

static void test_torn_tail_at_every_length(void)
{
    char data[256];
    size_t ends[3];
    size_t size = make_three_records(data, sizeof data, ends);
    CHECK(size == ends[2]);
    for (size_t length = 0; length <= size; length++) {
        write_file(COPY, data, length);
        quiver *db = open_store(COPY, QUIVER_OPEN_READ_ONLY);
        uint64_t whole = (uint64_t)(length >= ends[0]) + (length >= ends[1]) + (length >= ends[2]);
        CHECK(count(db) == whole);
        size_t end = length < FILE_HEADER_SIZE ? 0 : whole == 0 ? FILE_HEADER_SIZE : ends[whole - 1];
        CHECK(inspect(db).torn == length - end);
        quiver_close(db);
        CHECK(file_size(COPY) == (long)length);
        db = open_store(COPY, 0);
        CHECK(count(db) == whole);
        CHECK(has(db, "one", length >= ends[0] ? "first" : NULL));
        CHECK(has(db, "two", length >= ends[1] ? "second" : NULL));
        CHECK(has(db, "three", length >= ends[2] ? "third" : NULL));
        quiver_close(db);
        CHECK(file_size(COPY) == (long)(whole == 0 ? FILE_HEADER_SIZE : ends[whole - 1]));
    }
}

static void test_every_flipped_byte(void)
{
    char data[256];
    size_t ends[3];
    size_t size = make_three_records(data, sizeof data, ends);
    for (size_t at = 0; at < size; at++) {
        data[at] ^= 0x10;
        write_file(COPY, data, size);
        data[at] ^= 0x10;
        quiver_error error;
        int status = open_status(COPY, 0, &error);
        size_t end = at < FILE_HEADER_SIZE ? FILE_HEADER_SIZE : at < ends[0] ? ends[0] : at < ends[1] ? ends[1] : size;
        size_t start = at < FILE_HEADER_SIZE ? 0 : at < ends[0] ? FILE_HEADER_SIZE : at < ends[1] ? ends[0] : ends[1];
        CHECK(status == (at < 8 ? QUIVER_NOT_A_STORE : QUIVER_CORRUPT));
        CHECK(at < 8 || error.offset == start);
        quiver *db = open_store(COPY, QUIVER_OPEN_SALVAGE);
        quiver_info info = inspect(db);
        CHECK(info.damaged == 1 && info.damage->offset == start && info.damage->size == end - start);
        CHECK(has(db, "one", end == ends[0] ? NULL : "first") && has(db, "three", end == size ? NULL : "third"));
        CHECK(inspect(db).torn == 0 && put(db, "a", "1") == QUIVER_READ_ONLY);
        quiver_close(db);
        CHECK(file_size(COPY) == (long)size);
    }
}

static void test_cut_below_what_was_synced(void)
{
    char data[256];
    size_t ends[3];
    quiver *db;
    make_three_records(data, sizeof data, ends);
    db = open_store(STORE, 0);
    CHECK(quiver_sync(db) == QUIVER_OK);
    quiver_close(db);
    size_t size = read_file(STORE, data, sizeof data);
    for (size_t length = FILE_HEADER_SIZE; length < size; length++) {
        quiver_error error;
        write_file(COPY, data, length);
        CHECK(open_status(COPY, 0, &error) == QUIVER_CORRUPT);
        CHECK(error.offset == (length < ends[0] ? FILE_HEADER_SIZE : length < ends[1] ? ends[0] : ends[1]));
        CHECK(file_size(COPY) == (long)length);
    }
}

static void test_other_files_are_left_alone(void)
{
    static const char text[] = "this is a text, and by no means a store";
    quiver_error error;
    write_file(COPY, text, sizeof text);
    CHECK(open_status(COPY, 0, &error) == QUIVER_NOT_A_STORE);
    CHECK(file_size(COPY) == (long)sizeof text);
    CHECK(remove(COPY) == 0);
    CHECK(open_status(COPY, QUIVER_OPEN_READ_ONLY, &error) == QUIVER_SYSTEM);
    CHECK(error.system == 2); /* ENOENT and ERROR_FILE_NOT_FOUND are the same number */
    CHECK(file_size(COPY) == -1);
}

static void test_one_writer_and_readers(void)
{
    quiver *writer = open_store(STORE, 0);
    put(writer, "a", "1");
    CHECK(open_status(STORE, 0, NULL) == QUIVER_LOCKED);
    quiver *reader = open_store(STORE, QUIVER_OPEN_READ_ONLY);
    put(writer, "a", "2");
    CHECK(has(reader, "a", "1"));
    CHECK(put(reader, "b", "1") == QUIVER_READ_ONLY);
    CHECK(quiver_delete(reader, "a", 1) == QUIVER_READ_ONLY);
    CHECK(quiver_clear(reader) == QUIVER_READ_ONLY);
    CHECK(quiver_sync(reader) == QUIVER_READ_ONLY);
    CHECK(quiver_compact(reader) == QUIVER_READ_ONLY);
    quiver_close(reader);
    quiver_close(writer);
    CHECK(open_status(STORE, 0, NULL) == QUIVER_OK);
}

static void test_compaction_keeps_the_lock(void)
{
    quiver *db = open_store(STORE, 0);
    for (int i = 0; i < 100; i++)
        put(db, "key", "a value that is replaced again and again");
    long before = file_size(STORE);
    CHECK(quiver_compact(db) == QUIVER_OK);
    CHECK(file_size(STORE) < before / 50);
    CHECK(open_status(STORE, 0, NULL) == QUIVER_LOCKED);
    CHECK(put(db, "after", "it") == QUIVER_OK);
    CHECK(quiver_compact(db) == QUIVER_OK);
    quiver_close(db);
    db = open_store(STORE, 0);
    CHECK(count(db) == 2 && has(db, "after", "it") && has(db, "key", "a value that is replaced again and again"));
    quiver_close(db);
}

static void test_compaction_with_an_open_reader(void)
{
    quiver *db = open_store(STORE, 0);
    put(db, "a", "1");
    put(db, "a", "2");
    quiver *reader = open_store(STORE, QUIVER_OPEN_READ_ONLY);
    int status = quiver_compact(db);
    /* Older versions of Windows cannot rename over a file that is open. */
#if defined(_WIN32)
    CHECK(status == QUIVER_OK || status == QUIVER_SYSTEM);
#else
    CHECK(status == QUIVER_OK);
#endif
    CHECK(has(reader, "a", "2"));
    CHECK(put(db, "b", "3") == QUIVER_OK);
    CHECK(open_status(STORE, 0, NULL) == QUIVER_LOCKED);
    quiver_close(reader);
    quiver_close(db);
    db = open_store(STORE, 0);
    CHECK(count(db) == 2 && has(db, "a", "2") && has(db, "b", "3"));
    quiver_close(db);
}

static void name_of_temporary(char *name)
{
    char header[FILE_HEADER_SIZE];
    read_file(STORE, header, sizeof header);
    memcpy(name, STORE ".quiver-compact-", sizeof STORE ".quiver-compact-" - 1);
    name += sizeof STORE ".quiver-compact-" - 1;
    for (int i = 24; i < 40; i++)
        *name++ = "0123456789abcdef"[(unsigned char)header[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xF];
    *name = '\0';
}

static void test_left_over_temporary_file_is_removed(void)
{
    char name[100];
    quiver_close(open_store(STORE, 0));
    name_of_temporary(name);
    write_file(name, "half", 4);
    quiver_close(open_store(STORE, 0));
    CHECK(file_size(name) == -1);
}

static void test_compaction_replaces_only_its_store(void)
{
    char name[100];
    quiver *db = open_store(STORE, 0);
    put(db, "a", "1");
    name_of_temporary(name);
    CHECK(rename(STORE, COPY) == 0);
    CHECK(quiver_compact(db) == QUIVER_MOVED);
    write_file(STORE, "something else", 14);
    CHECK(quiver_compact(db) == QUIVER_MOVED);
    CHECK(file_size(STORE) == 14 && file_size(name) == -1);
    CHECK(has(db, "a", "1"));
    quiver_close(db);
}

static void test_path_outside_ascii(void)
{
    quiver *db = open_store(UNICODE_STORE, 0);
    CHECK(put(db, "a", "1") == QUIVER_OK);
    CHECK(quiver_compact(db) == QUIVER_OK);
    CHECK(quiver_clear(db) == QUIVER_OK);
    quiver_close(db);
}

static void test_null_handle_is_a_closed_store(void)
{
    quiver_bytes bytes;
    quiver_cursor cursor = {0};
    quiver_info info;
    CHECK(quiver_inspect(NULL, &info) == QUIVER_CLOSED);
    CHECK(quiver_get(NULL, "a", 1) == -QUIVER_CLOSED);
    CHECK(quiver_contains(NULL, "a", 1) == QUIVER_CLOSED);
    CHECK(put(NULL, "a", "1") == QUIVER_CLOSED);
    CHECK(quiver_next(NULL, &cursor, &bytes, NULL) == QUIVER_CLOSED);
    CHECK(quiver_value(NULL) == NULL);
    quiver_release(NULL);
    quiver_close(NULL);
}

/* Stores changed at random */

static uint64_t random_state;

static uint32_t chance(uint32_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % below;
}

static uint32_t crc32c(uint32_t crc, const char *data, size_t size)
{
    crc = ~crc;
    for (size_t i = 0; i < 8 * size; i++)
        crc = crc >> 1 ^ ((crc ^ (uint32_t)((unsigned char)data[i / 8] >> i % 8)) & 1 ? 0x82F63B78u : 0);
    return ~crc;
}

/* Every value starts with its key, so that one that was read under another key shows. */
static size_t make_random_store(char *data, size_t room, uint64_t *last)
{
    (void)remove(STORE);
    quiver *db = open_store(STORE, 0);
    for (uint32_t i = chance(12); i > 0; i--) {
        char value[600] = {(char)('a' + chance(5))};
        uint32_t action = chance(20);
        *last = (uint64_t)file_size(STORE);
        if (action < 14)
            CHECK(quiver_put(db, value, 1, value, 1 + chance(chance(8) == 0 ? 599 : 9)) == QUIVER_OK);
        else if (action < 18)
            CHECK(quiver_delete(db, value, 1) <= QUIVER_MISSING);
        else
            CHECK((action == 18 ? quiver_clear(db) : quiver_sync(db)) == QUIVER_OK);
    }
    quiver_close(db);
    return read_file(STORE, data, room);
}

/* Returns the new size. */
static size_t change(char *data, size_t size, uint64_t last)
{
    size_t at = chance((uint32_t)size);
    size_t length = chance((uint32_t)(size - at)) + 1;
    switch (chance(6)) {
    case 0:
        data[at] ^= (char)(1 << chance(8));
        return size;
    case 1:
        return at;
    case 2:
        memset(data + at, chance(2) == 0 ? 0 : 0xFF, length);
        return size;
    case 3:
        memmove(data + chance((uint32_t)(size - length + 1)), data + at, length);
        return size;
    case 4:
        memset(data + size, (int)chance(2), length);
        return size + length;
    default: /* any fields in the header of the last record, with the right checksum */
        if (last + 20 > size || last < FILE_HEADER_SIZE)
            return size;
        data[last + 4 + chance(16)] ^= (char)(1 << chance(8));
        uint32_t crc = crc32c(crc32c(crc32c(0, data + 12, 8), (const char *)&last, 8), data + last + 4, 16);
        memcpy(data + last, &crc, sizeof crc);
        return size;
    }
}

static void use(quiver *db, uint64_t *keys)
{
    quiver_cursor cursor = {.backward = (int)chance(2)};
    quiver_bytes key;
    quiver_bytes value;
    for (*keys = 0; quiver_next(db, &cursor, &key, &value) == QUIVER_OK; ++*keys) {
        char copy = key.size > 0 ? *key.data : 0;
        CHECK(key.size != 1 || value.size == 0 || *value.data == copy);
        CHECK(key.size != 1 || quiver_get(db, &copy, 1) == (int64_t)value.size);
    }
    CHECK(*keys == count(db));
}

static void open_changed_store(void)
{
    static char data[20000];
    uint64_t last = 0;
    uint64_t keys[3];
    quiver *db;
    quiver_error error;
    size_t size = make_random_store(data, sizeof data / 2, &last);
    for (uint32_t i = 1 + chance(3); i > 0 && size > 0 && size < sizeof data / 2; i--)
        size = change(data, size, last);
    write_file(COPY, data, size);
    int salvaged = quiver_open(COPY, QUIVER_OPEN_SALVAGE, &db, &error);
    CHECK(salvaged == QUIVER_OK || salvaged == QUIVER_NOT_A_STORE || salvaged == QUIVER_TOO_NEW);
    if (salvaged == QUIVER_OK)
        use(db, &keys[0]);
    quiver_close(db);
    int status = quiver_open(COPY, QUIVER_OPEN_READ_ONLY, &db, &error);
    if (status == QUIVER_OK)
        use(db, &keys[1]);
    quiver_close(db);
    CHECK(status == salvaged || status == QUIVER_CORRUPT || status == QUIVER_NOT_A_STORE);
    CHECK(status != QUIVER_OK || keys[0] == keys[1]);
    CHECK(quiver_open(COPY, 0, &db, &error) == status);
    CHECK(status == QUIVER_OK || file_size(COPY) == (long)size);
    if (status != QUIVER_OK)
        return;
    use(db, &keys[2]);
    CHECK(keys[2] == keys[1] && put(db, "new", "value") == QUIVER_OK);
    CHECK(chance(2) == 0 || quiver_compact(db) == QUIVER_OK);
    quiver_close(db);
    db = open_store(COPY, QUIVER_OPEN_READ_ONLY);
    CHECK(count(db) == keys[2] + 1 && has(db, "new", "value") && inspect(db).torn == 0);
    quiver_close(db);
}

static int fuzz(long number, long seed)
{
    CHECK(crc32c(0, "123456789", 9) == 0xE3069283u);
    for (long i = 0; i < number && !failed; i++) {
        random_state = (uint64_t)(seed + i) * 0x9E3779B97F4A7C15u + 1;
        open_changed_store();
        if (failed)
            printf("FAILED with the seed %ld\n", seed + i);
    }
    (void)remove(STORE);
    (void)remove(COPY);
    return failed ? 1 : 0;
}

typedef struct test {
    const char *name;
    void (*run)(void);
} test;

#define TEST(name) {#name, test_##name}

static const test tests[] = {
    TEST(version),
    TEST(put_get_delete_survive_reopening),
    TEST(order_of_keys),
    TEST(many_keys_and_deletions),
    TEST(large_value),
    TEST(records_across_the_borders_of_blocks),
    TEST(values_have_a_place_of_their_own_while_they_are_small),
    TEST(clear),
    TEST(torn_tail_at_every_length),
    TEST(every_flipped_byte),
    TEST(cut_below_what_was_synced),
    TEST(other_files_are_left_alone),
    TEST(one_writer_and_readers),
    TEST(compaction_keeps_the_lock),
    TEST(compaction_with_an_open_reader),
    TEST(left_over_temporary_file_is_removed),
    TEST(compaction_replaces_only_its_store),
    TEST(path_outside_ascii),
    TEST(null_handle_is_a_closed_store),
};

int main(int argc, char **argv)
{
    if (argc == 3)
        return fuzz(strtol(argv[1], NULL, 10), strtol(argv[2], NULL, 10));
    int number_failed = 0;
    int number = (int)(sizeof tests / sizeof tests[0]);
    for (int i = 0; i < number; i++) {
        (void)remove(STORE);
        (void)remove(COPY);
        failed = false;
        tests[i].run();
        printf("%s %s\n", failed ? "FAILED" : "passed", tests[i].name);
        number_failed += failed;
    }
    (void)remove(STORE);
    (void)remove(COPY);
    (void)remove(UNICODE_STORE);
    printf("%d passed, %d failed\n", number - number_failed, number_failed);
    return number_failed == 0 ? 0 : 1;
}
