// Two fibres and the main context hand control round; then a million switches are timed.
#include <chrono>
#include <cstdio>

#include "fibre.hpp"

using namespace op_emulator;

namespace {

FibreContext main_context, first, second;
int trace[8], traced = 0;
bool timing = false;
double kept = 0;

void run_first(void* argument) {
    double mine = *static_cast<double*>(argument);  // lives in a callee-saved place across switches
    trace[traced++] = 1;
    fibre_switch(first, second);
    trace[traced++] = 3;
    kept = mine;
    fibre_switch(first, main_context);
    while (timing) {
        fibre_switch(first, second);
    }
    fibre_switch(first, main_context);
}

void run_second(void*) {
    trace[traced++] = 2;
    fibre_switch(second, first);
    for (int i = 0; i < 500000; ++i) {
        fibre_switch(second, first);
    }
    timing = false;
    fibre_switch(second, first);
}

}  // namespace

int main() {
    FibreStack stacks[2];
    double argument = 2.5;
    fibre_create(first, stacks[0], run_first, &argument);
    fibre_create(second, stacks[1], run_second, nullptr);
    fibre_switch(main_context, first);
    trace[traced++] = 4;
    timing = true;
    const auto start = std::chrono::steady_clock::now();
    fibre_switch(main_context, first);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (int i = 0; i < traced; ++i) {
        std::printf("%d", trace[i]);
    }
    const auto* below = stacks[0].lowest() - 1;
    std::printf(" %g %d %d %.1f\n", kept, stacks[0].guard_holds(below), stacks[0].guard_holds(stacks[0].lowest()), seconds * 1e3);
}
