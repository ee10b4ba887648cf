/* cache: a file read again and again through the page cache, beside anonymous memory. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "account.h"
#include "base/file.h"
#include "base/units.h"
#include "idle.h"
#include "shape.h"

/* Written back in pieces of this size, so that dirty pages, which reclaim has to wait for, stay few. */
#define WRITE_BACK_BYTES (1 * MIB)

static struct {
    int64_t size_bytes;
    int64_t file_bytes;
    int64_t passes;
    int64_t hold_ns;
    const char *file;
    const char *dir;
    int fd;
} want = {.fd = -1};

static const struct option_spec options[] = {
    {.name = "--size",
     .kind = OPTION_BYTES,
     .number = &want.size_bytes,
     .fallback = "40Mi",
     .meaning = "total at the peak without the file's pages"},
    {.name = "--file",
     .kind = OPTION_PATH,
     .text = &want.file,
     .meaning = "the file to read; else a temporary one is made"},
    {.name = "--file-size",
     .kind = OPTION_BYTES,
     .number = &want.file_bytes,
     .fallback = "64Mi",
     .least = 1,
     .meaning = "size of the temporary file"},
    {.name = "--dir",
     .kind = OPTION_PATH,
     .text = &want.dir,
     .meaning = "where to make it (default: $TMPDIR, else /tmp), on a disk"},
    {.name = "--passes",
     .kind = OPTION_COUNT,
     .number = &want.passes,
     .fallback = "3",
     .least = 1,
     .most = 1000000000,
     .meaning = "how often to read the file"},
    {.name = "--hold",
     .kind = OPTION_DURATION,
     .number = &want.hold_ns,
     .fallback = "200ms",
     .meaning = "how long to stay after the last pass"},
};

/* Its pages belong to the program's own; they are touched before those are counted. */
static char buffer[32 * KIB];

/* A file in memory has no page cache to give back: its pages would count as shmem, unseen by the truth. */
static int check_on_disk(int fd, const char *option, const char *path, struct error *error) {
    struct statfs about;
    if (fstatfs(fd, &about) < 0)
        return error_system(error, -errno, "%s %s", option, path);
    if (about.f_type == TMPFS_MAGIC || about.f_type == RAMFS_MAGIC)
        return error_plain(error, -EINVAL,
                           "%s %s: lies in memory (tmpfs), not on a disk; give a --dir on a disk", option,
                           path);
    return 0;
}

static int open_given(struct error *error) {
    struct stat about;
    want.fd = open(want.file, O_RDONLY | O_CLOEXEC);
    if (want.fd < 0 || fstat(want.fd, &about) < 0)
        return error_system(error, -errno, "--file %s", want.file);
    if (!S_ISREG(about.st_mode) || about.st_size == 0)
        return error_plain(error, -EINVAL, "--file %s: not a regular file with something in it", want.file);
    want.file_bytes = about.st_size;
    return check_on_disk(want.fd, "--file", want.file, error);
}

/* Without a name from the start, or from the next moment on: nothing is left behind, whatever ends the
 * program. */
static int open_temporary(struct error *error) {
    const char *tmpdir = getenv("TMPDIR");
    const char *dir = want.dir ? want.dir : tmpdir && *tmpdir ? tmpdir : "/tmp";
    char path[4096];
    want.fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (want.fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
        snprintf(path, sizeof path, "%s/plimsoll-workload-XXXXXX", dir);
        want.fd = mkostemp(path, O_CLOEXEC);
        if (want.fd >= 0)
            (void)unlink(path);
    }
    if (want.fd < 0)
        return error_system(error, -errno, "--dir %s", dir);
    return check_on_disk(want.fd, "--dir", dir, error);
}

static int plan(struct truth *truth, struct error *error) {
    memset(buffer, 'p', sizeof buffer);
    if (want.file && want.dir)
        return error_plain(error, -EINVAL,
                           "--dir and --file: give one of them; --dir is for a temporary file");
    int code = want.file ? open_given(error) : open_temporary(error);
    if (code < 0)
        return code;
    truth->peak_bytes = memory_page_floor(want.size_bytes);
    truth->duration_ns = want.hold_ns;
    truth_add(truth, "page_cache_bytes", memory_page_ceil(want.file_bytes));
    truth_add(truth, "passes", want.passes);
    return account_require("--size", want.size_bytes, account_reader(want.file_bytes), error);
}

static int write_file(struct error *error) {
    for (int64_t at = 0; at < want.file_bytes;) {
        int64_t left = want.file_bytes - at;
        int64_t piece = left < (int64_t)sizeof buffer ? left : (int64_t)sizeof buffer;
        int code = file_write_all(want.fd, buffer, (size_t)piece);
        if (code < 0)
            return error_system(error, code, "write the temporary file");
        at += piece;
        /* Only a matter of pace: where it is not supported, the kernel writes back when it likes. */
        if (at % WRITE_BACK_BYTES == 0)
            (void)sync_file_range(want.fd, at - WRITE_BACK_BYTES, WRITE_BACK_BYTES,
                                  SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
    }
    return fdatasync(want.fd) < 0 ? error_system(error, -errno, "write back the temporary file") : 0;
}

static int read_pass(struct error *error) {
    ssize_t length;
    off_t at = 0;
    /* Readahead would bring megabytes that cannot be reclaimed while they are on their way, as the disk is
     * set up. */
    (void)posix_fadvise(want.fd, 0, 0, POSIX_FADV_RANDOM);
    while ((length = pread(want.fd, buffer, sizeof buffer, at)) > 0)
        at += length;
    return length < 0 ? error_system(error, -errno, "read the file") : 0;
}

static int touch_payload(struct error *error) {
    int64_t own = 0;
    struct region region = {0};
    int code = account_own(&own, error);
    int64_t room = want.size_bytes - own - account_reader(want.file_bytes);
    if (code == 0)
        code = memory_map(&region, account_payload(room, MEMORY_ANON), MEMORY_ANON, error);
    if (code == 0)
        memory_touch(&region, 0, region.bytes);
    return code;
}

static int perform(struct error *error) {
    int code = want.file ? 0 : write_file(error);
    if (code == 0)
        code = touch_payload(error);
    for (int64_t pass = 0; pass < want.passes && code == 0; pass++)
        code = read_pass(error);
    if (code == 0)
        idle_for(want.hold_ns);
    return code;
}

const struct shape shape_cache = {
    .name = "cache",
    .summary = "a file read through the page cache, beside anonymous memory",
    .details =
        "Makes a file (or takes --file), touches its anonymous memory, reads the file --passes times in\n"
        "pieces of 32Ki without readahead, and stays for --hold. --size and peak_bytes are what cannot be\n"
        "reclaimed: anonymous memory, the program and what the kernel needs to read the file. The file's "
        "own\n"
        "pages come on top as page_cache_bytes, as far as the limit lets them: usage peaks at the sum, and\n"
        "every limit below the sum makes it slow long before it dies. Writing and reading take their time\n"
        "beyond the duration. The temporary file has no name, so it is gone when the program is.",
    .example = "cache --size 40Mi --file-size 100Mi --passes 5",
    .options = options,
    .option_count = COUNT(options),
    .plan = plan,
    .perform = perform,
};
