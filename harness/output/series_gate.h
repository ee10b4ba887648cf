/* The verdicts on recorded series as questions of a gate, so that each form for pipelines names every series.
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "model/gate.h"
#include "output/series_file.h"

/* Adds an item "leak.NAME" for each series (a series without a name: "leak"), with its growth per hour:
 * passed where nothing leaks, failed where it is confirmed, else undecided; the sentence is its reason and
 * its rate. Names that are long, or told apart only by what no form shows, get their number: no two items are
 * called the same. `leaks` has one for each of the series. The file's notes are those of the gate. */
void series_gate(const struct series_file *file, const struct leak *leaks, struct gate *ret);
