// Helpers include this before headers of the vector unit; nothing of it is needed here.
#pragma once
