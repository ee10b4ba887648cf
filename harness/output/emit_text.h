/* What the emitters share: quantities, names and quoting.
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "base/units.h"
#include "output/emit.h"

/* Docker takes no lower limit, and so neither do those that hand theirs to it. */
#define DOCKER_LEAST_BYTES (6 * MIB)

/* Whole MiB, rounded up; not below `least_bytes`. */
int64_t emit_mebibytes(int64_t bytes, int64_t least_bytes);

/* "1500m", "2": a Kubernetes quantity of CPU. */
struct short_text emit_cpu_text(int64_t millis);

/* The container's name: the user's own word, else one that Kubernetes takes, made from the target's name.
 * Caller frees. */
char *emit_container_name(const struct emit_subject *subject);

/* Adds text as a YAML scalar, in double quotes, for a value in which the consumer sees variables: "$" is
 * doubled, so that it means itself. */
void emit_add_yaml_literal(struct strbuf *document, const char *text);

/* Adds text as a YAML scalar, bare where it can only be read as text, else in double quotes. */
void emit_add_yaml_name(struct strbuf *document, const char *text);

/* Adds the resources of a container, and its env where there are settings, `indent` columns deep. */
void emit_add_resources(struct strbuf *document, const struct recommendation *advice, int indent);
void emit_add_env(struct strbuf *document, const struct runtime_advice *advice, int indent);
