/* Scope-bound ownership: a variable marked with one of these is released when it leaves scope.
 * Layer: base/. Includes nothing of the project. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *pointer) {
    free(*(void **)pointer);
}

static inline void cleanup_close(const int *fd) {
    if (*fd >= 0)
        close(*fd);
}

static inline void cleanup_fclose(FILE **file) {
    if (*file)
        (void)fclose(*file);
}

#define CLEANUP_FREE   __attribute__((cleanup(cleanup_free)))
#define CLEANUP_CLOSE  __attribute__((cleanup(cleanup_close)))
#define CLEANUP_FCLOSE __attribute__((cleanup(cleanup_fclose)))

/* Hands a descriptor over: returns it and leaves -1 behind, so that the cleanup closes nothing. */
static inline int steal_fd(int *fd) {
    int taken = *fd;
    *fd = -1;
    return taken;
}

/* Hands a pointer over: returns it and leaves NULL behind. */
static inline void *steal_pointer_raw(void *pointer) {
    void **slot = pointer;
    void *taken = *slot;
    *slot = NULL;
    return taken;
}
#define STEAL_POINTER(pointer) ((__typeof__(*(pointer)))steal_pointer_raw(pointer))
