#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

ssize_t file_pread_text(int fd, char *buffer, size_t size) {
    ssize_t length;
    do
        length = pread(fd, buffer, size - 1, 0);
    while (length < 0 && errno == EINTR);
    if (length < 0)
        return -errno;
    buffer[length] = '\0';
    return length;
}

ssize_t file_read_text_at(int dirfd, const char *name, char *buffer, size_t size) {
    CLEANUP_CLOSE int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    size_t held = 0;
    while (held < size - 1) {
        ssize_t length = read(fd, buffer + held, size - 1 - held);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return -errno;
        if (length == 0)
            break;
        held += (size_t)length;
    }
    buffer[held] = '\0';
    return (ssize_t)held;
}

int file_read_all(const char *path, size_t limit, char **ret_text, struct error *error) {
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_system(error, -errno, "cannot open %s", path);
    struct strbuf buffer = {0};
    char chunk[65536];
    for (;;) {
        ssize_t length = read(fd, chunk, sizeof chunk);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0) {
            int code = -errno;
            strbuf_free(&buffer);
            return error_system(error, code, "cannot read %s", path);
        }
        if (length == 0)
            break;
        if (buffer.length + (size_t)length > limit) {
            strbuf_free(&buffer);
            return error_plain(error, -EFBIG, "%s: larger than %zu bytes", path, limit);
        }
        strbuf_add_bytes(&buffer, chunk, (size_t)length);
    }
    *ret_text = buffer.text ? buffer.text : text_copy("");
    return 0;
}

int file_write_text_at(int dirfd, const char *name, const char *text) {
    CLEANUP_CLOSE int fd = openat(dirfd, name, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    size_t length = strlen(text);
    ssize_t written;
    do
        written = write(fd, text, length);
    while (written < 0 && errno == EINTR);
    if (written < 0)
        return -errno;
    return (size_t)written == length ? 0 : -EIO;
}

int file_write_all(int fd, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -errno;
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

int file_replace_at(int dirfd, const char *name, const char *bytes, size_t length, struct error *error) {
    CLEANUP_FREE char *temporary = text_format("%s.tmp-%d", name, (int)getpid());
    CLEANUP_CLOSE int fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_system(error, -errno, "cannot create %s", temporary);
    int code = file_write_all(fd, bytes, length);
    if (code == 0 && fsync(fd) < 0)
        code = -errno;
    if (code == 0 && renameat(dirfd, temporary, dirfd, name) < 0)
        code = -errno;
    if (code < 0) {
        unlinkat(dirfd, temporary, 0);
        return error_system(error, code, "cannot write %s", name);
    }
    return 0;
}

int file_make_dirs(const char *path, struct error *error) {
    if (!*path)
        return error_system(error, -ENOENT, "cannot create a folder without a name");
    CLEANUP_FREE char *partial = text_copy(path);
    for (char *at = partial + 1;; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char separator = *at;
        *at = '\0';
        if (mkdir(partial, 0777) < 0 && errno != EEXIST)
            return error_system(error, -errno, "cannot create the folder %s", partial);
        if (separator == '\0')
            break;
        *at = separator;
    }
    struct stat status;
    if (stat(path, &status) < 0)
        return error_system(error, -errno, "cannot create the folder %s", path);
    if (!S_ISDIR(status.st_mode))
        return error_system(error, -ENOTDIR, "cannot create the folder %s", path);
    return 0;
}
