// Helpers include this before api/compute/copy_dest_values.h; nothing of it is needed here.
#pragma once
