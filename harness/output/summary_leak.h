/* What is said about growth, for people. Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "base/text.h"
#include "model/leak.h"

/* The answer in its first line, then why, what grew, what could not have been seen, and what to do next. */
void summary_leak(const struct leak *leak, struct strbuf *text);

/* One line of it, for where leaks are not the matter: "none seen; ...". Without its label. */
void summary_leak_line(const struct leak *leak, struct strbuf *text);
