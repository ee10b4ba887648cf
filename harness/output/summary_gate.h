/* What a gate found, for people: the verdict first. Never more than SUMMARY_GATE_LINES lines.
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "base/text.h"
#include "model/gate.h"

#define SUMMARY_GATE_LINES 20

/* What failed, then what is undecided, then the rest, each with what to do next, and the notes. */
void summary_gate(const struct gate *gate, struct strbuf *text);
