# Included at the end of every project() call; see the end of zig.cmake.
set(CMAKE_TRY_COMPILE_TARGET_TYPE EXECUTABLE)
