#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
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

int file_read_open(int fd, size_t limit, char **ret_text, size_t *ret_length) {
    struct strbuf buffer = {0};
    char chunk[65536];
    ssize_t length;
    while ((length = read(fd, chunk, sizeof chunk)) != 0) {
        int code = length < 0 ? -errno : buffer.length + (size_t)length > limit ? -EFBIG : 0;
        if (code == -EINTR)
            continue;
        if (code < 0) {
            strbuf_free(&buffer);
            return code;
        }
        strbuf_add_bytes(&buffer, chunk, (size_t)length);
    }
    *ret_length = buffer.length;
    *ret_text = buffer.text ? buffer.text : text_copy("");
    return 0;
}

int file_open_pipe(int *ret_read, int *ret_write, struct error *error) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0)
        return error_system(error, -errno, "cannot make a pipe");
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    *ret_read = fds[0];
    *ret_write = fds[1];
    return 0;
}

int file_read_all(const char *path, size_t limit, char **ret_text, struct error *error) {
    size_t length;
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_system(error, -errno, "cannot open %s", path);
    int code = file_read_open(fd, limit, ret_text, &length);
    if (code == -EFBIG)
        return error_plain(error, code, "%s: larger than %zu bytes", path, limit);
    return code < 0 ? error_system(error, code, "cannot read %s", path) : 0;
}

int file_read_named(const char *option, const char *path, const char *noun, size_t limit, char **ret_text,
                    size_t *ret_length, struct error *error) {
    struct stat status;
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) < 0)
        return error_system(error, -errno, "%s %s", option, path);
    if (!S_ISREG(status.st_mode))
        return error_plain(error, -EINVAL, "%s %s: %s; give a file", option, path,
                           S_ISDIR(status.st_mode) ? "a folder" : "no regular file");
    int code = file_read_open(fd, limit, ret_text, ret_length);
    if (code == -EFBIG)
        return error_plain(error, code, "%s %s: larger than %zu MiB; this is no %s", option, path,
                           limit >> 20, noun);
    return code < 0 ? error_system(error, code, "%s %s", option, path) : 0;
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
        return error_system(error, -errno, "cannot write %s", name);
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

int file_check_writable(const char *path, struct error *error) {
    struct stat status;
    CLEANUP_FREE char *real = realpath(path, NULL); /* NULL: it is not there yet */
    CLEANUP_FREE char *whole = text_copy(real ? real : path);
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return error_plain(error, -EISDIR, "a folder; give a file");
    /* A pipe has no path of its own: it is asked by the one that was given. */
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return access(path, W_OK) < 0 ? error_system(error, -errno, "cannot write there") : 0;
    const char *folder = dirname(whole);
    if (stat(folder, &status) == 0 && !S_ISDIR(status.st_mode))
        return error_system(error, -ENOTDIR, "cannot write in the folder %s", folder);
    if (access(folder, W_OK) < 0)
        return error_system(error, -errno, "cannot write in the folder %s", folder);
    return 0;
}
