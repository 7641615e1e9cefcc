// The real header builds and changes programs by hand; an operation hands its ProgramSpec to the framework instead.
#pragma once
#include <tt-metalium/experimental/metal2_host_api/program_run_args.hpp>
#include <tt-metalium/experimental/metal2_host_api/program_spec.hpp>
