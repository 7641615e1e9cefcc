// Printing of pages: kernels that include it but do not print get nothing.
#pragma once
#include "api/debug/dprint.h"
