// PAUSE waits for the host's debugger on the device; here there is nobody to wait for.
#pragma once
#define PAUSE()
