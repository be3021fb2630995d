/*
 * What quiver needs of an operating system. Functions that return int return 0 or the system's own error code:
 * errno on POSIX, GetLastError() on Windows. Paths are UTF-8 on Windows, elsewhere plain bytes.
 */
#ifndef QUIVER_PLATFORM_H
#define QUIVER_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file descriptor or a HANDLE. */
typedef intptr_t platform_file;
#define PLATFORM_NO_FILE ((platform_file)-1)

/* No system uses these as error codes. */
#define PLATFORM_BUSY (-1)
#define PLATFORM_NOT_A_FILE (-2)

enum platform_mode {
    PLATFORM_READ,   /* an existing file */
    PLATFORM_WRITE,  /* an existing file, or a new one */
    PLATFORM_REPLACE /* a new file; one of that name is removed first */
};

/* PLATFORM_NOT_A_FILE if path names something that is not a regular file, such as a pipe. */
int platform_open(const char *path, enum platform_mode mode, platform_file *file);
/* With unlock, no copy of the file in a forked child keeps the lock; without, the lock stays with the other copies. */
void platform_close(platform_file file, bool unlock);

/* Takes the writer's lock without waiting: PLATFORM_BUSY if another handle has it. It lasts until the file is closed. */
int platform_lock(platform_file file);

/* Whether path still names this file, and whether other hard links do. */
int platform_is_current(platform_file file, const char *path, bool *current, bool *linked);

/* Tells a process from its forks. */
uint64_t platform_process(void);

int platform_size(platform_file file, uint64_t *size);

/* Reads up to size bytes; fewer only at the end of the file. */
int platform_read(platform_file file, void *data, size_t size, uint64_t offset, size_t *done);
int platform_write(platform_file file, const void *data, size_t size, uint64_t offset);
int platform_truncate(platform_file file, uint64_t size);
int platform_sync(platform_file file);

/* Makes the creation of path, or a rename to it, survive a power cut. */
int platform_sync_name(const char *path);

/* Copies the owner and the permissions, as far as the process may. */
int platform_copy_access(platform_file from, platform_file to);

/*
 * Renames from to to, atomically, and replaces *old, the open file of that name, with replacement. On failure both
 * files keep their names; *old is PLATFORM_NO_FILE if it could not be opened and locked again.
 */
int platform_replace(platform_file *old, platform_file replacement, const char *from, const char *to);

/* A missing file is not an error. */
int platform_remove(const char *path);

/* size is a multiple of 4. */
int platform_random(void *data, size_t size);

#endif
