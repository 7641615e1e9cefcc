"""What a program in the Metal 2.0 model is refused for. All damages are compiled once; a variable picks one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.emulator.metal2.conftest import Operation

DAMAGES = (
    # names and what they stand for
    ("spec.kernels[1].unique_id = READER;", "two kernels have the name 'reader'"),
    ("spec.dataflow_buffers[1].unique_id = IN_A;", "two dataflow buffers have the name 'in_a'"),
    ("spec.tensor_parameters[1].unique_id = A;", "two tensor parameters have the name 'a'"),
    ("spec.kernels[0].unique_id = KernelSpecName{};", "a kernel has no unique_id"),
    (
        'spec.kernels[0].dfb_bindings[0].dfb_spec_name = DFBSpecName{"nothing"};',
        "kernel 'reader' binds dataflow buffer 'nothing', which the program does not declare",
    ),
    (
        'spec.kernels[0].tensor_bindings[0].tensor_parameter_name = TensorParamName{"x"};',
        "kernel 'reader' binds tensor parameter 'x', which the program does not declare",
    ),
    (
        'spec.kernels[0].semaphore_bindings = {{SemaphoreSpecName{"ready"}, "ready"}};',
        "kernel 'reader' binds semaphore 'ready', which the program does not declare",
    ),
    (
        'spec.kernels[0].scratchpad_bindings = {{ScratchpadSpecName{"pad"}, "pad"}};',
        "kernel 'reader' binds scratchpad 'pad', which the program does not declare",
    ),
    ('spec.kernels[0].dfb_bindings[1].accessor_name = "a";', "dfb::a stands for both 'in_a' and 'in_b'"),
    ('spec.kernels[0].tensor_bindings[1].accessor_name = "a";', "tensor::a is bound twice"),
    ('spec.kernels[0].dfb_bindings[0].accessor_name = "2a";', "accessor name '2a' (dfb::) must be a C++ identifier"),
    ('spec.kernels[0].dfb_bindings.push_back(ProducerOf(IN_A, "x"));', "'in_a' twice as producer"),
    ('spec.kernels[0].runtime_arg_schema.runtime_arg_names.push_back("start");', "args::start is declared twice"),
    ('spec.kernels[0].compile_time_args = {{"start", 1}};', "args::start is declared twice"),
    ('spec.kernels[0].compile_time_args = {{"a b", 1}};', "argument 'a b' is no C++ identifier"),
    (
        'spec.kernels[0].advanced_options.tensor_binding_sequences = {{"all", {"a", "z"}}};',
        "the sequence tensor::all names 'z' twice, or no tensor of that name is bound",
    ),
    # buffers and their two ends
    ("spec.kernels[0].dfb_bindings.pop_back();", "dataflow buffer 'in_c' has no producer in work unit 'main'"),
    ("spec.kernels[1].dfb_bindings.clear();", "dataflow buffer 'out' has no consumer in work unit 'main'"),
    (
        'spec.kernels[1].dfb_bindings.push_back(ProducerOf(IN_A, "a"));',
        "dataflow buffer 'in_a' has two producers in work unit 'main': 'reader' and 'writer'",
    ),
    ('spec.dataflow_buffers.push_back({.unique_id = DFBSpecName{"idle"}, .entry_size = 32, .num_entries = 1});',
     "dataflow buffer 'idle' is bound by no kernel"),
    ("spec.dataflow_buffers[0].num_entries = 0;", "dataflow buffer 'in_a' has 0 entries"),
    ("spec.dataflow_buffers[0].data_format_metadata.reset();", "'in_a' is bound to compute kernel 'compute'"),
    ("spec.dataflow_buffers[0].advanced_options.alias_with = {IN_B};", "alias of 'in_b', but not the other way round"),
    ("spec.dataflow_buffers[0].borrowed_from = A;", "tensor parameter 'a', which does not lie in L1"),
    ('spec.dataflow_buffers[0].borrowed_from = TensorParamName{"x"};', "borrowed from tensor parameter 'x'"),
    ('spec.cross_node_dataflow_buffers.push_back({{.unique_id = DFBSpecName{"far"}}});',
     "dataflow buffer 'far' goes between nodes, which is not modelled"),
    ("spec.kernels[0].dfb_bindings[0].access_pattern = DFBAccessPattern::BLOCKED;", "cannot be produced in this access"),
    # kernels and where they run
    ("spec.work_units.clear();", "the program has no work units"),
    ('spec.work_units[0].kernels.push_back(KernelSpecName{"x"});', "names kernel 'x', which the program does not"),
    ("spec.work_units[0].kernels.push_back(READER);", "work unit 'main' names kernel 'reader' twice"),
    ("spec.work_units.push_back(spec.work_units[0]);", "work units 'main' and 'main' share a node"),
    ('spec.kernels.push_back(spec.kernels[0]); spec.kernels[3].unique_id = KernelSpecName{"idle"};',
     "kernel 'idle' is in no work unit"),
    ("spec.kernels[0].hw_config = ttnn::create_writer_datamovement_config();", "need the same processor or NOC"),
    ("spec.kernels[0].hw_config = DataMovementHardwareConfig{};", "kernel 'reader' moves data, so hw_config needs"),
    ("spec.kernels[0].num_threads = 2;", "num_threads is 2, a kernel of this chip has 1 thread"),
    ("spec.kernels[0].source = std::filesystem::path{};", "kernel 'reader' has no source"),
    ('const SemaphoreSpecName s{"s"}; spec.kernels[2].semaphore_bindings = {{s, "s"}}; spec.semaphores = {{s, all_cores}};',
     "compute kernels of this chip have no semaphores"),
    ("std::get<ComputeHardwareConfig>(spec.kernels[2].hw_config).unpack_modes = {{IN_A, UnpackMode::UnpackToDest}};",
     "dataflow buffer 'in_a' cannot be unpacked to DST without enable_32_bit_dest"),
    ('spec.scratchpads = {{ScratchpadSpecName{"pad"}, 64}};', "scratchpad 'pad' is bound by no kernel"),
    ('spec.tensor_parameters.push_back({TensorParamName{"idle"}, output.mesh_tensor().tensor_spec()});',
     "tensor parameter 'idle' is bound by no kernel"),
    # arguments
    ('run_args.kernel_run_args[0].runtime_arg_values.erase("start");',
     "runtime argument 'start' of kernel 'reader' is not set for node 0-0"),
    ('run_args.kernel_run_args[0].runtime_arg_values["start"].erase(CoreCoord{0, 3});',
     "runtime argument 'start' of kernel 'reader' is not set for node 0-3"),
    ('run_args.kernel_run_args[0].runtime_arg_values["start"][CoreCoord{7, 7}] = 1;',
     "set for node 7-7, where the kernel does not run"),
    ('run_args.kernel_run_args[0].runtime_arg_values["more"] = {};', "declares no runtime argument 'more'"),
    ('run_args.kernel_run_args[0].common_runtime_arg_values["more"] = 1;', "no common runtime argument 'more'"),
    ('spec.kernels[0].runtime_arg_schema.common_runtime_arg_names = {"scale"};',
     "common runtime argument 'scale' of kernel 'reader' is not set"),
    ("spec.kernels[0].advanced_options.num_runtime_varargs = 2;", "declares 2 varargs for node 0-0, 0 are given"),
    ("run_args.kernel_run_args[0].advanced_options.common_runtime_varargs = {1};", "declares 0 common varargs, 1 are"),
    ("run_args.kernel_run_args.push_back(reader);", "arguments of kernel 'reader' are given twice"),
    ('run_args.kernel_run_args[0].kernel = KernelSpecName{"x"};', "arguments are given for kernel 'x'"),
    ("run_args.tensor_args.erase(A);", "no tensor is given for tensor parameter 'a'"),
    ('run_args.tensor_args.emplace(TensorParamName{"x"}, TensorArgument{output.mesh_tensor()});',
     "a tensor is given for 'x', which is no tensor parameter"),
    ("spec.tensor_parameters[0].spec = TensorSpec(ttnn::Shape({32, 32}), output.tensor_spec().tensor_layout());",
     "the tensor given for 'a' is"),
    ('run_args.dfb_run_overrides = {{.dfb = DFBSpecName{"x"}}};', "the size of dataflow buffer 'x' is set"),
    ("run_args.dfb_run_overrides = {{.dfb = IN_A, .num_entries = 0}};", "dataflow buffer 'in_a' has 0 entries"),
    ('Table<std::string, uint32_t>{{"a", 1}, {"a", 2}};', "a Table is built with the same key twice"),
)  # fmt: skip
MARK = "    // more of the program\n"


def test_each_damage_is_refused_by_name(
    operations: Callable[[str], Operation], monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = operations("spec")
    cases = "".join(f"    if (damage == {number}) {{ {code} }}\n" for number, (code, _) in enumerate(DAMAGES))
    operation.change_factory(MARK, f'    const int damage = std::atoi(std::getenv("OP_DAMAGE"));\n{cases}')
    function, inputs = operation.build(), operation.inputs()
    wrong = []
    for number, (code, says) in enumerate(DAMAGES):
        monkeypatch.setenv("OP_DAMAGE", str(number))
        try:
            function(*inputs)
            wrong.append(f"{code} is accepted")
        except RuntimeError as error:
            if says not in str(error):
                wrong.append(f"{code}: {str(error).splitlines()[:4]}, not {says!r}")
    assert not wrong, "\n".join(wrong)
