#include "output/emit_text.h"

/* https://cloud.google.com/run/docs/configuring/services/memory-limits and .../cpu: so many CPUs are needed
 * from so much memory on, and these numbers of CPUs there are. */
static const struct {
    int64_t cpus;
    int64_t most_bytes;
    int64_t least_bytes;
} sizes[] = {
    {1, 4 * GIB, 0}, {2, 8 * GIB, 0}, {4, 16 * GIB, 2 * GIB}, {6, 24 * GIB, 4 * GIB}, {8, 32 * GIB, 4 * GIB},
};
#define SIZE_COUNT (sizeof sizes / sizeof *sizes)

#define LEAST_BYTES            (128 * MIB)
#define LEAST_SECOND_GEN_BYTES (512 * MIB)

/* Limits alone: there is nothing else on the node to be weighed against. */
void emit_cloudrun(const struct emit_subject *subject, struct strbuf *document) {
    const struct recommendation *advice = &subject->result->recommendation;
    int64_t limit = bytes_ceil_mi(advice->limit_bytes);
    size_t size = 0;
    while (size + 1 < SIZE_COUNT &&
           (limit > sizes[size].most_bytes || known_or(advice->cpu_millis, 0) > sizes[size].cpus * 1000))
        size++;
    if (limit > sizes[SIZE_COUNT - 1].most_bytes)
        strbuf_add(document, "# Cloud Run gives no more than 32Gi: this will be refused.\n");
    if (limit < LEAST_BYTES)
        strbuf_addf(document, "# %s would do, but Cloud Run gives no less than 128Mi.\n",
                    quantity_ceil_mi_text(limit).s);
    if (limit < LEAST_SECOND_GEN_BYTES)
        strbuf_add(document, "# Its second-generation environment gives no less than 512Mi.\n");
    if (known_or(advice->cpu_millis, 0) > sizes[SIZE_COUNT - 1].cpus * 1000)
        strbuf_add(document, "# Cloud Run gives no more than 8 CPUs: fewer than recommended.\n");
    if (limit < LEAST_BYTES)
        limit = LEAST_BYTES;
    if (limit < sizes[size].least_bytes) {
        strbuf_addf(document, "# %s would do, but with so many CPUs Cloud Run gives no less than this.\n",
                    quantity_ceil_mi_text(limit).s);
        limit = sizes[size].least_bytes;
    }
    strbuf_addf(document,
                "spec:\n"
                "  template:\n"
                "    spec:\n"
                "      containers:\n"
                "        - resources:\n"
                "            limits:\n"
                "              memory: \"%s\"\n",
                quantity_ceil_mi_text(limit).s);
    if (advice->cpu_millis.known || size > 0)
        strbuf_addf(document, "              cpu: \"%lld\"\n", (long long)sizes[size].cpus);
    emit_add_env(document, &advice->runtime, 10);
}
