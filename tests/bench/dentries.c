/* A target for scripts/bench-search: fills the kernel's cache of names.
 *
 *     dentries DIR COUNT    asks for COUNT files in DIR that do not exist
 *
 * The kernel remembers each name that it did not find, charged to whoever asked; it can be taken back. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int main(int argc, char **argv) {
    long count = argc == 3 ? atol(argv[2]) : 0;
    if (count <= 0) {
        fprintf(stderr, "usage: dentries DIR COUNT\n");
        return 2;
    }
    for (long i = 0; i < count; i++) {
        char path[4096];
        struct stat status;
        /* Longer than what fits into the dentry itself. */
        snprintf(path, sizeof path, "%s/no-such-file-with-a-name-this-long-%ld", argv[1], i);
        if (stat(path, &status) == 0 || errno != ENOENT) {
            perror(path);
            return 1;
        }
    }
    return 0;
}
