# Source files of ttnn_op_eltwise_swish. List a file here when you add, remove or rename it.

set(TTNN_OP_ELTWISE_SWISH_SRCS
    swish.cpp
    device/swish_device_operation.cpp
    device/swish_program_factory.cpp
)

set(TTNN_OP_ELTWISE_SWISH_API_HEADERS
    swish.hpp
    device/swish_device_operation.hpp
    device/swish_device_operation_types.hpp
)

# Registered on the shared `ttnn` Python module, which exists when Python bindings are built.
set(TTNN_OP_ELTWISE_SWISH_NANOBIND_SRCS
    swish_nanobind.cpp
)
