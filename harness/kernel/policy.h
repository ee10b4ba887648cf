/* How the kernel is set to handle memory for everybody: what makes a measurement here unlike one elsewhere.
 * Layer: kernel/. Includes base/. */
#pragma once

#include "base/known.h"

/* The word in brackets: "always [madvise] never". Empty where there is none. Pure. */
struct chosen_word {
    char s[32];
};
struct chosen_word policy_chosen(const char *text);

/* /sys/kernel/mm/transparent_hugepage/enabled; empty where the kernel has none. */
struct chosen_word policy_huge_pages(void);

/* A number below /proc/sys/vm, as "overcommit_memory". Unknown where it cannot be read. */
struct known_i64 policy_vm(const char *name);
