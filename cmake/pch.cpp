// Only carries the shared precompiled header; see ThreadStopTarget.cmake.
