    // Other ways to say what buffers and work units are; a variable picks one.
    switch (std::atoi(std::getenv("OP_VARIANT"))) {
        case 0:  // two buffers in one memory
            spec.dataflow_buffers[1].advanced_options.alias_with = {IN_C};
            spec.dataflow_buffers[2].advanced_options.alias_with = {IN_B};
            break;
        case 1:  // another size for this run
            run_args.dfb_run_overrides = {{.dfb = IN_A, .num_entries = 5}};
            break;
        case 2:  // on the memory of a tensor in L1
            spec.dataflow_buffers[0].borrowed_from = A;
            spec.dataflow_buffers[0].num_entries = 1;
            break;
        case 3: {  // two work units
            const WorkUnitSpec unit = spec.work_units[0];
            const CoreRangeSet first(CoreRange(CoreCoord{0, 0}));
            spec.work_units = {{"one", unit.kernels, first}, {"others", unit.kernels, all_cores.subtract(first)}};
            break;
        }
    }
