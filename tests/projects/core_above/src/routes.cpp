#include "routes.hpp"

#include <stdexcept>

namespace routes {

std::int64_t length(std::span<const std::int64_t> points) {
    if (points.empty()) {
        throw std::invalid_argument("a route has at least one point");
    }
    std::int64_t sum = 0;
    for (std::size_t i = 1; i < points.size(); ++i) {
        const std::int64_t step = points[i] - points[i - 1];
        sum += step < 0 ? -step : step;
    }
    return sum;
}

std::int64_t try_length(std::span<const std::int64_t> points) noexcept {
    try {
        return length(points);
    } catch (const std::invalid_argument &) {
        return -1;
    }
}

} // namespace routes
