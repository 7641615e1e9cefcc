    // What reader_of_everything.cpp is bound to.
    const uint32_t bytes = tt::tile_size(format);
    KernelSpec& reading = spec.kernels[0];
    reading.source = FOLDER + "dataflow/reader_of_everything.cpp";
    reading.compile_time_args = {{"inputs", 3}};
    reading.runtime_arg_schema.common_runtime_arg_names = {"stride"};
    reading.scratchpad_bindings = {{ScratchpadSpecName{"staging"}, "pad"}};
    reading.semaphore_bindings = {{SemaphoreSpecName{"read"}, "done"}};
    spec.kernels[1].semaphore_bindings = reading.semaphore_bindings;
    reading.advanced_options.num_runtime_varargs = 1;
    reading.advanced_options.num_common_runtime_varargs = 2;
    reading.advanced_options.compile_time_varargs = {8, 9};
    reading.advanced_options.tensor_binding_sequences = {{"inputs", {"a", "b", "c"}}};
    spec.scratchpads = {{ScratchpadSpecName{"staging"}, bytes}};
    spec.semaphores = {{SemaphoreSpecName{"unused"}, all_cores}, {SemaphoreSpecName{"read"}, all_cores}};
    KernelRunArgs& values = run_args.kernel_run_args[0];
    values.common_runtime_arg_values = {{"stride", 1}};
    values.advanced_options.common_runtime_varargs = {7, bytes};
    for (const auto& [node, first] : Table(values.runtime_arg_values["start"])) {
        values.advanced_options.runtime_varargs.emplace(node, std::vector<uint32_t>{first});
    }
