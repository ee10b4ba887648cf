/* A target for scripts/bench-search: reads a mapped file here and there.
 *
 *     mmapread DIR MIB READS    makes a file of MIB MiB in DIR, then reads READS bytes of it, each anywhere
 *
 * Nearly all its memory can be taken back at any moment, so it does not die of a limit below the file's
 * size: it waits for the disk. The file is made anew in each run and dropped from the page cache before it
 * is read. It has no name, so that nothing is left behind, whatever ends the program. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static void fail(const char *what) {
    perror(what);
    exit(1);
}

/* A file that is on the disk and no longer in memory. */
static int make_file(const char *dir, size_t bytes) {
    char path[4096];
    snprintf(path, sizeof path, "%s/mmapread-XXXXXX", dir);
    int fd = mkstemp(path);
    if (fd < 0 || unlink(path) < 0)
        fail(path);
    static unsigned char piece[MIB];
    for (size_t at = 0; at < bytes; at += MIB) {
        memset(piece, (int)(at / MIB), MIB);
        if (write(fd, piece, MIB) != (ssize_t)MIB)
            fail("write");
    }
    if (fsync(fd) < 0)
        fail("fsync");
    if (posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
        fail("posix_fadvise");
    return fd;
}

int main(int argc, char **argv) {
    size_t bytes = argc == 4 ? strtoul(argv[2], NULL, 10) * MIB : 0;
    if (bytes == 0) {
        fprintf(stderr, "usage: mmapread DIR MIB READS\n");
        return 2;
    }
    int fd = make_file(argv[1], bytes);
    volatile unsigned char *file = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (file == MAP_FAILED)
        fail("mmap");
    if (madvise((void *)file, bytes, MADV_RANDOM) < 0)
        fail("madvise");
    unsigned long sum = 0;
    uint64_t state = 1;
    for (long left = strtol(argv[3], NULL, 10); left > 0; left--) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        sum += file[(state >> 32) % bytes];
    }
    printf("%lu\n", sum);
    return 0;
}
