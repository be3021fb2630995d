#pragma once

#include <cstdint>
#include <span>

#ifdef _WIN32
#define ROUTES_EXPORT __declspec(dllexport)
#else
#define ROUTES_EXPORT __attribute__((visibility("default")))
#endif

namespace routes {

// The length of a route through points of a line; throws std::invalid_argument for an empty one.
ROUTES_EXPORT std::int64_t length(std::span<const std::int64_t> points);

// The same, where the exception must not leave the library: -1 for an empty route.
ROUTES_EXPORT std::int64_t try_length(std::span<const std::int64_t> points) noexcept;

} // namespace routes
