# find_package(ThreadStop): ThreadStop::thread_stop, ThreadStop::thread_stop_static,
# and thread_stop_lint(), if not only the runtime is installed.
include(CMakeFindDependencyMacro)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_dependency(Threads)
include("${CMAKE_CURRENT_LIST_DIR}/ThreadStopTargets.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/ThreadStopLint.cmake" OPTIONAL)
