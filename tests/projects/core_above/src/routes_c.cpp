#include "routes.hpp"

// The C API; no exception crosses it.
extern "C" ROUTES_EXPORT std::int64_t routes_length(const std::int64_t *points, std::size_t count) noexcept {
    return routes::try_length({points, count});
}
