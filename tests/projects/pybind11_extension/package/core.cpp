#include <pybind11/pybind11.h>

PYBIND11_MODULE(_core, module) {
    module.def("twice", [](long value) { return 2 * value; }, "Return twice as much.");
}
