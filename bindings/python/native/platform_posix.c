#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#define _FILE_OFFSET_BITS 64

#include "platform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Linux moves at most this much in one call; macOS refuses more. */
#define LARGEST_TRANSFER 0x7ffff000u

static int result(int returned)
{
    return returned == 0 ? 0 : errno;
}

static int check_regular(int descriptor)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return errno;
    if (S_ISDIR(status.st_mode))
        return EISDIR;
    return S_ISREG(status.st_mode) ? 0 : PLATFORM_NOT_A_FILE;
}

int platform_open(const char *path, enum platform_mode mode, platform_file *file)
{
    /* O_NONBLOCK has no effect on a regular file, and keeps open() from waiting for the other end of a pipe. */
    int flags = O_CLOEXEC | O_NONBLOCK;
    flags |= mode == PLATFORM_READ ? O_RDONLY : O_RDWR | O_CREAT;
    if (mode == PLATFORM_REPLACE) {
        int error = platform_remove(path);
        if (error != 0)
            return error;
        /* O_EXCL also refuses to follow a link that was put there meanwhile. */
        flags |= O_EXCL;
    }
    int descriptor = open(path, flags, 0666);
    if (descriptor < 0)
        return errno;
    int error = check_regular(descriptor);
    if (error != 0) {
        close(descriptor);
        return error;
    }
    *file = descriptor;
    return 0;
}

void platform_close(platform_file file, bool unlock)
{
    if (unlock)
        (void)flock((int)file, LOCK_UN);
    /* Every write was already checked, and even after EINTR the descriptor is closed: there is nothing to handle. */
    (void)close((int)file);
}

int platform_lock(platform_file file)
{
    if (flock((int)file, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return errno == EWOULDBLOCK ? PLATFORM_BUSY : errno;
}

int platform_is_current(platform_file file, const char *path, bool *current, bool *linked)
{
    struct stat mine;
    struct stat named;
    if (fstat((int)file, &mine) != 0)
        return errno;
    *linked = mine.st_nlink > 1;
    if (stat(path, &named) != 0) {
        *current = false;
        return errno == ENOENT ? 0 : errno;
    }
    *current = mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
    return 0;
}

uint64_t platform_process(void)
{
    return (uint64_t)getpid();
}

int platform_size(platform_file file, uint64_t *size)
{
    struct stat status;
    if (fstat((int)file, &status) != 0)
        return errno;
    *size = (uint64_t)status.st_size;
    return 0;
}

int platform_read(platform_file file, void *data, size_t size, uint64_t offset, size_t *done)
{
    *done = 0;
    while (*done < size) {
        size_t wanted = size - *done < LARGEST_TRANSFER ? size - *done : LARGEST_TRANSFER;
        ssize_t got = pread((int)file, (char *)data + *done, wanted, (off_t)(offset + *done));
        if (got == 0)
            break;
        if (got > 0)
            *done += (size_t)got;
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

int platform_write(platform_file file, const void *data, size_t size, uint64_t offset)
{
    for (size_t done = 0; done < size;) {
        size_t wanted = size - done < LARGEST_TRANSFER ? size - done : LARGEST_TRANSFER;
        ssize_t put = pwrite((int)file, (const char *)data + done, wanted, (off_t)(offset + done));
        if (put > 0)
            done += (size_t)put;
        else if (put == 0)
            return ENOSPC;
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

int platform_truncate(platform_file file, uint64_t size)
{
    return result(ftruncate((int)file, (off_t)size));
}

int platform_sync(platform_file file)
{
#ifdef F_FULLFSYNC
    /* On macOS, fsync stops at the drive's own cache. Not every file system there supports this call. */
    if (fcntl((int)file, F_FULLFSYNC) == 0)
        return 0;
#endif
    return result(fsync((int)file));
}

int platform_sync_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL || slash == path ? 1 : (size_t)(slash - path);
    char *directory = malloc(length + 1);
    if (directory == NULL)
        return ENOMEM;
    memcpy(directory, slash == NULL ? "." : path, length);
    directory[length] = '\0';
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    if (descriptor < 0)
        return errno;
    int error = result(fsync(descriptor));
    close(descriptor);
    /* Some network and FUSE file systems cannot sync a directory, and return these errors. */
    return error == EINVAL ? 0 : error;
}

int platform_copy_access(platform_file from, platform_file to)
{
    struct stat source;
    struct stat target;
    if (fstat((int)from, &source) != 0 || fstat((int)to, &target) != 0)
        return errno;
    /* Only a privileged process may change the owner; any other one stays the owner of the new file. */
    if ((source.st_uid != target.st_uid || source.st_gid != target.st_gid) &&
        fchown((int)to, source.st_uid, source.st_gid) != 0 && errno != EPERM)
        return errno;
    return result(fchmod((int)to, source.st_mode & 0777));
}

int platform_replace(platform_file *old, platform_file replacement, const char *from, const char *to)
{
    if (rename(from, to) != 0)
        return errno;
    platform_close(*old, true);
    *old = replacement;
    return 0;
}

int platform_remove(const char *path)
{
    return unlink(path) == 0 || errno == ENOENT ? 0 : errno;
}

int platform_random(void *data, size_t size)
{
    /* The device, not getrandom(), which glibc only has since 2.25. */
    FILE *device = fopen("/dev/urandom", "rbe");
    if (device == NULL)
        return errno;
    size_t done = fread(data, 1, size, device);
    fclose(device);
    return done == size ? 0 : EIO;
}
