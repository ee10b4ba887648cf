/* What a runtime is told beside the memory limit, and whether a run with it was worth it.
 *
 * The rules fill the limit, less room for what lies outside the heap: they are to keep the runtime within it,
 * not to starve it of the headroom that the limit was given. All are environment variables, so that they
 * reach the runtime whatever command starts it. Where the target's environment or command line already sets
 * one of these, it is left as it is, and other options in the same variable stay in front.
 *
 * JVM: JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=75.0, or less; by default 25 (docs.oracle.com, The java
 * Command). Outside the heap a quarter is usual; never less than 32 MiB (the buildpacks' memory calculator
 * has 14 MB of metaspace and 10 MB of direct buffers for the smallest; measured on 17: 20 MiB), nor than 1.25
 * times what trials showed to lie there. Below some 250 MiB it heeds MinRAMPercentage alone (set_heap_size()
 * in hotspot's arguments.cpp), so that is set there too. Older ones refuse a percentage without a point.
 *
 * Node: NODE_OPTIONS=--max-old-space-size=MiB. Node's manual gives 1536 of 2048 MiB; 32 MiB at least are left
 * for new space and code. Measured on 20: by itself it takes 259 MiB in any container of up to 512 MiB.
 *
 * Go: GOMEMLIMIT=nMiB. The guide to its collector (go.dev/doc/gc-guide) leaves 5 to 10 %; ten here, as
 * KimMachineGun/automemlimit does.
 *
 * .NET: DOTNET_GCHeapHardLimit=0xBYTES. By default 75 % or 20 MB in a container (learn.microsoft.com, Runtime
 * configuration options for garbage collection); the same, with no less room outside than Node has.
 *
 * Python, Ruby, PHP: MALLOC_ARENA_MAX=2, as Heroku sets for Ruby. glibc gives threads arenas of their own, up
 * to eight for each CPU (mallopt(3)), and what is freed in one does not serve the others. Tried only where
 * there are several CPUs and more than a few threads. Measured: 0.63x for Ruby with 12 threads, 0.88x for
 * Python with 16; nothing for the JVM, which is not told.
 *
 * Layer: analysis/. Includes base/, model/. Pure. */
#pragma once

#include "model/result.h"

/* Runs with the settings: two, so that one odd run is no gain and no loss. */
#define TUNING_RUNS 2

/* A run that needs this much less, or takes this much less time, has gained; so much more has lost. */
#define TUNING_NEED_RATIO 1.05
#define TUNING_TIME_RATIO 1.10

struct tuning_input {
    enum runtime runtime;
    int64_t limit_bytes; /* that is recommended */
    int cpus;
    const struct trial *trials;
    size_t trial_count;
    char *const *argv;            /* of the target */
    char *const *environments[2]; /* lists of "K=V", NULL-terminated; the first wins; NULL: none */
};

/* What the target sets of these itself, as the text that gave it away; NULL: nothing. Static. */
const char *tuning_own_setting(const struct tuning_input *input);

/* The runtime of the target: of the first run without a limit that knows it, else of any. */
enum runtime tuning_find_runtime(const struct trial *trials, size_t count);

/* Fills runtime and settings; none where there is nothing to set. Release with runtime_advice_free(). */
void tuning_advise(const struct tuning_input *input, struct runtime_advice *ret);

/* What came of the runs with the settings. */
enum tuning_verdict {
    TUNING_UNTRIED, /* none, or none without them to compare with */
    TUNING_GAIN,
    TUNING_EVEN, /* neither gain nor loss */
    TUNING_DIED,
    TUNING_SLOWER,
    TUNING_NEEDS_MORE,
};

/* Counts the runs at the limit, those with settings against those without, into the figures of `advice`. A
 * gain or a loss is one only where all runs of the one side differ from all of the other. */
enum tuning_verdict tuning_judge(const struct trial *trials, size_t count, int64_t limit_bytes,
                                 struct runtime_advice *advice);

/* Tells the recommendation what came of it: a sentence, and no settings any more where they did not prove
 * themselves. */
void tuning_conclude(enum tuning_verdict verdict, struct recommendation *recommendation);

/* Where a JVM died of a heap that was a small part of its limit, with memory to spare: the highest limit at
 * which it did, worth a run with the settings. Unknown: nowhere. */
struct known_i64 tuning_heap_bound_limit(const struct trial *trials, size_t count, enum runtime runtime,
                                         const struct oom_point *oom_point);

/* That it lived there with them. */
void tuning_tell_heap_bound(int64_t limit_bytes, struct recommendation *recommendation);
