#define WIN32_LEAN_AND_MEAN
#undef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#undef NTDDI_VERSION
#define NTDDI_VERSION 0x0A000002 /* Windows 10 1607: FileRenameInfoEx */
#define _CRT_RAND_S

#include "platform.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

/* Not every SDK has these two. */
#ifndef FILE_RENAME_FLAG_REPLACE_IF_EXISTS
#define FILE_RENAME_FLAG_REPLACE_IF_EXISTS 0x00000001
#endif
#ifndef FILE_RENAME_FLAG_POSIX_SEMANTICS
#define FILE_RENAME_FLAG_POSIX_SEMANTICS 0x00000002
#endif

#define LARGEST_TRANSFER 0x40000000u

/* A lock on Windows keeps others from reading, so it covers one byte that is beyond any file. */
#define LOCK_OFFSET_HIGH 0x7FFFFFFFu

#ifdef QUIVER_WITHOUT_RUNTIME
/* The needed parts of a compiler's runtime: the stack protector's guard, and an entry point that sets it. */
uintptr_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);
BOOL WINAPI DllMainCRTStartup(HINSTANCE library, DWORD reason, LPVOID reserved);

void __stack_chk_fail(void)
{
    __builtin_trap();
}

/* Not protected itself: the guard changes while it runs. */
__attribute__((no_stack_protector)) BOOL WINAPI DllMainCRTStartup(HINSTANCE library, DWORD reason, LPVOID reserved)
{
    (void)library;
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        LARGE_INTEGER ticks;
        QueryPerformanceCounter(&ticks);
        __stack_chk_guard = (uintptr_t)ticks.QuadPart * 0x9E3779B97F4A7C15u ^ (uintptr_t)&ticks
            ^ (uintptr_t)GetCurrentProcessId() << 32;
    }
    return TRUE;
}
#endif

static HANDLE native(platform_file file)
{
    return (HANDLE)file;
}

static int last_error(void)
{
    return (int)GetLastError();
}

static int result(BOOL succeeded)
{
    return succeeded ? 0 : last_error();
}

static OVERLAPPED at(uint64_t offset)
{
    return (OVERLAPPED){.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};
}

/* The caller frees what this returns; NULL with the reason in GetLastError(). */
static wchar_t *to_wide(const char *text)
{
    size_t room = strlen(text) + 1; /* UTF-16 never has more units than UTF-8 */
    wchar_t *wide = malloc(room * sizeof *wide);
    if (wide == NULL)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    else if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, (int)room) > 0)
        return wide;
    free(wide);
    return NULL;
}

static HANDLE open_wide(const wchar_t *path, DWORD access, DWORD disposition)
{
    /* Sharing everything lets others read next to the writer, and lets a compaction replace a file that they read. */
    DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    return CreateFileW(path, access, share, NULL, disposition, FILE_ATTRIBUTE_NORMAL, NULL);
}

int platform_open(const char *path, enum platform_mode mode, platform_file *file)
{
    DWORD access = GENERIC_READ;
    DWORD disposition = OPEN_EXISTING;
    if (mode == PLATFORM_WRITE) {
        access |= GENERIC_WRITE;
        disposition = OPEN_ALWAYS;
    } else if (mode == PLATFORM_REPLACE) {
        int error = platform_remove(path);
        if (error != 0)
            return error;
        access |= GENERIC_WRITE | DELETE; /* DELETE is the right to rename it later */
        disposition = CREATE_NEW;
    }
    wchar_t *wide = to_wide(path);
    if (wide == NULL)
        return last_error();
    HANDLE handle = open_wide(wide, access, disposition);
    int error = handle == INVALID_HANDLE_VALUE ? last_error() : 0;
    free(wide);
    if (error != 0)
        return error;
    if (GetFileType(handle) != FILE_TYPE_DISK) {
        CloseHandle(handle);
        return PLATFORM_NOT_A_FILE;
    }
    *file = (platform_file)handle;
    return 0;
}

void platform_close(platform_file file, bool unlock)
{
    (void)unlock;
    (void)CloseHandle(native(file));
}

int platform_lock(platform_file file)
{
    OVERLAPPED place = at((uint64_t)LOCK_OFFSET_HIGH << 32);
    if (LockFileEx(native(file), LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &place))
        return 0;
    int error = last_error();
    return error == ERROR_LOCK_VIOLATION || error == ERROR_IO_PENDING ? PLATFORM_BUSY : error;
}

static bool same_file(const BY_HANDLE_FILE_INFORMATION *one, const BY_HANDLE_FILE_INFORMATION *other)
{
    /* Wine forgets the volume of a file that was renamed while it was open: it is 0. */
    return (one->dwVolumeSerialNumber == other->dwVolumeSerialNumber || one->dwVolumeSerialNumber == 0) &&
           one->nFileIndexHigh == other->nFileIndexHigh && one->nFileIndexLow == other->nFileIndexLow;
}

uint64_t platform_process(void)
{
    return 0;
}

int platform_is_current(platform_file file, const char *path, bool *current, bool *linked)
{
    BY_HANDLE_FILE_INFORMATION mine;
    BY_HANDLE_FILE_INFORMATION named;
    int error = result(GetFileInformationByHandle(native(file), &mine));
    if (error != 0)
        return error;
    *linked = mine.nNumberOfLinks > 1;
    wchar_t *wide = to_wide(path);
    if (wide == NULL)
        return last_error();
    HANDLE handle = open_wide(wide, 0, OPEN_EXISTING);
    error = handle == INVALID_HANDLE_VALUE ? last_error() : 0;
    free(wide);
    *current = false;
    if (error == ERROR_FILE_NOT_FOUND)
        return 0;
    if (error != 0)
        return error;
    error = result(GetFileInformationByHandle(handle, &named));
    CloseHandle(handle);
    *current = error == 0 && same_file(&mine, &named);
    return error;
}

int platform_size(platform_file file, uint64_t *size)
{
    LARGE_INTEGER length;
    if (!GetFileSizeEx(native(file), &length))
        return last_error();
    *size = (uint64_t)length.QuadPart;
    return 0;
}

int platform_read(platform_file file, void *data, size_t size, uint64_t offset, size_t *done)
{
    *done = 0;
    while (*done < size) {
        DWORD wanted = (DWORD)(size - *done < LARGEST_TRANSFER ? size - *done : LARGEST_TRANSFER);
        DWORD got = 0;
        OVERLAPPED place = at(offset + *done);
        if (!ReadFile(native(file), (char *)data + *done, wanted, &got, &place))
            return last_error() == ERROR_HANDLE_EOF ? 0 : last_error();
        if (got == 0)
            break;
        *done += got;
    }
    return 0;
}

int platform_write(platform_file file, const void *data, size_t size, uint64_t offset)
{
    for (size_t done = 0; done < size;) {
        DWORD wanted = (DWORD)(size - done < LARGEST_TRANSFER ? size - done : LARGEST_TRANSFER);
        DWORD put = 0;
        OVERLAPPED place = at(offset + done);
        if (!WriteFile(native(file), (const char *)data + done, wanted, &put, &place))
            return last_error();
        if (put == 0)
            return ERROR_DISK_FULL;
        done += put;
    }
    return 0;
}

int platform_truncate(platform_file file, uint64_t size)
{
    FILE_END_OF_FILE_INFO end;
    end.EndOfFile.QuadPart = (LONGLONG)size;
    return result(SetFileInformationByHandle(native(file), FileEndOfFileInfo, &end, sizeof end));
}

int platform_sync(platform_file file)
{
    return result(FlushFileBuffers(native(file)));
}

int platform_sync_name(const char *path)
{
    /* Windows has no call for this; NTFS keeps names in its journal. */
    (void)path;
    return 0;
}

int platform_copy_access(platform_file from, platform_file to)
{
    /* A new file inherits its permissions from its folder, as the old one did. */
    (void)from;
    (void)to;
    return 0;
}

/* Renames over a file that is open, which Windows has allowed since 10 1607 on NTFS. */
static int rename_open(platform_file file, const wchar_t *to)
{
    size_t length = wcslen(to) * sizeof *to;
    size_t size = sizeof(FILE_RENAME_INFO) + length;
    FILE_RENAME_INFO *info = calloc(1, size);
    if (info == NULL)
        return ERROR_NOT_ENOUGH_MEMORY;
    info->Flags = FILE_RENAME_FLAG_REPLACE_IF_EXISTS | FILE_RENAME_FLAG_POSIX_SEMANTICS;
    info->FileNameLength = (DWORD)length;
    memcpy(info->FileName, to, length);
    int error = result(SetFileInformationByHandle(native(file), FileRenameInfoEx, info, (DWORD)size));
    free(info);
    return error;
}

static bool lacks_posix_rename(int error)
{
    return error == ERROR_INVALID_PARAMETER || error == ERROR_NOT_SUPPORTED || error == ERROR_INVALID_FUNCTION ||
           error == ERROR_CALL_NOT_IMPLEMENTED || error == ERROR_INVALID_LEVEL;
}

/* Opens and locks path again, if it is still the same file: a store only ever grows. */
static int reopen(const char *path, const BY_HANDLE_FILE_INFORMATION *before, platform_file *file)
{
    BY_HANDLE_FILE_INFORMATION now;
    int error = platform_open(path, PLATFORM_WRITE, file);
    if (error != 0)
        return error;
    error = platform_lock(*file);
    if (error == 0)
        error = result(GetFileInformationByHandle(native(*file), &now));
    if (error == 0 && !(same_file(before, &now) && before->nFileSizeHigh == now.nFileSizeHigh &&
                        before->nFileSizeLow == now.nFileSizeLow))
        error = ERROR_FILE_INVALID;
    if (error != 0) {
        platform_close(*file, true);
        *file = PLATFORM_NO_FILE;
    }
    return error;
}

/*
 * The older call needs the target closed, so for a moment it is not locked. If another writer opens it then, the rename
 * fails and that writer has the lock: nothing is lost, and *old is PLATFORM_NO_FILE.
 */
static int rename_closed(platform_file *old, const wchar_t *from, const wchar_t *to, const char *path)
{
    BY_HANDLE_FILE_INFORMATION before;
    int error = result(GetFileInformationByHandle(native(*old), &before));
    if (error != 0)
        return error;
    platform_close(*old, true);
    *old = PLATFORM_NO_FILE;
    error = result(MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH));
    if (error != 0)
        (void)reopen(path, &before, old); /* the reason to report is why the rename failed */
    return error;
}

int platform_replace(platform_file *old, platform_file replacement, const char *from, const char *to)
{
    wchar_t *wide_from = to_wide(from);
    wchar_t *wide_to = wide_from == NULL ? NULL : to_wide(to);
    int error = wide_to == NULL ? last_error() : rename_open(replacement, wide_to);
    if (error == 0)
        platform_close(*old, true);
    else if (wide_to != NULL && lacks_posix_rename(error))
        error = rename_closed(old, wide_from, wide_to, to);
    free(wide_from);
    free(wide_to);
    if (error == 0)
        *old = replacement;
    return error;
}

int platform_remove(const char *path)
{
    wchar_t *wide = to_wide(path);
    if (wide == NULL)
        return last_error();
    int error = result(DeleteFileW(wide));
    free(wide);
    return error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND ? 0 : error;
}

int platform_random(void *data, size_t size)
{
    unsigned value;
    for (size_t done = 0; done < size; done += sizeof value) {
        if (rand_s(&value) != 0)
            return ERROR_GEN_FAILURE;
        memcpy((char *)data + done, &value, sizeof value);
    }
    return 0;
}
