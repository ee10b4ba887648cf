/* Colours of terminals: Select Graphic Rendition of ECMA-48.
 * Layer: output/. Includes nothing else of ours. */
#pragma once

#define RED    "\033[31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define CYAN   "\033[36m"
#define BOLD   "\033[1m"
#define PLAIN  "\033[0m"
