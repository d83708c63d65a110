# find_package(ThreadStop): ThreadStop::thread_stop, ThreadStop::thread_stop_static
include(CMakeFindDependencyMacro)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_dependency(Threads)
include("${CMAKE_CURRENT_LIST_DIR}/ThreadStopTargets.cmake")
