// Printing is compiled out, as on a device without the print server; its arguments are not evaluated.
#pragma once
#define DEVICE_PRINT(format, ...)
#define DEVICE_PRINT_UNPACK(format, ...)
#define DEVICE_PRINT_MATH(format, ...)
#define DEVICE_PRINT_PACK(format, ...)
#define DEVICE_PRINT_DATA0(format, ...)
#define DEVICE_PRINT_DATA1(format, ...)
