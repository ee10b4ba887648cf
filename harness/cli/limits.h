/* Limits as a user writes them.
 * Layer: cli/. Includes base/. Asks the system for nothing but the size of a page. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* No limit below this is taken: what two CPUs may have charged ahead is half of it. */
#define LIMIT_LEAST_BYTES ((int64_t)1024 * 1024)

/* One limit: a quantity of at least LIMIT_LEAST_BYTES, rounded down to whole pages as the kernel would. */
int limit_parse(const char *text, int64_t *ret_bytes, struct error *error);

/* "64Mi,96Mi,128Mi", "64Mi..1Gi:x1.25" or "64Mi..1Gi:+32Mi" (both ends are included), rising. Caller frees.
 */
int limits_parse(const char *text, int64_t **ret_limits, size_t *ret_count, struct error *error);
