// Waypoints mark progress for the watcher; the emulator knows each kernel's last call anyway.
#pragma once
#define WAYPOINT(name)
