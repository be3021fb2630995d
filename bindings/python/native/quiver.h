/*
 * quiver: a persistent map from byte strings to byte strings, kept in one file.
 *
 * The file format and what a crash leaves behind are described in FORMAT.md.
 *
 * Calls on one handle must not overlap: the caller serializes them. Different handles are independent.
 * After fork() the child may only close a handle.
 *
 * Every function that returns int returns a quiver_status. A call that fails leaves the handle usable and the
 * store as it was before the call.
 */
#ifndef QUIVER_H
#define QUIVER_H

#include <stddef.h>
#include <stdint.h>

#if !defined(_WIN32)
#define QUIVER_API __attribute__((visibility("default")))
#elif defined(QUIVER_BUILDING)
#define QUIVER_API __declspec(dllexport)
#else
#define QUIVER_API __declspec(dllimport)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The longest key and the longest value, in bytes. */
#define QUIVER_MAX_SIZE 0x7FFFFFFF

enum quiver_status {
    QUIVER_OK = 0,
    QUIVER_MISSING = 1,     /* no such key, or a cursor is at its end */
    QUIVER_CHANGED = 2,     /* keys were added or deleted since the cursor started */
    QUIVER_LOCKED = 3,      /* another handle writes to the store */
    QUIVER_READ_ONLY = 4,   /* the handle was opened for reading */
    QUIVER_CLOSED = 5,      /* the handle is NULL */
    QUIVER_CORRUPT = 6,     /* damaged at quiver_error.offset */
    QUIVER_NOT_A_STORE = 7, /* the file is something else, and was left untouched */
    QUIVER_TOO_NEW = 8,     /* a format version that this library does not read */
    QUIVER_TOO_LARGE = 9,   /* key or value over QUIVER_MAX_SIZE, or too many keys */
    QUIVER_NO_MEMORY = 10,
    QUIVER_SYSTEM = 11, /* the operating system refused: quiver_error.system */
    QUIVER_MOVED = 12,  /* the path now names another file, or none */
    QUIVER_LINKED = 13  /* the file has other hard links, which would keep the old records */
};

enum quiver_flags {
    QUIVER_OPEN_READ_ONLY = 1, /* the file must exist; it is not locked, not repaired, not written */
    QUIVER_OPEN_SALVAGE = 2    /* read-only; damage is skipped: see quiver_info */
};

enum quiver_limits {
    QUIVER_SMALL = 4096,   /* the longest value that has a place of its own */
    QUIVER_LARGE = 1048576 /* the handle keeps memory for up to this many bytes; beyond, quiver_release gives it back */
};

typedef struct quiver quiver;

/* Details of a failed call. */
typedef struct quiver_error {
    uint64_t offset; /* QUIVER_CORRUPT: where the damaged record starts */
    int system;      /* QUIVER_SYSTEM: errno, on Windows GetLastError() */
} quiver_error;

/* Bytes that belong to the handle: valid until the next call on it. */
typedef struct quiver_bytes {
    const char *data;
    size_t size;
} quiver_bytes;

/* Bytes of the file. */
typedef struct quiver_stretch {
    uint64_t offset;
    uint64_t size;
} quiver_stretch;

/*
 * Of a key whose last record is damaged, QUIVER_OPEN_SALVAGE shows the record before, if any: an older value, or a key
 * that was deleted.
 */
typedef struct quiver_info {
    uint64_t keys;
    uint64_t torn;  /* bytes of an interrupted write at the end: a writer cut them off, a reader ignored them */
    size_t damaged; /* how many parts of the file were skipped */
    const quiver_stretch *damage;
} quiver_info;

/* A position in the order of the keys. Zero-initialized except for backward, it is before the first step. */
typedef struct quiver_cursor {
    uint64_t position;
    uint64_t generation;
    size_t lent; /* how many bytes the last step lends */
    int backward;
} quiver_cursor;

/* The version of the library, e.g. "1.2.3". */
QUIVER_API const char *quiver_version(void);

/*
 * Opens the store at path: UTF-8 on Windows, elsewhere any bytes that the file system accepts. quiver_compact replaces
 * what has this name, so a writer needs an absolute path with all links resolved.
 *
 * Without flags the file is created if it is missing, locked until quiver_close, and a torn tail is cut off. With
 * QUIVER_OPEN_READ_ONLY, the handle shows the store as it is at this moment, regardless of later writes.
 * Reads the whole file once and verifies every checksum. On failure *db is NULL and *error, unless NULL, is filled.
 */
QUIVER_API int quiver_open(const char *path, unsigned flags, quiver **db, quiver_error *error);

/* Releases everything, without quiver_sync; in a forked child, all but the parent's lock. NULL is ignored. */
QUIVER_API void quiver_close(quiver *db);

/* The details of the last call on db that returned QUIVER_CORRUPT or QUIVER_SYSTEM. */
QUIVER_API void quiver_last_error(const quiver *db, quiver_error *error);

QUIVER_API int quiver_inspect(const quiver *db, quiver_info *info);

/*
 * Returns the size of the value, or the negated status; verifies the checksum of the record. The value is then at
 * quiver_value(db) until the next call. That never changes for values up to QUIVER_SMALL, also called before quiver_get.
 */
QUIVER_API int64_t quiver_get(quiver *db, const char *key, size_t key_size);
QUIVER_API const char *quiver_value(const quiver *db);

/* Frees the memory of the bytes that the handle lends; after small ones, it would only be allocated again. */
QUIVER_API void quiver_release(quiver *db);

/* Returns QUIVER_OK if the key is there, else QUIVER_MISSING. */
QUIVER_API int quiver_contains(quiver *db, const char *key, size_t key_size);

/* After it returns, the data survives a killed process; after quiver_sync, a power cut. */
QUIVER_API int quiver_put(quiver *db, const char *key, size_t key_size, const char *value, size_t value_size);
QUIVER_API int quiver_delete(quiver *db, const char *key, size_t key_size);

/* Deletes every key with a single record: all are gone or none. */
QUIVER_API int quiver_clear(quiver *db);

/*
 * Steps to the next key in the order in which the keys were first put, or in the reverse order; a key that was deleted
 * and put again counts as new. Returns QUIVER_MISSING after the last one. value may be NULL, which saves reading it.
 * Values may be replaced between steps; after adding or deleting keys, returns QUIVER_CHANGED.
 */
QUIVER_API int quiver_next(quiver *db, quiver_cursor *cursor, quiver_bytes *key, quiver_bytes *value);

/* Waits until everything that was put so far is on the disk. */
QUIVER_API int quiver_sync(quiver *db);

/*
 * Rewrites the store without deleted and replaced records, and syncs it. Atomic: on failure, or if the process dies,
 * the old file is still there, intact. Needs disk space for a second file. Refused with QUIVER_MOVED or QUIVER_LINKED
 * if the new file would take the place of anything but this store, or not everywhere.
 */
QUIVER_API int quiver_compact(quiver *db);

#ifdef __cplusplus
}
#endif

#endif
