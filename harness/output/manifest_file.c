#include "output/manifest_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "output/manifest.h"

/* Reads to the end, or to more than a manifest has. */
static int read_whole(int fd, struct strbuf *ret) {
    char chunk[65536];
    ssize_t length;
    while (ret->length <= MANIFEST_BYTES_MAX && (length = read(fd, chunk, sizeof chunk)) != 0) {
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return -errno;
        strbuf_add_bytes(ret, chunk, (size_t)length);
    }
    return 0;
}

int manifest_file_read(const char *name, struct manifest_file *ret, struct error *error) {
    struct manifest_file file = {0};
    bool piped = strcmp(name, MANIFEST_STDIN) == 0;
    /* Not to wait for the other end of a pipe. */
    CLEANUP_CLOSE int fd =
        piped ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &file.status) < 0)
        return error_system(error, -errno, "cannot open %s", name);
    if (!piped && !S_ISREG(file.status.st_mode))
        return error_plain(error, -EINVAL, "%s: not a regular file", name);
    struct strbuf text = {0};
    int code = read_whole(fd, &text);
    if (code < 0)
        error_system(error, code, "cannot read %s", name);
    else if (text.length > MANIFEST_BYTES_MAX)
        code = error_plain(error, -EFBIG, "%s:1:1: larger than %zu MiB; this is no manifest", name,
                           MANIFEST_BYTES_MAX >> 20);
    else if (!piped && !(file.path = realpath(name, NULL)))
        code = error_system(error, -errno, "cannot open %s", name);
    if (code < 0) {
        strbuf_free(&text);
        return code;
    }
    strbuf_add_bytes(&text, "", 0); /* so that there is a text */
    file.text = text.text;
    file.length = text.length;
    *ret = file;
    return 0;
}

static bool is_unchanged(const struct manifest_file *file) {
    struct stat now;
    return stat(file->path, &now) == 0 && now.st_ino == file->status.st_ino &&
           now.st_size == file->status.st_size && now.st_mtim.tv_sec == file->status.st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == file->status.st_mtim.tv_nsec;
}

/* Fills the new file and gives it the old one's mode and owner. */
static int fill(int fd, const struct manifest_file *file, const char *text, size_t length) {
    int code = file_write_all(fd, text, length);
    if (code < 0)
        return code;
    /* Who may not give files away keeps it as his own, as editors do. */
    if (fchown(fd, file->status.st_uid, file->status.st_gid) < 0 && errno != EPERM)
        return -errno;
    if (fchmod(fd, file->status.st_mode & 07777) < 0 || fsync(fd) < 0)
        return -errno;
    return 0;
}

int manifest_file_replace(const struct manifest_file *file, const char *text, size_t length,
                          struct error *error) {
    if (access(file->path, W_OK) < 0)
        return error_system(error, -errno, "cannot write %s", file->path);
    CLEANUP_FREE char *temporary = text_format("%s.tmp-%d", file->path, (int)getpid());
    CLEANUP_CLOSE int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_system(error, -errno, "cannot write %s", file->path);
    int code = fill(fd, file, text, length);
    bool unchanged = is_unchanged(file);
    if (code == 0 && unchanged && rename(temporary, file->path) == 0)
        return 0;
    if (code == 0)
        code = unchanged ? -errno : -EBUSY;
    unlink(temporary);
    if (code == -EBUSY)
        return error_plain(error, code, "%s: somebody changed it just now; try again", file->path);
    return error_system(error, code, "cannot write %s", file->path);
}

void manifest_file_free(struct manifest_file *file) {
    free(file->path);
    free(file->text);
    *file = (struct manifest_file){0};
}
