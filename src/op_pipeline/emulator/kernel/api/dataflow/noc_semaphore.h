// The former place of Semaphore.
#pragma once
#include "api/semaphore.h"
