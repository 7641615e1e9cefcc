// Values for the watcher's log; dropped here.
#pragma once
#define WATCHER_RING_BUFFER_PUSH(value) static_cast<void>(value)
